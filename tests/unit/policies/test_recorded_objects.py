"""Our own stacks, as they were recorded, pass every rule of namespaces, secrets, rights and networks in production.

They are from before the cluster held the rules itself, so `in-cluster-twin-present` is told of them, rightly.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.paths import at
from rules.policies import namespaces, network, rbac
from rules.policies.fleet import Fleet
from rules.policies.judge import judge, judge_stack
from rules.policies.node import UNKNOWN, Unchecked, Verdict
from rules.policies.pack import in_cluster_twin
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.secrets import inline_secrets
from rules.policies.workloads import opaque_chart
from rules.problem import Problem

RECORDED = Path(__file__).parents[2] / "upgrade" / "recorded"
STACKS = ("aks", "azure-local", "dev")
RULES: list[Rule[Any]] = [*namespaces.RULES, inline_secrets.RULE, *rbac.RULES, *network.RULES, opaque_chart.RULE]
SECRET = "4dabf18193072939515e22adb298388d"
"""Key by which Pulumi marks a secret in a state."""


def plain(value: Any, path: str, secret: set[str]) -> Any:
    """As the engine hands an input to a pack that analyses a state: no value of a secret, but that it is one."""
    if isinstance(value, dict):
        if SECRET in value:
            secret.add(path)
            return "[secret]"
        return {key: plain(item, at(path, key), secret) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, at(path, index), secret) for index, item in enumerate(value)]
    return value


@cache
def recorded(stack: str) -> tuple[Resource, ...]:
    path = RECORDED / stack / "state" / ".pulumi" / "stacks" / "buildfleet" / f"{stack}.json.gz"
    return tuple(map(resource, json.loads(gzip.decompress(path.read_bytes()))["checkpoint"]["latest"]["resources"]))


def resource(entry: dict[str, Any]) -> Resource:
    secret: set[str] = set()
    return Resource(
        type=entry["type"],
        name=entry["urn"].rpartition("::")[2],
        urn=entry["urn"],
        inputs=plain(entry.get("inputs", {}), "", secret),
        secret_paths=frozenset(secret),
        dependencies=entry.get("propertyDependencies") or {},
    )


def first_preview(stack: str) -> list[Resource]:
    """The same before the cluster is there: outputs of objects, the names of namespaces above all, are unknown."""
    found = []
    for one in recorded(stack):
        inputs: Any = one.inputs
        if (
            one.type.startswith("kubernetes:")
            and one.dependencies.get("metadata")
            and "namespace" in inputs["metadata"]
        ):
            inputs = {**inputs, "metadata": {**inputs["metadata"], "namespace": UNKNOWN}}
        if one.dependencies.get("roleRef"):
            inputs = {**inputs, "roleRef": {**inputs["roleRef"], "name": UNKNOWN}}
        found.append(replace(one, inputs=inputs))
    return found


def verdicts(rule: Rule[Any], resources: list[Resource], stack: str) -> Iterator[tuple[str, Verdict]]:
    context = rule.context(Fleet(profile="production", stack=stack))
    if rule.check is None:
        yield from ((one.name if one else "", verdict) for one, verdict in judge_stack(rule, resources, context))
    for one in resources:
        yield from ((one.name, verdict) for verdict in judge(rule, one, context))


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_recorded_stack_passes_in_production(rule: Rule[Any], stack: str) -> None:
    assert list(verdicts(rule, list(recorded(stack)), stack)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_there_was_something_to_judge(stack: str) -> None:
    for rule in RULES:
        if stack == "dev" and rule is opaque_chart.RULE:
            continue  # its operators are installed by others
        if rule.id != "no-public-exposure":  # ours have no Service
            assert any(rule.read(one) for one in recorded(stack)), rule.id


def test_a_stack_without_policies_in_the_cluster_is_told() -> None:
    found = [verdict for _, verdict in verdicts(in_cluster_twin.RULE, list(recorded("aks")), "aks")]
    assert [verdict.path for verdict in found if isinstance(verdict, Problem)] == [""]


@pytest.mark.parametrize("stack", STACKS)
def test_the_first_preview_leaves_open_only_the_roles_of_runners(stack: str) -> None:
    open_ones = set()
    for rule in RULES:
        for name, verdict in verdicts(rule, first_preview(stack), stack):
            assert isinstance(verdict, Unchecked), (rule.id, name, verdict)
            assert verdict.path == "metadata.namespace"
            open_ones.add((rule.id, name))
    assert {rule for rule, _ in open_ones} == {"rbac-no-escalation"}
    assert all(name.endswith(("-manager", "-hooks", "-manager-role", "-hooks-role")) for _, name in open_ones), (
        open_ones
    )
