"""What the supervisor can do: one class an action, each safe to repeat.

The core decides on them, the program carries them out in order, and looks again after each round. An action that fails
ends the round; the next one decides anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine_supervisor.world import Pod, Target


@dataclass(frozen=True)
class InstallFeature:
    """Install the Windows feature Containers; it takes effect with a reboot."""


@dataclass(frozen=True)
class Reboot:
    """Restart the node."""


@dataclass(frozen=True)
class Install:
    """Copy the binaries of a version from the image to their folder on the node, checked against their checksums."""

    version: str


@dataclass(frozen=True)
class Configure:
    """Write `daemon.json` of a target, beside that of others, after `dockerd --validate` has accepted it."""

    target: Target


@dataclass(frozen=True)
class Register:
    """Make the service that of a target, in the place of whatever is registered: demand start, no recovery."""

    target: Target


@dataclass(frozen=True)
class Guard:
    """Switch automatic start and recovery of the service off."""


@dataclass(frozen=True)
class Reload:
    """Write the reloadable part of `daemon.json` and make the running engine read it."""

    target: Target


@dataclass(frozen=True)
class StartEngine:
    """Start the service; does not wait for the pipe."""


@dataclass(frozen=True)
class StopEngine:
    """Stop the service and wait for its end."""


@dataclass(frozen=True)
class Smoke:
    """Run a container of the host's build. The program writes what came of it into the journal."""


@dataclass(frozen=True)
class Prepull:
    """Pull one image, in the background."""

    image: str


@dataclass(frozen=True)
class Prune:
    """Remove what no container uses, but for the images that are to be kept; reports the bytes."""

    unused_seconds: float
    """Only what is older."""


@dataclass(frozen=True)
class Discard:
    """Delete the folders of versions and the configurations that nothing refers to any more."""

    keep: frozenset[str]
    """Versions."""


@dataclass(frozen=True)
class TakeSlot:
    """Take the Lease of this name for this node, if it is as it was seen."""

    name: str


@dataclass(frozen=True)
class RenewSlot:
    """Renew the Lease."""

    name: str


@dataclass(frozen=True)
class FreeSlot:
    """Give the Lease back."""

    name: str


@dataclass(frozen=True)
class StopRollout:
    """Note on the Lease that a target failed, so that no other node goes to it."""

    name: str
    target: str


@dataclass(frozen=True)
class Cordon:
    """Cordon the node, with our mark, if nobody else has in the meantime."""

    reason: str


@dataclass(frozen=True)
class Uncordon:
    """Lift our cordon and take our mark off; does nothing to one without our mark."""


@dataclass(frozen=True)
class Evict:
    """Ask for the eviction of pods; disruption budgets may refuse."""

    pods: tuple[Pod, ...]
    grace_seconds: int | None = None
    """`None`: the pod's own."""


@dataclass(frozen=True)
class Delete:
    """Delete pods: those of DaemonSets, which come back, and those that nothing can protect any more."""

    pods: tuple[Pod, ...]
    grace_seconds: int | None = None


Action = (
    InstallFeature
    | Reboot
    | Install
    | Configure
    | Register
    | Guard
    | Reload
    | StartEngine
    | StopEngine
    | Smoke
    | Prepull
    | Prune
    | Discard
    | TakeSlot
    | RenewSlot
    | FreeSlot
    | StopRollout
    | Cordon
    | Uncordon
    | Evict
    | Delete
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the decision says of the engine: for readiness, node labels, metrics, events and logs."""

    ready: bool
    state: str
    """One word: `installing`, `starting`, `ready`, `waiting`, `draining`, `upgrading`, `repairing`, `refused`, ..."""
    reason: str
    """One sentence, for people."""
    refused: bool = False
    """Nothing will change this but a person or another stack file. Without an engine the program ends with it."""
    pending: str | None = None
    """Key of a target that waits for its turn."""
