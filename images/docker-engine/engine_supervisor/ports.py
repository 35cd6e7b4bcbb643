"""What the program needs of the node, of Docker Engine and of the cluster.

Each port has a real adapter (`adapters/`) and a simulated one in the sandbox. Every method is safe to repeat. Failures
are the exceptions below, in words for an operator; anything else that an adapter raises is a defect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from engine_supervisor import world
from engine_supervisor.world import Pod, Target

Fate = Literal["stays", "goes", "unknown"]
"""Of our own DaemonSet: `goes` is gone or being deleted."""


class Failed(Exception):
    """An action did not succeed; the message is the reason. Repeated after a pause."""


class Refused(Failed):
    """It will not succeed until somebody changes the node or the settings."""


class Away(Exception):
    """The other side does not answer: the API server, or the engine's pipe."""


@dataclass(frozen=True, kw_only=True)
class SmokeResult:
    """What came of a container of the host's build."""

    outcome: Literal["passed", "failed", "no-image"]
    """`no-image`: it is not on the node and cannot be pulled, which tells nothing about the engine."""
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What Docker keeps on the node."""

    images: int
    containers: int
    image_bytes: int


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """What a prune removed."""

    images: int
    containers: int
    reclaimed_bytes: int


class Host(Protocol):
    """The node's operating system."""

    def look(self) -> world.Host:
        """The node now; `engine` in it is left at its default."""

    def acting(self) -> AbstractContextManager[None]:
        """Hold what makes this the only process of ours that acts on the node; waits for another's round to end."""

    def read_journal(self) -> str | None:
        """The journal's text; `None` where there is none."""

    def write_journal(self, text: str) -> None:
        """Replace the journal as a whole, durably."""

    def install_feature(self) -> None:
        """Install the Windows feature Containers, without a reboot."""

    def reboot(self) -> None:
        """Begin to restart the node."""

    def install(self, version: str) -> None:
        """Copy the image's binaries of this version to the node. `Refused`: not in the image, or a checksum differs."""

    def configure(self, target: Target, text: str) -> None:
        """Write the `daemon.json` of a target. `Refused` with dockerd's own words when it does not validate."""

    def register(self, target: Target) -> None:
        """Make the stopped service that of a target; removes another that is registered under the name."""

    def guard(self) -> None:
        """Demand start and no recovery actions for the service."""

    def reload(self, target: Target, text: str) -> None:
        """Replace the registered `daemon.json` of the target and signal the running engine."""

    def start_engine(self) -> None:
        """Ask the service manager to start the service."""

    def stop_engine(self) -> None:
        """Stop the service, and wait for its end."""

    def discard(self, keep: frozenset[str]) -> None:
        """Delete versions that are neither in `keep` nor registered."""

    def write_credential_specs(self, specs: Mapping[str, str]) -> None:
        """Make the gMSA credential specs in the data root those given, by file name."""

    def open_firewall(self, ports: Sequence[int]) -> None:
        """One inbound rule of ours for these TCP ports; none for no ports."""

    def endpoints(self) -> int:
        """HNS endpoints on the node."""

    def engine_log(self) -> str:
        """The last words of the engine in the event log, for a reason; empty when there are none."""

    def uninstall(self, *, data: bool) -> None:
        """Remove service, programs, configuration, journal, firewall rule and Docker's own `nat` network.

        With `data` the data root too. Leaves a service that is not ours.
        """


class Docker(Protocol):
    """Docker Engine behind its pipe."""

    def look(self) -> world.Engine:
        """The engine now; one that does not answer is an answer."""

    def smoke(self, image: str) -> SmokeResult:
        """Run a container of this image to its end and remove it; pulls the image only where it is not there."""

    def pull(self, image: str) -> None:
        """Pull an image that is not there yet."""

    def usage(self) -> Usage:
        """What is kept."""

    def prune(self, *, unused_seconds: float, keep: Sequence[str]) -> Pruned:
        """Remove stopped containers, and images that no container uses and `keep` does not name."""


class Cluster(Protocol):
    """The API server, for this node."""

    def look(self) -> world.Cluster:
        """Node, pods and slots, in as few requests as there are kinds."""

    def fate(self) -> Fate:
        """Whether our DaemonSet stays."""

    def cordon(self, reason: str) -> None:
        """Make the node unschedulable with our mark. `Failed` when it is unschedulable already."""

    def uncordon(self) -> None:
        """Undo our own cordon."""

    def evict(self, pods: Sequence[Pod], grace_seconds: int | None) -> Mapping[str, str]:
        """Ask for evictions; the refusals by the pod's uid, in the API server's words."""

    def delete(self, pods: Sequence[Pod], grace_seconds: int | None) -> None:
        """Delete exactly these pods, by uid."""

    def take(self, slot: str) -> None:
        """Take a Lease that is free, expired or ours. `Failed` when another was faster."""

    def renew(self, slot: str) -> None:
        """Renew our Lease. `Failed` when it is another's by now."""

    def free(self, slot: str) -> None:
        """Give our Lease back; leaves another's alone."""

    def stop_rollout(self, slot: str, target: str) -> None:
        """Note on a Lease that a target failed."""

    def mark(self, labels: Mapping[str, str | None], slots_per_node: int | None) -> None:
        """Set our labels on the node, `None` removes one; and the build slots that it offers, `None` removes them."""

    def event(self, kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """One event on the node, and on the pod and its DaemonSet where a person looks after `up`. Never raises."""
