"""What an update of a resource does to the node pools in it: which go with it, and which have fewer nodes.

Owns the comparison of the pools before and after. A cluster with pools inside of it, a generic resource and a template
are updated in place, and still a pool of theirs may go, or be another one afterwards.

What cannot be known is no reassurance: where it cannot be seen that a pool stays as it is, it is told as one that goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from review.capacity import pool_key, size_of
from review.log import Step
from review.resources import resource
from rules.policies.azure import Cluster, Pool, clusters, pools
from rules.policies.node import ABSENT, UNKNOWN
from rules.policies.resource import Resource
from rules.tables.pool_properties import IMMUTABLE

Loss = Literal["goes", "anew", "unsure"]


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A pool that an update takes away."""

    pool: Pool
    loss: Loss

    @property
    def name(self) -> str:
        """What the program calls it."""
        return pool_key(self.pool)


@dataclass(frozen=True, kw_only=True)
class Fewer:
    """A pool that may have fewer nodes after an update."""

    pool: Pool
    at: Literal["most", "least"]
    """Which of its bounds is lower; of a pool without autoscaling there is one, and it is `most`."""
    before: int
    after: int


def lost(step: Step) -> list[Lost]:
    """The pools that an update deletes or makes anew, by name."""
    return sorted(_lost(step), key=lambda one: (one.name, one.loss))


def cluster_lost(step: Step) -> bool:
    """Whether an update takes away a cluster: one that leaves a template, or becomes something else."""
    before, after = sides(step)
    if before is None or after is None:
        return False
    old = Counter(_cluster_name(one) for one in clusters(before) if one.outer.value is not UNKNOWN)
    return bool(old - Counter(_cluster_name(one) for one in clusters(after)))


def fewer(step: Step) -> Iterator[Fewer]:
    """The pools that stay, and whose nodes may become fewer."""
    for old, new in _pairs(step):
        if new is None:
            continue
        before, after = size_of(old), size_of(new)
        if before.most is not None and after.most is not None and after.most < before.most:
            yield Fewer(pool=old, at="most", before=before.most, after=after.most)
        elif before.least is not None and after.least is not None and after.least < before.least:
            yield Fewer(pool=old, at="least", before=before.least, after=after.least)


def _lost(step: Step) -> Iterator[Lost]:
    _, after = sides(step)
    # One of a name that is not known yet may be any of those that are missed.
    hidden = after is not None and any(UNKNOWN in (new.name.value, new.body.value) for new in pools(after))
    for old, new in _pairs(step):
        if new is None:
            yield Lost(pool=old, loss="unsure" if hidden else "goes")
        elif (loss := _changed(old, new)) is not None:
            yield Lost(pool=old, loss=loss)


def _changed(old: Pool, new: Pool) -> Loss | None:
    unsure = False
    for key in IMMUTABLE:
        one, other = old.body.get(key).value, new.body.get(key).value
        if one is UNKNOWN and other is UNKNOWN:
            # An expression in a template, or a linked one: it comes to the same if what it is made of is the same.
            unsure = unsure or _values(old.resource) != _values(new.resource)
        elif one is UNKNOWN or other is UNKNOWN:
            unsure = True
        # What is given for the first time may be what Azure had chosen.
        elif one is not ABSENT and other is not ABSENT and _plain(one) != _plain(other):
            return "anew"
    return "unsure" if unsure else None


def _plain(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _values(found: Resource) -> object:
    """What the expressions of a template are made of."""
    place = found.root.get("properties") if found.root.get("properties").is_given else found.root
    template = place.get("template")
    own = (place.get(key).value for key in ("parameters", "parametersLink", "templateLink"))
    return [*own, *(template.get(key).value for key in ("parameters", "variables"))]


def _pairs(step: Step) -> Iterator[tuple[Pool, Pool | None]]:
    """The pools before an update, each with what it is afterwards."""
    before, after = sides(step)
    if before is None or after is None:
        return
    old, new = _by_name(before), _by_name(after)
    # A pool's own resource is that pool, whatever it is called: another name is a replacement, as the provider says.
    alone = len(old) == len(new) == 1 and not any(one.inline or not one.typed for one in (*old.values(), *new.values()))
    for name, pool in old.items():
        yield pool, next(iter(new.values())) if alone else new.get(name)


def sides(step: Step) -> tuple[Resource | None, Resource | None]:
    """A resource before and after an update; `None`: it is none, or nothing of it changes."""
    if step.operation != "update" or step.old is None or step.new is None or step.old.inputs == step.new.inputs:
        return None, None
    return resource(step.old), resource(step.new)


def _by_name(found: Resource) -> Mapping[tuple[str, int], Pool]:
    named: dict[tuple[str, int], Pool] = {}
    seen: Counter[str] = Counter()
    for pool in pools(found):
        name = pool.name.value.casefold() if isinstance(pool.name.value, str) else "?"
        # Of several whose names are expressions each stands for the one in its place.
        named[name, seen[name]] = pool
        seen[name] += 1
    return named


def _cluster_name(cluster: Cluster) -> str:
    name = cluster.outer.get("name").value
    # A resource of its own is one cluster, whatever it is called.
    return "" if cluster.typed else name.casefold() if isinstance(name, str) else "?"
