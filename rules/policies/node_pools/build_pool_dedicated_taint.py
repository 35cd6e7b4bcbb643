"""`build-pool-dedicated-taint`: only builds run on a build pool.

No remedy: a new taint keeps off the builds that do not tolerate it yet, and which key they tolerate is their authors'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Node, Verdict, each_known
from rules.policies.node_pools.purpose import (
    CRITICAL_KEY,
    KEEPS_OFF,
    RESERVED_PREFIX,
    SPOT_KEY,
    PoolTaint,
    each,
    has_taint,
    parsed,
    purpose,
)
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "build-pool-dedicated-taint"
_FIX: Final = "write one of your own, for example buildfleet.dev/purpose=build:NoSchedule, and tolerate it in builds"


def _reserved(taint: PoolTaint) -> bool:
    return taint.key == CRITICAL_KEY or taint.key.startswith((RESERVED_PREFIX, "node.kubernetes.io/"))


def _kept_apart(pool: Pool, context: Context) -> Iterator[Verdict]:
    if purpose(pool) != "build":
        return
    keys = context.options["keys"]

    def keeps_off(taint: PoolTaint) -> bool:
        return (
            taint.effect in KEEPS_OFF
            and taint.key != SPOT_KEY
            and not _reserved(taint)
            and (not keys or taint.key in keys)
        )

    if has_taint(pool, keeps_off):
        return
    node = pool.body.get("nodeTaints")
    yield Problem(
        rule=ID,
        path=node.path,
        given=listed((given(one.value) for one in pool.taints()), "and") or "no taint",
        allowed=f"a taint {f'with the key {listed(keys)}' if keys else 'of your own'}, with NoSchedule or NoExecute: "
        "each start of Docker Engine on Windows cuts the network of other pods, and builds take all that a node has",
        fix=f"add one with the key {keys[0]}, and tolerate it in builds" if keys else _FIX,
    )


def _not_reserved(pool: Pool, context: Context) -> Iterator[Verdict]:
    def judge(node: Node) -> Iterator[Verdict]:
        taint = parsed(node)
        # AKS puts the taint of Spot itself, and refuses an update that leaves it out.
        if taint.key == SPOT_KEY or (taint.key and not _reserved(taint)):
            return
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value),
            allowed=f"keys of your own: {CRITICAL_KEY} is for system pools, and {RESERVED_PREFIX} is Azure's"
            if taint.key
            else "key=value:Effect, with NoSchedule, NoExecute or PreferNoSchedule",
            fix=_FIX,
        )

    if purpose(pool) == "build":
        yield from each_known(pool.taints(), judge)


def _labels(pool: Pool, context: Context) -> Iterator[Verdict]:
    if purpose(pool) != "build":
        return
    labels = pool.body.get("nodeLabels")
    for key, node in labels.entries():
        if key.startswith(RESERVED_PREFIX):
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(key),
                allowed=f"keys of your own: {RESERVED_PREFIX} is Azure's",
                fix="leave it out, as Azure sets it itself, or use a prefix of your own",
            )
    for key in context.options["labels"]:
        if not labels.get(key).is_given:
            yield Problem(
                rule=ID,
                path=labels.get(key).path,
                given=NOTHING,
                allowed="a value, by which builds select the pool",
                fix=f"add the label {key}",
            )


def _texts(description: str) -> Option:
    schema = {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
        "description": description,
    }
    return Option(default=[], schema=schema)


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="only builds run on a build pool",
    why="A pod that strays onto a build node loses its network when Docker Engine starts there, shares the node with "
    "code under test, and is starved by it.",
    fix="Give the pool a NoSchedule taint of your own, and let builds tolerate that one.",
    severity="high",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_kept_apart, _not_reserved, _labels)),
    options={
        "keys": _texts("keys of taints that keep other pods off a build pool; empty: any that is not reserved"),
        "labels": _texts("keys of labels that a build pool has; empty: none, as AKS itself puts agentpool on nodes"),
    },
    references=(
        Reference(framework="AKS documentation", id="use-node-taints"),
        Reference(framework="Azure Policy", id="48940d92"),
        Reference(framework="Azure Policy", id="a22123bd"),
    ),
)
