"""What the supervisor sees: the node, its engine, its pods and the slots of the rollout, as plain data.

Times are seconds since the epoch by the clock of the node. `None` means that it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, kw_only=True)
class Target:
    """An engine as it is wanted, or as a service is registered: everything whose change takes a start."""

    version: str
    configuration: str
    """Hash of the part of `daemon.json` that dockerd reads only when it starts."""

    @property
    def key(self) -> str:
        """One word for both, for journals, annotations and events."""
        return f"{self.version}-{self.configuration}"


class Feature(Enum):
    """The Windows feature Containers: vmcompute.dll and the services vmcompute and hns."""

    PRESENT = "present"
    ABSENT = "absent"
    REBOOT_PENDING = "reboot-pending"


class Owner(Enum):
    """Who registered the service."""

    NOBODY = "nobody"
    US = "us"
    """Its program is below our install folder."""
    OTHER = "other"


class Running(Enum):
    """State of the service's process."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True, kw_only=True)
class Service:
    """The Windows service of the engine."""

    owner: Owner = Owner.NOBODY
    state: Running = Running.STOPPED
    target: Target | None = None
    """What it is registered for, read from its command line; `None` unless it is ours."""
    guarded: bool = True
    """Whether nothing but the supervisor starts it: demand start, and no recovery action of the service manager."""
    pid: int | None = None
    started_at: float | None = None
    """When its process began."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What answers on the pipe."""

    answers: bool = False
    version: str | None = None
    containers_running: int = 0
    clients: int | None = None
    """Connections to the pipe other than ours: a build keeps one for as long as it takes."""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """The volume of the data root."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, kw_only=True)
class Host:
    """The node as its own operating system tells."""

    boot: str
    """Differs after each boot."""
    booted_at: float
    build: str
    """Build number, for example `20348`."""
    feature: Feature
    service: Service
    engine: Engine
    installed: frozenset[str]
    """Versions whose folder is complete."""
    reload_hash: str | None
    """Hash of the reloadable part of the `daemon.json` that the service is registered with."""
    disk: Disk | None
    """`None`: the drive of the data root does not exist."""
    configured: frozenset[str] | None = None
    """Keys of targets whose `daemon.json` is there and was accepted; `None`: not known, then it is written late."""


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod on this node."""

    namespace: str
    name: str
    uid: str
    started_at: float | None
    """`status.startTime`, in whole seconds: when the kubelet took it. `None`: not yet, so it has no endpoint."""
    ordinary: bool
    """With a network endpoint of its own on the node: not hostNetwork, not completed."""
    of_daemon_set: bool = False
    of_job: bool = False
    """Ends by itself when its work is done."""
    uses_engine: bool = False
    """Mounts the pipe."""
    terminating: bool = False
    grace_seconds: int | None = None
    """`metadata.deletionGracePeriodSeconds` of one that is terminating."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A Lease: whoever holds one may take its node out of service for a change."""

    name: str
    holder: str | None = None
    """Name of a node."""
    expired: bool = False
    stopped: str | None = None
    """Key of a target that failed on some node: nobody else goes to it. On any slot it counts for all."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What the API server tells of this node."""

    node: str
    unschedulable: bool = False
    cordoned_by_us: bool = False
    """Our annotation is on the node: the cordon is ours to lift."""
    labels: Mapping[str, str]
    """Those of the node that are ours: `contract.NODE_*`."""
    pods: tuple[Pod, ...] = ()
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything a decision may depend on, besides the journal and the settings."""

    now: float
    host: Host
    cluster: Cluster | None
    """`None`: not asked this time, or the API server does not answer. See `asked`."""
    asked: bool
    """Whether the API server was asked."""
    remembers: bool = True
    """Whether the journal can be written. What cannot be remembered is not begun."""
