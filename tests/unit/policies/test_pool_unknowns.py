"""What of a pool is not known hides nothing that is known to be wrong, and is never silence."""

from __future__ import annotations

from typing import Any

import pytest

from rules.policies import cost, node_pools
from rules.policies.judge import judge, judge_stack
from rules.policies.node import Unchecked, Verdict
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.problem import Problem
from tests.unit.policies.cases.node_pools.forms import local_pool, windows_pool
from tests.unit.policies.scenes import FLEET, UNKNOWN, agent_pool, cluster

RULES = {rule.id: rule for rule in (*node_pools.RULES, *cost.RULES)}


def found(rule: Rule[Any], *resources: Resource) -> list[Verdict]:
    context = rule.context(FLEET)
    if rule.check is not None:
        return [verdict for resource in resources for verdict in judge(rule, resource, context)]
    return [verdict for _, verdict in judge_stack(rule, resources, context)]


@pytest.mark.parametrize(
    ("rule", "resource", "path"),
    [
        ("pool-name-valid", agent_pool(agentPoolName="Lin-64", osType=UNKNOWN), "agentPoolName"),
        ("windows-os-sku-supported", windows_pool(osSKU="Windows2019", osType=UNKNOWN), "osSKU"),
        ("windows-os-sku-supported", windows_pool(orchestratorVersion="1.37", enableFIPS=UNKNOWN), "osSKU"),
        ("windows-os-sku-supported", windows_pool(osSKU="Windows2025", orchestratorVersion=UNKNOWN), "enableFIPS"),
        (
            "build-pool-dedicated-taint",
            windows_pool(nodeTaints=["CriticalAddonsOnly=true:NoSchedule", UNKNOWN]),
            "nodeTaints[0]",
        ),
        ("pool-vm-size-allowed", agent_pool(vmSize="large", osType=UNKNOWN, mode=UNKNOWN), "vmSize"),
        ("pool-os-disk-fit", windows_pool(osDiskSizeGB=100, osDiskType=UNKNOWN, vmSize=UNKNOWN), "osDiskSizeGB"),
        ("pool-autoscale-bounds", agent_pool(maxCount=500, minCount=UNKNOWN), "maxCount"),
        ("pool-max-pods", agent_pool(maxPods=5, osType=UNKNOWN), "maxPods"),
        (
            "pool-upgrade-settings",
            agent_pool(upgradeSettings={"drainTimeoutInMinutes": 5, "maxSurge": UNKNOWN}),
            "upgradeSettings.drainTimeoutInMinutes",
        ),
        (
            "no-spot-for-stateful",
            windows_pool(scaleSetPriority="Spot", nodeTaints=UNKNOWN, spotMaxPrice=UNKNOWN),
            "scaleSetPriority",
        ),
        (
            "pool-no-public-access",
            agent_pool(enableNodePublicIP=True, securityProfile=UNKNOWN),
            "enableNodePublicIP",
        ),
    ],
)
def test_a_mistake_is_told_beside_what_is_not_known(rule: str, resource: Resource, path: str) -> None:
    verdicts = found(RULES[rule], resource)
    assert path in {verdict.path for verdict in verdicts if isinstance(verdict, Problem)}


def test_a_ceiling_that_is_passed_is_told_beside_a_pool_that_is_not_known() -> None:
    verdicts = found(RULES["cost-ceiling"], agent_pool(maxCount=101), agent_pool(maxCount=UNKNOWN))
    assert {type(verdict) for verdict in verdicts} == {Problem, Unchecked}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_template_that_is_not_known_is_never_silence(rule: Rule[Any]) -> None:
    deployment = Resource(
        type="azure-native:resources:Deployment", name="deployment", inputs={"properties": {"template": UNKNOWN}}
    )
    verdicts = found(rule, deployment)
    assert verdicts
    assert all(isinstance(verdict, Unchecked) for verdict in verdicts)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_no_rule_breaks_on_fields_of_strange_types(rule: Rule[Any]) -> None:
    pool = dict.fromkeys((*agent_pool().inputs, *windows_pool().inputs, "scaleSetPriority", "securityProfile"), 7)
    for kind in ("AgentPool", "ManagedCluster"):
        strange = {**pool, "agentPoolProfiles": [7, pool, "x"], "tags": [1], "location": {}}
        found(rule, Resource(type=f"azure-native:containerservice:{kind}", name="strange", inputs=strange))


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_field_of_a_pool_may_be_unknown_alone(rule: Rule[Any]) -> None:
    for good in (agent_pool(), windows_pool(), local_pool(), cluster()):
        for key in good.inputs:
            inputs = {**good.inputs, key: UNKNOWN}
            verdicts = found(rule, Resource(type=good.type, name=good.name, inputs=inputs, options=good.options))
            wrong = {verdict.path for verdict in verdicts if isinstance(verdict, Problem)}
            assert not any(path.partition(".")[0] == key for path in wrong)
