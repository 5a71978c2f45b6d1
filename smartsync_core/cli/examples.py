"""One line per command that can be typed as it stands; `--help` and the reference show it below the options."""

from __future__ import annotations

from typing import Final

__all__ = ["EXAMPLES", "PROGRAM"]

PROGRAM: Final = "python -m smartsync_core"

EXAMPLES: Final = {
    "twin": "twin hubspot --port 9000 --latency-ms 0",
    "connect": "connect hubspot --name Europe --token -",
    "sync": "sync leads.xlsx --to Europe --as both --preview",
    "runs": "runs --json",
    "run": "run RUN",
    "resume": "resume RUN --yes",
    "pause": "pause RUN",
    "stop": "stop RUN",
    "retry": "retry RUN --edits fix.csv",
    "companies": 'companies RUN --is "Alder Works=1203" --new "Beech Works"',
    "errors": "errors RUN --out fix.csv",
    "undo": "undo RUN --preview",
    "export": "export RUN --out result.xlsx",
    "check": "check RUN",
    "apikey create": 'apikey create --role operator --name "Nightly load"',
    "apikey list": "apikey list",
    "apikey revoke": "apikey revoke KEY",
    "backup": "backup --out smartsync.backup",
    "restore": "restore smartsync.backup",
    "privacy show": "privacy show ada@engines.example --out held.json",
    "privacy delete": "privacy delete ada@engines.example --yes",
    "secrets": "secrets rotate",
    "enrich": "enrich engines.example",
    "backtest": "backtest deals.csv --outcome Won --time Closed",
    "score replay": "score replay",
    "score card show": "score card show",
    "score card use": "score card use icp.yaml --preview",
}
"""By command; RUN and KEY stand for ids."""
