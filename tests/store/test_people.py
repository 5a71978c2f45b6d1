"""People who log in: met once, given roles, the first of them by a code; over real tables."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from smartsync_core.errors import BadInput, NotAllowed
from smartsync_core.model.access import Identity, Person, Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.people import FirstAdmin, give_role, meet
from smartsync_core.store.audit import Audit
from smartsync_core.store.database import Database
from smartsync_core.store.people import People

ANN = Identity(issuer="https://login.example", subject="1", name="Ann", email="ann@firm.example")
BOB = Identity(issuer="https://login.example", subject="2", name="Bob")


@pytest.fixture
def ctx(database: Database) -> Context:
    """What these use cases work with, in the name of an admin."""
    return acting(database, Role.ADMIN)


def acting(database: Database, role: Role) -> Context:
    found = SimpleNamespace(
        database=database,
        people=People(database, "org"),
        audit=Audit(database, "org"),
        user="ann@firm.example",
        role=role,
    )
    found.refuse_below = lambda needed: Context.refuse_below(cast(Context, found), needed)
    return cast(Context, found)


def entries(ctx: Context) -> list[tuple[object, object]]:
    return [(entry["who"], entry["what"]) for entry in ctx.audit.recent()]


def first_admin(ctx: Context) -> Person:
    code = FirstAdmin()
    return code.claim(ctx, meet(ctx, ANN), code.announce(ctx))


def test_whoever_is_new_has_no_role_and_is_noted_once(ctx: Context) -> None:
    first, again = meet(ctx, ANN), meet(ctx, ANN)
    assert first.role is None
    assert again.id == first.id
    assert entries(ctx) == [("ann@firm.example", "person.met")]


def test_people_are_known_by_issuer_and_subject_and_not_by_their_address(ctx: Context) -> None:
    person = first_admin(ctx)
    married = meet(ctx, Identity(issuer=ANN.issuer, subject="1", name="Ann Hart", email="hart@firm.example"))
    assert (married.id, married.called, married.role) == (person.id, "hart@firm.example", Role.ADMIN)
    for other in (
        Identity(issuer=ANN.issuer, subject="9", name="Ann", email=ANN.email),
        Identity(issuer="https://other.example", subject="1", name="Ann", email=ANN.email),
    ):
        assert meet(ctx, other).role is None


def test_the_code_makes_the_first_admin_and_is_good_once(ctx: Context) -> None:
    code = FirstAdmin()
    text = code.announce(ctx)
    assert code.claim(ctx, meet(ctx, ANN), f" {text.lower()} ").role is Role.ADMIN
    with pytest.raises(BadInput, match="not the code"):
        code.claim(ctx, meet(ctx, BOB), text)
    assert code.announce(ctx) == "", "there is an admin"
    assert entries(ctx)[1] == ("ann@firm.example", "person.first_admin")


@pytest.mark.parametrize("text", ["", "AAAAA-AAAAA-AAAAA-AAAAA", "é"])
def test_any_other_text_makes_nobody_an_admin(ctx: Context, text: str) -> None:
    code, bob = FirstAdmin(), meet(ctx, BOB)
    with pytest.raises(BadInput):
        code.claim(ctx, bob, text)
    code.announce(ctx)
    with pytest.raises(BadInput):
        code.claim(ctx, bob, text)
    assert ctx.people.get(bob.id).role is None


def test_a_code_of_before_counts_no_more_once_there_is_an_admin(ctx: Context) -> None:
    late = FirstAdmin()
    text = late.announce(ctx)
    first_admin(ctx)
    with pytest.raises(BadInput):
        late.claim(ctx, meet(ctx, BOB), text)


def test_a_role_is_given_and_taken_and_the_list_says_by_whom(ctx: Context) -> None:
    bob = meet(ctx, BOB)
    assert give_role(ctx, bob.id, Role.VIEWER).role is Role.VIEWER
    assert give_role(ctx, bob.id, None).role is None
    newest = ctx.audit.recent(1)[0]
    assert (newest["who"], newest["what"]) == ("ann@firm.example", "person.role_given")
    assert newest["details"] == {"name": "Bob", "before": "viewer", "role": "none"}


def test_the_only_admin_stays_one(ctx: Context) -> None:
    ann = first_admin(ctx)
    for role in (None, Role.OPERATOR):
        with pytest.raises(BadInput, match="is the only admin"):
            give_role(ctx, ann.id, role)
    give_role(ctx, meet(ctx, BOB).id, Role.ADMIN)
    assert give_role(ctx, ann.id, Role.OPERATOR).role is Role.OPERATOR


def test_roles_are_given_by_admins(ctx: Context, database: Database) -> None:
    bob = meet(ctx, BOB)
    with pytest.raises(NotAllowed):
        give_role(acting(database, Role.OPERATOR), bob.id, Role.ADMIN)
    assert ctx.people.get(bob.id).role is None
