"""Who may take a node: the one predicate behind privileged containers, the engine's pipe and folders of the node.

Owns, in Python and in CEL, what the rules of confinement share: a namespace for Docker, and a pool that is trusted.
"""

from __future__ import annotations

from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Node
from rules.policies.node_paths import is_pipe, is_pipe_cel, normal
from rules.policies.pods import Pod
from rules.words import given, listed

MAY_TAKE_NODE: Final = "(variables.confinement == 'agents-docker' && variables.poolsNamed.all(p, p.trust == 'trusted'))"
"""CEL: `hindrance` is `None`."""


def hindrance(pod: Pod, fleet: Fleet) -> str | None:
    """Why a pod may not take its node, for messages; `None`: it may. Raises `NotKnown`."""
    namespace = pod.namespace()
    if fleet.confinement(namespace) != "agents-docker":
        return "outside of the namespaces for Docker" if namespace is None else f"in namespace {given(namespace)}"
    for pool in fleet.pools_named(pod.node_selector):
        if pool.trust == "untrusted":
            return f"on the untrusted pool {given(pool.name)}"
    return None


def allowed_places(fleet: Fleet) -> str:
    """Where pods may take their node, for messages."""
    return f"{listed(sorted(fleet.docker_namespaces)) or 'no namespace'}, on trusted pools"


def node_paths(pod: Pod) -> list[Node]:
    """The paths of the pod's hostPath volumes. Raises `NotKnown` where the volumes are; each path may be unknown."""
    return [volume.get("hostPath", "path") for volume in pod.spec.get("volumes").items()]


def uses_pipe(pod: Pod) -> bool:
    """Whether the pod mounts a pipe of the node. Raises `NotKnown`."""
    return any(is_pipe(normal(node.text() or "")) for node in node_paths(pod))


USES_PIPE: Final = f"variables.nodePaths.exists(p, {is_pipe_cel('p.lowerAscii()')})"
"""CEL: `uses_pipe`."""
