"""The document that the program is started with: everything that the stack file says about the engine of one pool.

Written by the component that makes the DaemonSet, mounted as `settings.json`. Plain data, read strictly: a key too many
or too few is a mistake of the pair of component and image, and is told as one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

FORMAT = 1


class InvalidSettings(Exception):
    """The document does not fit this program; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How nodes are taken out of service."""

    wait_minutes: float
    """How long agents may take to end."""
    at_limit: Literal["postpone", "evict"]
    """Of an upgrade whose agents have not ended by then. The repair of a dead engine always evicts."""
    pause_minutes: float
    """After an operation that was postponed or failed; doubled with each failure, up to eight times."""


@dataclass(frozen=True, kw_only=True)
class Prune:
    """When Docker's store is cleaned."""

    every_hours: float
    """0: only by free space."""
    unused_hours: float
    """What has to be this old to be removed; with the disk below `below_bytes` everything unused goes."""
    below_bytes: int
    """Free space under which it is cleaned at once."""
    floor_bytes: int
    """Free space under which the node is not ready."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One pool's engine."""

    stack: str
    pool: str
    daemon_set: str
    """Name of our DaemonSet, in the pod's namespace."""
    slots: tuple[str, ...]
    """Names of the Leases."""
    version: str
    """Of Docker Engine; the image has its binaries."""
    daemon: Mapping[str, Any]
    """`daemon.json`, complete."""
    data_root: str
    install_root: str
    feature: Literal["require", "install"]
    existing: Literal["refuse", "adopt", "replace"]
    """What to do with a Docker service that is not ours."""
    keep_data: bool
    """Whether an uninstallation leaves the data root."""
    rollout: Rollout
    smoke_images: Mapping[str, str]
    """By build number; empty: no smoke."""
    prepull: Mapping[str, tuple[str, ...]]
    """Images for Docker's own store by build number."""
    prepull_blocks: bool
    """Whether the node is ready only after them."""
    prune: Prune
    credential_specs: Mapping[str, str]
    """gMSA credential specs, by file name."""
    port: int
    """Of the supervisor's metrics and probes, on the node's address."""
    engine_metrics_port: int | None
    """Of the engine's own metrics, as `metrics-addr` in `daemon` has it."""
    firewall: bool
    """Open those ports in Windows' firewall."""
    build_slots: int | None
    """How many agents with the engine a node offers room for."""


def parse(text: str) -> Settings:
    """The settings in a document."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidSettings(f"settings.json is not JSON: {error}") from error
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise InvalidSettings(
            f"settings.json is not of format {FORMAT}: the image and the stack are of different releases"
        )
    _check(found, Settings, "")
    _check(found["rollout"], Rollout, "rollout.")
    _check(found["prune"], Prune, "prune.")
    return Settings(
        **{
            **found,
            "slots": tuple(found["slots"]),
            "rollout": Rollout(**found["rollout"]),
            "prune": Prune(**found["prune"]),
            "prepull": {build: tuple(images) for build, images in found["prepull"].items()},
        }
    )


def _check(found: Any, model: type[Any], path: str) -> None:
    if not isinstance(found, dict):
        raise InvalidSettings(f"settings.json: {path.rstrip('.')} is not an object")
    known = {one.name for one in fields(model)}
    for what, names in (("missing", known - found.keys()), ("unknown", found.keys() - known)):
        if names:
            listed = ", ".join(f"{path}{name}" for name in sorted(names))
            raise InvalidSettings(f"settings.json: {what}: {listed}; the image and the stack are of different releases")
