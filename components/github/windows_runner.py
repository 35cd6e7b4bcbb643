"""A runner on Windows that uses the Docker Engine of its node (mode `windows-host-engine`).

Owns the pipe's mount, the user and the command. The image is this project's `github-runner`: ARC's own is for Linux
only.

Security: whoever reaches the pipe is SYSTEM on the node, so the pool must be trusted. The pod is an ordinary one, never
a HostProcess pod: that would give it the node's network and files besides.
"""

from __future__ import annotations

from typing import Final

from components import contract
from components.github.parts import WORKER_PROCESS, RunnerParts
from components.kubernetes.lifecycle import finish_first

RUNNER_HOME: Final = r"C:\actions-runner"
"""Where the image has the runner."""
_WORK_DIRECTORY: Final = rf"{RUNNER_HOME}\_work"
_PIPE_VOLUME: Final = "docker-engine"


def windows_runner() -> RunnerParts:
    """The parts of mode `windows-host-engine`."""
    return RunnerParts(
        command=["cmd.exe", "/S", "/C", rf"{RUNNER_HOME}\run.cmd"],
        # As on Linux: the runner would cancel its job when told to stop.
        lifecycle=finish_first("windows", WORKER_PROCESS),
        # The pipe admits administrators only.
        security={"windowsOptions": {"runAsUserName": "ContainerAdministrator"}},
        env=[{"name": "DOCKER_HOST", "value": contract.DOCKER_PIPE_URL}],
        mounts=[
            {"name": "work", "mountPath": _WORK_DIRECTORY},
            {"name": _PIPE_VOLUME, "mountPath": contract.DOCKER_PIPE},
        ],
        volumes=[
            {"name": "work", "emptyDir": {}},
            # Without a type: the kubelet cannot tell what a pipe is, and any type would fail its check.
            {"name": _PIPE_VOLUME, "hostPath": {"path": contract.DOCKER_PIPE}},
        ],
    )
