"""The document that tells the supervisor of one pool what to do: `settings.json`.

Owns the way from typed arguments to that document. Its reader is `engine_supervisor.settings` in the image, which
imports nothing of this repository; a test gives each document to the real reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from components.docker_engine.configuration import DaemonArgs, daemon_configuration
from components.platform import NodePool
from rules.tables.docker_engine import SMOKE_REPOSITORY, SUPERVISOR_PORT
from rules.tables.windows import WINDOWS_SKUS
from rules.windows_images import runs_on

FORMAT: Final = 1
INSTALL_ROOT: Final = r"C:\Program Files\buildfleet\docker"
"""On each node: one folder a version, side by side."""
_GIB: Final = 1024**3


@dataclass(frozen=True, kw_only=True)
class RolloutArgs:
    """How nodes are taken out of service for another version or configuration."""

    slots: int = 1
    """Nodes of a pool at a time."""
    wait_minutes: int = 60
    """How long agents may take to end."""
    at_limit: Literal["postpone", "evict"] = "postpone"
    pause_minutes: int = 10


@dataclass(frozen=True, kw_only=True)
class PruneArgs:
    """When Docker's store is cleaned."""

    every_hours: int = 24
    """0: only by free space."""
    unused_hours: int = 168
    below_gib: int = 20
    """Free space under which everything unused goes."""
    floor_gib: int = 10
    """Free space under which the node is not ready."""


@dataclass(frozen=True, kw_only=True)
class EngineArgs:
    """The engine of one pool."""

    version: str
    """Of Docker Engine, for example `29.2.1`; the image has its binaries."""
    daemon: DaemonArgs = field(default_factory=DaemonArgs)
    feature: Literal["require", "install"] = "require"
    existing: Literal["refuse", "adopt", "replace"] = "refuse"
    keep_data: bool = False
    rollout: RolloutArgs = field(default_factory=RolloutArgs)
    smoke: bool = True
    smoke_image: str | None = None
    """`None`: Nano Server of the pool's Windows Server."""
    prepull: Sequence[str] = ()
    """Those that do not run on the pool's Windows Server are left out."""
    prepull_blocks: bool = False
    prune: PruneArgs = field(default_factory=PruneArgs)
    credential_specs: Mapping[str, str] = field(default_factory=dict)
    port: int = SUPERVISOR_PORT
    firewall: bool = True
    build_slots: int | None = None
    """How many agents with the engine a node offers room for, as an extended resource."""


def daemon_set_name(pool: str) -> str:
    """Of the pool's DaemonSet, and of its ConfigMap."""
    return f"docker-engine-{pool}"


def lease_names(pool: str, slots: int) -> list[str]:
    """Of the Leases of a pool, whose holders may take their node out of service."""
    return [f"docker-engine-{pool}-{number}" for number in range(slots)]


def settings_document(args: EngineArgs, *, stack: str, pool: NodePool) -> str:
    """`settings.json`, the same text for the same arguments.

    Raises ValueError for a pool whose Windows Server is not known: images could not be told apart.
    """
    sku = WINDOWS_SKUS.get(pool.os_sku or "")
    if sku is None:
        raise ValueError(
            f"Docker Engine on node pool {pool.name}: os_sku is {pool.os_sku!r}; allowed are "
            f"{', '.join(WINDOWS_SKUS)}; give the pool the Windows Server of its nodes"
        )
    build = sku.build.rpartition(".")[2]
    smoke = args.smoke_image or f"{SMOKE_REPOSITORY}:{sku.container_tags[0]}"
    document: dict[str, Any] = {
        "format": FORMAT,
        "stack": stack,
        "pool": pool.name,
        "daemon_set": daemon_set_name(pool.name),
        "slots": lease_names(pool.name, args.rollout.slots),
        "version": args.version,
        "daemon": daemon_configuration(args.daemon),
        "data_root": args.daemon.data_root,
        "install_root": INSTALL_ROOT,
        "feature": args.feature,
        "existing": args.existing,
        "keep_data": args.keep_data,
        "rollout": {
            "wait_minutes": args.rollout.wait_minutes,
            "at_limit": args.rollout.at_limit,
            "pause_minutes": args.rollout.pause_minutes,
        },
        "smoke_images": {build: smoke} if args.smoke else {},
        "prepull": {build: [image for image in args.prepull if runs_on(image, sku.name)]},
        "prepull_blocks": args.prepull_blocks,
        "prune": {
            "every_hours": args.prune.every_hours,
            "unused_hours": args.prune.unused_hours,
            "below_bytes": args.prune.below_gib * _GIB,
            "floor_bytes": args.prune.floor_gib * _GIB,
        },
        "credential_specs": dict(args.credential_specs),
        "port": args.port,
        "engine_metrics_port": args.daemon.metrics_port,
        "firewall": args.firewall,
        "build_slots": args.build_slots,
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
