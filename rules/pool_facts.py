"""What is known of a node pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.given import Absent


@dataclass(frozen=True, kw_only=True)
class TaintFacts:
    """One taint."""

    path: str
    key: str | None = None
    value: str | None = None
    effect: str | None = None


@dataclass(frozen=True, kw_only=True)
class UpgradeFacts:
    """How a pool's nodes are replaced by newer ones. Numbers of nodes are texts: `"1"`, `"33%"`."""

    path: str
    max_surge: str | None = None
    max_unavailable: str | Absent | None = None
    drain_minutes: int | Absent | None = None


@dataclass(frozen=True, kw_only=True)
class PoolFacts:
    """What is known of a node pool. `path` is where it stands, for example `nodePools[2]`."""

    path: str
    name: str | None = None
    os: str | None = None
    purpose: str | None = None
    trust: str | None = None
    vm_size: str | Absent | None = None
    os_sku: str | Absent | None = None
    min_count: int | None = None
    max_count: int | None = None
    max_pods: int | Absent | None = None
    os_disk_gb: int | Absent | None = None
    os_disk_type: str | Absent | None = None
    outbound_nat: bool | Absent | None = None
    replacement: str | Absent | None = None
    zones: tuple[str, ...] | Absent | None = None
    upgrade: UpgradeFacts | None = None
    labels: Mapping[str, str] | None = None
    node_selector: Mapping[str, str] | None = None
    taints: tuple[TaintFacts, ...] | Absent | None = None
    written: Mapping[str, object] = field(default_factory=dict)
    """The pool's keys that its author wrote, with what stands there."""
