"""What our own rows add to a company: facts, and the name by which the register knows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from smartsync_core.enrichment.identity import Identity, identify
from smartsync_core.enrichment.results import SourceResult, not_checked
from smartsync_core.enrichment.sources import ours
from smartsync_core.orchestrator.context import Context

__all__ = ["look_at_own_rows"]

_SAME_SECOND = timedelta(seconds=1)  # scores have no fractions of one
_NO_DOMAIN = "Rows and records are recognised by the company's domain."
_SHARED = "Companies of different names have this domain there: {names}."


def look_at_own_rows(
    ctx: Context, company: Identity, at: datetime, run_id: str = ""
) -> tuple[Identity, tuple[SourceResult, ...]]:
    """The company, with name and postcode where our rows agree on them; where they do not, they say nothing of it.

    Beside what was written and not taken back, the rows of the import `run_id` count.
    """
    if not company.domain:
        return company, tuple(not_checked(source, _NO_DOMAIN) for source in ours.SOURCES)
    rows = {
        ours.SHEET: ctx.own_rows.of_imports(company.domain, until=at + _SAME_SECOND, run_id=run_id),
        ours.CRM: ctx.own_rows.of_crm(company.domain),
    }
    together = [row for found in rows.values() for row in found]
    names = ours.names(together)
    if len(names) > 1:
        shared = _SHARED.format(names=", ".join(names[:3]))
        return company, tuple(not_checked(source, shared) for source in ours.SOURCES)
    if names:
        company = identify(domain=company.domain, name=names[0], postcode=ours.postcode(together))
    results = []
    for source, found in rows.items():
        values, days = ours.gather(found)
        results.append(ours.look(source, company, values, at, days))
    return company, tuple(results)
