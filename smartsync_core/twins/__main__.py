"""Serve one practice CRM, or the places that research asks, on 127.0.0.1 until a signal or the end of the pipe on stdin."""

from __future__ import annotations

import argparse
import gc
import sqlite3
from pathlib import Path

from smartsync_core.twins.hubspot.app import application
from smartsync_core.twins.hubspot.gate import HubSpotTwin
from smartsync_core.twins.hubspot.limits import TIERS
from smartsync_core.twins.hubspot.options import Options
from smartsync_core.twins.hubspot.seeding import BadSeed, seed_file
from smartsync_core.twins.research import app as research
from smartsync_core.twins.research.app import Manners
from smartsync_core.twins.serving import refuse, serve


def main() -> None:
    arguments = _parser().parse_args()
    if arguments.crm == "research":
        low, high = arguments.latency_ms
        manners = Manners(latency_ms=(low, high), dead=frozenset(arguments.dead))
        serve(research.application(manners), port=arguments.port, at_end=lambda: None)
        return
    options = Options(
        tier=arguments.tier,
        latency_ms=arguments.latency_ms,
        search_lag_s=arguments.search_lag_s,
        fault_rate=arguments.fault_rate,
        seed=arguments.seed,
        state=arguments.state,
        auto_companies=arguments.auto_companies,
    )
    options.switches.merge_keeps_primary_id = arguments.merge_keeps_primary_id
    gc.set_threshold(50_000, 20, 1000)  # records live long: walking over all of them often finds nothing
    try:
        twin = HubSpotTwin(options)
    except sqlite3.Error as error:
        refuse(f"The state file {arguments.state} cannot be used ({error}); is another twin using it?")
    if arguments.seed_records is not None and twin.portal.is_new:
        try:
            seed_file(twin.portal, arguments.seed_records)
        except BadSeed as error:
            refuse(str(error))
    serve(application(twin), port=arguments.port, at_end=twin.close)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m smartsync_core.twins", description=__doc__)
    crms = parser.add_subparsers(dest="crm", required=True)
    hubspot = crms.add_parser("hubspot", help="a HubSpot account to practise on")
    hubspot.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    hubspot.add_argument(
        "--tier", choices=sorted(TIERS), default="professional", help="which rate limits hold"
    )
    hubspot.add_argument("--latency-ms", type=int, default=250, help="mean time per call; 0 answers at once")
    hubspot.add_argument("--fault-rate", type=float, default=0, help="share of calls that fail, 0 to 1")
    hubspot.add_argument("--seed", type=int, help="makes faults, ids and order repeatable")
    hubspot.add_argument(
        "--seed-records", type=Path, metavar="FILE", help="JSON lines of records to start with"
    )
    hubspot.add_argument("--auto-companies", action="store_true", help="make companies from e-mail domains")
    hubspot.add_argument("--state", type=Path, metavar="FILE", help="SQLite file that keeps the records")
    hubspot.add_argument("--search-lag-s", type=float, default=5, help="how far search is behind")
    hubspot.add_argument(
        "--merge-keeps-primary-id",
        action="store_true",
        help="a merge keeps the primary's id instead of a new one",
    )
    places = crms.add_parser("research", help="websites, a register and job boards to look things up in")
    places.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    places.add_argument(
        "--latency-ms", type=int, nargs=2, default=[0, 0], metavar=("LOW", "HIGH"), help="time per call"
    )
    places.add_argument("--dead", nargs="*", default=[], help="services that never answer")
    return parser


if __name__ == "__main__":
    main()
