"""`no-spot-for-stateful`: Azure may not take away the nodes that a cluster or an engine lives on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import NotKnown, Verdict
from rules.policies.node_pools.purpose import SPOT_KEY, SPOT_TAINT, each, has_taint, purpose, spot
from rules.policies.node_pools.remedies import own_pool
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "no-spot-for-stateful"


def _is_spot(pool: Pool) -> bool:
    return pool.platform == "aks" and spot(pool)


def _kept(pool: Pool, context: Context) -> Iterator[Verdict]:
    if not _is_spot(pool):
        return
    reason = _reason(pool, context)
    if reason is not None:
        node = pool.body.get("scaleSetPriority")
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value),
            allowed=f'"Regular": {reason}',
            fix="remove it, which takes another pool, and let only builds that may be repeated run on Spot",
        )


def _reason(pool: Pool, context: Context) -> str | None:
    what = purpose(pool)
    if what == "system":
        return "the cluster's own parts run there"
    if what == "build" and pool.is_windows():
        return "a Windows build node is a Docker host, and its engine, its images and its jobs go with it"
    for key, value in sorted(context.options["labels"].items()):
        if pool.label(key) == value:
            return f"pools with the label {key}={value} are to stay"
    return None


def _taint(pool: Pool, context: Context) -> Iterator[Verdict]:
    if _is_spot(pool) and not has_taint(pool, lambda taint: taint.key == SPOT_KEY):
        yield Problem(
            rule=ID,
            path=pool.body.get("nodeTaints").path,
            given=f"{NOTHING} of Spot",
            allowed=f"{SPOT_TAINT} among the taints: AKS adds it, and refuses the next update that leaves it out",
            fix=f"add {SPOT_TAINT}",
        )


def _evicted(pool: Pool, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("scaleSetEvictionPolicy")
    if _is_spot(pool) and (node.text("Delete") or "").casefold() != "delete":
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value),
            allowed='"Delete": nodes that are only stopped count as there, and their disks are paid for',
            fix="remove it, which takes another pool",
        )


def _price(pool: Pool, context: Context) -> Iterator[Verdict]:
    if not _is_spot(pool):
        return
    node = pool.body.get("spotMaxPrice")
    price = node.number()
    if price is None or (price <= 0 and price != -1):
        yield Problem(
            rule=ID,
            path=node.path,
            given=NOTHING if price is None else given(price),
            allowed="a price in US dollars an hour, or -1 for that of an ordinary machine",
            fix="write -1; on a pool that is there it takes another pool",
        )


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    # AKS has put the taint on the nodes already: to list it changes nothing, and saves the next update.
    pool = own_pool(resource)
    try:
        if pool is None or not any(_taint(pool, context)):
            return None
        return {**resource.inputs, "nodeTaints": [*(node.known() for node in pool.taints()), SPOT_TAINT]}
    except NotKnown:
        return None


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="system pools and Docker hosts are no Spot machines",
    why="Azure takes a Spot machine away with 30 seconds' notice: a cluster's own parts and a node with an engine do "
    "not come back in that time.",
    fix="Use Spot for Linux builds that may be repeated, with its taint listed, eviction policy Delete and a price.",
    severity="high",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_kept, _taint, _evicted, _price)),
    options={
        "labels": Option(
            default={},
            schema={
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "labels of other pools that may not be Spot, for example of those that build releases",
            },
        )
    },
    references=(
        Reference(framework="AKS documentation", id="spot-node-pool"),
        Reference(framework="Pulumi issue", id="pulumi/pulumi-azure-native#959"),
    ),
    remedy=_remedy,
)
