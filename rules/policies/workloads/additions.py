"""Inputs with something added to their pods, for remedies.

Owns where nothing is added: to what is given, unknown or no map, to a patch or a hook's template, and outside of the
fleet's namespaces.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules.paths import split
from rules.policies.node import Node, NotKnown
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import Context


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
        if node is not None and not node.is_given:
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
