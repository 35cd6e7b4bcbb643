"""Where the pod's own credentials are, on Linux and in a HostProcess container, and a connection by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.incluster_config import InClusterConfigLoader

from engine_supervisor.adapters.kubernetes.connection import Connection

FOLDER: Final = "var/run/secrets/kubernetes.io/serviceaccount"
OVERRIDE: Final = "SERVICE_ACCOUNT_FOLDER"
MOUNT_POINT: Final = "CONTAINER_SANDBOX_MOUNT_POINT"


class NoServiceAccount(Exception):
    """There are no credentials; the message says where they were looked for."""


def service_account_folder(environment: Mapping[str, str]) -> Path:
    """The folder with `token` and `ca.crt`.

    `SERVICE_ACCOUNT_FOLDER` names it. Else it is below the container's mount point, where HostProcess containers have
    their volumes with every containerd, or at the usual path, where containerd 1.7 binds them too.
    https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/#volume-mounts
    """
    named, mounted = environment.get(OVERRIDE), environment.get(MOUNT_POINT)
    usual = [*([Path(mounted) / FOLDER] if mounted else []), Path("/") / FOLDER]
    places = [Path(named)] if named else usual
    for place in places:
        if (place / "token").is_file():
            return place
    raise NoServiceAccount(
        f"no service account token in {' or '.join(str(place) for place in places)}. "
        f"The pod needs automountServiceAccountToken; by hand, {OVERRIDE} names a folder with token and ca.crt"
    )


def connect(environment: Mapping[str, str], count: Callable[[str, str], None] | None = None) -> Connection:
    """A connection as the pod's service account; the token file is read again each minute, since it rotates.

    `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` say where the API server is.
    """
    folder = service_account_folder(environment)
    configuration = Configuration()
    # Any: the loader has no annotations.
    loader: Any = InClusterConfigLoader
    try:
        loader(
            token_filename=str(folder / "token"), cert_filename=str(folder / "ca.crt"), environ=dict(environment)
        ).load_and_set(configuration)
    except ConfigException as error:
        raise NoServiceAccount(f"{folder}: {error}") from error
    return Connection(configuration, count)
