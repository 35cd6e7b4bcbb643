"""`tolerations-bounded`: no pod tolerates everything, and pods of the fleet tolerate the taints of their own pool only.

A toleration without a key lets a pod onto every node: system pools, nodes that are kept free, nodes of another trust.
One without a value does the same where pools have one key, each with a value of its own. What Kubernetes adds by itself
(`node.kubernetes.io/...`) is not judged, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from rules.policies.fleet import Fleet, FleetTaint
from rules.policies.node import Node, Verdict, each_known
from rules.policies.pods import Pod, pods
from rules.policies.pool_taints import covers, covers_cel
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "tolerations-bounded"
_AUTOMATIC: Final = "node.kubernetes.io/"
_SYSTEM: Final = "CriticalAddonsOnly"
_CONTROL_PLANE: Final = "node-role.kubernetes.io/"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    yield from each_known(
        pod.spec.get("tolerations").items(), lambda toleration: _toleration(pod, toleration, context.fleet)
    )


def _toleration(pod: Pod, toleration: Node, fleet: Fleet) -> Iterator[Verdict]:
    key = toleration.get("key").text()
    if not key:
        what, allowed = "a toleration without a key", "a key: without one every taint is tolerated"
        yield _problem(toleration, what, allowed, "write the taint of the pod's own pool")
        return
    if key.startswith(_AUTOMATIC) or fleet.confinement(pod.namespace()) is None:
        return
    if not fleet.pools:
        if key == _SYSTEM or key.startswith(_CONTROL_PLANE):
            yield _problem(toleration, given(key), "no taint of system nodes or control planes", "remove it")
        return
    # A pod without a pool of the fleet is for build-workload-placement; here it may be of any build pool.
    build = [pool for pool in fleet.pools if pool.purpose == "build"]
    own = {taint for pool in fleet.pools_named(pod.node_selector) or build for taint in pool.taints}
    allowed = f"the taints of the pod's own pool: {listed(_written(own)) or 'it has none'}"
    if not any(covers(toleration, taint) for taint in own):
        yield _problem(toleration, given(key), allowed, "remove it, or write the pool's own taint")
        return
    others = {taint for pool in fleet.pools for taint in pool.taints} - own
    if too_many := _written({taint for taint in others if covers(toleration, taint)}):
        what = f"{given(key)}, which tolerates {listed(too_many, 'and')} of other pools, too"
        yield _problem(toleration, what, allowed, "write the value and the effect of the pool's own taint")


def _written(taints: Collection[FleetTaint]) -> list[str]:
    return sorted(f"{taint.key}={taint.value}:{taint.effect}" for taint in taints)


def _problem(node: Node, what: str, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=node.path, given=what, allowed=allowed, fix=fix)


_POOLS: Final = (
    "(variables.poolsNamed.size() > 0 ? variables.poolsNamed : variables.pools.filter(p, p.purpose == 'build'))"
)
_BOUNDED: Final = (
    f"t.?key.orValue('') == '' || t.key.startsWith('{_AUTOMATIC}') || (variables.pools.size() == 0 ? "
    f"t.key != '{_SYSTEM}' && !t.key.startsWith('{_CONTROL_PLANE}') : "
    f"{_POOLS}.exists(p, p.taints.exists(x, {covers_cel('x', 't')})) && "
    f"variables.pools.all(p, p.taints.all(x, !{covers_cel('x', 't')} || {_POOLS}.exists(o, x in o.taints))))"
)

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="no pod tolerates every taint, and the fleet's pods only those of their own pool",
    why="A toleration too many lets builds onto nodes that were kept free: system nodes, nodes of another trust.",
    fix="Name the key, value and effect of the own pool's taint in each toleration, and remove the others.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(Reference(framework="Kyverno", id="restrict-controlplane-scheduling"),),
    twins=(
        Twin(
            family="confinement",
            expression="variables.spec.?tolerations.orValue([]).all(t, t.?key.orValue('') != '')",
            message="a toleration without a key lets a pod onto every node; name the taint of its own pool",
        ),
        Twin(
            family="workloads",
            expression=f"variables.spec.?tolerations.orValue([]).all(t, {_BOUNDED})",
            message="a pod of the fleet tolerates the taints of its own pool and no others",
        ),
    ),
)
