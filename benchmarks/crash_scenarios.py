"""What a person does that may be killed at any instant, and how to tell afterwards that nothing was lost or done twice.

A further scenario is one more entry of SCENARIOS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import duckdb
import hubspot
from hubspot.utils.objects import fetch_all

from benchmarks.crash_stage import Scenario, Stage
from benchmarks.leads import Leads, Row, read_books, read_crm, runs_in
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import FollowUp
from smartsync_core.orchestrator.followups import add_follow_ups
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application

__all__ = ["SCENARIOS"]


# An import


def import_words(stage: Stage) -> tuple[str, ...]:
    """The import itself until it is on record; afterwards its resumption."""
    run = stage.last_run()
    if run is None:
        return ("sync", stage.sheet, "--to", "Twin", "--as", "both", "--yes")
    return ("resume", run[0], "--yes")


def import_ended(stage: Stage) -> bool:
    run = stage.last_run()
    return run is not None and run[1] == "done"


def import_faults(stage: Stage, *, provable: bool = True) -> list[str]:
    """`provable`: with our fields in the account every lost answer can be cleared up, so all must be as expected."""
    books, crm, leads = read_books(stage.database, stage.now()[0]), read_crm(stage.twin), stage.leads
    landed, doubled = crm.landed(leads), crm.doubled()
    wanted = {row.number: row.outcome for row in leads.all}
    found = {
        "runs": len(runs_in(stage.database)) - 1,
        "rows without an outcome": sum(not outcome for outcome in books.outcomes.values()),
        "rows not accounted for": abs(len(books.outcomes) - leads.rows),
        "rows predicted otherwise": sum(
            books.predicted.get(row) != outcome for row, outcome in wanted.items()
        ),
        "contacts doubled": doubled["contacts"],
        "companies doubled": doubled["companies"],
        "strangers": crm.strangers(leads),
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
        "rows said to have landed that did not": sum(
            books.outcomes.get(row.number) == row.outcome and row.number not in landed
            for row in leads.all
            if row.lands
        ),
    }
    if provable:
        found["rows lost"] = sum(row.lands and row.number not in landed for row in leads.all)
        found["rows not as predicted"] = leads.rows - books.as_predicted
    return [f"{count} {what}" for what, count in found.items() if count]


def import_in_doubt(stage: Stage) -> int:
    outcomes = read_books(stage.database, stage.now()[0]).outcomes
    return sum(outcomes.get(row.number) != row.outcome for row in stage.leads.all)


# An import that also makes a task per contact, and a deal and a note per company


def plan_follow_ups(stage: Stage) -> None:
    """Into a preview that stands: no command puts them there yet."""
    stage.lay_out(with_fields=True)
    stage.cli.run("sync", stage.sheet, "--to", "Twin", "--as", "both", "--preview", code=None)
    run_id = stage.now()[0]
    app = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(stage.folder / "data")}))
    app.start()
    try:
        subjects = app.context.plans.records(run_id).values()
        wanted = [
            one for action in subjects for one in _follow_ups(action.id, action.object, action.key_value)
        ]
        add_follow_ups(app.context, run_id, wanted)
    finally:
        app.stop()


def _follow_ups(subject: int, name: ObjectName, key: str) -> list[FollowUp]:
    due = "2027-01-04T09:00:00Z"
    task = {"hs_timestamp": due, "hs_task_subject": f"Call {key}", "hs_task_status": "NOT_STARTED"}
    deal = {"dealname": f"Deal of {key}", "dealstage": "appointmentscheduled", "pipeline": "default"}
    note = {"hs_timestamp": due, "hs_note_body": f"About {key}"}
    wanted = (
        [("call", ObjectName.TASKS, task)]
        if name is ObjectName.CONTACTS
        else [("deal", ObjectName.DEALS, deal), ("note", ObjectName.NOTES, note)]
    )
    return [
        FollowUp(rule=rule, object=kind, subject=subject, occasion="2027-Q1", values=values)
        for rule, kind, values in wanted
    ]


def follow_up_faults(stage: Stage) -> list[str]:
    """Each there once, and with the record that it is about."""
    client, faults = _client(stage), import_faults(stage)
    people = {one.id: one.properties["email"] for one in fetch_all(client.crm.contacts.basic_api)}
    firms = {
        one.id: one.properties["domain"]
        for one in fetch_all(client.crm.companies.basic_api, properties=["domain"])
    }
    for name, (api, title, words, subjects) in {
        "tasks": (client.crm.objects.tasks.basic_api, "hs_task_subject", "Call", ("contacts", people)),
        "deals": (client.crm.deals.basic_api, "dealname", "Deal of", ("companies", firms)),
        "notes": (client.crm.objects.notes.basic_api, "hs_note_body", "About", ("companies", firms)),
    }.items():
        kind, known = subjects
        made = list(fetch_all(api, properties=[title], associations=[kind]))
        wanted = sum(row.lands for row in stage.leads.all) if kind == "contacts" else stage.leads.companies
        titles = Counter(one.properties[title] for one in made)
        alone = 0
        for one in made:
            beside = (one.associations or {}).get(kind)
            ends = {str(end.id) for end in beside.results} if beside else set()
            alone += {f"{words} {known[id_]}" for id_ in ends} != {one.properties[title]}
        found = {
            f"{name} missing": wanted - len(titles),
            f"{name} doubled": titles.total() - len(titles),
            f"{name} not with their record": alone,
        }
        faults += [f"{count} {what}" for what, count in found.items() if count]
    return faults


# A repair


def import_bad_rows(stage: Stage) -> None:
    import_first(stage)
    stage.leads.write_corrections(stage.folder / "corrections.csv")


def repair_words(stage: Stage) -> tuple[str, ...]:
    """Until the repair is on record it is asked for again; then it goes on by itself, whatever is typed."""
    run_id, state, _ = stage.now()
    if state == "done":
        return ("retry", run_id, "--edits", str(stage.folder / "corrections.csv"), "--yes")
    return ("resume", run_id, "--yes")


def repair_ended(stage: Stage) -> bool:
    run_id, state, _ = stage.now()
    return state == "done" and "blocked" not in read_books(stage.database, run_id).outcomes.values()


def repair_faults(stage: Stage) -> list[str]:
    books, crm = read_books(stage.database, stage.now()[0]), read_crm(stage.twin)
    right = replace(stage.leads, corrected=True)
    landed, doubled = crm.landed(right), crm.doubled()
    found = {
        "runs": len(runs_in(stage.database)) - 1,
        "rows with another outcome": sum(books.outcomes.get(row.number) != row.outcome for row in right.all),
        "rows predicted otherwise": sum(
            books.predicted.get(row.number) != row.outcome for row in stage.leads.all
        ),
        "rows lost": sum(row.lands and row.number not in landed for row in right.all),
        "contacts doubled": doubled["contacts"],
        "companies doubled": doubled["companies"],
        "strangers": crm.strangers(right),
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
    }
    return [f"{count} {what}" for what, count in found.items() if count]


# An undo


def import_first(stage: Stage) -> None:
    stage.lay_out(with_fields=True)
    stage.cli.run("sync", stage.sheet, "--to", "Twin", "--as", "both", "--yes", code=None)


def undo_words(stage: Stage) -> tuple[str, ...]:
    run_id, _, kind = stage.now()
    return ("resume", run_id, "--yes") if kind == "undo" else ("undo", run_id, "--yes")


def undo_ended(stage: Stage) -> bool:
    _, state, kind = stage.now()
    return (kind, state) == ("undo", "done")


def undo_faults(stage: Stage) -> list[str]:
    books, crm = read_books(stage.database, stage.now()[0]), read_crm(stage.twin)
    found = {
        "undos": len(runs_in(stage.database)) - 2,
        "records not as they were before the import": crm.off_from_before(stage.leads),
        "rows not as predicted": len(books.predicted) - books.as_predicted,
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
    }
    return [f"{count} {what}" for what, count in found.items() if count]


# An undo that takes tasks, deals and notes along


def import_follow_ups(stage: Stage) -> None:
    plan_follow_ups(stage)
    stage.cli.run("resume", stage.now()[0], "--yes", code=None)


def undo_follow_ups_faults(stage: Stage) -> list[str]:
    client = _client(stage)
    apis = {
        "tasks": client.crm.objects.tasks.basic_api,
        "deals": client.crm.deals.basic_api,
        "notes": client.crm.objects.notes.basic_api,
    }
    left = {name: len(fetch_all(api)) for name, api in apis.items()}
    return undo_faults(stage) + [f"{count} {name} left" for name, count in left.items() if count]


# A check after people came


def import_then_people(stage: Stage) -> None:
    """People give some of the contacts another title, and delete some that the import made."""
    import_first(stage)
    client, (edited, deleted) = _client(stage), _by_people(stage.leads)
    id_of = {one.properties["email"]: one.id for one in fetch_all(client.crm.contacts.basic_api)}
    email_of = {row.number: row.email for row in stage.leads.all}
    for some in _hundreds(edited):
        inputs = [{"id": id_of[email_of[row]], "properties": {"jobtitle": "Theirs"}} for row in some]
        client.crm.contacts.batch_api.update({"inputs": inputs})
    for some in _hundreds(deleted):
        client.crm.contacts.batch_api.archive({"inputs": [{"id": id_of[email_of[row]]} for row in some]})


def check_words(stage: Stage) -> tuple[str, ...]:
    return ("check", stage.now()[0])


def check_ended(stage: Stage) -> bool:
    return any(code == "checked_again" for _, code in _said_again(stage))


def check_faults(stage: Stage) -> list[str]:
    """It names what people did and nothing else, once; the CRM and the numbers of the run stay as they were."""
    books, crm, leads = read_books(stage.database, stage.now()[0]), read_crm(stage.twin), stage.leads
    edited, deleted = _by_people(leads)
    titles = {email: some[0][0]["jobtitle"] for email, some in crm.contacts.items()}

    def title_now(row: Row) -> str | None:
        if row.number in deleted:
            return None
        return "Theirs" if row.number in edited else row.cells[3]

    wanted = Counter(
        {(row, "changed_since"): 1 for row in edited} | {(row, "gone_since"): 1 for row in deleted}
    )
    named = Counter(one for one in _said_again(stage) if one[0])
    found = {
        "runs": len(runs_in(stage.database)) - 1,
        "findings missing": (wanted - named).total(),
        "findings that are none": (named - wanted).total(),
        "rows not as predicted": leads.rows - books.as_predicted,
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
        "contacts not as people left them": sum(
            titles.get(row.email) != title_now(row) for row in leads.all if row.lands
        ),
    }
    return [f"{count} {what}" for what, count in found.items() if count]


def _by_people(leads: Leads) -> tuple[list[int], list[int]]:
    """Rows whose contacts people edit, and those whose contacts they delete."""
    written = [row for row in leads.all if row.outcome in ("created", "updated")]
    edited = [row.number for row in written if row.number % 10 == 3]
    return edited, [row.number for row in written if row.number % 10 == 7 and row.outcome == "created"]


def _said_again(stage: Stage) -> list[tuple[int, str]]:
    """(row, code) of what the newest check left among the reasons."""
    with duckdb.connect(str(stage.database), read_only=True) as conn:
        asked = "SELECT row_no, code FROM run_reasons WHERE run_id = ? AND origin = 'again'"
        return conn.execute(asked, [stage.now()[0]]).fetchall()


def _hundreds(rows: list[int]) -> Iterable[list[int]]:
    return (rows[start : start + 100] for start in range(0, len(rows), 100))


def _client(stage: Stage) -> hubspot.HubSpot:
    return hubspot.HubSpot(access_token=stage.twin.token, host=stage.twin.url)


SCENARIOS = {
    one.name: one
    for one in (
        Scenario(
            name="import",
            prepare=lambda stage: stage.lay_out(with_fields=True),
            words=import_words,
            ended=import_ended,
            faults=import_faults,
        ),
        Scenario(
            name="import without our fields",
            prepare=lambda stage: stage.lay_out(with_fields=False),
            words=import_words,
            ended=import_ended,
            faults=lambda stage: import_faults(stage, provable=False),
            in_doubt=import_in_doubt,
        ),
        Scenario(
            name="import with tasks, deals and notes",
            prepare=plan_follow_ups,
            words=import_words,
            ended=import_ended,
            faults=follow_up_faults,
        ),
        Scenario(
            name="repair",
            prepare=import_bad_rows,
            words=repair_words,
            ended=repair_ended,
            faults=repair_faults,
            bad_every=4,
        ),
        Scenario(
            name="undo",
            prepare=import_first,
            words=undo_words,
            ended=undo_ended,
            faults=undo_faults,
        ),
        Scenario(
            name="undo of tasks, deals and notes",
            prepare=import_follow_ups,
            words=undo_words,
            ended=undo_ended,
            faults=undo_follow_ups_faults,
        ),
        Scenario(
            name="check",
            prepare=import_then_people,
            words=check_words,
            ended=check_ended,
            faults=check_faults,
            opening="check again",
        ),
    )
}
