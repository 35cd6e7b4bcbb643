"""Judges resources by all rules of a configuration.

Owns the level of each finding: a waiver makes advice of a violation, and what a preview cannot know is reported where
a mandatory rule asks for it. Knows nothing of the protocol. Refuses to fail: a rule that raises is a violation of
itself, since an error of the pack would be one of the whole update, and silence would pass what nobody judged.
"""

from __future__ import annotations

import datetime
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from policy import messages
from policy.masking import Masks
from rules.paths import at
from rules.policies import waivers
from rules.policies.judge import Readings, judge, judge_stack
from rules.policies.node import NotKnown, Unchecked, Verdict
from rules.policies.pack import INPUTS_KNOWN, WAIVER_VALID
from rules.policies.resource import Resource
from rules.policies.rule import Context, Rule
from rules.policies.settings import ID, Configuration
from rules.policies.waivers import Waiver
from rules.problem import Problem
from rules.words import given

FoundLevel = Literal["advisory", "mandatory"]
Today = Callable[[], datetime.date]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to tell."""

    rule: str
    level: FoundLevel
    message: str
    urn: str = ""
    """Of the resource; empty: of the stack."""


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

    @property
    def remediates(self) -> bool:
        """Whether any rule is to mend what it finds."""
        return bool(self._remedies)

    def judge(self, subject: Subject) -> list[Finding]:
        """What the rules of resources find in one."""
        found = _Found(self)
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
        found = _Found(self)
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

    def level_of_unchecked(self, rule: str) -> FoundLevel | None:
        """Of what a rule could not judge; `None`: not told, as the rule is advice anyway."""
        own = self._levels.get(INPUTS_KNOWN)
        if own == "disabled" or self.level(rule) == "advisory":
            return None
        # In an update everything is known; what is not has not been judged by anybody.
        return "mandatory" if own != "advisory" and (self._strict or not self._dry_run) else "advisory"

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


class _Found:
    """What the rules said of one resource or stack, before it becomes messages: most often nothing."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._said: list[tuple[Rule[Any], Resource | None, Problem | str]] = []
        self._unchecked: dict[tuple[str, str], tuple[Rule[Any], Resource | None, list[str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._said or self._unchecked)

    def add(self, rule: Rule[Any], resource: Resource | None, verdict: Verdict) -> None:
        if isinstance(verdict, Unchecked):
            key = (rule.id, resource.urn if resource is not None else "")
            self._unchecked.setdefault(key, (rule, resource, []))[2].append(verdict.path)
        else:
            self._said.append((rule, resource, verdict))

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
        return found

    def _finding(
        self,
        told_as: str,
        level: FoundLevel,
        resource: Resource | None,
        text: str,
        waivable: Sequence[str],
        masks: Masks,
    ) -> Finding:
        waived = [waiver for rule in waivable for waiver in self._pack.waivers_of(rule, resource)]
        return Finding(
            rule=told_as,
            level="advisory" if waived else level,
            message=messages.waived(text, waived, masks) if waived else text,
            urn=resource.urn if resource is not None else "",
        )


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
