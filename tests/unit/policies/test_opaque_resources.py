"""What a program does not say yet, or a template never will, breaks no rule: it is told that it could not be judged."""

from __future__ import annotations

from typing import Any

import pytest

from rules.policies.arm import arm_resources
from rules.policies.azure import _ARM_CLUSTERS, _ARM_POOLS
from rules.policies.catalogue import RULES
from rules.policies.cluster import parts
from rules.policies.cost.budget_and_tags import _ARM_BUDGETS
from rules.policies.cost.taggable import ARM_TYPES
from rules.policies.fleet import Fleet
from rules.policies.images import image_sources_named
from rules.policies.judge import judge, judge_stack
from rules.policies.namespaces.managed import MANAGED
from rules.policies.node import UNKNOWN, Unchecked, Verdict
from rules.policies.node_pools.protect_replace_prone import _ARM
from rules.policies.pack import OF_THE_RUN
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.problem import Problem
from tests.unit.policies.scenes import FLEET
from tests.unit.policies.test_rules import ALL

PARTS = [one for one in (*vars(parts).values(), MANAGED) if isinstance(one, parts.PartType)]
TYPES = sorted({*_ARM_CLUSTERS, *_ARM_POOLS, *_ARM_BUDGETS, *_ARM, *ARM_TYPES, *(part.arm for part in PARTS)})
"""Every type of ARM that a rule knows."""


def made(kind: str, name: str = "sql", **inputs: Any) -> Resource:
    return Resource(type=kind, name=name, urn=f"urn:pulumi:prod::program::{kind}::{name}", inputs=inputs)


def deployment(**properties: Any) -> Resource:
    return made("azure-native:resources:Deployment", properties={"mode": "Incremental", **properties})


def generic(arm: str, **inputs: Any) -> Resource:
    namespace, _, kind = arm.partition("/")
    return made(
        "azure-native:resources:Resource",
        resourceProviderNamespace=namespace,
        resourceType=kind,
        resourceName=UNKNOWN,
        **inputs,
    )


OPAQUE = {
    "a template that is linked": deployment(templateLink={"uri": "https://example.com/sql.json"}),
    "a template that is not known yet": deployment(template=UNKNOWN),
    "a template that cannot be read": deployment(template="{"),
    "a deployment that is not known yet": made("azure-native:resources:Deployment", properties=UNKNOWN),
    "resources that Azure computes": deployment(template={"resources": "[variables('all')]"}),
    "a type that Azure computes": deployment(template={"resources": [{"type": "[parameters('type')]"}]}),
    "a stack of a template that is linked": made(
        "azure-native:resources:DeploymentStackAtResourceGroup", templateLink={"uri": "https://example.com/sql.json"}
    ),
    "a generic resource of a type that is not known yet": made(
        "azure-native:resources:Resource",
        resourceProviderNamespace="Microsoft.Sql",
        resourceType=UNKNOWN,
        resourceName="sql",
    ),
    "a list of objects that is not known yet": made("kubernetes:core/v1:List", items=UNKNOWN),
    "an object of a list that is not known yet": made("kubernetes:core/v1:List", items=[UNKNOWN]),
    "the same, whatever the list's type is called": made("kubernetes:yaml/v2:List", items=[UNKNOWN]),
    "an object of a kind that is not known yet": made("kubernetes:core/v1:List", items=[{"kind": UNKNOWN}]),
}
JUDGED = [rule for rule in RULES if rule.id not in OF_THE_RUN]


def verdicts(rule: Rule[Any], *resources: Resource, options: Any = None, fleet: Any = FLEET) -> list[Verdict]:
    context = rule.context(fleet, options)
    if rule.check is not None:
        return [verdict for one in resources for verdict in judge(rule, one, context)]
    return [verdict for _, verdict in judge_stack(rule, resources, context)]


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_a_resource_of_which_nothing_is_known_breaks_no_rule(rule: Rule[Any]) -> None:
    for title, one in OPAQUE.items():
        found = verdicts(rule, one)
        assert [verdict for verdict in found if not isinstance(verdict, Unchecked)] == [], title


def reads(rule: Rule[Any], package: str) -> bool:
    """Whether the rule finds something wrong in resources of a provider that have inputs for it."""
    types = {resource.type for case in ALL[rule.id].fails for resource in case.resources}
    return any(one.startswith(package) for one in types - {"kubernetes:helm.sh/v3:Release"})


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_it_passes_none_in_silence(rule: Rule[Any]) -> None:
    for title, one in OPAQUE.items():
        if reads(rule, one.type.partition(":")[0]):
            # Where a fleet names the sources of its images there is nothing to ask of a resource.
            fleet = Fleet() if rule is image_sources_named.RULE else FLEET
            assert any(isinstance(verdict, Unchecked) for verdict in verdicts(rule, one, fleet=fleet)), title


@pytest.mark.parametrize("rule", [rule for rule in JUDGED if rule.check_stack], ids=lambda rule: rule.id)
def test_nor_does_it_break_one_beside_what_passes(rule: Rule[Any]) -> None:
    for case in ALL[rule.id].passes:
        for title in ("a template that is linked", "an object of a list that is not known yet"):
            found = verdicts(rule, *case.resources, OPAQUE[title], options=case.options, fleet=case.fleet)
            assert [verdict for verdict in found if isinstance(verdict, Problem)] == [], (case.title, title)


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_nothing_is_wrong_inside_of_properties_that_are_not_known(rule: Rule[Any]) -> None:
    for arm in TYPES:
        computed = deployment(template={"resources": [{"type": arm, "name": "a/b", "properties": "[parameters('x')]"}]})
        for one in (computed, generic(arm, properties=UNKNOWN)):
            assert list(arm_resources(one))
            body = "properties.template.resources[0].properties" if one is computed else "properties"
            # That the program has nothing beside it is known.
            assert [
                verdict
                for verdict in verdicts(rule, one)
                if isinstance(verdict, Problem) and verdict.path.startswith(body) and verdict.given[:3] != "no "
            ] == [], arm
