"""Every table of ours, in one MetaData; the same on DuckDB and PostgreSQL.

The five `crm_*` tables keep the names and columns of the first SmartSync. No foreign keys and no indexes on columns that
are updated: on DuckDB both are traps (an indexed column makes updates ten times slower, a referenced parent cannot change).
Ids are uuid4 hex, times are UTC, JSON holds our own values as text.
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["metadata"]

metadata = sa.MetaData()

_Json = sa.JSON(none_as_null=True)
_Time = sa.TIMESTAMP(timezone=True)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String, primary_key=True)


def _org() -> sa.Column[str]:
    return sa.Column("org_id", sa.String, nullable=False)


orgs = sa.Table(
    "orgs",
    metadata,
    _id(),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
)

users = sa.Table(
    "users",
    metadata,
    _id(),
    _org(),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("email", sa.String),
    sa.Column("role", sa.String, nullable=False),  # viewer | operator | admin | "" = waits for one
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("last_seen_at", _Time),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    _id(),
    _org(),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),  # viewer | operator | admin
    sa.Column("digest", sa.String, nullable=False),  # SHA-256 of the key, which has 256 bits of chance
    sa.Column("created_by", sa.String, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("last_used_at", _Time),
    sa.Column("revoked_at", _Time),
)

api_answers = sa.Table(  # what a call with an Idempotency-Key was answered, for the same call made again
    "api_answers",
    metadata,
    _org(),
    sa.Column("key_id", sa.String, primary_key=True),
    sa.Column("token", sa.String, primary_key=True),  # SHA-256 of the header
    sa.Column("request", sa.String, nullable=False),  # SHA-256 of path and body
    sa.Column("status", sa.Integer),  # NULL = being worked on
    sa.Column("answer", _Json),
    sa.Column("at", _Time, nullable=False),
)

webhook_changes = sa.Table(  # what a CRM told of; only ever inserted, and dropped after a month
    "webhook_changes",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),  # the same however often it is told
    sa.Column("integration_id", sa.String, nullable=False),
    sa.Column("portal_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("object_type", sa.String, nullable=False),
    sa.Column("record_id", sa.String, nullable=False),
    sa.Column("field", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("source_id", sa.String, nullable=False),
    sa.Column("occurred_at", _Time, nullable=False),
    sa.Column("received_at", _Time, nullable=False),
)

webhook_deliveries = sa.Table(  # those of the last minutes, so that none is taken twice
    "webhook_deliveries",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("signature", sa.String, primary_key=True),  # SHA-256 of the header
    sa.Column("at", _Time, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    _id(),
    _org(),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),  # e.g. "connection.saved"
    sa.Column("subject_id", sa.String),
    sa.Column("details", _Json),
    sa.Column("at", _Time, nullable=False),
)

crm_integrations = sa.Table(
    "crm_integrations",
    metadata,
    _id(),
    _org(),
    sa.Column("crm_type", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("base_url", sa.String, nullable=False),  # "" = the vendor's real host
    sa.Column("portal_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),  # production | sandbox | practice
    sa.Column("access_token", sa.String),  # encrypted
    sa.Column("refresh_token", sa.String),  # encrypted
    sa.Column("token_expires_at", _Time),
    sa.Column("token_renew_at", _Time),  # NULL = a key, which nobody renews
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("fields_added", sa.Boolean, nullable=False),
    sa.Column("sync_direction", sa.String, nullable=False),
    sa.Column("sync_frequency", sa.String, nullable=False),
    sa.Column("auto_enrich", sa.Boolean, nullable=False),
    sa.Column("auto_score", sa.Boolean, nullable=False),
    sa.Column("auto_assign", sa.Boolean, nullable=False),
    sa.Column("auto_create_tasks", sa.Boolean, nullable=False),
    sa.Column("last_sync_at", _Time),
    sa.Column("sync_count", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("updated_at", _Time, nullable=False),
)

oauth_states = sa.Table(  # persons who were sent to a CRM to let us in, and are not back yet
    "oauth_states",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("state", sa.String, primary_key=True),  # SHA-256 of what they come back with
    sa.Column("crm_type", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),  # of the account to be
    sa.Column("verifier", sa.String, nullable=False),  # encrypted
    sa.Column("begun_by", sa.String, nullable=False),
    sa.Column("begun_at", _Time, nullable=False),
)

crm_sync_logs = sa.Table(  # the ledger: one line per thing done to a CRM record; only ever inserted
    "crm_sync_logs",
    metadata,
    _id(),
    _org(),
    sa.Column("integration_id", sa.String, nullable=False),
    sa.Column("run_id", sa.String),
    sa.Column("action_id", sa.Integer),
    sa.Column("sync_type", sa.String, nullable=False),  # contact | company | deal | task | note
    sa.Column("operation", sa.String, nullable=False),  # create | update | link
    sa.Column("status", sa.String, nullable=False),  # success | failed | partial | pending
    sa.Column("crm_record_id", sa.String),
    sa.Column("row_no", sa.Integer),
    sa.Column("before", _Json),
    sa.Column("after", _Json),
    sa.Column("enrichments", _Json),
    sa.Column("duration_ms", sa.Integer),
    sa.Column("enrichment_time_ms", sa.Integer),
    sa.Column("error_message", sa.String),
    sa.Column("created_at", _Time, nullable=False),
)

crm_field_mappings = sa.Table(  # where columns of such a name go, as it holds now
    "crm_field_mappings",
    metadata,
    _id(),
    _org(),
    sa.Column("integration_id", sa.String, nullable=False),
    sa.Column("entity_type", sa.String, nullable=False),
    sa.Column("source_field", sa.String, nullable=False),
    sa.Column("crm_field", sa.String, nullable=False),
    sa.Column("transformation", _Json),  # {steps, policy, default}
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("updated_at", _Time, nullable=False),
)

field_mapping_versions = sa.Table(  # all of an account's mappings of one object, at each time they were saved
    "field_mapping_versions",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("integration_id", sa.String, primary_key=True),
    sa.Column("entity_type", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),  # 1, 2, …
    sa.Column("mappings", _Json, nullable=False),
    sa.Column("saved_by", sa.String, nullable=False),
    sa.Column("saved_at", _Time, nullable=False),
)

header_choices = sa.Table(  # where a person sent a column of that name, once and for later files
    "header_choices",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("record_type", sa.String, primary_key=True),  # contacts | companies | both
    sa.Column("header", sa.String, primary_key=True),  # as `header_key` folds it
    sa.Column("target", sa.String, nullable=False),  # "contacts.email"
    sa.Column("chosen_by", sa.String, nullable=False),
    sa.Column("chosen_at", _Time, nullable=False),
)

crm_entity_mappings = sa.Table(  # links: what recognises a record of ours <-> its id in the CRM
    "crm_entity_mappings",
    metadata,
    _org(),
    sa.Column("integration_id", sa.String, primary_key=True),
    sa.Column("entity_type", sa.String, primary_key=True),  # contacts | companies | ...
    sa.Column("key_field", sa.String, primary_key=True),  # "email", "domain", "own:Symbol", "name+country"
    sa.Column("key_value", sa.String, primary_key=True),  # canonical
    sa.Column("crm_id", sa.String, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),  # raised when we took the record back
    sa.Column("closed", sa.Boolean, nullable=False),  # the record was taken back by us
    sa.Column("held", _Json),  # {property: [sent, held]} where the CRM held something else at the last proof
    sa.Column("sync_count", sa.Integer, nullable=False),
    sa.Column("last_sync_at", _Time),
    sa.Column("last_run_id", sa.String),
)

crm_sync_queue = sa.Table(  # our listing of jobs; the engine runs them
    "crm_sync_queue",
    metadata,
    _id(),
    _org(),
    sa.Column("integration_id", sa.String),
    sa.Column("run_id", sa.String),
    sa.Column("job", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),  # queued | running | done | failed
    sa.Column("priority", sa.Integer, nullable=False),  # 1 low .. 10
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("error_message", sa.String),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("started_at", _Time),
    sa.Column("finished_at", _Time),
)

suppressions = sa.Table(  # do-not-touch lists
    "suppressions",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),  # email | domain
    sa.Column("value", sa.String, primary_key=True),  # lower case
    sa.Column("note", sa.String),
    sa.Column("created_at", _Time, nullable=False),
)

uploads = sa.Table(
    "uploads",
    metadata,
    _id(),
    _org(),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("sheet", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("columns", _Json, nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("notes", _Json, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
)

upload_rows = sa.Table(
    "upload_rows",
    metadata,
    _org(),
    sa.Column("upload_id", sa.String, primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),  # the file's line
    sa.Column("cells", _Json, nullable=False),  # list of texts, one per column
)

need_assignees = sa.Table(  # who takes what waits for a person
    "need_assignees",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("subject", sa.String, primary_key=True),  # kind, import or account, code, column
    sa.Column("assignee", sa.String, nullable=False),
    sa.Column("assigned_by", sa.String, nullable=False),
    sa.Column("assigned_at", _Time, nullable=False),
)

import_drafts = sa.Table(  # an import begun on the screen, kept over reload and restart
    "import_drafts",
    metadata,
    _id(),
    _org(),
    sa.Column("state", _Json, nullable=False),
    sa.Column("updated_at", _Time, nullable=False),
)

value_choices = sa.Table(  # what a person said that a text means, once and for later files
    "value_choices",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("integration_id", sa.String, primary_key=True),
    sa.Column("target", sa.String, primary_key=True),  # "contacts.hs_lead_status"
    sa.Column("value", sa.String, primary_key=True),  # as `value_key` folds it
    sa.Column("choice", sa.String, nullable=False),  # the CRM's value; "" = leave it out
    sa.Column("chosen_by", sa.String, nullable=False),
    sa.Column("chosen_at", _Time, nullable=False),
)

recipes = sa.Table(  # the choices of an import, for the next file of its kind
    "recipes",
    metadata,
    _id(),
    _org(),
    sa.Column("integration_id", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("columns", _Json, nullable=False),  # of the file written last, else of the first
    sa.Column("row_count", sa.Integer, nullable=False),  # of that file
    sa.Column("choices", _Json, nullable=False),
    sa.Column("saved_at", _Time, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    _id(),
    _org(),
    sa.Column("integration_id", sa.String, nullable=False),
    sa.Column("upload_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),  # import | undo
    sa.Column("undo_of", sa.String),  # undo: the run it takes back
    sa.Column("part", _Json),  # undo of a part: {"only": "created"} or {"rows": [..]}
    sa.Column("record_type", sa.String, nullable=False),
    sa.Column("options", _Json, nullable=False),  # columns, keys, policies, mode
    sa.Column("state", sa.String, nullable=False),
    sa.Column("pause_after", sa.Integer),  # the last wave to send before the run pauses by itself
    sa.Column("max_calls", sa.Integer),  # a hard cap on calls; None = no cap
    sa.Column(
        "shown", sa.Boolean, nullable=False
    ),  # a person saw the plan: it is re-read before it is written
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("predicted", _Json),
    sa.Column("planned", _Json),  # {object: {kind: n}} as planned
    sa.Column("budget", _Json),
    sa.Column("result", _Json),  # the numbers of the last settling
    sa.Column("message", sa.String),  # why it failed or waits
    sa.Column("calls_app", sa.Integer, nullable=False),
    sa.Column("calls_search", sa.Integer, nullable=False),
    sa.Column("calls_association", sa.Integer, nullable=False),
    sa.Column("work_s", sa.Float, nullable=False),  # time spent working, without waiting for a person
    sa.Column("waited_s", sa.Float),  # time it stood still since its approval, for a person or a new day
    sa.Column("created_by", sa.String, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("crm_read_at", _Time),
    sa.Column("planned_at", _Time),
    sa.Column("wakes_at", _Time),  # paused by a daily limit: when it goes on by itself
    sa.Column("approved_at", _Time),
    sa.Column("approved_by", sa.String),
    sa.Column("finished_at", _Time),
)

run_drafts = sa.Table(  # one object of one row, cleaned
    "run_drafts",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("object", sa.String, primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("key_field", sa.String, nullable=False),
    sa.Column("key_value", sa.String, nullable=False),
    sa.Column("email", sa.String, nullable=False),  # canonical, "" for none: the second way to be recognised
    sa.Column("domain", sa.String, nullable=False),
    sa.Column(
        "domain_source", sa.String, nullable=False
    ),  # cell | email | "" | shared:DOMAIN, then `domain` is ""
    sa.Column("name_key", sa.String, nullable=False),  # normalised company name
    sa.Column("country_key", sa.String, nullable=False),
    sa.Column("values", _Json, nullable=False),
    sa.Column("clears", _Json, nullable=False),
    sa.Column("problems", _Json, nullable=False),
    sa.Column("blocked", sa.Boolean, nullable=False),
    sa.Column("suppressed", sa.String, nullable=False),
    sa.Column("is_main", sa.Boolean, nullable=False),  # its object is the row's main record
    sa.Column("group_row", sa.Integer, nullable=False),  # first row of its group; 0 until grouped
    sa.Column("marks", _Json),  # drafts that may be the same record share one of these texts
)

likely_pairs = sa.Table(  # rows of a plan that may be one record, and nobody has said
    "likely_pairs",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("object", sa.String, primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("later_row", sa.Integer, primary_key=True),
    sa.Column("why", sa.String, nullable=False),
)

run_matches = sa.Table(  # what the CRM answered for a key
    "run_matches",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("object", sa.String, primary_key=True),
    sa.Column("key_field", sa.String, primary_key=True),
    sa.Column("key_value", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),  # MatchKind
    sa.Column("crm_id", sa.String, nullable=False),
    sa.Column("candidates", _Json, nullable=False),  # [[CRM id, what it is called], ...]
    sa.Column("matched_by", sa.String, nullable=False),
    sa.Column("held", _Json),
    sa.Column("generation", sa.Integer, nullable=False),
)

records = sa.Table(  # CRM records as a run's plan read them
    "records",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("object", sa.String, primary_key=True),
    sa.Column("crm_id", sa.String, primary_key=True),
    sa.Column("properties", _Json, nullable=False),
    sa.Column("companies", _Json),  # contacts: [[company id, primary]] they stand by
    sa.Column("read_at", _Time, nullable=False),
)

plan_actions = sa.Table(
    "plan_actions",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("object", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("main_row", sa.Integer, nullable=False),
    sa.Column("group_row", sa.Integer, nullable=False),  # first row of its group, as in run_drafts
    sa.Column("rows", _Json, nullable=False),
    sa.Column("crm_id", sa.String, nullable=False),
    sa.Column("key_field", sa.String, nullable=False),
    sa.Column("key_value", sa.String, nullable=False),
    sa.Column("create_key", sa.String, nullable=False),  # smartsync_key of a create
    sa.Column("changes", _Json, nullable=False),  # [[field, old, new]]
    sa.Column("from_action", sa.Integer, nullable=False),
    sa.Column("to_action", sa.Integer, nullable=False),
    sa.Column("is_primary", sa.Boolean, nullable=False),
    sa.Column("associations", _Json),  # deals, tasks, notes: [[object, action id]] they stand by
    sa.Column("matched_by", sa.String, nullable=False),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("message", sa.String, nullable=False),
    sa.Column("wave", sa.Integer, nullable=False),  # -1 = nothing to send
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("intent_at", _Time),
    sa.Column("answered_at", _Time),
    sa.Column("duration_ms", sa.Integer),
    sa.Column("refusals", _Json),  # [[field, code, message]] in the CRM's words
    sa.Column("theirs", _Json),  # stale: what the CRM holds instead {field: value}
    sa.Column("proof", sa.String),
    sa.Column("proof_details", _Json),  # {field: [sent, held]} where they differ
    sa.Column("proved_at", _Time),
)

run_findings = sa.Table(  # what a run goes by for each of its companies
    "run_findings",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("company", sa.String, primary_key=True),
    sa.Column("found", _Json, nullable=False),
    sa.Column("asked", sa.Boolean, nullable=False),  # at least one source was asked for it
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("at", _Time, nullable=False),
)

deal_places = sa.Table(  # where new deals of an account begin
    "deal_places",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("integration_id", sa.String, primary_key=True),
    sa.Column("pipeline", sa.String, nullable=False),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("chosen_by", sa.String, nullable=False),
    sa.Column("chosen_at", _Time, nullable=False),
)

run_edits = sa.Table(  # cells that a person corrected after the upload
    "run_edits",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("cells", _Json, nullable=False),  # the whole row as it stands now
    sa.Column(
        "repair", sa.Integer, nullable=False
    ),  # the repair that brought it: 1, 2, …; 0 = an earlier run
    sa.Column("edited_by", sa.String, nullable=False),
    sa.Column("edited_at", _Time, nullable=False),
)

run_rows = sa.Table(
    "run_rows",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("main_action", sa.Integer, nullable=False),
    sa.Column("own", sa.String),  # outcome that the row has by itself
    sa.Column("duplicate_of", sa.Integer, nullable=False),
    sa.Column("other_actions", _Json, nullable=False),
    sa.Column("predicted", sa.String),
    sa.Column("predicted_partly", sa.Boolean),
    sa.Column("outcome", sa.String),
    sa.Column("partly", sa.Boolean),
    sa.Column("repair", sa.Integer),  # the last repair that took it up: 1, 2, …; NULL = none
    sa.Column("awaits_plan", sa.Boolean),  # taken up, and not planned anew yet
)

run_reasons = sa.Table(
    "run_reasons",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, nullable=False),
    sa.Column("row_no", sa.Integer, nullable=False),  # 0 = the whole run
    sa.Column("field", sa.String, nullable=False),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("message", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),  # options | draft | plan | result
)

run_first_reasons = sa.Table(  # what was said of a row before its first repair; only ever inserted
    "run_first_reasons",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, nullable=False),
    sa.Column("row_no", sa.Integer, nullable=False),
    sa.Column("field", sa.String, nullable=False),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("message", sa.String, nullable=False),
)

settled_outcomes = sa.Table(  # what became of an import's rows, counted when it was settled
    "settled_outcomes",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("outcome", sa.String, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("first_pass", sa.Integer, nullable=False),  # of them without a repair
)

settled_reasons = sa.Table(  # why its rows did not land, counted when it was settled
    "settled_reasons",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("told", sa.String, primary_key=True),  # first = at the first try | now = of rows that wait
    sa.Column("code", sa.String, primary_key=True),  # "" = nothing is said: they go with another row
    sa.Column("field", sa.String, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("example_row", sa.Integer, nullable=False),
)

settled_cells = sa.Table(  # what it did to records that were there, counted when it was settled
    "settled_cells",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("object", sa.String, primary_key=True),  # as crm_sync_logs.sync_type
    sa.Column("field", sa.String, primary_key=True),
    sa.Column("filled", sa.Integer, nullable=False),
    sa.Column("replaced", sa.Integer, nullable=False),
    sa.Column("emptied", sa.Integer, nullable=False),
)

org_settings = sa.Table(  # of an org of which something is known
    "org_settings",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("time_zone", sa.String, nullable=False),  # by which weeks are counted
)

call_times = sa.Table(  # how many calls of the API took how long, per hour
    "call_times",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("hour", _Time, primary_key=True),
    sa.Column("ms", sa.Integer, primary_key=True),  # to two digits
    sa.Column("calls", sa.Integer, nullable=False),
)

research_evidence = sa.Table(  # facts about companies; only ever inserted
    "research_evidence",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("company", sa.String, primary_key=True),  # "number:…", "domain:…", "name:…"
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("field", sa.String, nullable=False),
    sa.Column("value", sa.String, nullable=False),
    sa.Column("quote", sa.String, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("fetched_at", _Time, nullable=False),
    sa.Column("tier", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
)

research_checks = sa.Table(  # when a source was asked about a company, and how it answered
    "research_checks",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("company", sa.String, primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("evidence", _Json, nullable=False),  # ids
    sa.Column("boards", _Json, nullable=False),
    sa.Column("checked_at", _Time, nullable=False),
)

score_cards = sa.Table(
    "score_cards",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("sha256", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
)

score_card_in_use = sa.Table(  # of an org that chose one; the others go by the standard card
    "score_card_in_use",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("used_by", sa.String, nullable=False),
    sa.Column("used_at", _Time, nullable=False),
)

score_card_drafts = sa.Table(  # the next version as far as somebody has got with it; one per org
    "score_card_drafts",
    metadata,
    sa.Column("org_id", sa.String, primary_key=True),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("begun_from", sa.String, nullable=False),  # sha256 of the card that was in use
    sa.Column("saved_by", sa.String, nullable=False),
    sa.Column("saved_at", _Time, nullable=False),
)

scores = sa.Table(  # what was said of a company, as canonical text; only ever inserted
    "scores",
    metadata,
    _id(),
    _org(),
    sa.Column("company", sa.String, nullable=False),
    sa.Column("card_sha256", sa.String, nullable=False),
    sa.Column("evidence", _Json, nullable=False),  # ids
    sa.Column("as_of", _Time, nullable=False),
    sa.Column("result", sa.String, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("run_id", sa.String),  # the import it was given for, or one look-up; None before that was noted
)

owners_given = sa.Table(  # companies to which an import gives an owner by the score card
    "owners_given",
    metadata,
    _org(),
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("company", sa.String, primary_key=True),
    sa.Column("integration_id", sa.String, nullable=False),
    sa.Column("owner", sa.String, nullable=False),  # their id in the CRM
    sa.Column("name", sa.String, nullable=False),  # as the score card names them
    sa.Column("action_id", sa.Integer, nullable=False),
)

summaries = sa.Table(  # what an LLM was asked for, what came of it, and what it cost
    "summaries",
    metadata,
    _id(),
    _org(),
    sa.Column("company", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),  # of the question: the same facts for the same model
    sa.Column("run_id", sa.String, nullable=False),  # an import, or one look-up
    sa.Column("model", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),  # asked | over budget | ok, refused … of the reply
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("sentences", _Json, nullable=False),  # [[text, [evidence ids]]] that passed the gate
    sa.Column("dropped", sa.Integer, nullable=False),  # sentences that did not
    sa.Column("tokens_read", sa.Integer, nullable=False),
    sa.Column("tokens_written", sa.Integer, nullable=False),
    sa.Column("micros", sa.BigInteger, nullable=False),  # millionths of the currency
    sa.Column("currency", sa.String, nullable=False),
    sa.Column("estimated", sa.Boolean, nullable=False),
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("request", sa.String, nullable=False),
    sa.Column("reply", sa.String, nullable=False),
    sa.Column("asked_at", _Time, nullable=False),
)
