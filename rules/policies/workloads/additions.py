"""Inputs with something added to their pods, for remedies.

Owns where nothing is added: to what is given, unknown or no map, to a patch or a hook's template, outside of the
fleet's namespaces, and to what the API server lets nobody change: a resource with such a change is replaced, and with
it the build that runs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rules.paths import split
from rules.policies.node import Node, NotKnown
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import Context

_MUTABLE: Final = (
    "AutoscalingRunnerSet",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "ReplicaSet",
    "ScaledJob",
    "StatefulSet",
)
"""Kinds whose template may be changed in place; a Job's may not
(https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives, read 2026-11)."""


def may_change(pod: Pod, node: Node) -> bool:
    """Whether a field of a pod, or of its template, may be changed in place. Of a pod itself the metadata may."""
    if pod.object.kind == "Pod":
        return node.path.startswith(f"{pod.meta.path}.")
    return pod.object.kind in _MUTABLE


def mended(
    resource: Resource, context: Context, missing: Callable[[Pod], Node | None], value: object
) -> dict[str, object] | None:
    """The inputs with `value` where `missing` says that a pod may lack it. `None`: nothing is to be added."""
    found = []
    for pod in pods(resource):
        try:
            if pod.partial or context.fleet.confinement(pod.namespace()) is None:
                continue
            node = missing(pod)
        except NotKnown:
            continue
        if node is not None and not node.is_given and may_change(pod, node):
            found.append(node.path)
    new = _with(resource.inputs, found, value) if found else None
    return new if new != resource.inputs else None


def _with(inputs: Mapping[str, object], paths: Iterable[str], value: object) -> dict[str, object]:
    copied = copy.deepcopy(dict(inputs))
    for path in paths:
        *above, last = split(path)
        place: Any = copied
        for key in above:
            if isinstance(place, dict) and place.get(key) is None:
                place[key] = {}
            place = Node(place).get(key).value
        # A text or a list where the API has a map stays as it is: the API server refuses it.
        if isinstance(place, dict):
            place[last] = value
    return copied
