"""Words and options of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

from smartsync_core.cli.examples import EXAMPLES, PROGRAM
from smartsync_core.model.automation import Extra
from smartsync_core.orchestrator.connect import offered

__all__ = ["build_parser", "leaves"]


class _Parser(argparse.ArgumentParser):
    """What is wrong stands in one sentence, and where to read what may stand there; the usage is not thrown at anybody."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        self.exit(2, f"{sentence}. `{self.prog} --help` lists what can be said.\n")


def build_parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(prog=PROGRAM, description="SmartSync on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _twin(commands)
    _connect(commands)
    _sync(commands)
    runs = commands.add_parser("runs", help="list imports, newest first")
    _json(runs)
    run = commands.add_parser("run", help="show one import")
    run.add_argument("id", metavar="RUN", help=_RUN)
    _json(run)
    resume = commands.add_parser(
        "resume", help="write a stored preview, or go on with a paused or interrupted import"
    )
    resume.add_argument("id", metavar="RUN", help=_RUN)
    resume.add_argument("--yes", action="store_true", help="ask nothing")
    _portion(resume)
    _json(resume)
    _halts(commands)
    _repair(commands)
    _undo(commands)
    export = commands.add_parser(
        "export", help="write all rows of an import and what became of each into a file"
    )
    export.add_argument("id", metavar="RUN", help=_RUN)
    export.add_argument("--out", required=True, metavar="FILE", help="its name ends in .csv or .xlsx")
    _json(export)
    _api_keys(commands)
    backup = commands.add_parser(
        "backup", help="write everything but the keys into one file, while work goes on"
    )
    backup.add_argument("--out", required=True, metavar="FILE", help="a new one")
    restore = commands.add_parser(
        "restore", help="make everything as it is in a backup; the app must be closed"
    )
    restore.add_argument("file", help="that `backup` wrote")
    privacy = commands.add_parser("privacy", help="what is kept of a person or company; a person removed")
    told = privacy.add_subparsers(dest="what", required=True, metavar="WHAT")
    show = told.add_parser(
        "show", help="write all that is kept of an e-mail address or domain into a JSON file"
    )
    show.add_argument("whom", metavar="ADDRESS", help="an e-mail address, or a domain")
    show.add_argument("--out", required=True, metavar="FILE", help="JSON")
    show.add_argument("--overwrite", action="store_true", help="also where a file of that name is there")
    remove = told.add_parser(
        "delete", help="remove a person, or a company and its people, from all that is kept here; counts stay"
    )
    remove.add_argument("whom", metavar="ADDRESS", help="an e-mail address, or a domain")
    remove.add_argument("--yes", action="store_true", required=True, help="it cannot be taken back")
    secrets = commands.add_parser("secrets", help="the key that protects stored tokens")
    secrets.add_argument("what", choices=["rotate"], help="make a new one and seal every token with it")
    secrets.add_argument("--forget-old", action="store_true", help="older backups open no longer")
    check = commands.add_parser("check", help="look again at everything an import wrote")
    check.add_argument("id", metavar="RUN", help=_RUN)
    _json(check)
    _research(commands)
    for name, command, purpose in leaves(parser):
        command.description = f"{purpose[:1].upper()}{purpose[1:]}."
        if name in EXAMPLES:
            command.formatter_class = argparse.RawDescriptionHelpFormatter  # the example stays on its line
            command.epilog = f"example:\n  {PROGRAM} {EXAMPLES[name]}"
    return parser


def leaves(
    parser: argparse.ArgumentParser, before: str = "", told: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Every command that does something: its words, its parser, what it is for."""
    subs: list[argparse._SubParsersAction[argparse.ArgumentParser]] = [
        one for one in parser._actions if isinstance(one, argparse._SubParsersAction)
    ]
    choices = next(iter(subs), None)
    if choices is None:
        yield before, parser, told
        return
    said = choices._choices_actions  # noqa: SLF001 - argparse tells it no other way
    helps = {one.dest: one.help or "" for one in said}
    for name, command in choices.choices.items():
        yield from leaves(command, f"{before} {name}".strip(), helps.get(name, ""))


_RUN = "the import, as `sync` and `runs` print it"

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _portion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--first", type=_positive, metavar="N", help="write the first N rows, then pause")
    parser.add_argument(
        "--max-calls", type=_positive, metavar="N", help="pause before the import has made more calls than N"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above zero")
    return int(text)


def _company(text: str) -> tuple[str, str]:
    name, _, record = (part.strip() for part in text.rpartition("="))
    if not name or not record:
        raise argparse.ArgumentTypeError(f"“{text}” is not a name and a record with = between")
    return name, record


def _extras(text: str) -> list[Extra]:
    named = [part.strip().lower() for part in text.split(",") if part.strip()]
    wrong = next((name for name in named if name not in list(Extra)), None)
    if wrong is not None or not named:
        raise argparse.ArgumentTypeError(f"“{wrong or text}” is none of: {', '.join(Extra)}")
    return [Extra(name) for name in named]


def _halts(commands: _Commands) -> None:
    for name, told in (("pause", "let an import pause; `resume` goes on"), ("stop", "stop an import")):
        halt = commands.add_parser(name, help=told)
        halt.add_argument("id", metavar="RUN", help=_RUN)


def _repair(commands: _Commands) -> None:
    retry = commands.add_parser("retry", help="send rows that need you or failed again, in their import")
    retry.add_argument("id", metavar="RUN", help=_RUN)
    retry.add_argument(
        "--edits", metavar="FILE", help="a corrected error file; default: all such rows as they stand"
    )
    retry.add_argument("--yes", action="store_true", help="ask nothing")
    _json(retry)
    companies = commands.add_parser(
        "companies", help="companies that the CRM has by name alone: list them, or say which records they are"
    )
    companies.add_argument("id", metavar="RUN", help=_RUN)
    companies.add_argument(
        "--is",
        dest="records",
        action="append",
        default=[],
        type=_company,
        metavar="NAME=RECORD",
        help="this company is that record of the CRM; may be repeated",
    )
    companies.add_argument(
        "--new", action="append", default=[], metavar="NAME", help="it is a new company; may be repeated"
    )
    companies.add_argument(
        "--ask-again",
        action="append",
        default=[],
        metavar="NAME",
        help="take back what was said of it on a preview; may be repeated",
    )
    companies.add_argument("--yes", action="store_true", help="ask nothing")
    _json(companies)
    errors = commands.add_parser("errors", help="write the rows that need you or failed into a file")
    errors.add_argument("id", metavar="RUN", help=_RUN)
    errors.add_argument("--out", required=True, metavar="FILE", help="its name ends in .csv or .xlsx")
    _json(errors)


def _research(commands: _Commands) -> None:
    enrich = commands.add_parser("enrich", help="find out about a company, and score it")
    enrich.add_argument("company", help="its domain, company number or name")
    enrich.add_argument("--as-of", metavar="DATE", help="score it as on that day, asking nobody")
    _json(enrich)
    backtest = commands.add_parser(
        "backtest", help="would your closed deals have been told apart? proposes points"
    )
    backtest.add_argument("file", nargs="?", help="one closed deal per row, as it was known before its end")
    backtest.add_argument("--outcome", metavar="COLUMN", help="won or lost, yes or no, 1 or 0")
    backtest.add_argument("--time", metavar="COLUMN", help="the day on which the deal was closed")
    backtest.add_argument(
        "--from",
        dest="account",
        metavar="NAME",
        help="instead of a file: the closed deals of this account, with their companies as they were when each was opened",
    )
    _json(backtest)
    score = commands.add_parser("score", help="compute stored scores again; show and set what they go by")
    what = score.add_subparsers(dest="what", required=True, metavar="WHAT")
    replay = what.add_parser("replay", help="compute stored scores again and compare every byte")
    replay.add_argument("id", nargs="?", metavar="ID", help="of one score; default: all")
    _json(replay)
    card = what.add_parser("card", help="the score card: whom you sell to, weights and rules")
    do = card.add_subparsers(dest="do", required=True, metavar="WHAT")
    _json(do.add_parser("show", help="print the card in use, to be edited"))
    use = do.add_parser("use", help="go by another card from now on")
    use.add_argument("file", help="a whole card, or only the parts that differ from the one in use")
    use.add_argument("--preview", action="store_true", help="only say which scores would change")
    _json(use)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON value")


def _twin(commands: _Commands) -> None:
    twin = commands.add_parser("twin", help="run a stand-in CRM for practice and tests")
    twin.add_argument("crm", choices=["hubspot"], help="which one")
    twin.add_argument("--port", type=int, metavar="P", default=0, help="0 = any free one")
    twin.add_argument(
        "--tier", choices=["starter", "professional", "enterprise", "addon"], help="whose limits it keeps"
    )
    twin.add_argument("--latency-ms", type=int, metavar="MS", help="mean time per call; 0 answers at once")
    twin.add_argument("--fault-rate", type=float, metavar="SHARE", help="of calls that fail: 0.05")
    twin.add_argument("--seed", type=int, metavar="N", help="makes what is random repeatable")
    twin.add_argument("--seed-records", metavar="FILE", help="records to begin with, one JSON value per line")
    twin.add_argument("--state", metavar="FILE", help="keep the records in this file")
    twin.add_argument(
        "--auto-companies",
        action="store_true",
        help="make companies of its own for the domains of new contacts",
    )


def _connect(commands: _Commands) -> None:
    connect = commands.add_parser("connect", help="save an account")
    connect.add_argument("crm", choices=list(offered()), help="which CRM")
    connect.add_argument("--name", required=True, help="how the account is called here")
    connect.add_argument("--token", required=True, help="the service key; - reads it from standard input")
    connect.add_argument(
        "--base-url", default="", help="default: the real host; of HubSpot, HUBSPOT_BASE_URL"
    )
    connect.add_argument(
        "--add-fields", action="store_true", help="add SmartSync's own fields to the account"
    )
    _json(connect)


def _api_keys(commands: _Commands) -> None:
    apikey = commands.add_parser("apikey", help="make, list and revoke keys with which programs use the API")
    what = apikey.add_subparsers(dest="what", required=True, metavar="WHAT")
    create = what.add_parser("create", help="make a key; it is shown this once")
    create.add_argument(
        "--role", required=True, choices=["viewer", "operator", "admin"], help="what it may do"
    )
    create.add_argument("--name", default="API", help="what its caller is called in History")
    _json(create)
    _json(what.add_parser("list", help="the keys, and when each was last used"))
    what.add_parser("revoke", help="from now on the key opens nothing").add_argument(
        "id", metavar="KEY", help="as `apikey list` prints it"
    )


def _undo(commands: _Commands) -> None:
    undo = commands.add_parser("undo", help="take an import back; what people did since stays")
    undo.add_argument("id", metavar="RUN", help=_RUN)
    undo.add_argument("--only", choices=["created"], help="only the records that it created")
    undo.add_argument("--rows", default="", metavar="2,5,9", help="only these lines of the file")
    undo.add_argument("--preview", action="store_true", help="stop before anything is taken back")
    undo.add_argument("--yes", action="store_true", help="ask nothing")
    _json(undo)


def _sync(commands: _Commands) -> None:
    sync = commands.add_parser("sync", help="import a file: preview, write, check")
    sync.add_argument("file", help="CSV, XLSX, XLS or ODS")
    sync.add_argument("--to", required=True, metavar="NAME", help="the account's name")
    sync.add_argument(
        "--as",
        dest="record_type",
        choices=["contacts", "companies", "both"],
        help="what is in each row; a recipe knows it",
    )
    sync.add_argument("--recipe", default="", metavar="NAME", help="take the choices saved under this name")
    sync.add_argument("--save-recipe", default="", metavar="NAME", help="save the choices under this name")
    sync.add_argument(
        "--key", action="append", default=[], metavar="[OBJECT=]FIELD", help="what recognises a record"
    )
    sync.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=PROPERTY",
        help='"Column=" leaves it out; may be repeated, for one column too: it then goes to both',
    )
    sync.add_argument(
        "--step",
        action="append",
        default=[],
        metavar="COLUMN=STEP",
        help='what is done to its cells first, e.g. "Revenue=number unit=thousands"; may be repeated',
    )
    sync.add_argument(
        "--same",
        action="append",
        default=[],
        metavar="[OBJECT=]ROW,ROW",
        help="these rows of the file are one record; may be repeated",
    )
    sync.add_argument(
        "--policy", choices=["fill", "overwrite"], default="fill", help="for fields that are filled already"
    )
    sync.add_argument(
        "--stamp", default="", metavar="NAME", help="every written record carries this name and the day"
    )
    sync.add_argument(
        "--with",
        dest="extras",
        type=_extras,
        default=[],
        metavar="WHAT[,WHAT]",
        help=f"what it does besides the rows: {', '.join(Extra)}; default: nothing",
    )
    sync.add_argument(
        "--deal-stage",
        default="",
        metavar="STAGE",
        help="where new deals of this account begin from now on; needed once where it has several pipelines",
    )
    sync.add_argument(
        "--mode",
        choices=["both", "create-only", "update-only"],
        default="both",
        help="make new records, change those that are there, or both",
    )
    sync.add_argument("--sheet", help="of a workbook; default: the first with a table")
    sync.add_argument(
        "--header-row",
        default="",
        metavar="N",
        help="with the column names: 3, 1-2 for two together, or none; default: the first that reads like them",
    )
    sync.add_argument("--preview", action="store_true", help="stop before anything is written")
    sync.add_argument("--yes", action="store_true", help="write without asking")
    _portion(sync)
    _json(sync)
