"""One pod of a kind on a node, for folders that have room for one Docker daemon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def alone_on_node(labels: Mapping[str, str]) -> dict[str, Any]:
    """Affinity that keeps a pod off nodes that have another one with these labels.

    A terminating pod counts until it is gone. So it also separates a pod from its predecessor, which the number of
    replicas alone does not.
    """
    return {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchLabels": dict(labels)}, "topologyKey": "kubernetes.io/hostname"}
            ]
        }
    }
