"""Rootless BuildKit as a native sidecar of a Linux agent.

Runs as an ordinary user. It needs what the default profiles forbid (user namespaces and mounts inside them) and setuid
helpers that map the users, hence no seccomp and AppArmor confinement and no `allowPrivilegeEscalation: false`. With
`--oci-worker-no-process-sandbox` it needs no unmasked /proc, at the price that build steps see each other's processes
within this one pod. Nodes with Ubuntu 24.04 need `kernel.apparmor_restrict_unprivileged_userns=0`.
Source: https://github.com/moby/buildkit/blob/master/docs/rootless.md, 2026-08.
"""

from __future__ import annotations

from typing import Any, Final

from components.azure_devops.image_contract import LINUX_UID
from components.kubernetes.probes import daemon_startup_probe
from components.kubernetes.resources import ContainerResources

SOCKET_FOLDER: Final = "/var/run/buildkit-engine"
SOCKET_URL: Final = f"unix://{SOCKET_FOLDER}/buildkitd.sock"
SOCKET_VOLUME: Final = "buildkit-socket"
DATA_VOLUME: Final = "buildkit-data"


def buildkit_sidecar(*, image: str, resources: ContainerResources | None = None) -> dict[str, Any]:
    """The entry of `initContainers`."""
    container: dict[str, Any] = {
        "name": "buildkit",
        "image": image,
        "restartPolicy": "Always",
        "args": [f"--addr={SOCKET_URL}", "--oci-worker-no-process-sandbox"],
        "securityContext": {
            # The same user as the agent, which therefore may use the socket.
            "runAsUser": LINUX_UID,
            "runAsGroup": LINUX_UID,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "Unconfined"},
            "appArmorProfile": {"type": "Unconfined"},
        },
        "startupProbe": daemon_startup_probe(
            ["buildctl", f"--addr={SOCKET_URL}", "debug", "workers"], keeps_data=False
        ),
        "volumeMounts": [
            buildkit_socket_mount(),
            {"name": DATA_VOLUME, "mountPath": "/home/user/.local/share/buildkit"},
        ],
    }
    if resources is not None:
        container["resources"] = resources.to_spec()
    return container


def buildkit_socket_mount() -> dict[str, Any]:
    """Mounts the socket's folder: in the daemon and in the agent."""
    return {"name": SOCKET_VOLUME, "mountPath": SOCKET_FOLDER}


def buildkit_volumes() -> list[dict[str, Any]]:
    """The volumes of the socket and of BuildKit's data. Both end with the pod."""
    return [{"name": SOCKET_VOLUME, "emptyDir": {}}, {"name": DATA_VOLUME, "emptyDir": {}}]
