"""Who may do what: each use case that changes something names the role it takes, and refuses everybody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context

__all__ = ["role_for", "takes"]

P = ParamSpec("P")
T = TypeVar("T")
_ROLE = "takes_role"


def takes(
    role: Role,
) -> Callable[[Callable[Concatenate[Context, P], T]], Callable[Concatenate[Context, P], T]]:
    """Mark a use case as one that takes `role`, or one above it. Who has less gets NotAllowed, and nothing is done."""

    def marked(use_case: Callable[Concatenate[Context, P], T]) -> Callable[Concatenate[Context, P], T]:
        @wraps(use_case)
        def guarded(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> T:
            ctx.refuse_below(role)
            return use_case(ctx, *args, **kwargs)

        setattr(guarded, _ROLE, role)
        return guarded

    return marked


def role_for(use_case: Callable[..., object]) -> Role:
    """What it takes; looking takes a viewer."""
    return getattr(use_case, _ROLE, Role.VIEWER)
