"""Deals, tasks and notes that a rule wants beside a record of the plan: made once per occasion, whatever is uploaded again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from smartsync_core.model.plan import Action, ActionKind, ActionState, Change, FollowUp

__all__ = ["CLIENT_KEY", "client_key", "decide_follow_ups"]

CLIENT_KEY = "client"
"""What a follow-up goes by in plans and links."""

_NOTHING_TO_HANG_ON = frozenset({ActionState.BLOCKED, ActionState.SKIPPED})


def client_key(connection_id: str, follow_up: FollowUp, subject: Action, run_id: str) -> str:
    """The follow-up's identity: rule, subject and occasion, never run or row, so that a second upload makes none.

    A subject that nothing recognises again is of its run only, and so is what hangs on it.
    """
    if follow_up.about:
        known_by: tuple[str, ...] = ("about", follow_up.about)
    elif subject.key_value:
        known_by = (subject.object, subject.key_field, subject.key_value)
    else:
        known_by = (subject.object, run_id, str(subject.id))
    parts = (connection_id, follow_up.rule, follow_up.object, *known_by, follow_up.occasion)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def decide_follow_ups(
    follow_ups: Iterable[FollowUp],
    subjects: Mapping[int, Action],
    made: Mapping[str, tuple[str, int, bool]],
    connection_id: str,
    run_id: str,
    first_id: int,
) -> list[Action]:
    """One action per follow-up whose subject is written or stands; two of one key are one.

    `made`: {client key: (CRM id, generation, taken back by us)}. One that was made before is not made again, also when a
    person removed it since; one that we took back is, as the next generation.
    """
    actions: dict[str, Action] = {}
    for follow_up in follow_ups:
        subject = subjects[follow_up.subject]
        if subject.state in _NOTHING_TO_HANG_ON:
            continue
        key = client_key(connection_id, follow_up, subject, run_id)
        crm_id, generation, taken_back = made.get(key, ("", 0, True))
        stands = key in made and not taken_back
        actions.setdefault(
            key,
            Action(
                id=first_id + len(actions),
                object=follow_up.object,
                kind=ActionKind.NONE if stands else ActionKind.CREATE,
                state=ActionState.UNCHANGED if stands else ActionState.PLANNED,
                rows=subject.rows[:1],
                crm_id=crm_id if stands else "",
                key_field=CLIENT_KEY,
                key_value=key,
                create_key=f"{key}-{generation}",
                changes=tuple(
                    Change(field=name, old=None, new=value) for name, value in follow_up.values.items()
                ),
                associations=tuple(
                    (subjects[id_].object, id_) for id_ in (follow_up.subject, *follow_up.also)
                ),
            ),
        )
    return list(actions.values())
