"""What the rules found in a resource or a stack, as it is told.

Owns how verdicts become findings: violations one by one, what a rule could not read once for each resource, and what a
template of Azure hides once for all rules that ask, since it will never be known. A waiver makes advice of any of them.
The levels are the pack's to say.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from policy import messages
from policy.masking import Masks
from rules.policies.arm import hidden
from rules.policies.node import Unchecked, Verdict
from rules.policies.pack import INPUTS_KNOWN
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.problem import Problem

if TYPE_CHECKING:
    from policy.pack import Pack

FoundLevel = Literal["advisory", "mandatory"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to tell."""

    rule: str
    level: FoundLevel
    message: str
    urn: str = ""
    """Of the resource; empty: of the stack."""


@dataclass
class _Hidden:
    """What a resource hides, by the rules that ask for it."""

    resource: Resource
    by_rule: dict[str, set[str]] = field(default_factory=dict)


class Found:
    """What the rules said of one resource or stack, before it becomes messages: most often nothing."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._said: list[tuple[Rule[Any], Resource | None, Problem | str]] = []
        self._unchecked: dict[tuple[str, str], tuple[Rule[Any], Resource | None, list[str]]] = {}
        self._hidden: dict[str, _Hidden] = {}
        """By the URN of the resource."""

    def __bool__(self) -> bool:
        return bool(self._said or self._unchecked or self._hidden)

    def add(self, rule: Rule[Any], resource: Resource | None, verdict: Verdict) -> None:
        if not isinstance(verdict, Unchecked):
            self._said.append((rule, resource, verdict))
        elif resource is not None and (place := hidden(resource, verdict.path)) is not None:
            self._hidden.setdefault(resource.urn, _Hidden(resource)).by_rule.setdefault(rule.id, set()).add(place)
        else:
            key = (rule.id, resource.urn if resource is not None else "")
            self._unchecked.setdefault(key, (rule, resource, []))[2].append(verdict.path)

    def broken(self, rule: Rule[Any], resource: Resource | None, error: Exception) -> None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}, line {frame.lineno}: {type(error).__name__}"
        self._said.append((rule, resource, messages.broken(resource, rule, place)))

    def findings(self, secrets: Sequence[str]) -> list[Finding]:
        if not self:
            return []
        masks = Masks(secrets)
        found = []
        for rule, resource, said in self._said:
            text = said if isinstance(said, str) else messages.violation(resource, said, masks)
            found.append(self._finding(rule.id, self._pack.level(rule.id), resource, text, (rule.id,), masks))
        for rule, resource, paths in self._unchecked.values():
            level = self._pack.level_of_unchecked(rule.id)
            if level is not None:
                text = messages.unchecked(resource, rule, paths, masks)
                found.append(self._finding(INPUTS_KNOWN, level, resource, text, (rule.id, INPUTS_KNOWN), masks))
        for one in self._hidden.values():
            found += self._of_hidden(one, masks)
        return found

    def _of_hidden(self, found: _Hidden, masks: Masks) -> Iterator[Finding]:
        """One finding for all rules that ask, and one for those that are waived here."""
        resource = found.resource
        levels = {rule: self._pack.level_of_unchecked(rule, hidden=True) for rule in found.by_rule}
        asking = {rule: level for rule, level in levels.items() if level is not None}
        waived = {rule for rule in asking if self._pack.waivers_of(rule, resource)}
        for rules in (sorted(asking.keys() - waived), sorted(waived)):
            places = self._pack.untold(resource.urn, {place for rule in rules for place in found.by_rule[rule]})
            if places:
                by_rule = rules[0] in waived
                if not by_rule:
                    self._pack.tell(resource.urn, places)
                text = messages.hidden(resource, places, rules, masks)
                waivable = (*rules, INPUTS_KNOWN) if by_rule else (INPUTS_KNOWN,)
                yield self._finding(INPUTS_KNOWN, asking[rules[0]], resource, text, waivable, masks)

    def _finding(
        self,
        told_as: str,
        level: FoundLevel,
        resource: Resource | None,
        text: str,
        waivable: Sequence[str],
        masks: Masks,
    ) -> Finding:
        found = [waiver for rule in waivable for waiver in self._pack.waivers_of(rule, resource)]
        waived = list(dict.fromkeys(found))
        return Finding(
            rule=told_as,
            level="advisory" if waived else level,
            message=messages.waived(text, waived, masks) if waived else text,
            urn=resource.urn if resource is not None else "",
        )
