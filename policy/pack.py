"""Judges resources by all rules of a configuration.

Owns the level of each finding: a waiver makes advice of a violation, and what a preview cannot know is reported where
a mandatory rule asks for it. Knows nothing of the protocol. Refuses to fail: a rule that raises is a violation of
itself, since an error of the pack would be one of the whole update, and silence would pass what nobody judged.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policy import messages
from policy.findings import Finding, Found, FoundLevel
from rules.paths import at
from rules.policies import waivers
from rules.policies.judge import Readings, judge, judge_stack
from rules.policies.node import NotKnown, Unchecked
from rules.policies.pack import INPUTS_KNOWN, WAIVER_VALID
from rules.policies.resource import Resource
from rules.policies.rule import Context, Rule
from rules.policies.settings import ID, Configuration
from rules.policies.waivers import Waiver
from rules.problem import Problem
from rules.words import given

Today = Callable[[], datetime.date]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A resource to judge, the texts in it that are secret, and what rules have read of it."""

    resource: Resource
    secrets: Sequence[str] = ()
    readings: Readings = field(default_factory=dict)


class Pack:
    """The rules with one configuration. `dry_run` says whether a preview asks, which cannot know all values."""

    def __init__(
        self,
        rules: Sequence[Rule[Any]],
        configuration: Configuration,
        *,
        dry_run: bool = False,
        today: Today = datetime.date.today,
    ) -> None:
        self._levels = configuration.levels
        self._dry_run = dry_run
        self._strict = configuration.fleet.strict
        on = [rule for rule in rules if self._levels.get(rule.id, "disabled") != "disabled"]
        contexts = {rule.id: rule.context(configuration.fleet, configuration.options.get(rule.id)) for rule in on}
        self._of_resources = [(rule, contexts[rule.id]) for rule in on if rule.check is not None]
        self._of_stacks = [(rule, contexts[rule.id]) for rule in on if rule.check_stack is not None]
        self._remedies = [
            (rule, contexts[rule.id]) for rule in on if rule.remedy is not None and self._levels[rule.id] == "remediate"
        ]
        self._waivers = _Waivers(configuration.waivers, today(), [rule.id for rule in rules])
        self._unsound: list[Problem] | None = self._waivers.problems
        self._hidden: dict[str, set[str]] = {}
        """By URN the places of which it is told already that they are hidden. Other threads judge at the same time."""

    @property
    def remediates(self) -> bool:
        """Whether any rule is to mend what it finds."""
        return bool(self._remedies)

    def judge(self, subject: Subject) -> list[Finding]:
        """What the rules of resources find in one."""
        found = Found(self)
        self._hidden.pop(subject.resource.urn, None)
        for rule, context in self._of_resources:
            try:
                verdicts = list(judge(rule, subject.resource, context, subject.readings))
            except Exception as error:
                found.broken(rule, subject.resource, error)
            else:
                for verdict in verdicts:
                    found.add(rule, subject.resource, verdict)
        return [*self._of_waivers(), *found.findings(subject.secrets)]

    def judge_stack(self, subjects: Sequence[Subject]) -> list[Finding]:
        """What the rules of stacks find in all resources together, and the waivers that nothing needed."""
        found = Found(self)
        # The engine sends them in another order each time, and rules tell of them in theirs.
        subjects = sorted(subjects, key=lambda subject: subject.resource.urn)
        resources = [subject.resource for subject in subjects]
        readings = {index: subject.readings for index, subject in enumerate(subjects)}
        for rule, context in self._of_stacks:
            try:
                verdicts = list(judge_stack(rule, resources, context, readings))
            except NotKnown as unknown:
                found.add(rule, None, Unchecked(path=unknown.path))
            except Exception as error:
                found.broken(rule, None, error)
            else:
                for resource, verdict in verdicts:
                    found.add(rule, resource, verdict)
        # A rule of the stack may tell of one resource what stands in another.
        secrets = [text for subject in subjects for text in subject.secrets] if found else []
        return [*self._of_waivers(), *found.findings(secrets), *self._unused()]

    def remedies(self, resource: Resource) -> Iterator[tuple[Rule[Any], Resource]]:
        """The resource after each remedy that changed it. One that meets what is not known yet changes nothing."""
        for rule, context in self._remedies:
            if self._waivers.covering(rule.id, resource.urn):
                continue
            new = _remedied(rule, context, resource)
            if new is not None and new != resource.inputs:
                resource = _with_inputs(resource, new)
                yield rule, resource

    def level(self, rule: str) -> FoundLevel:
        """Of a violation. One that stays at the level `remediate` could not be mended, and stops, as with Pulumi."""
        return "advisory" if self._levels.get(rule) == "advisory" else "mandatory"

    def level_of_unchecked(self, rule: str, *, hidden: bool = False) -> FoundLevel | None:
        """Of what a rule could not judge; `None`: not told, as the rule is advice anyway. hidden: for ever."""
        own = self._levels.get(INPUTS_KNOWN)
        if own == "disabled" or self.level(rule) == "advisory":
            return None
        # In an update everything is known that ever will be; what else is not has not been judged by anybody.
        lenient = not self._strict and (self._dry_run or hidden)
        return "advisory" if own == "advisory" or lenient else "mandatory"

    def untold(self, urn: str, places: Iterable[str]) -> list[str]:
        """Those of a resource's hidden places that nothing was told of for all rules, sorted."""
        return sorted({*places} - self._hidden.get(urn, set()))

    def tell(self, urn: str, places: Iterable[str]) -> None:
        """Note that it is told of these places for whatever rule asks, until the resource is judged anew."""
        self._hidden.setdefault(urn, set()).update(places)

    def waivers_of(self, rule: str, resource: Resource | None) -> list[Waiver]:
        """The waivers that cover a violation; marks them as used."""
        return self._waivers.covering(rule, resource.urn if resource is not None else "")

    def _of_waivers(self) -> Iterator[Finding]:
        """Once, and with the first resource: before anything is changed."""
        unsound, self._unsound = self._unsound, None
        if unsound and self._levels.get(WAIVER_VALID) != "disabled":
            for problem in unsound:
                message = messages.of_configuration(problem)
                yield Finding(rule=WAIVER_VALID, level=self.level(WAIVER_VALID), message=message)

    def _unused(self) -> Iterator[Finding]:
        if self._levels.get(WAIVER_VALID) != "disabled":
            for path, waiver in self._waivers.unused():
                problem = Problem(
                    rule=WAIVER_VALID,
                    path=path,
                    given=f"{waiver.rule} for {given(waiver.urn)}, which nothing needed",
                    allowed="waivers of what is there",
                    fix="remove it",
                )
                yield Finding(rule=WAIVER_VALID, level="advisory", message=messages.of_configuration(problem))


class _Waivers:
    """Those that are sound, and which of them were needed."""

    def __init__(self, given: Sequence[Waiver], today: datetime.date, rules: Sequence[str]) -> None:
        self._sound: list[tuple[str, Waiver]] = []
        self._used: set[str] = set()
        self.problems: list[Problem] = []
        waivable = [rule for rule in rules if rule != WAIVER_VALID]
        for index, waiver in enumerate(given):
            path = at(ID, "waivers", index)
            problems = list(waivers.problems(waiver, path, today, waivable))
            self.problems += problems
            if not problems:
                self._sound.append((path, waiver))

    def covering(self, rule: str, urn: str) -> list[Waiver]:
        found = [(path, waiver) for path, waiver in self._sound if waiver.covers(rule, urn)]
        self._used |= {path for path, _ in found}
        return [waiver for _, waiver in found]

    def unused(self) -> list[tuple[str, Waiver]]:
        return [(path, waiver) for path, waiver in self._sound if path not in self._used]


def _remedied(rule: Rule[Any], context: Context, resource: Resource) -> Mapping[str, object] | None:
    assert rule.remedy is not None
    try:
        return rule.remedy(resource, context)
    except Exception:
        # Judged afterwards: what is not known, or of a form that no rule expects, is reported then.
        return None


def _with_inputs(resource: Resource, inputs: Mapping[str, object]) -> Resource:
    return Resource(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        inputs=inputs,
        options=resource.options,
        secret_paths=resource.secret_paths,
    )
