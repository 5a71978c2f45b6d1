"""Durable work: workflows that survive a crash, steps that are not repeated once they are on record.

This room wraps DBOS Transact and knows nothing of syncing. A workflow is a plain function registered under a
name before launch; what it does between two crashes is remembered step by step.
"""

from smartsync_core.engine.durable import Engine, EngineStopping, WorkflowState

__all__ = ["Engine", "EngineStopping", "WorkflowState"]
