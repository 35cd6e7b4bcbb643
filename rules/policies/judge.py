"""Runs rules over resources: the one way in which the policy pack, the tests and the benchmark ask.

Owns what is true of all rules: namespaces that are exempt on purpose are not judged, and what a preview cannot know is
reported for the part that it concerns. An object of a kind that stands in no namespace is in none that is exempt,
whatever it says. Texts that are pods in the fleet's namespaces alone are read there alone. Each way of reading a
resource is done once for all rules that share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rules.policies.fleet import Fleet
from rules.policies.node import NotKnown, Verdict, guarded
from rules.policies.objects import Object
from rules.policies.pods import Pod
from rules.policies.resource import Resource
from rules.policies.rule import Context, Rule

Readings = dict[Callable[[Resource], Sequence[Any]], Sequence[Any] | Exception]
"""What each way of reading made of one resource: subjects, or the error that it ended with."""


def judge(rule: Rule[Any], resource: Resource, context: Context, readings: Readings | None = None) -> Iterator[Verdict]:
    """What a rule finds in one resource. `readings` is shared by all rules that judge the same resource."""
    if rule.check is None:
        return
    for subject in _judged(read(rule, resource, {} if readings is None else readings), context.fleet):
        yield from guarded(rule.check(subject, context))


def judge_stack(
    rule: Rule[Any], resources: Sequence[Resource], context: Context, readings: Mapping[int, Readings] | None = None
) -> Iterator[tuple[Resource | None, Verdict]]:
    """What a stack rule finds in all resources together. `readings` are by position in `resources`."""
    if rule.check_stack is None:
        return
    shared = readings or {}
    subjects = [
        (resource, subject)
        for index, resource in enumerate(resources)
        for subject in _judged(read(rule, resource, shared.get(index, {})), context.fleet)
    ]
    yield from rule.check_stack(subjects, context)


def read(rule: Rule[Any], resource: Resource, readings: Readings) -> Sequence[Any]:
    """The subjects of a rule in a resource. A reading that fails is not tried again: it raises what it did."""
    if rule.read not in readings:
        try:
            readings[rule.read] = rule.read(resource)
        except Exception as error:
            readings[rule.read] = error
    found = readings[rule.read]
    if isinstance(found, Exception):
        raise found
    return found


def _judged(subjects: Sequence[Any], fleet: Fleet) -> Iterator[Any]:
    """Those that are judged, and for a pod that stands for texts what is in them."""
    for subject in subjects:
        if isinstance(subject, Pod) and subject.suspected:
            if _may_be_of_the_fleet(subject, fleet):
                yield from subject.hidden
        elif not is_exempt(subject, fleet):
            yield subject


def _may_be_of_the_fleet(pod: Pod, fleet: Fleet) -> bool:
    try:
        return fleet.confinement(pod.namespace()) is not None and not is_exempt(pod, fleet)
    except NotKnown:
        return True


def is_exempt(subject: object, fleet: Fleet) -> bool:
    """Whether something is in a namespace that is not judged."""
    if not isinstance(subject, (Object, Pod)):
        return False
    try:
        return subject.namespace() in fleet.exempt_namespaces
    except NotKnown:
        return False
