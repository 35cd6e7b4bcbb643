"""A runner with a Docker daemon beside it (mode `dind`).

Owns how runner and daemon share the socket, the work folder and the runner's externals, which containers of actions
need. The daemon itself is `linux_sidecar`'s, as for Azure DevOps agents, with two things as in the chart
gha-runner-scale-set 0.14.2: the container is called `dind`, and the socket lies in `/var/run`, because the runner
mounts `/var/run/docker.sock` of the daemon's filesystem into the containers of jobs.

Security: whoever uses the daemon's socket is root on the node. The daemon is privileged, the runner is not; it may use
`sudo`, because that gives a job nothing that the socket does not.
"""

from __future__ import annotations

from typing import Final

import pulumi

from components.docker_engine.linux_sidecar import data_volume, docker_sidecar, socket_mount, socket_volume
from components.github import linux_runner
from components.github.linux_runner import RUNNER_HOME, WORK_DIRECTORY
from components.github.parts import RunnerParts
from components.kubernetes.probes import daemon_start_seconds
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, outlives_pod

DOCKER_GROUP: Final = 123
"""Group `docker` of the runner image, owner of the socket. Source: its Dockerfile, 2.336.0."""
SOCKET_DIRECTORY: Final = "/var/run"
_EXTERNALS_VOLUME: Final = "dind-externals"
_COPY_RESOURCES: Final = ContainerResources(cpu="100m", memory="256Mi")


def dind(
    *,
    runner_image: pulumi.Input[str],
    docker_image: pulumi.Input[str],
    daemon_resources: ContainerResources,
    storage: DaemonStorage,
) -> RunnerParts:
    """The parts of mode `dind`.

    Args:
        runner_image: holds the externals that are copied for the daemon's containers.
        docker_image: a `docker:*-dind` image.
        daemon_resources: of the daemon; containers that it starts count as its own.
        storage: of the daemon's data. One daemon at a time may use it.
    """
    externals = {
        "name": "init-dind-externals",
        "image": runner_image,
        # Without -a or -p: the volume's root is not the runner's, so its times and mode cannot be set.
        "command": ["cp", "-dR", f"{RUNNER_HOME}/externals/.", f"{RUNNER_HOME}/tmpDir/"],
        "resources": _COPY_RESOURCES.to_spec(),
        "securityContext": linux_runner.confined(),
        "volumeMounts": [{"name": _EXTERNALS_VOLUME, "mountPath": f"{RUNNER_HOME}/tmpDir"}],
    }
    work = {"name": "work", "mountPath": WORK_DIRECTORY}
    daemon = docker_sidecar(
        name="dind",
        image=docker_image,
        storage=storage,
        group=DOCKER_GROUP,
        socket_directory=SOCKET_DIRECTORY,
        shared=[work, {"name": _EXTERNALS_VOLUME, "mountPath": f"{RUNNER_HOME}/externals"}],
        resources=daemon_resources,
    )
    patience = daemon_start_seconds(keeps_data=outlives_pod(storage))
    return RunnerParts(
        command=linux_runner.COMMAND,
        lifecycle=linux_runner.lifecycle(),
        security=linux_runner.with_sudo(),
        # Access to the socket must not hang on what the image's /etc/group says.
        pod_security={"supplementalGroups": [DOCKER_GROUP]},
        env=[
            {"name": "DOCKER_HOST", "value": f"unix://{SOCKET_DIRECTORY}/docker.sock"},
            {"name": "RUNNER_WAIT_FOR_DOCKER_IN_SECONDS", "value": str(patience)},
        ],
        mounts=[work, socket_mount(SOCKET_DIRECTORY)],
        volumes=[
            {"name": "work", "emptyDir": {}},
            socket_volume(),
            {"name": _EXTERNALS_VOLUME, "emptyDir": {}},
            data_volume(storage),
        ],
        init_containers=[externals, daemon],
    )
