"""Where a pod runs: exactly on the nodes of one pool.

Owns node selector, tolerations, `spec.os` and the spreading over nodes. A pod tolerates the taints of its pool and no
others: a toleration too many would let builds onto nodes that were kept free of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import contract
from components.platform import NodePool


def placement(pool: NodePool, *, spread: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The part of a pod spec that places it: `nodeSelector`, `tolerations`, `os` and, with `spread`,
    `topologySpreadConstraints`.

    `spread` is the selector of the pods that are to be spread evenly over the pool's nodes. It is a wish, not a
    condition: a full pool still takes one more. Without it pods go where the scheduler likes, for example onto the few
    nodes that have the image already.
    """
    named_os = pool.node_selector.get(contract.LABEL_OS, pool.os)
    if named_os != pool.os:
        raise ValueError(
            f"node pool {pool.name}: its node selector asks for {contract.LABEL_OS}={named_os}, but it is a {pool.os} "
            f"pool; leave {contract.LABEL_OS} out of the selector or set it to {pool.os}"
        )
    selector = {**pool.node_selector, contract.LABEL_OS: pool.os}
    spec: dict[str, Any] = {
        "os": {"name": pool.os},
        "nodeSelector": dict(sorted(selector.items())),
    }
    if pool.taints:
        spec["tolerations"] = [
            {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}
            for taint in sorted(pool.taints, key=lambda taint: (taint.key, taint.value, taint.effect))
        ]
    if spread is not None:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(spread)},
            }
        ]
    return spec
