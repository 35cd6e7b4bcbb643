"""The loopback ports of one sandbox: free when chosen, remembered after.

The API server's port is part of the kubeconfig, thus of the Pulumi state: it never changes on a folder's data. The
others nobody outside knows, so one that has been taken meanwhile is chosen anew.
"""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from sandbox.control_plane.errors import ControlPlaneError
from sandbox.control_plane.files import write_private

LOOPBACK = "127.0.0.1"

NAMES = (
    "etcd",
    "etcd-peer",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "windows-nodes",
)
STABLE = "kube-apiserver"

# Below Linux's default range of ephemeral ports (32768 on), from which any outgoing connection may take one while
# the sandbox is stopped.
FIRST, LAST = 20000, 32767
ATTEMPTS = 200


def remembered(path: Path) -> dict[str, int]:
    """The ports that were chosen earlier; empty when none were."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return {str(name): int(port) for name, port in found.items()}


def assign(path: Path) -> dict[str, int]:
    """A free port for each name, the remembered ones where possible; remembered in `path`.

    Raises `ControlPlaneError` when another process listens on the API server's port.
    """
    ports = {name: port for name, port in remembered(path).items() if name in NAMES}
    if STABLE in ports and not free(ports[STABLE]):
        raise ControlPlaneError(
            f"Port {ports[STABLE]} of the sandbox's API server is taken by another process. The port is part of the "
            "kubeconfig that stacks know. End that process, or erase the sandbox and start anew."
        )
    for name in NAMES:
        if name not in ports or not free(ports[name]):
            ports[name] = _choose(excluded=set(ports.values()))
    write_private(path, json.dumps(ports, indent=2, sort_keys=True) + "\n")
    return ports


def free(port: int) -> bool:
    """Whether a server could listen on the port on loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        # As Go's servers do: connections that linger in TIME_WAIT do not count.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
            candidate.listen()
        except OSError:
            return False
    return True


def _choose(excluded: set[int]) -> int:
    for port in random.sample(range(FIRST, LAST + 1), ATTEMPTS):
        if port not in excluded and free(port):
            return port
    raise ControlPlaneError(f"Found no free port on {LOOPBACK} between {FIRST} and {LAST} in {ATTEMPTS} attempts.")
