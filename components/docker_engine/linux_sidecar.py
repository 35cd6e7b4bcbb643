"""A Docker daemon of one's own for a Linux pod, as a native sidecar.

Owns the daemon's container and volumes. The daemon is privileged, its users are not: they reach it through a unix
socket in a folder that only the pod's containers see. There is no TCP listener, hence no TLS.

- A native sidecar (an init container with restartPolicy Always, Kubernetes 1.29) starts before the other containers,
  which wait for its startup probe, and ended after them, so that a Job's pod completes.
- The first argument is `dockerd`: only then does the image's entrypoint add no listeners of its own.
- Data lies on one volume in two folders. Docker keeps images below `/var/lib/docker`, or below `/var/lib/containerd`
  when its containerd image store uses a containerd of its own root. Neither may be on the container's own overlay.
- The MTU is left to Docker's bridge default.

Whoever can reach the socket is root on the node: privileged pods belong in a namespace of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components import contract
from components.kubernetes.probes import daemon_startup_probe
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, identity_env, outlives_pod, volume

SOCKET_VOLUME: Final = "docker-socket"
DATA_VOLUME: Final = "docker-data"
_DATA_FOLDERS: Final[Mapping[str, str]] = {"docker": "/var/lib/docker", "containerd": "/var/lib/containerd"}


def docker_sidecar(
    *,
    image: pulumi.Input[str],
    storage: DaemonStorage,
    group: int,
    shared: Sequence[Mapping[str, Any]] = (),
    resources: ContainerResources | None = None,
    name: str = "docker",
    socket_directory: str = contract.DOCKER_SOCKET_DIRECTORY,
) -> dict[str, Any]:
    """The entry of `initContainers`.

    `group` is the numeric group that may use the socket. `shared` are mounts that the daemon must see at the same
    paths as its clients, since it resolves the paths of bind mounts in its own filesystem. `socket_directory` has the
    volume of `socket_volume` and in it `docker.sock`.
    """
    host = f"--host=unix://{socket_directory}/docker.sock"
    container: dict[str, Any] = {
        "name": name,
        "image": image,
        "restartPolicy": "Always",
        "args": ["dockerd", host, f"--group={group}"],
        "env": [
            # Empty: no certificates are made at each start, which nothing would use.
            {"name": "DOCKER_TLS_CERTDIR", "value": ""},
            *identity_env(storage),
        ],
        "securityContext": {"privileged": True, "runAsUser": 0, "runAsNonRoot": False},
        "startupProbe": daemon_startup_probe(["docker", host, "info"], keeps_data=outlives_pod(storage)),
        "volumeMounts": [*data_mounts(storage), socket_mount(socket_directory), *({**mount} for mount in shared)],
    }
    if resources is not None:
        container["resources"] = resources.to_spec()
    return container


def socket_volume() -> dict[str, Any]:
    """The volume of the socket's folder."""
    return {"name": SOCKET_VOLUME, "emptyDir": {}}


def socket_mount(directory: str = contract.DOCKER_SOCKET_DIRECTORY) -> dict[str, Any]:
    """Mounts the socket's folder: at the same place in the daemon and in each client."""
    return {"name": SOCKET_VOLUME, "mountPath": directory}


def data_volume(storage: DaemonStorage) -> dict[str, Any]:
    """The volume of the daemon's data."""
    return volume(DATA_VOLUME, storage)[0]


def data_mounts(storage: DaemonStorage) -> list[dict[str, Any]]:
    """The mounts of the daemon's data, for the container that runs dockerd.

    That container also needs `storage.identity_env(storage)`.
    """
    return [
        {"name": DATA_VOLUME, "mountPath": path, **volume(DATA_VOLUME, storage, folder=folder)[1]}
        for folder, path in _DATA_FOLDERS.items()
    ]
