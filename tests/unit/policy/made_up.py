"""Small rules of the tests' own, so that what is tested is the pack."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rules.policies.node import Verdict
from rules.policies.resource import Resource
from rules.policies.rule import ADVISORY, MANDATORY, PRODUCTION_ONLY, Context, Option, Rule
from rules.problem import Problem
from rules.words import given

Check = Callable[[Resource, Context], Iterator[Verdict]]
TYPE = "kubernetes:apps/v1:Deployment"


def urn(name: str = "web", kind: str = TYPE) -> str:
    return f"urn:pulumi:test::shop::buildfleet:index:Agents${kind}::{name}"


def resource(name: str = "web", kind: str = TYPE, **inputs: Any) -> Resource:
    return Resource(type=kind, name=name, urn=urn(name, kind), inputs=inputs)


def whole(resource: Resource) -> Sequence[Resource]:
    return [resource]


def made(rule: str, check: Check, **more: Any) -> Rule[Resource]:
    settings: dict[str, Any] = {"severity": "high", "levels": MANDATORY, "group": "workloads", "read": whole, **more}
    return Rule(id=rule, title="colours are green", why="Others are not.", fix="Paint it.", check=check, **settings)


def _green(resource: Resource, context: Context) -> Iterator[Verdict]:
    colour = resource.root.get("colour")
    text = colour.text()
    if text is not None and text not in context.options["colours"]:
        yield Problem(rule="green", path=colour.path, given=given(text), allowed="green", fix="paint it green")


def _painted(resource: Resource, context: Context) -> dict[str, object] | None:
    if resource.root.get("colour").text() in (None, "green"):
        return None
    return {**copy.deepcopy(dict(resource.inputs)), "colour": "green", "painted": True}


def _lonely(found: Sequence[tuple[Resource, Resource]], context: Context) -> Iterator[tuple[Resource | None, Verdict]]:
    if len(found) == 1:
        one = found[0][0]
        path = one.root.get("friend")
        if path.text() is None:
            yield one, Problem(rule="company", path="friend", given="nothing", allowed="a friend", fix="make one")


COLOURS = Option(
    default=["green"],
    schema={"type": "array", "items": {"type": "string"}, "description": "colours that are green enough"},
)
GREEN = made("green", _green, options={"colours": COLOURS}, remedy=_painted)
TASTE = made("taste", _green, options={"colours": COLOURS}, levels=ADVISORY)
LATER = made("later", _green, options={"colours": COLOURS}, levels=PRODUCTION_ONLY)
COMPANY: Rule[Resource] = Rule(
    id="company",
    group="workloads",
    title="nobody is alone",
    why="It is sad.",
    fix="Make a friend.",
    severity="low",
    levels=MANDATORY,
    read=whole,
    check_stack=_lonely,
)
