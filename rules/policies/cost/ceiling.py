"""`cost-ceiling`: all pools together stay below a number of nodes, of processors and, where prices are given, of euros.

Counted is what the pools may grow to, each as often as a loop of its template makes it, without the nodes that an
upgrade adds for its time. Prices differ by contract:
they are options, and a size without one is left out of the sum of money alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Node, NotKnown, Unchecked, Verdict
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.vm_size import vcpus
from rules.words import listed

ID: Final = "cost-ceiling"
_HOURS: Final = 730
"""Of a month, as Azure's price calculator has it."""
_COUNTLESS: Final = 10**9
"""Nodes of a pool that are counted, so that no sum grows beyond what a float holds. AKS has 5,000 of a cluster."""


@dataclass(frozen=True, kw_only=True)
class _Need:
    name: str
    nodes: int
    size: str | None
    idle: int
    """Nodes that are there when nothing runs; 0 for system pools and where nodes cost nothing by the hour."""


def _check(found: Sequence[tuple[Resource, Pool]], context: Context) -> Iterator[tuple[Resource | None, Verdict]]:
    needs: list[_Need] = []
    for resource, pool in found:
        try:
            copies, unknown = _copies(pool)
            needs.append(_need(pool, copies))
            unknown = unknown or _size_unknown(pool)
        except NotKnown as stopped:
            unknown = stopped.path
        if unknown is not None:
            yield resource, Unchecked(path=unknown)
    for problem in _too_much(needs, context):
        yield None, problem


def _copies(pool: Pool) -> tuple[int, str | None]:
    """How many such pools there are, and what must be known to tell: then it counts once."""
    try:
        return pool.copies(), None
    except NotKnown as stopped:
        return 1, stopped.path


def _need(pool: Pool, copies: int) -> _Need:
    auto = pool.body.get("enableAutoScaling").flag(False)
    count = pool.body.get("count")
    high = _nodes(pool.body.get("maxCount"), 0) if auto else _nodes(count, 1)
    low = _nodes(pool.body.get("minCount"), 0) if auto else high
    size = pool.body.get("vmSize")
    return _Need(
        name=pool.name.value if isinstance(pool.name.value, str) else pool.resource.name,
        nodes=min(high * copies, _COUNTLESS),
        size=size.text() if size.is_known else None,
        idle=0 if pool.platform == "azure-local" or pool.is_system() else min(low * copies, _COUNTLESS),
    )


def _nodes(node: Node, default: int) -> int:
    return min(int(node.number(default) or 0), _COUNTLESS)


def _size_unknown(pool: Pool) -> str | None:
    """Nodes count though their size is not known; what of the rest is missing is told."""
    size = pool.body.get("vmSize")
    return None if size.is_known else size.path


def _too_much(needs: Sequence[_Need], context: Context) -> Iterator[Problem]:
    options = context.options
    prices = options["eurosPerHour"]
    # The engine hands the resources over in another order each time.
    needs = sorted(needs, key=lambda one: one.name)
    per_hour = [(one, one.nodes * prices.get(one.size or "", 0)) for one in needs]
    measures: list[tuple[str, float | None, list[tuple[_Need, float]]]] = [
        ("nodes", options["maxNodes"], [(one, one.nodes) for one in needs]),
        ("vCPUs", options["maxVcpus"], [(one, one.nodes * (vcpus(one.size or "") or 0)) for one in needs]),
        ("euros a month", options["maxMonthlyEuros"], [(one, _HOURS * euros) for one, euros in per_hour]),
    ]
    if context.fleet.profile != "production":
        measures.append(("idle nodes", options["devIdleNodes"], [(one, one.idle) for one in needs]))
    for unit, limit, parts in measures:
        total = sum(part for _, part in parts)
        if limit is None or total <= limit:
            continue
        each = listed((f"{math.ceil(part)} of {one.name}" for one, part in parts if part), "and")
        idle = unit == "idle nodes"
        yield Problem(
            rule=ID,
            path="",
            given=f"{math.ceil(total)} {unit}{'' if idle else ' at the maximum'}: {each}",
            allowed=f"at most {limit:g} {unit} of all pools"
            f"{' but the system, outside of production' if idle else ' together'}",
            fix="lower minCount, to 0 where work can wait for a node"
            if idle
            else "lower maxCount, choose smaller machines, or have the ceiling raised",
        )


def _limit(default: int | None, what: str) -> Option:
    types = "integer" if default is not None else ["number", "null"]
    return Option(default=default, schema={"type": types, "minimum": 0, "description": what})


RULE: Final = Rule[Pool](
    id=ID,
    group="cost",
    title="all pools together stay below a ceiling",
    why="The bounds of each pool are sensible and their sum is not: one loop in a pipeline fills all of them, and the "
    "invoice comes a month later.",
    fix="Lower maxCount of pools, or raise the ceiling after talking to who pays.",
    severity="medium",
    levels=MANDATORY,
    read=pools,
    check_stack=_check,
    options={
        "maxNodes": _limit(100, "most nodes of all pools together"),
        "maxVcpus": _limit(500, "most vCPUs of all pools together"),
        "maxMonthlyEuros": _limit(None, "most euros of all pools a month, at their maximum; null: not counted"),
        "eurosPerHour": Option(
            default={},
            schema={
                "type": "object",
                "additionalProperties": {"type": "number", "minimum": 0},
                "description": "price of machine sizes in euros an hour, by the size's name",
            },
        ),
        "devIdleNodes": _limit(
            4, "most nodes of an AKS stack, but for system pools, that are there when nothing runs; profile dev alone"
        ),
    },
    references=(
        Reference(framework="AKS documentation", id="best-practices-cost"),
        Reference(framework="Pulumi documentation", id="pulumi-policy-aws-cost"),
    ),
)
