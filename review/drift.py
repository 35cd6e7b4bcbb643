"""Drift: what is otherwise in the cloud or the cluster than the program says.

Owns the two halves of it. What a refresh found changed was changed by somebody else; what a preview would do beside
that is a change of the program that nobody has deployed. A number of nodes that an autoscaler chose is neither, nor is
what only a cloud's answer says otherwise, and no input of the program.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from review.concepts import Family
from review.differences import NOTHING, changes
from review.fields import bullet
from review.items import Item, items
from review.log import Log, Step
from review.page import Bullet, Line, Page, Section
from review.sections import failed
from review.summary import page
from review.words import counted, joined

_AUTOSCALED: Final = re.compile(r"(^|\.|\])count$")
"""Of a pool of Azure: how many nodes there are."""


def found(log: Log) -> bool:
    """Whether anything differs, or could not be looked at."""
    return bool(_drifted(log)) or bool(log.changed) or not log.succeeded


def _drifted(log: Log) -> tuple[Step, ...]:
    return tuple(step for step in log.drifted if step.operation == "delete" or _differs(step))


def _differs(step: Step) -> bool:
    pool = step.state.type.startswith("azure-native:")
    return any(
        not (change.old is NOTHING and change.new is NOTHING) and not (pool and _AUTOSCALED.search(change.path))
        for change in changes(step)
    )


def drift(log: Log, stack: str | None = None) -> Page:
    """The page on a nightly look at a stack."""
    family = Family(log)
    drifted = _drifted(log)
    outside = items(replace(log, steps=drifted), family)
    seen = {step.urn for step in drifted}
    pending = items(replace(log, steps=tuple(step for step in log.changed if step.urn not in seen)), family)
    sections = [
        failed(log),
        _section("Changed outside of the program", outside, "An update puts these back as the program says."),
        _section("In the program, and not deployed", pending, "An update does these."),
    ]
    title = "Drift of rehearsed stack " if log.rehearsed else "Drift of stack "
    return page(log, stack, title, (_lead(log, outside, pending),), [s for s in sections if s is not None])


def _lead(log: Log, outside: Sequence[Item], pending: Sequence[Item]) -> str:
    parts = []
    if outside:
        parts.append(f"{counted(len(outside), 'thing')} changed outside of the program")
    if pending:
        parts.append(f"{counted(len(pending), 'thing')} of the program not deployed")
    if not log.succeeded:
        parts.append("the look at it failed")
    told = joined(parts) or "There is no drift"
    return f"{told[0].upper()}{told[1:]}."


def _section(title: str, things: Sequence[Item], told: str) -> Section | None:
    lines: list[Line] = [(told,)]
    bullets: list[Bullet] = [bullet(item, verb=True) for item in things]
    return Section(title=title, lines=lines, bullets=bullets) if bullets else None
