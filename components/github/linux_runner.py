"""A runner on Linux: its command, its user, and how it ends.

Owns what the modes on Linux have in common, and the mode `none`. Refuses to run privileged in any mode.
"""

from __future__ import annotations

from typing import Any, Final

from components.github.parts import WORKER_PROCESS, RunnerParts
from components.kubernetes.lifecycle import finish_first

RUNNER_HOME: Final = "/home/runner"
WORK_DIRECTORY: Final = f"{RUNNER_HOME}/_work"
RUNNER_ID: Final = 1001
"""User and group `runner`. Source: the Dockerfile of ghcr.io/actions/actions-runner 2.336.0."""
COMMAND: Final = (f"{RUNNER_HOME}/run.sh",)


def lifecycle() -> dict[str, Any]:
    """Let a running job finish before the runner is told to stop, within the pod's grace period.

    The runner cancels its job on SIGTERM, whatever the grace period: https://github.com/actions/runner/issues/3308.
    """
    return finish_first("linux", WORKER_PROCESS)


def confined() -> dict[str, Any]:
    """The user `runner` without any way up. `sudo`, which the runner image allows, does not work."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsGroup": RUNNER_ID,
        "runAsNonRoot": True,
        "runAsUser": RUNNER_ID,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def with_sudo() -> dict[str, Any]:
    """The user `runner`, who may use `sudo`.

    Only where the runner reaches a privileged daemon anyway: forbidding `sudo` there would protect nothing and break
    the steps that install packages.
    """
    return {
        "allowPrivilegeEscalation": True,
        "runAsGroup": RUNNER_ID,
        "runAsNonRoot": True,
        "runAsUser": RUNNER_ID,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def plain() -> RunnerParts:
    """Mode `none`: steps run in the runner's container, as its user and without `sudo`; there are no containers."""
    return RunnerParts(
        command=COMMAND,
        lifecycle=lifecycle(),
        security=confined(),
        mounts=[{"name": "work", "mountPath": WORK_DIRECTORY}],
        volumes=[{"name": "work", "emptyDir": {}}],
    )
