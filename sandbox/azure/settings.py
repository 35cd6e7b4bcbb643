"""How long things take here, from `settings.json` in the store's folder. Everything is instant by default.

{"seconds": {"*": 0, "containerservice:AgentPool": 2, "containerservice:AgentPool delete": 5},
 "drainSecondsPerMinute": 0.1, "throttle": {"capacity": 20, "perMinute": 1}}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.azure.operations import Kind
from sandbox.azure.values import Object


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a test may set."""

    seconds: dict[str, float]
    drain_seconds_per_minute: float
    """How long a minute of a pool's drain timeout is here."""
    throttle_capacity: int
    throttle_per_minute: float

    @classmethod
    def of(cls, document: Object) -> Settings:
        """The settings that a document states, with the defaults of the others."""
        throttle: Any = document.get("throttle") or {}
        return cls(
            seconds={str(name): float(value) for name, value in (document.get("seconds") or {}).items()},
            drain_seconds_per_minute=float(document.get("drainSecondsPerMinute", 0.1)),
            # PUT AgentPool and PUT ManagedCluster: a bucket of 20 for each of them, filled by 1 a minute.
            # MicrosoftDocs/azure-aks-docs quotas-skus-regions, read 2026-08-21.
            throttle_capacity=int(throttle.get("capacity", 20)),
            throttle_per_minute=float(throttle.get("perMinute", 1)),
        )

    def duration(self, token: str, kind: Kind) -> float:
        """Seconds that an operation takes: by type and kind, else by type, else by `*`."""
        short = token.removeprefix("azure-native:")
        for name in (f"{short} {kind}", short, "*"):
            if name in self.seconds:
                return self.seconds[name]
        return 0.0
