"""What may not be replaced or deleted without somebody's yes, and the digest that a yes is bound to.

Owns the search for what a preview destroys of it; `review.kinds` has the table. What an update takes out of a resource,
such as a pool inside of its cluster or a vault in a template, goes as well as one of its own.

The digest names operation, type, URN and id of every resource in the set, and of a replacement its order: a push that
destroys more, less or something else, or the old before the new comes, has another one, and an earlier yes does not
count for it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from review import kinds, nodes
from review.log import Log, State, Step
from review.resources import resource
from rules.policies.azure import clusters, pools
from rules.policies.node import NotKnown

_CLUSTER: Final = "every workload, node and running job in it goes"
_POOL: Final = "its nodes go without a drain, and the jobs on them"
_OWN: Final = "the program protects it"
_LOST: Final = "node pools in it go or are made anew, without a drain, and the jobs on them"
_UNSURE: Final = "it cannot be known whether node pools in it go or are made anew"

LABEL: Final = "approve-destroy:"
"""What an approval begins with; GitHub's labels have room for 50 characters."""
DIGEST_LENGTH: Final = 32
"""Hexadecimal digits: 128 bits, so that nobody finds two sets with one digest."""


@dataclass(frozen=True, kw_only=True)
class Destruction:
    """One resource that needs a yes."""

    step: Step
    operation: Literal["delete", "replace", "unprotect", "update"]
    """`update`: it stays, and something in it goes."""
    reason: str
    parts: tuple[tuple[str, str], ...] = ()
    """Of an update: what in it goes, by name, and how. Names are a program's."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what an update takes away."""
        return tuple(name for name, _ in self.parts)

    @property
    def old_first(self) -> bool:
        """Of a replacement: whether the old one goes before the new one comes."""
        return self.operation == "replace" and self.step.old_first


def destructions(log: Log) -> list[Destruction]:
    """What a preview would destroy of what is protected, by URN."""
    return [found for step in log.steps for found in _of_step(step)]


def digest(found: Sequence[Destruction]) -> str:
    """What a yes to exactly this set names."""
    lines = sorted(json.dumps(_identity(one)) for one in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_LENGTH]


def label(found: Sequence[Destruction]) -> str:
    """The approval as it is written on a pull request."""
    return f"{LABEL}{digest(found)}"


def _identity(one: Destruction) -> list[object]:
    step = one.step
    return [one.operation, one.old_first, step.state.type, step.urn, step.old.id if step.old else "", *one.parts]


def _of_step(step: Step) -> Iterator[Destruction]:
    old = step.old
    if old is None:
        return
    reason = _reason(old)
    if step.operation in ("delete", "replace"):
        operation: Literal["delete", "replace"] = "delete" if step.operation == "delete" else "replace"
        if old.protect or reason:
            yield Destruction(step=step, operation=operation, reason=reason or _OWN)
        return
    if old.custom and old.protect and step.new is not None and not step.new.protect:
        yield Destruction(step=step, operation="unprotect", reason=reason or _OWN)
    lost = nodes.lost(step)
    whole = nodes.cluster_lost(step)
    if whole or lost:
        told = _CLUSTER if whole else _UNSURE if all(one.loss == "unsure" for one in lost) else _LOST
        parts = tuple((one.name, one.loss) for one in lost)
        yield Destruction(step=step, operation="update", reason=told, parts=parts)
    yield from _left(step)


def _left(step: Step) -> Iterator[Destruction]:
    """What leaves a template with an update, beside clusters and pools."""
    before, after = nodes.sides(step)
    if before is None or after is None:
        return
    loss = "unsure" if kinds.is_opaque(after) else "goes"
    parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for arm, why, name in sorted((kinds.inside(before) - kinds.inside(after)).elements()):
        parts[why].append((name, f"{arm} {loss}"))
    for why in sorted(parts):
        yield Destruction(step=step, operation="update", reason=why, parts=tuple(parts[why]))


def _reason(state: State) -> str | None:
    found = resource(state)
    try:
        whole, part = bool(clusters(found)), bool(pools(found))
    except NotKnown:
        whole, part = False, True
    if found.kind.startswith("azure-native:") and (whole or part):
        return _CLUSTER if whole else _POOL
    return kinds.reason(found)
