"""How this twin was started, and the switches for what the contract calls unconfirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(kw_only=True)
class Switches:
    """The first value is the contract's own line or the stricter reading; the control plane offers the other.

    `PUT /_twin/switches {"merge_keeps_primary_id": true}`
    """

    merge_keeps_primary_id: bool = False  # §4.7: only with "primary id preservation"
    garbage_token_expired: bool = False  # §2.3: a garbage token answers EXPIRED_AUTHENTICATION
    authorize_ignores_pkce: bool = False  # §2.1: whether the authorize page heeds a challenge
    old_scope_body: bool = False  # §2.3: the first of the two MISSING_SCOPES bodies
    retry_after_on_429: bool = False  # §3: not promised
    rate_limits_category: bool = False  # §3: category RATE_LIMITS instead of errorType
    trace_ids_in_errors: bool = True  # §4.4 rule 3: some recorded 207s give only ids
    partial_status_207: bool = True  # §4.9: 207 on all versions; false answers 200/201
    unique_on_activities: bool = True  # properties §10: false refuses hasUniqueValue there
    lenient_activity_properties: bool = False  # §8: unknown properties of an activity are ignored
    first_company_is_primary: bool = True  # §7
    association_inputs: int = 2000  # §7: 100 was seen on older endpoints
    short_errors: bool = False  # §4.8: `errors` absent, only the JSON inside `message`


@dataclass(kw_only=True)
class Options:
    tier: str = "professional"  # starter | professional | enterprise | addon
    latency_ms: int = 250
    jitter_ms: int = 80  # either way, uniformly
    search_lag_s: float = 5
    fault_rate: float = 0
    seed: int | None = None
    seed_records: Path | None = None
    state: Path | None = None
    auto_companies: bool = False
    switches: Switches = field(default_factory=Switches)
