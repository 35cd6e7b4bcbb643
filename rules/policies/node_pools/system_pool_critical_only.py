"""`system-pool-critical-only`: on system nodes runs what keeps the cluster going, and nothing else.

No remedy, though the taint can be added in place: pods of a program that run there would not come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Verdict
from rules.policies.node_pools.purpose import CRITICAL_KEY, KEEPS_OFF, PoolTaint, has_taint
from rules.policies.rule import PRODUCTION_ONLY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "system-pool-critical-only"
_TAINT: Final = f"{CRITICAL_KEY}=true:NoSchedule"


def _check(pool: Pool, context: Context) -> Iterator[Verdict]:
    # Azure Local has no modes, and its own parts do not tolerate the taint.
    if pool.platform != "aks" or not pool.is_system() or has_taint(pool, _critical):
        return
    yield Problem(
        rule=ID,
        path=pool.body.get("nodeTaints").path,
        given=listed((given(node.value) for node in pool.taints()), "and") or "no taint",
        allowed=_TAINT,
        fix=f"add {_TAINT}, once every workload has another pool to go to",
    )


def _critical(taint: PoolTaint) -> bool:
    return taint.key == CRITICAL_KEY and taint.value == "true" and taint.effect in KEEPS_OFF


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="system pools are for the cluster's own parts alone",
    why="A build that fills a system node's disk or memory takes DNS and the API server's tunnel with it.",
    fix=f"Add the taint {_TAINT} to system pools.",
    severity="medium",
    levels=PRODUCTION_ONLY,
    read=pools,
    check=_check,
    references=(
        Reference(framework="Checkov", id="CKV_AZURE_232"),
        Reference(framework="AKS documentation", id="use-system-pools"),
    ),
)
