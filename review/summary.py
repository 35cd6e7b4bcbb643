"""The summary of a preview, as a page: what a reviewer has to know, in the order in which it matters.

Owns the sections and their order. Every name, path, value and message in it is a pull request's, and a `Given`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from review import capacity, sections
from review.approval import Origin, System
from review.capacity import Row
from review.concepts import Family, tally
from review.findings import Told, findings
from review.items import VERBS, Item, items
from review.log import Log
from review.page import Given, Line, Page, Part, Section
from review.words import counted

MARKER: Final = "buildfleet-review"
OF_A_FORK: Final = (
    "**Not checked.** The fork's own code wrote the log that this page is made of, in a rehearsal: nothing on it is "
    "checked until a maintainer runs it from a branch."
)
_LISTED: Final = 4
"""So many kinds of things are named in the first sentence."""


def summary(log: Log, stack: str | None = None, *, system: System = "github", origin: Origin = "branch") -> Page:
    """The page on a preview.

    `stack` is its name where the log has no resource that tells it, `system` where an approval is given. `origin`:
    whose code wrote the log. A fork's may say anything, also that it is of no rehearsal.
    """
    family = Family(log)
    changed = items(log, family)
    told = findings(log, family)
    rows = capacity.rows(log)
    parts = [
        sections.failed(log),
        sections.findings(told, capacity.names(log)),
        sections.destroyed(log, family, system=system, origin=origin, stack=stack or log.stack),
        *sections.changes(changed),
        sections.effects(log, family),
        sections.sizes(log, rows),
        sections.unknown(log, family),
    ]
    found = [section for section in parts if section is not None]
    title = "Rehearsal of stack " if log.rehearsed or origin == "fork" else "Preview of stack "
    note = (OF_A_FORK,) if origin == "fork" else ()
    return page(log, stack, title, _lead(log, changed, told, rows), found, note)


def page(log: Log, stack: str | None, title: str, lead: Line, found: Sequence[Section], note: Line = ()) -> Page:
    """A page on a stack, with the marker by which its comment is found."""
    name = stack or log.stack or "unknown"
    safe = "".join(each if each.isascii() and (each.isalnum() or each in "._") else "-" for each in name)
    return Page(marker=f"{MARKER}: {safe[:100]}", title=(title, Given(name)), note=note, lead=lead, sections=found)


def _lead(log: Log, changed: Sequence[Item], told: Sequence[Told], rows: Sequence[Row]) -> Line:
    broken = {one.rule for one in told if one.mandatory}
    verbs = {"replace": "replaces", "delete": "deletes", "create": "creates", "import": "imports", "update": "changes"}
    parts = _joined(
        [
            [f"{verbs[operation]} ", *_counts([item for item in changed if item.operation == operation])]
            for operation in VERBS
            if any(item.operation == operation for item in changed)
        ]
    )
    does: list[Part] = ["This ", *parts] if parts else ["This changes nothing"]
    if not log.succeeded:
        begin = "The preview failed" if log.ended else "The preview did not end"
        if broken and not sections.said(log):
            begin = "The policy pack stopped the preview"
        does = [f"{begin}; up to there it ", *parts] if parts else [begin]
    breaks = f"; it breaks {counted(len(broken), 'mandatory rule')}" if broken else ""
    return (*does, f"{breaks}{_growth(log, rows)}.")


def _growth(log: Log, rows: Sequence[Row]) -> str:
    if not log.succeeded:
        return ""
    old, new = sections.totals(rows)
    nodes, vcpus = new.nodes - old.nodes, new.vcpus - old.vcpus
    if not nodes and not vcpus:
        return ""
    each = ((nodes, counted(abs(nodes), "node")), (vcpus, f"{abs(vcpus)} vCPU"))
    parts = [f"{text} {'more' if number > 0 else 'fewer'}" for number, text in each if number]
    return f"; at most {' and '.join(parts)}"


def _counts(found: Sequence[Item]) -> list[Part]:
    nouns = Counter(item.noun for item in found)
    # Counter keeps the order of `items`, which is that of importance.
    told = [tally(count, noun) for noun, count in nouns.items()]
    if len(told) > _LISTED:
        rest = sum(list(nouns.values())[_LISTED:])
        told = [*told[:_LISTED], [counted(rest, "other thing")]]
    return _joined(told)


def _joined(told: Sequence[Sequence[Part]]) -> list[Part]:
    """`words.joined`, of lines."""
    line: list[Part] = []
    for index, one in enumerate(told):
        line += [*([] if index == 0 else [" and " if index == len(told) - 1 else ", "]), *one]
    return line
