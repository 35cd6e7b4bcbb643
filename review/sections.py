"""The sections of a summary, each from what one module found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from review import approval, capacity, protected, unknowns
from review.approval import Origin, System
from review.capacity import Row, Totals
from review.concepts import Family, shown
from review.effects import effects as all_effects
from review.effects import whole_known
from review.fields import bullet
from review.findings import Told, named
from review.items import VERBS, Item
from review.log import Log
from review.page import Bullet, Given, Line, Part, Section
from review.words import counted, joined

_LAST_WORDS: Final = ("preview failed", "update failed")
_DESTRUCTIVE: Final[dict[str, str]] = {
    "delete": "deleted",
    "replace": "replaced",
    "unprotect": "no longer protected",
    "update": "changed",
}


def failed(log: Log) -> Section | None:
    """Why the preview failed, if it did."""
    if log.succeeded and not log.errors:
        return None
    lines: list[Line] = []
    if not log.ended:
        lines.append(("The log has no end: the engine was killed, or its log was cut.",))
    told = said(log)
    bullets = [Bullet(line=("The engine said:",), block=error) for error in told]
    return Section(title="Why the preview failed", lines=lines, bullets=bullets) if lines or bullets else None


def said(log: Log) -> list[str]:
    """The engine's errors, without its last word where a finding or another error says more."""
    return [error for error in log.errors if error.strip() not in _LAST_WORDS or not (log.findings or log.errors[1:])]


def findings(told: Sequence[Told], names: Mapping[str, str]) -> Section | None:
    """What policy packs found; none: nothing was. `names`: what the page calls pools, by their names in Azure."""
    if not told:
        return None
    bullets = []
    elsewhere = [one for one in told if not one.mandatory and not one.touched]
    for one in told:
        if one in elsewhere:
            continue
        level = "**mandatory**" if one.mandatory else "advisory"
        severity = f", {one.severity}" if one.severity else ""
        thing: Line = (" on ", shown(one.noun), " ", Given(one.name)) if one.name else (" on the stack",)
        place: Line = (", resource ", Given(one.resource)) if one.resource else ()
        head: Line = (f"{level}{severity}: ", Given(one.rule), *thing, *place)
        if one.parts is None:
            bullets.append(Bullet(line=head, block=one.message))
            continue
        wrong, allowed, fix = (Given(named(part, names), 400) for part in one.parts)
        bullets.append(Bullet(line=head, below=((wrong,), ("allowed: ", allowed), ("fix: ", fix))))
    if elsewhere:
        # They were there before, and would bury what is new.
        lines: dict[tuple[str, str, str], Line] = {}
        for one in elsewhere:
            lines[one.rule, one.noun, one.name] = (Given(one.rule), " on ", shown(one.noun), " ", Given(one.name))
        # One rule may find the same in several resources of a thing: what is counted is what is unfolded.
        count = f"{counted(len(lines), 'advisory finding')} on what this change does not touch"
        bullets.append(Bullet(line=(f"{count}.",), details=[(line, ()) for line in lines.values()], folded="which"))
    return Section(title="Policy findings", bullets=bullets)


def destroyed(log: Log, family: Family, *, system: System, origin: Origin, stack: str) -> Section | None:
    """What needs a yes, and how it is given."""
    found = protected.destructions(log)
    if not found:
        return None
    lines = approval.on_page(system, origin, label=protected.label(found), stack=stack)
    bullets = []
    for one in found:
        noun, name = family.title(one.step.urn)
        names: list[Part] = []
        for index, part in enumerate(one.names):
            names += [", " if index else " (", Given(part)]
        how = f"{_DESTRUCTIVE[one.operation]}{', the old one first' if one.old_first else ''}"
        head: Line = (shown(noun), " ", Given(name), f" is {how}: {one.reason}", *names)
        close = ")" if names else ""
        bullets.append(Bullet(line=(*head, f"{close} (", Given(one.step.urn, 300), ")")))
    return Section(title="Needs approval", lines=lines, bullets=bullets)


def changes(changed: Sequence[Item]) -> Iterator[Section]:
    """Everything that changes, a section an operation."""
    for operation, verb in VERBS.items():
        found = [item for item in changed if item.operation == operation]
        if found:
            yield Section(title=verb.capitalize(), bullets=[bullet(item) for item in found])


def effects(log: Log, family: Family) -> Section:
    """What restarts or drains."""
    bullets = []
    for one in all_effects(log, family):
        place: Line = (" (", Given(one.resource), ")") if one.resource else ()
        below: list[Line] = []
        if one.users:
            names: list[Part] = ["used by "]
            for index, user in enumerate(one.users):
                names += [", " if index else "", Given(user)]
            below.append(names)
        bullets.append(Bullet(line=(shown(one.noun), " ", Given(one.name), *place, f": {one.text}"), below=below))
    lines: list[Line] = []
    if not bullets and whole_known(log):
        lines = [("Nothing restarts, and no node is drained.",)]
    elif not bullets:
        told = "Nothing that this page knows of restarts, and no node that it knows of is drained; it does not know"
        lines = [(f"{told} what every change here does.",)]
    if not log.succeeded and not bullets:
        lines = [("Nothing that is known: the preview did not run to its end.",)]
    return Section(title="What restarts or drains", lines=lines, bullets=bullets)


def sizes(log: Log, rows: Sequence[Row]) -> Section:
    """Nodes and processors at most, before and after."""
    title = "Nodes and vCPU at most"
    if not rows and not log.succeeded:
        return Section(title=title, lines=[("Not known: the preview did not run to its end.",)])
    if not rows:
        told = (
            "No node pool is part of this stack: its nodes belong to a cluster that it finds, so they are not counted."
        )
        return Section(title=title, lines=[(told,)])
    old, new = totals(rows)
    table: list[Sequence[Part]] = [("pool", "size", "nodes before", "nodes after", "vCPU before", "vCPU after")]
    for row in rows:
        names = list(dict.fromkeys(size.vm_size or "?" for size in (row.before, row.after) if size))
        table.append(
            (
                Given(row.name),
                Given(" → ".join(names)),
                *(_range(size) for size in (row.before, row.after)),
                *(_number(size.vcpus) if size else "0" for size in (row.before, row.after)),
            )
        )
    sums = [f"{'at least ' if each.partial else ''}{n}" for n, each in _sums(old, new)]
    table.append(("all", "", *sums))
    lines: list[Line] = []
    if not log.succeeded:
        lines.append(("The preview did not run to its end, so what will be there is not certain.",))
    elif (peak := _meanwhile(rows, old, new)) is not None:
        lines.append((peak,))
    return Section(title=title, lines=lines, table=table)


def _meanwhile(rows: Sequence[Row], old: Totals, new: Totals) -> str | None:
    """What there is at most during the update, where that is more than before and after it."""
    peak = capacity.during(rows)
    if peak.nodes <= max(old.nodes, new.nodes) and peak.vcpus <= max(old.vcpus, new.vcpus):
        return None
    more = ((peak.nodes - old.nodes, "node"), (peak.vcpus - old.vcpus, "vCPU"))
    told = joined([counted(number, noun, "vCPU" if noun == "vCPU" else "") for number, noun in more if number > 0])
    when = "old and new pools are both there" if any(row.both or row.after is None for row in rows) else "sizes change"
    sums = f"{counted(peak.nodes, 'node')}, {peak.vcpus} vCPU"
    if peak.partial:
        return f"While {when}: at least {sums}, and more that cannot be known."
    return f"While {when}: up to {sums}, which is {told} more than before."


def _sums(old: Totals, new: Totals) -> list[tuple[int, Totals]]:
    return [(old.nodes, old), (new.nodes, new), (old.vcpus, old), (new.vcpus, new)]


def _range(size: capacity.Size | None) -> str:
    if size is None:
        return "0"
    return _number(size.most) if size.least == size.most else f"{_number(size.least)} to {_number(size.most)}"


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def unknown(log: Log, family: Family) -> Section | None:
    """What the preview could not know."""
    bullets = [Bullet(line=(note,)) for note in unknowns.notes(log, family)]
    blind = unknowns.unknown_inputs(log, family)
    if blind:
        details: list[tuple[Line, Sequence[Line]]] = []
        for one in blind:
            paths: list[Part] = []
            for index, path in enumerate(one.paths):
                paths += [", " if index else "", Given(path, 160)]
            more = f" and {one.more} more" if one.more else ""
            details.append(((shown(one.noun), " ", Given(one.name), ", ", Given(one.resource), ": ", *paths, more), ()))
        told = f"{counted(len(blind), 'resource')} with values that are only known after the update"
        bullets.append(Bullet(line=(f"{told}.",), details=details, folded="which"))
    bullets += [Bullet(line=("simulated: ", Given(line, 300))) for line in log.simulated]
    bullets += [Bullet(line=("The engine warned:",), block=warning) for warning in log.warnings]
    return Section(title="What could not be known", bullets=bullets) if bullets else None


def totals(rows: Sequence[Row]) -> tuple[Totals, Totals]:
    """The sums before and after."""
    return capacity.totals(row.before for row in rows), capacity.totals(row.after for row in rows)
