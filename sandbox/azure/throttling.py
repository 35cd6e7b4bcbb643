"""Too many requests: token buckets like those of AKS.

Azure's other providers throttle by subscription, at rates that no stack of this project comes near; they are not here.
"""

from __future__ import annotations

import math

from sandbox.azure import ids
from sandbox.azure.errors import AzureError
from sandbox.azure.settings import Settings
from sandbox.azure.types import CLUSTER, POOL
from sandbox.azure.values import Object


def spend(state: Object, token: str, resource_id: str, settings: Settings, now: float) -> None:
    """Take a request from its bucket. Raises `AzureError` 429 with the seconds until there is one again."""
    if token not in (CLUSTER, POOL):
        return
    key = ids.key(resource_id)
    bucket = state["buckets"].setdefault(key, {"level": float(settings.throttle_capacity), "at": now})
    per_second = settings.throttle_per_minute / 60
    level = min(settings.throttle_capacity, bucket["level"] + (now - bucket["at"]) * per_second)
    if level < 1:
        wait = math.ceil((1 - level) / per_second) if per_second else 60
        raise AzureError(
            429,
            "TooManyRequests",
            f"PUT {ids.name(resource_id)}: more than {settings.throttle_capacity} requests, of which "
            f"{settings.throttle_per_minute:g} a minute come back. Try again in {wait} seconds.",
            retry_after=float(wait),
        )
    bucket.update(level=level - 1, at=now)
