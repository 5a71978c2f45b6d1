"""People who log in: met, given a role, and the first admin, who proves it with a code from the server's terminal."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from secrets import choice

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Identity, Person, Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.database import Transaction

__all__ = ["FirstAdmin", "give_role", "meet", "people"]

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like something else
_PARTS, _LENGTH = 4, 5  # 100 bits of chance


def meet(ctx: Context, identity: Identity) -> Person:
    """Who just logged in; noted once."""
    person, is_new = ctx.people.meet(identity)
    if is_new:
        ctx.audit.record(person.called, "person.met", person.id, {"name": person.name})
    return person


def people(ctx: Context) -> list[Person]:
    """Those who wait for a role first."""
    return ctx.people.all()


@takes(Role.ADMIN)
def give_role(ctx: Context, person_id: str, role: Role | None) -> Person:
    """From their next click on; None takes it away. Raises NotFound; BadInput where no admin would be left."""
    with ctx.database.write() as conn:
        before = ctx.people.get(person_id, conn=conn)
        admins = [one.id for one in ctx.people.all(conn=conn) if one.role is Role.ADMIN]
        if admins == [person_id] and role is not Role.ADMIN:
            raise BadInput(f"{before.called} is the only admin.", hint="Make somebody else an admin first.")
        person = ctx.people.set_role(person_id, role, conn=conn)
        details = {"name": person.called, "before": before.role or "none", "role": role or "none"}
        ctx.audit.record(ctx.user, "person.role_given", person_id, details, conn=conn)
    return person


@dataclass
class FirstAdmin:
    """As long as there is no admin, whoever enters the code becomes the first one. It is kept in no file."""

    code: str = ""  # "" = none is out

    def announce(self, ctx: Context) -> str:
        """A new code, "" where there is an admin already."""
        self.code = "" if _has_admin(ctx) else _code()
        return self.code

    def claim(self, ctx: Context, person: Person, text: str) -> Person:
        """Raises BadInput where that is not the code, or there is an admin by now."""
        given = "".join(text.split()).upper()
        with ctx.database.write() as conn:
            if (
                not self.code
                or _has_admin(ctx, conn)
                or not hmac.compare_digest(given.encode(), self.code.encode())
            ):
                raise BadInput(
                    "That is not the code.",
                    hint="It stands on the terminal where SmartSync was started last.",
                )
            admin = ctx.people.set_role(person.id, Role.ADMIN, conn=conn)
            ctx.audit.record(
                person.called, "person.first_admin", person.id, {"name": person.called}, conn=conn
            )
        self.code = ""
        return admin


def _has_admin(ctx: Context, conn: Transaction | None = None) -> bool:
    return any(one.role is Role.ADMIN for one in ctx.people.all(conn=conn))


def _code() -> str:
    return "-".join("".join(choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_PARTS))
