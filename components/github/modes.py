"""The six ways in which a runner gives containers to its jobs, and what follows from each.

Owns which mode belongs to which namespace and generation of the container hooks. Which operating system has a mode and
which modes are privileged are the rules' to say. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from components.platform import OperatingSystem
from rules.runners import MODES_BY_OS, PRIVILEGED_MODES

RunnerMode = Literal[
    "none", "dind", "kubernetes", "kubernetes-novolume", "cached-privileged-kubernetes", "windows-host-engine"
]
HookVersion = Literal["0.7.0", "0.8.1"]


@dataclass(frozen=True, kw_only=True)
class ContainerHooks:
    """One copy of actions/runner-container-hooks in the runner image."""

    version: HookVersion
    path: str
    """What `ACTIONS_RUNNER_CONTAINER_HOOKS` must name."""
    shares_volume: bool
    """Whether runner and job pod share the claim `work`, and therefore the node. If not, the workspace is copied
    through `exec`, and the job pod may run on any node."""


# Source: the Dockerfile of ghcr.io/actions/actions-runner 2.336.0 (actions/runner, 2026-08-17): two generations of the
# hooks are live at once.
_WITH_VOLUME: Final = ContainerHooks(version="0.7.0", path="/home/runner/k8s/index.js", shares_volume=True)
_WITHOUT_VOLUME: Final = ContainerHooks(version="0.8.1", path="/home/runner/k8s-novolume/index.js", shares_volume=False)

HOOKS: Final[Mapping[RunnerMode, ContainerHooks]] = {
    "kubernetes": _WITH_VOLUME,
    "kubernetes-novolume": _WITHOUT_VOLUME,
    "cached-privileged-kubernetes": _WITHOUT_VOLUME,
}
"""The hooks of each mode whose jobs run in pods of their own; the other modes have none."""


def needs_docker_namespace(mode: RunnerMode) -> bool:
    """Whether pods of the mode need the namespace that Pod Security leaves `privileged`.

    The others pass Pod Security `baseline`, their job pods included.
    """
    return mode in PRIVILEGED_MODES


def operating_systems(mode: RunnerMode) -> tuple[OperatingSystem, ...]:
    """The operating systems of the nodes that can run the mode."""
    return tuple(os for os in get_args(OperatingSystem) if mode in MODES_BY_OS[os])
