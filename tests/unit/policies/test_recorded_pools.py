"""Our own stacks, as they were recorded, pass every rule of node pools and of cost under the profile production."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.policies import cost, node_pools
from rules.policies.azure import pools
from rules.policies.fleet import Fleet
from rules.policies.judge import judge, judge_stack
from rules.policies.node import Verdict
from rules.policies.resource import Options, Resource
from rules.policies.rule import Rule

RECORDED = Path(__file__).parents[2] / "upgrade" / "recorded"
STACKS = ("aks", "azure-local")
RULES = (*node_pools.RULES, *cost.RULES)


@cache
def recorded(stack: str) -> tuple[Resource, ...]:
    """The resources of a recorded state with the options that it tells."""
    path = RECORDED / stack / "state" / ".pulumi" / "stacks" / "buildfleet" / f"{stack}.json.gz"
    state = json.loads(gzip.decompress(path.read_bytes()))
    return tuple(_resource(one) for one in state["checkpoint"]["latest"]["resources"] if one.get("custom"))


def _resource(entry: dict[str, Any]) -> Resource:
    options = Options(
        protect=entry.get("protect", False),
        ignore_changes=tuple(entry.get("ignoreChanges", ())),
        custom_timeouts=entry.get("customTimeouts", {}),
    )
    name = entry["urn"].rpartition("::")[2]
    return Resource(type=entry["type"], name=name, urn=entry["urn"], inputs=entry.get("inputs", {}), options=options)


def found(rule: Rule[Any], resources: tuple[Resource, ...], **options: Any) -> list[Verdict]:
    context = rule.context(Fleet(profile="production"), options)
    if rule.check is not None:
        return [verdict for resource in resources for verdict in judge(rule, resource, context)]
    return [verdict for _, verdict in judge_stack(rule, resources, context)]


@pytest.mark.parametrize("stack", STACKS)
def test_a_recorded_stack_has_pools_to_judge(stack: str) -> None:
    assert sum(len(pools(resource)) for resource in recorded(stack)) == {"aks": 5, "azure-local": 3}[stack]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_recorded_stack_passes_in_production(rule: Rule[Any], stack: str) -> None:
    assert found(rule, recorded(stack)) == []


def test_the_options_that_were_recorded_are_asked_for() -> None:
    for stack in STACKS:
        bare = tuple(replace(one, options=Options()) for one in recorded(stack))
        broken = {verdict.rule for rule in RULES for verdict in found(rule, bare) if hasattr(verdict, "rule")}
        assert broken == {"pool-autoscale-bounds", "protect-replace-prone"}


def test_the_ceiling_counts_the_pools_of_the_recorded_stack() -> None:
    (ceiling,) = (rule for rule in RULES if rule.id == "cost-ceiling")
    assert found(ceiling, recorded("aks"), maxNodes=37, maxVcpus=236) == []
    assert len(found(ceiling, recorded("aks"), maxNodes=36, maxVcpus=235)) == 2
