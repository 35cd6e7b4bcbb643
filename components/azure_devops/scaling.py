"""How many agents there are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """As many agents, each taking one job after another."""

    agents: int


@dataclass(frozen=True, kw_only=True)
class Keda:
    """One pod for each queued job."""

    max: int
    """Most agents at a time."""
    min: int = 0
    """Idle agents kept ready."""
    polling_seconds: int = 15


Scaling = Fixed | Keda
