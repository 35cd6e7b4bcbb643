"""What a mode adds to the pod of a runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

WORKER_PROCESS: Final = "Runner.Worker"
"""The runner's process that exists for the time of a job, on both systems."""


@dataclass(frozen=True, kw_only=True)
class RunnerParts:
    """One mode's share of the pod; `runner_pod` puts it together with what all modes have in common."""

    command: Sequence[str]
    """Of the container `runner`."""
    lifecycle: Mapping[str, Any]
    security: Mapping[str, Any]
    """`securityContext` of the container `runner`."""
    pod_security: Mapping[str, Any] = field(default_factory=dict)
    """`securityContext` of the pod."""
    env: Sequence[Mapping[str, Any]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    volumes: Sequence[Mapping[str, Any]] = ()
    init_containers: Sequence[Mapping[str, Any]] = ()
