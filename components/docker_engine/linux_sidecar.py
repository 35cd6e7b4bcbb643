"""A Docker daemon of one's own for a Linux pod, as a native sidecar.

Owns the daemon's container and volumes. The daemon is privileged, its users are not: they reach it through a unix
socket in a folder that only the pod's containers see. There is no TCP listener, hence no TLS.

- A native sidecar (an init container with restartPolicy Always, Kubernetes 1.29) starts before the other containers,
  which wait for its startup probe, and ended after them, so that a Job's pod completes.
- The first argument is `dockerd`: only then does the image's entrypoint add no listeners of its own.
- Data lies on one volume in two folders. Docker keeps images below `/var/lib/docker`, or below `/var/lib/containerd`
  when its containerd image store uses a containerd of its own root. Neither may be on the container's own overlay.
- The MTU is left to Docker's bridge default; networks with a smaller one say so in the daemon's arguments.

Whoever can reach the socket is root on the node: privileged pods belong in a namespace of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components import contract
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, HostPath, pod_identity_env, volume

SOCKET_VOLUME: Final = "docker-socket"
DATA_VOLUME: Final = "docker-data"
_DATA_FOLDERS: Final[Mapping[str, str]] = {"docker": "/var/lib/docker", "containerd": "/var/lib/containerd"}


def docker_sidecar(
    *,
    image: str,
    storage: DaemonStorage,
    group: int,
    shared: Sequence[Mapping[str, Any]] = (),
    arguments: Sequence[str] = (),
    resources: ContainerResources | None = None,
) -> dict[str, Any]:
    """The entry of `initContainers`.

    `group` is the numeric group that may use the socket. `shared` are mounts that the daemon must see at the same
    paths as its clients, since it resolves the paths of bind mounts in its own filesystem. `arguments` are further
    flags of dockerd.
    """
    docker = ["docker", f"--host={contract.DOCKER_SOCKET_URL}"]
    container: dict[str, Any] = {
        "name": "docker",
        "image": image,
        "restartPolicy": "Always",
        "args": ["dockerd", f"--host={contract.DOCKER_SOCKET_URL}", f"--group={group}", *arguments],
        "env": [
            # Empty: no certificates are made at each start, which nothing would use.
            {"name": "DOCKER_TLS_CERTDIR", "value": ""},
            *(pod_identity_env() if isinstance(storage, HostPath) else []),
        ],
        "securityContext": {"privileged": True, "runAsUser": 0, "runAsNonRoot": False},
        "startupProbe": {"exec": {"command": [*docker, "info"]}, "periodSeconds": 5, "failureThreshold": 24},
        "volumeMounts": [*data_mounts(storage), socket_mount(), *({**mount} for mount in shared)],
    }
    if resources is not None:
        container["resources"] = resources.to_spec()
    return container


def socket_volume() -> dict[str, Any]:
    """The volume of the socket's folder."""
    return {"name": SOCKET_VOLUME, "emptyDir": {}}


def socket_mount() -> dict[str, Any]:
    """Mounts the socket's folder at `contract.DOCKER_SOCKET_DIRECTORY`: in the daemon and in each client."""
    return {"name": SOCKET_VOLUME, "mountPath": contract.DOCKER_SOCKET_DIRECTORY}


def data_volume(storage: DaemonStorage) -> dict[str, Any]:
    """The volume of the daemon's data."""
    return volume(DATA_VOLUME, storage)[0]


def data_mounts(storage: DaemonStorage) -> list[dict[str, Any]]:
    """The mounts of the daemon's data, for the container that runs dockerd.

    With `HostPath` that container also needs `storage.pod_identity_env()`.
    """
    return [
        {"name": DATA_VOLUME, "mountPath": path, **volume(DATA_VOLUME, storage, folder=folder)[1]}
        for folder, path in _DATA_FOLDERS.items()
    ]
