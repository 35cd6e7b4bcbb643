"""Pods that use the Docker Engine of their node, and how many of them a node takes.

Owns their common label and the two ways to count them:
- one a node is a condition between pods: each refuses a node with another of them, in whatever namespace and of
  whatever stack. The scheduler and every autoscaler understand it;
- more are counted by an extended resource that the supervisor offers on its node and each pod takes one of. An
  autoscaler knows the resource from the nodes that a pool has, so it does not add a first one to a pool that is empty.

What such pods build runs in the engine, outside of their own limits: CPU and memory alone do not tell when a node is
full.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components import contract

HOST_ENGINE: Final = "host-engine"
LABELS: Final = {contract.LABEL_DOCKER: HOST_ENGINE}
"""Of such pods."""


def affinity(most: int | None) -> dict[str, Any]:
    """The part of a pod spec that keeps a node to one of them; nothing for another number."""
    if most != 1:
        return {}
    term = {
        "labelSelector": {"matchLabels": dict(LABELS)},
        "namespaceSelector": {},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def resources(spec: Mapping[str, Any], most: int | None) -> Mapping[str, Any]:
    """A container's `resources`, with one build slot for more than one of them a node."""
    if most is None or most == 1:
        return spec
    # Of extended resources request and limit are the same.
    slot = {contract.RESOURCE_BUILD_SLOT: "1"}
    return {**spec, **{part: {**spec.get(part, {}), **slot} for part in ("limits", "requests")}}
