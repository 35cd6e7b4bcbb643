"""A runner with a Docker daemon beside it (mode `dind`).

Owns the daemon's container, its socket, and the copy of the runner's externals that containers of actions need.
Layout, names and probe are those of the chart gha-runner-scale-set 0.14.2 on Kubernetes 1.29 and later; the image, the
resources and the data root, which the chart fixes, are the caller's.

Security: whoever uses the daemon's socket is root on the node. The daemon is privileged, the runner is not; it may use
`sudo`, because that gives a job nothing that the socket does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.github import linux_runner
from components.github.linux_runner import RUNNER_HOME, WORK_DIRECTORY
from components.github.parts import RunnerParts

DOCKER_GROUP: Final = 123
"""Group `docker` of the runner image, owner of the socket. Source: its Dockerfile, 2.336.0."""
DATA_ROOT: Final = "/var/lib/docker"
DATA_VOLUME: Final = "docker-data"
SOCKET_DIRECTORY: Final = "/var/run"
SOCKET_URL: Final = f"unix://{SOCKET_DIRECTORY}/docker.sock"
_WAIT_SECONDS: Final = 120


def dind(
    *,
    runner_image: pulumi.Input[str],
    docker_image: pulumi.Input[str],
    daemon_resources: Mapping[str, Any],
    data_volume: Mapping[str, Any],
) -> RunnerParts:
    """The parts of mode `dind`.

    Args:
        runner_image: holds the externals that are copied for the daemon's containers.
        docker_image: a `docker:*-dind` image.
        daemon_resources: requests and limits of the daemon; containers that it starts count as its own.
        data_volume: the volume `DATA_VOLUME` with the data root. One daemon at a time may use it.
    """
    externals = {
        "name": "init-dind-externals",
        "image": runner_image,
        "command": ["cp"],
        "args": ["-r", f"{RUNNER_HOME}/externals/.", f"{RUNNER_HOME}/tmpDir/"],
        "resources": _COPY_RESOURCES,
        "securityContext": linux_runner.confined(),
        "volumeMounts": [{"name": "dind-externals", "mountPath": f"{RUNNER_HOME}/tmpDir"}],
    }
    daemon = {
        "name": "dind",
        "image": docker_image,
        "args": ["dockerd", f"--host={SOCKET_URL}", "--group=$(DOCKER_GROUP_GID)"],
        "env": [{"name": "DOCKER_GROUP_GID", "value": str(DOCKER_GROUP)}],
        "resources": dict(daemon_resources),
        # A sidecar: started before the runner, and stopped after it, when its last job is done.
        "restartPolicy": "Always",
        "securityContext": {"privileged": True},
        "startupProbe": {
            "exec": {"command": ["docker", "info"]},
            "failureThreshold": 24,
            "initialDelaySeconds": 0,
            "periodSeconds": 5,
        },
        "volumeMounts": [
            {"name": "work", "mountPath": WORK_DIRECTORY},
            {"name": "dind-sock", "mountPath": SOCKET_DIRECTORY},
            {"name": "dind-externals", "mountPath": f"{RUNNER_HOME}/externals"},
            {"name": DATA_VOLUME, "mountPath": DATA_ROOT},
        ],
    }
    return RunnerParts(
        command=linux_runner.COMMAND,
        lifecycle=linux_runner.lifecycle(),
        security=linux_runner.with_sudo(),
        # Access to the socket must not hang on what the image's /etc/group says.
        pod_security={"supplementalGroups": [DOCKER_GROUP]},
        env=[
            {"name": "DOCKER_HOST", "value": SOCKET_URL},
            {"name": "RUNNER_WAIT_FOR_DOCKER_IN_SECONDS", "value": str(_WAIT_SECONDS)},
        ],
        mounts=[
            {"name": "work", "mountPath": WORK_DIRECTORY},
            {"name": "dind-sock", "mountPath": SOCKET_DIRECTORY},
        ],
        volumes=[
            {"name": "work", "emptyDir": {}},
            {"name": "dind-sock", "emptyDir": {}},
            {"name": "dind-externals", "emptyDir": {}},
            data_volume,
        ],
        init_containers=[externals, daemon],
    )


_COPY_RESOURCES: Final = {
    "requests": {"cpu": "100m", "memory": "256Mi"},
    "limits": {"memory": "256Mi"},
}
