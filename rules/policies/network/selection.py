"""What a NetworkPolicy is for: which pods, and which direction, with the defaults that the API server fills in.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/, read 2026-11.
"""

from __future__ import annotations

from typing import Literal

from rules.policies.node import Node
from rules.policies.objects import Object

Direction = Literal["Egress", "Ingress"]


def governs(item: Object, direction: Direction) -> bool:
    """Whether the policy says anything about a direction. Raises `NotKnown`."""
    types = item.body.get("spec", "policyTypes").items()
    if types:
        return direction in [one.text() for one in types]
    return direction == "Ingress" or bool(item.body.get("spec", "egress").items())


def selects_all(item: Object) -> bool:
    """Whether it is for all pods of its namespace. Raises `NotKnown`."""
    selector = item.body.get("spec", "podSelector")
    return not selector.get("matchLabels").entries() and not selector.get("matchExpressions").items()


def is_narrow(selector: Node) -> bool:
    """Whether a selector asks for a label. What is empty, or asks for none but those that must not be there, finds
    everything that has none. Raises `NotKnown`."""
    selector.known()
    if selector.get("matchLabels").entries():
        return True
    return any(one.get("operator").text() in ("Exists", "In") for one in selector.get("matchExpressions").items())
