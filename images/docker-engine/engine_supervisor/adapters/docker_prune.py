"""Pruning Docker's store: the engine's own prune cannot spare the images that are pulled ahead.

Refuses force: what a container uses, or what another image is built on, stays.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import requests
from docker.errors import APIError, DockerException, NotFound

from engine_supervisor.ports import Pruned

LIMIT_SECONDS: Final = 180.0
"""No image is begun later: the supervisor has to look after the engine, and comes back for the rest."""

Client = Any
"""An `APIClient`, half of whose methods have no types."""


def prune(client: Client, *, unused_seconds: float, keep: Sequence[str], now: float) -> Pruned:
    """Remove stopped containers and unused images that are older than so many seconds, dangling ones first."""
    began = time.monotonic()
    before = _layers(client)
    filters = {"until": [f"{unused_seconds:.0f}s"]} if unused_seconds > 0 else {}
    stopped = client.prune_containers(filters=filters)
    used = {one["ImageID"] for one in client.containers(all=True)}
    kept = {found for image in keep if (found := _id(client, image))}
    removed = 0
    for image in sorted(client.images(), key=_order):
        if time.monotonic() - began > LIMIT_SECONDS:
            break
        if image["Id"] in used | kept or now - _last_use(client, image) < unused_seconds:
            continue
        removed += _remove(client, image)
    after = _layers(client)
    reclaimed = int(stopped.get("SpaceReclaimed") or 0)
    if before is not None and after is not None:
        reclaimed += max(0, before - after)
    return Pruned(images=removed, containers=len(stopped.get("ContainersDeleted") or ()), reclaimed_bytes=reclaimed)


def _layers(client: Client) -> int | None:
    """Bytes of all layers, shared ones counted once; `None` when the engine cannot tell in time."""
    try:
        return int(client.df().get("LayersSize") or 0)
    except (DockerException, requests.RequestException):
        return None


def _id(client: Client, image: str) -> str | None:
    try:
        found: dict[str, Any] = client.inspect_image(image)
    except NotFound:
        return None
    return str(found["Id"])


def _tags(image: dict[str, Any]) -> list[str]:
    return sorted(tag for tag in image.get("RepoTags") or () if tag != "<none>:<none>")


def _order(image: dict[str, Any]) -> tuple[bool, float]:
    return bool(_tags(image)), float(image["Created"])


def _last_use(client: Client, image: dict[str, Any]) -> float:
    """When it was made or last tagged here: more is not known of an image, not to Docker's own prune either."""
    made = float(image["Created"])
    try:
        tagged = str((client.inspect_image(image["Id"]).get("Metadata") or {}).get("LastTagTime") or "")
        # Nanoseconds, and the year 1 for never.
        return max(made, datetime.fromisoformat(tagged).timestamp()) if tagged > "1971" else made
    except (NotFound, ValueError):
        return made


def _remove(client: Client, image: dict[str, Any]) -> int:
    """Remove an image by all its names; 1 if it is gone, 0 if somebody has begun to use it."""
    try:
        for name in _tags(image) or [image["Id"]]:
            client.remove_image(name)
    except APIError:
        return 0
    return 1
