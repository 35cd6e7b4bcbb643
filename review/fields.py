"""How a thing and its fields are told: a line for each field, old and new, and its resources folded below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from review.concepts import shown
from review.differences import NOTHING, Change
from review.items import VERBS, Item
from review.log import Operation, Step
from review.page import Bullet, Given, Line, Part
from review.words import SECRET, counted, pair, value

_MOST_OWN: Final = 12
_MOST_INNER: Final = 6
_MOST_ENTRIES: Final = 6
_MOST_ALIKE: Final = 20
_VALUE: Final = 80


def bullet(item: Item, *, verb: bool = False) -> Bullet:
    """A thing and its fields, with its resources folded below; `verb`: what happens to it is said, too."""
    own = item.changes
    below = [field(change) for change in own[:_MOST_OWN]]
    if len(own) > _MOST_OWN:
        below.append((f"and {counted(len(own) - _MOST_OWN, 'other field')}",))
    return Bullet(
        line=(f"{VERBS[item.operation]}: " if verb else "", shown(item.noun), " ", Given(item.name)),
        below=below,
        details=_inner(item),
        folded=counted(len(item.inner), "resource"),
    )


def _inner(item: Item) -> list[tuple[Line, Sequence[Line]]]:
    """The resources of a thing. Those of one type to which the same happens, field by field, are one entry."""
    groups: dict[object, tuple[Step, list[Line], list[str]]] = {}
    for step, inner in item.inner:
        lines = [field(change) for change in inner[:_MOST_INNER]]
        if len(inner) > _MOST_INNER:
            lines.append((f"and {counted(len(inner) - _MOST_INNER, 'other field')}",))
        # Compared in full, as what is shown is cut.
        same = (_verb(step), step.state.type, repr(inner)) if inner else step.urn
        groups.setdefault(same, (step, lines, []))[2].append(step.state.name)
    details: list[tuple[Line, Sequence[Line]]] = []
    for step, lines, names in groups.values():
        head: list[Part] = [f"{_verb(step)} ", Given(step.state.type)]
        for index, name in enumerate(names[:_MOST_ALIKE]):
            head += [", " if index else " ", Given(name)]
        if len(names) > _MOST_ALIKE:
            head.append(f" and {len(names) - _MOST_ALIKE} more")
        details.append((head, lines))
    return details


def _verb(step: Step) -> str:
    if step.leftover:
        return "deleted (left by an earlier replacement):"
    words: dict[Operation, str] = {**VERBS, "same": "changed"}
    return words[step.operation]


def field(change: Change) -> Line:
    """One field, before and after."""
    why = " (replaces)" if change.replaces else ""
    path = Given(change.path, 160)
    if change.secret:
        return (path, f": its secret value changes{why}")
    if change.old is NOTHING and change.new is NOTHING:
        return (path, f": changes, as the provider says{why}")
    if change.old is NOTHING:
        return (path, ": now ", _value(change.new), why)
    if change.new is NOTHING:
        return (path, ": no longer ", _value(change.old), why)
    if (both := _entries(change)) is not None:
        parts: list[Part] = []
        for word, entries in zip(("without ", "with "), both, strict=True):
            for entry in entries:
                parts += [", " if parts else "", word, _value(entry)]
        return (path, ": ", *parts, why)
    old, new = pair(change.old, change.new, _VALUE)
    return (path, ": ", Given(old, 2 * _VALUE), " → ", Given(new, 2 * _VALUE), why)


def _entries(change: Change) -> tuple[list[object], list[object]] | None:
    """What leaves and what joins a list of plain values, where that says it all."""
    old, new = change.old, change.new
    if (
        not isinstance(old, list)
        or not isinstance(new, list)
        or any(isinstance(one, dict | list) for one in [*old, *new])
    ):
        return None
    gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
    return (gone, come) if (gone or come) and len(gone) + len(come) <= _MOST_ENTRIES else None


def _value(given: object) -> Part:
    return Given(value(given, _VALUE)) if given != SECRET else SECRET
