"""Trouble on order: refusals, failures and slowness, at a chosen request or by a seeded chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and with which requests.

    Empty `token`, `resource` and `operation` match everything. The fault strikes the `at`-th request that matches, and
    the `times - 1` after it; with `chance` it strikes every match by that probability instead, decided by `seed` and
    the request's number, so that a run can be repeated.
    """

    token: str = ""
    """For example `azure-native:containerservice:AgentPool`."""
    resource: str = ""
    """Part of the id, without regard to case."""
    operation: Literal["", "create", "update", "delete", "read"] = ""
    at: int = 1
    times: int = 1
    chance: float | None = None
    seed: int = 0
    status: int = 500
    """0 for a fault that refuses nothing and only takes `seconds`."""
    code: str = "InternalServerError"
    message: str = "injected by the simulation"
    retry_after: float | None = None
    phase: Literal["request", "operation"] = "request"
    """`request` refuses at once and changes nothing; `operation` accepts, and fails when the operation ends."""
    seconds: float = 0.0
    """Added to the time that the operation takes."""
