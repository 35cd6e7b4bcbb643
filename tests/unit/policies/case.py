"""The shape of a rule's cases. The engine rung registers those that fail with a real engine, too."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rules.paths import split
from rules.policies.fleet import Fleet
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from tests.unit.policies.scenes import FLEET


@dataclass(frozen=True, kw_only=True)
class Case:
    """Some resources, and where the rule finds something: paths of problems, or of what is unknown."""

    title: str
    resources: Sequence[Resource]
    """One, but for stack rules."""
    at: Sequence[str] = ()
    """Paths that must be told, all of them and no others. Empty in a case that passes; of a problem of the whole
    stack `""`."""
    fleet: Fleet = FLEET
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One field of a case that passes, changed: the rule must see it. `value` `None` removes the field."""

    of: Case
    path: str
    value: object
    resource: int = 0
    """Which of the case's resources."""

    def mutated(self) -> Case:
        """The case with the changed field."""
        resources = list(self.of.resources)
        one = resources[self.resource]
        resources[self.resource] = replace(one, inputs=changed(one.inputs, self.path, self.value))
        return replace(self.of, title=f"{self.of.title}, but {self.path} = {self.value!r}", resources=resources)


@dataclass(frozen=True, kw_only=True)
class Cases:
    """All cases of one rule; at least one of each kind."""

    rule: Rule[Any]
    passes: Sequence[Case]
    fails: Sequence[Case]
    unknown: Sequence[Case]
    mutations: Sequence[Mutation]


def changed(inputs: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of inputs with another value at a path; maps on the way are made where there are none."""
    copied = copy.deepcopy(dict(inputs))
    *above, last = split(path)
    place: Any = copied
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    if value is None:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return copied
