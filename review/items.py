"""The changes of a preview as things: what happens to each node pool, agent pool, namespace.

Owns the folding of resources into the component that they are part of, and what is then said to happen to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components import contract
from review import concepts
from review.concepts import Family
from review.differences import Change, changes
from review.log import STACK_TYPE, Log, Operation, State, Step

VERBS: Final[dict[Operation, str]] = {
    "replace": "replaced",
    "delete": "deleted",
    "create": "created",
    "import": "imported",
    "update": "changed",
}
"""In the order in which they are told: what may hurt first."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A thing that changes."""

    noun: str
    name: str
    operation: Operation
    steps: tuple[Step, ...]
    """Its resources that change, the component itself first."""
    changes: tuple[Change, ...]
    """Its own fields: the component's inputs, or those of the one resource that it is."""
    inner: tuple[tuple[Step, tuple[Change, ...]], ...]
    """The resources below, each with its fields."""


def items(log: Log, family: Family | None = None) -> list[Item]:
    """Everything that changes, by operation, then by kind and name."""
    known = family or Family(log)
    groups: dict[str, tuple[State, list[Step]]] = {}
    for step in log.steps:
        if step.state.type == STACK_TYPE or not _matters(step):
            continue
        owner = known.owner(step.state)
        groups.setdefault(owner.urn, (owner, []))[1].append(step)
    found = [_item(owner, steps) for owner, steps in groups.values()]
    order = list(VERBS)
    return sorted(found, key=lambda item: (order.index(item.operation), concepts.rank(item.noun), item.name))


def _matters(step: Step) -> bool:
    if step.operation != "same":
        return True
    # Protection is taken off or put on without a change of the resource.
    return step.old is not None and step.new is not None and step.old.protect != step.new.protect


def _item(owner: State, steps: Sequence[Step]) -> Item:
    noun, name = concepts.name(owner)
    own = [step for step in steps if step.urn == owner.urn]
    below = sorted((step for step in steps if step.urn != owner.urn), key=lambda step: (step.state.type, step.urn))
    mine = tuple(change for step in own for change in _told(step))
    return Item(
        noun=noun,
        name=name,
        operation=_operation(owner, own, below),
        steps=(*own, *below),
        changes=mine,
        inner=tuple((step, _told(step)) for step in below),
    )


def _operation(owner: State, own: Sequence[Step], below: Sequence[Step]) -> Operation:
    for step in own:
        if step.operation not in ("update", "same"):
            return step.operation
    concept = concepts.of_component(owner.type)
    main = concept.main if concept else ()
    if any(step.operation == "replace" and step.state.type.endswith(main) for step in below):
        return "replace"
    return "update"


def _told(step: Step) -> tuple[Change, ...]:
    """The changes of a step, without the hash that only says that another of them made new pods."""
    found = changes(step)
    told = [change for change in found if contract.ANNOTATION_CONFIG_HASH not in change.path]
    return tuple(told or found)
