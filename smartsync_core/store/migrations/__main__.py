"""Make a new revision from what tables.py has and the revisions so far do not.

    python -m smartsync_core.store.migrations "what it does"

As long as nothing is released, the first one is made anew instead:

    python -m smartsync_core.store.migrations --first
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from smartsync_core.store.database import Database

_FIRST = "0001"


def main(argument: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    format_with_ruff = {"hooks": "ruff", "ruff.type": "module", "ruff.module": "ruff"}
    for name, value in (format_with_ruff | {"ruff.options": "format REVISION_SCRIPT_FILENAME"}).items():
        config.set_section_option("post_write_hooks", name, value)
    first = argument == "--first"
    with TemporaryDirectory() as folder:
        database = Database(f"duckdb:///{folder}/scratch.duckdb")
        if not first:
            database.migrate()
        with database.write() as conn:
            config.attributes["connection"] = conn
            _write(config, argument, first)
        database.close()


def _write(config: Config, argument: str, first: bool) -> None:
    if first:
        scripts = Path(__file__).parent / "versions"
        kept = {path: path.read_text() for path in scripts.glob("*.py")}
        for path in kept:
            path.unlink()
        command.revision(config, "All tables", autogenerate=True, rev_id=_FIRST)
        for path, text in kept.items():
            if not path.name.startswith(_FIRST):
                path.write_text(text)
        return
    newest = ScriptDirectory.from_config(config).get_current_head() or "0000"
    command.revision(config, argument, autogenerate=True, rev_id=f"{int(newest) + 1:04}")


if __name__ == "__main__":
    main(sys.argv[1])
