"""How many nodes and processors the node pools may have at most, before and after.

Owns the sum over the pools that a program makes in Azure and on Azure Local, in whatever form. Pools of a cluster that
is only found are no resources, so they are not here; the summary says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from review.log import Log, Step
from review.resources import after, before
from rules import vm_size
from rules.policies.azure import Pool, pools
from rules.policies.fleet import POOL_LABEL
from rules.policies.node import NotKnown
from rules.policies.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a pool may grow to. `None`: not known."""

    vm_size: str | None
    least: int | None
    most: int | None

    @property
    def vcpus(self) -> int | None:
        """Processors of all its nodes at most."""
        each = vm_size.vcpus(self.vm_size) if self.vm_size else None
        return None if each is None or self.most is None else each * self.most


@dataclass(frozen=True, kw_only=True)
class Row:
    """A pool before and after; `None`: it is not there then."""

    name: str
    before: Size | None
    after: Size | None
    both: bool = False
    """Whether the old and the new one are there at once for a time."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums. `partial`: something of it is not known, so they are at least that."""

    nodes: int
    vcpus: int
    partial: bool


def rows(log: Log) -> list[Row]:
    """Every pool, by name."""
    old, new = dict(_sizes(before(log))), dict(_sizes(after(log)))
    return [
        Row(
            name=key,
            before=old[key][0] if key in old else None,
            after=new[key][0] if key in new else None,
            both=key in old and key in new and _stays_meanwhile(old[key][1]),
        )
        for key in sorted({*old, *new}, key=lambda key: (key.casefold(), key))
    ]


def totals(sizes: Iterable[Size | None]) -> Totals:
    """The sums over pools."""
    found = [size for size in sizes if size is not None]
    return Totals(
        nodes=sum(size.most or 0 for size in found),
        vcpus=sum(size.vcpus or 0 for size in found),
        partial=any(size.most is None or size.vcpus is None for size in found),
    )


def during(found: Iterable[Row]) -> Totals:
    """The sums while an update is under way, at most: what a quota has to have room for."""
    # The engine deletes what goes, and what was replaced new first, when all else is done: until then the old and the
    # new of every pool are there (3.256.0, pkg/resource/deploy/deployment_executor.go, performPostSteps).
    each = [_at_once(row) for row in found]
    return Totals(
        nodes=sum(one.nodes for one in each),
        vcpus=sum(one.vcpus for one in each),
        partial=any(one.partial for one in each),
    )


def _at_once(row: Row) -> Totals:
    if row.both:
        return totals((row.before, row.after))
    before, after = totals((row.before,)), totals((row.after,))
    return Totals(
        nodes=max(before.nodes, after.nodes),
        vcpus=max(before.vcpus, after.vcpus),
        partial=before.partial or after.partial,
    )


def pool_key(pool: Pool) -> str:
    """What a pool is called by its users: the value of our label, since Azure's name changes with a replacement."""
    try:
        label = pool.labels().get(POOL_LABEL)
    except NotKnown:
        label = None
    name = pool.name.value
    return label or (name if isinstance(name, str) else pool.resource.name)


def names(log: Log) -> dict[str, str]:
    """By the name of a pool in Azure what the page calls it, where that is another."""
    every = (pool for _, resource in [*before(log), *after(log)] for pool in _pools(resource))
    found = {pool.name.value: pool_key(pool) for pool in every if isinstance(pool.name.value, str)}
    return {azure: own for azure, own in sorted(found.items()) if azure and azure != own}


def _sizes(found: Iterable[tuple[Step, Resource]]) -> Iterable[tuple[str, tuple[Size, Step]]]:
    seen: dict[str, int] = {}
    for step, resource in found:
        for pool in _pools(resource):
            key = pool_key(pool)
            seen[key] = seen.get(key, 0) + 1
            yield (key if seen[key] == 1 else f"{key} ({resource.name})"), (size_of(pool), step)


def _stays_meanwhile(step: Step) -> bool:
    """Whether what goes with a step is there until all that is new has come."""
    return step.operation == "delete" or (step.operation == "replace" and not step.old_first)


def _pools(resource: Resource) -> list[Pool]:
    try:
        return pools(resource)
    except NotKnown:
        return []


def size_of(pool: Pool) -> Size:
    """What a pool may grow to."""
    body = pool.body
    size = body.get("vmSize").value
    count = _number(body.get("count").value)
    if body.get("enableAutoScaling").value is True:
        least, most = (_number(body.get(key).value) for key in ("minCount", "maxCount"))
    else:
        least = most = count
    return Size(vm_size=size if isinstance(size, str) else None, least=least, most=most)


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
