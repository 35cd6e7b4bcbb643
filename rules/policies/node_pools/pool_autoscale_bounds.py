"""`pool-autoscale-bounds`: the number of nodes follows the work, within bounds, and no update sets it back.

On Azure Local a pool may have a fixed number of nodes: its machines are there whether they are used or not.

No remedy: a smaller maximum takes nodes from builds that run, and what a fleet needs is its owner's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.paths import at
from rules.policies.azure import Pool, pools
from rules.policies.node import Node, Verdict
from rules.policies.node_pools.purpose import each
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.tables.azure import AZURE_LOCAL_NODES
from rules.words import NOTHING, given, listed

ID: Final = "pool-autoscale-bounds"
_SCALE_SETS: Final = "VirtualMachineScaleSets"


def _most(pool: Pool, context: Context) -> int:
    most: int = context.options["maxNodes"]
    return min(most, AZURE_LOCAL_NODES) if pool.platform == "azure-local" else most


def _scaled(pool: Pool, context: Context) -> Iterator[Verdict]:
    kind = pool.body.get("type")
    if pool.platform == "aks" and (kind.text() or _SCALE_SETS) != _SCALE_SETS:
        yield Problem(
            rule=ID,
            path=kind.path,
            given=given(kind.value),
            allowed=f"{_SCALE_SETS}: other pools scale by other fields, or not at all",
            fix=f"write {_SCALE_SETS}; it takes another pool",
        )
        return
    node = pool.body.get("enableAutoScaling")
    if pool.platform == "azure-local" or node.flag(False) or pool.name.value in context.options["fixed"]:
        return
    yield Problem(
        rule=ID,
        path=node.path,
        given=given(node.value) if node.is_given else NOTHING,
        allowed="true: a fixed number is too small by day and paid for by night",
        fix="write true, with minCount and maxCount",
    )


def _bounds(pool: Pool, context: Context) -> Iterator[Verdict]:
    auto = pool.body.get("enableAutoScaling").flag(False)
    high = pool.body.get("maxCount" if auto else "count")
    most = _most(pool, context)
    if auto and not high.is_given:
        yield _missing(high, f"0 to {most}")
    elif (number := high.number(0) or 0) > most:
        yield Problem(rule=ID, path=high.path, given=given(number), allowed=f"at most {most}", fix=f"write {most}")


def _order(pool: Pool, context: Context) -> Iterator[Verdict]:
    auto = pool.body.get("enableAutoScaling").flag(False)
    low, high = pool.body.get("minCount" if auto else "count"), pool.body.get("maxCount")
    if auto and not low.is_given:
        yield _missing(low, "0 or more")
        return
    number = low.number()
    if number is None:
        return
    # Azure Local has no empty pools, and AKS no empty system pool. Of the others 0 says that they wait for work.
    least = 1 if number < 1 and (pool.platform == "azure-local" or pool.is_system()) else 0
    if number < least:
        why = "Azure Local has no empty pools" if pool.platform == "azure-local" else "a system pool is never empty"
        yield Problem(rule=ID, path=low.path, given=given(number), allowed=f"{least} or more: {why}", fix="write 1")
    elif auto and (limit := high.number()) is not None and number > limit:
        yield Problem(
            rule=ID,
            path=low.path,
            given=given(number),
            allowed=f"0 to {given(limit)}, which maxCount is",
            fix="lower it, or raise maxCount",
        )


def _missing(node: Node, allowed: str) -> Problem:
    return Problem(rule=ID, path=node.path, given=NOTHING, allowed=allowed, fix="write a number of nodes")


def _count_ignored(pool: Pool, context: Context) -> Iterator[Verdict]:
    """The count is the autoscaler's: one that is said is sent with each update and refused, or undoes its work."""
    if not pool.typed or not pool.body.get("enableAutoScaling").flag(False):
        return
    count = at(pool.body.path, "count")
    ignored = pool.resource.options.ignore_changes
    if any(_covers(entry, count) for entry in ignored):
        return
    yield Problem(
        rule=ID,
        path="options.ignoreChanges",
        given=listed((given(entry) for entry in ignored), "and") or NOTHING,
        allowed=f"{given(count)}: Azure refuses a count where the autoscaler is on, and a refresh writes one down",
        fix=f"add {given(count)} to the resource's ignoreChanges",
    )


def _covers(entry: str, path: str) -> bool:
    """Whether a path in `ignoreChanges`, in which `*` stands for any key, is another or above it."""
    pattern = (
        re.escape(entry.replace('["', ".").replace('"]', "")).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", "[^.]+")
    )
    return re.match(rf"{pattern}($|[.\[])", path) is not None


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="the autoscaler decides how many nodes a pool has, within bounds",
    why="Without a ceiling a broken pipeline buys nodes all night; with a count of its own an update fails, or takes "
    "nodes away under running jobs.",
    fix="Write enableAutoScaling: true with minCount and maxCount, and ignore changes of count.",
    severity="medium",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_scaled, _bounds, _order, _count_ignored)),
    options={
        "maxNodes": Option(
            default=100,
            schema={"type": "integer", "minimum": 1, "maximum": 1000, "description": "most nodes of one pool"},
        ),
        "fixed": Option(
            default=[],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "names in Azure of pools that may have a fixed number of nodes",
            },
        ),
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000017"),
        Reference(framework="PSRule for Azure", id="AZR-000019"),
        Reference(framework="PSRule for Azure", id="AZR-000412"),
        Reference(framework="Checkov", id="CKV_AZURE_169"),
    ),
)
