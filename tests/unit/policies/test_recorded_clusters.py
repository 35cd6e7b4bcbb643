"""The stacks that were deployed last pass every rule of clusters, with all ids known and with none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.policies import cluster, secrets
from rules.policies.fleet import Fleet
from rules.policies.judge import judge, judge_stack
from rules.policies.node import UNKNOWN, Unchecked, Verdict
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.problem import Problem
from rules.tables.azure_roles import NEVER_GRANTED, OWNER, ROLES
from tests.unit.policies.case import changed

RECORDED = Path(__file__).resolve().parents[2] / "upgrade" / "recorded"
RULES = [*cluster.RULES, *(rule for rule in secrets.RULES if rule.id == "secret-store-rotation")]

COMPUTED = {
    "azure-native:authorization:RoleAssignment": ("principalId", "scope"),
    "azure-native:containerregistry:CacheRule": ("registryName",),
    "azure-native:containerservice:AgentPool": ("resourceGroupName", "resourceName", "vnetSubnetID"),
    "azure-native:containerservice:MaintenanceConfiguration": ("resourceGroupName", "resourceName"),
    "azure-native:containerservice:ManagedCluster": (
        "identityProfile.kubeletidentity.clientId",
        "identityProfile.kubeletidentity.objectId",
        "identityProfile.kubeletidentity.resourceId",
        "resourceGroupName",
        "securityProfile.defender.logAnalyticsWorkspaceResourceId",
        "windowsProfile",
    ),
    "azure-native:managedidentity:FederatedIdentityCredential": ("issuer", "resourceGroupName", "resourceName"),
    "azure-native:monitor:DiagnosticSetting": ("resourceUri", "workspaceId"),
}
"""What a first preview cannot know, as it is an output of something that the program makes."""


@cache
def recorded(stack: str) -> tuple[Resource, ...]:
    state = RECORDED / stack / "state/.pulumi/stacks/buildfleet" / f"{stack}.json.gz"
    resources = json.loads(gzip.decompress(state.read_bytes()))["checkpoint"]["latest"]["resources"]
    return tuple(
        Resource(
            type=one["type"],
            name=one["urn"].rpartition("::")[2],
            urn=one["urn"],
            inputs=one.get("inputs", {}),
            dependencies=one.get("propertyDependencies") or {},
        )
        for one in resources
    )


def first_preview(stack: str) -> list[Resource]:
    """The same before anything is there: what depends on an output is unknown."""
    resources = []
    for one in recorded(stack):
        inputs: Any = one.inputs
        for path in COMPUTED.get(one.type, ()):
            if path.partition(".")[0] in inputs and one.dependencies.get(
                path.partition(".")[0], path == "windowsProfile"
            ):
                inputs = changed(inputs, path, UNKNOWN)
        resources.append(replace(one, inputs=inputs))
    return resources


def verdicts(rule: Rule[Any], resources: list[Resource], **options: Any) -> Iterator[tuple[str, Verdict]]:
    context = rule.context(Fleet(profile="production"), options)
    for resource in resources:
        yield from ((resource.name, verdict) for verdict in judge(rule, resource, context))
    for found, verdict in judge_stack(rule, resources, context):
        yield (found.name if found else ""), verdict


@pytest.mark.parametrize("stack", ["aks", "azure-local"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_recorded_stack_passes(rule: Rule[Any], stack: str) -> None:
    assert list(verdicts(rule, list(recorded(stack)))) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_its_first_preview_leaves_nothing_unchecked(rule: Rule[Any]) -> None:
    resources = first_preview("aks")
    assert sum(json.dumps(one.inputs, default=str).count("UNKNOWN") for one in resources) > 50
    assert list(verdicts(rule, resources)) == []


def test_networks_that_are_hidden_by_the_addresses_of_the_gateway_are_reported() -> None:
    ranges = "apiServerAccessProfile.authorizedIPRanges"
    (rule,) = (one for one in RULES if one.id == "cluster-api-restricted")
    whole = varied("aks-cluster", ranges, UNKNOWN)
    assert list(verdicts(rule, whole)) == [("aks-cluster", Unchecked(path=ranges))]
    # One by one, the addresses are known to be addresses.
    assert list(verdicts(rule, varied("aks-cluster", ranges, ["203.0.113.0/24", UNKNOWN, UNKNOWN]))) == []
    (found,) = verdicts(rule, varied("aks-cluster", ranges, ["0.0.0.0/0", UNKNOWN, UNKNOWN]))
    assert isinstance(found[1], Problem)
    assert found[1].path == f"{ranges}[0]"


def varied(name: str, path: str, value: object) -> list[Resource]:
    """The stack aks in its first preview, with another value in one resource."""
    resources = first_preview("aks")
    (index,) = (
        index for index, one in enumerate(resources) if one.name == name and one.type.startswith("azure-native:")
    )
    resources[index] = replace(resources[index], inputs=changed(resources[index].inputs, path, value))
    return resources


def role(name: str) -> str:
    return f"/providers/Microsoft.Authorization/roleDefinitions/{ {**ROLES, **NEVER_GRANTED}[name] }"


@pytest.mark.parametrize(
    ("rule", "name", "path", "value", "at"),
    [
        (
            "federated-subject-exact",
            "deployment-deploy-pipeline-23inpw6z",
            "subject",
            "repo:contoso/ci:pull_request",
            {("deployment-deploy-pipeline-23inpw6z", "subject")},
        ),
        (
            "federated-subject-exact",
            "deployment-deploy-pipeline-23inpw6z",
            "subject",
            "repo:contoso@12/ci@34:pull_request",
            {("deployment-deploy-pipeline-23inpw6z", "subject")},
        ),
        (
            "azure-role-least-privilege",
            "registry-access-pull",
            "roleDefinitionId",
            role("Contributor"),
            {("registry-access-pull", "roleDefinitionId")},
        ),
        (
            "azure-role-least-privilege",
            "registry-access-push-agents",
            "roleDefinitionId",
            role(OWNER),
            {("registry-access-push-agents", "roleDefinitionId")},
        ),
        (
            "azure-role-least-privilege",
            "deployment-deploy-budget",
            "roleDefinitionId",
            role("Contributor"),
            {("deployment-deploy-budget", "scope")},
        ),
        (
            "acr-hardened",
            "registry-access-pull",
            "roleDefinitionId",
            role("AcrPush"),
            {("registry-access-pull", "roleDefinitionId")},
        ),
        (
            "windows-netpol-engine",
            "aks-cluster",
            "networkProfile.networkPolicy",
            "cilium",
            {("aks-cluster", "networkProfile.networkPolicy")},
        ),
        (
            "pool-version-skew",
            "pool-w22-agent-pool",
            "orchestratorVersion",
            "1.35",
            {("pool-w22-agent-pool", "orchestratorVersion")},
        ),
        (
            "cluster-upgrade-channels",
            "maintenance-node-images",
            "configName",
            "default",
            {("aks-cluster", "autoUpgradeProfile.nodeOSUpgradeChannel")},
        ),
        ("cluster-diagnostics", "diagnostics-setting", "logs", [], {("aks-cluster", "")}),
    ],
)
def test_who_is_meant_is_known_before_there_are_ids(
    rule: str, name: str, path: str, value: object, at: set[tuple[str, str]]
) -> None:
    (judged,) = (one for one in RULES if one.id == rule)
    found = list(verdicts(judged, varied(name, path, value)))
    assert all(isinstance(verdict, Problem) for _, verdict in found)
    assert {(resource, verdict.path) for resource, verdict in found} == at


def test_a_group_that_is_not_there_yet_is_known_to_be_one() -> None:
    (rule,) = (one for one in RULES if one.id == "acr-hardened")
    (group,) = (one.urn for one in recorded("aks") if one.type == "azure-native:resources:ResourceGroup")
    at_group = [
        replace(one, dependencies={**one.dependencies, "scope": [group]}) if one.name == "registry-access-pull" else one
        for one in first_preview("aks")
    ]
    (found,) = verdicts(rule, at_group)
    assert isinstance(found[1], Problem)
    assert found[1].given == "AcrPull at a resource group"


def test_a_pull_request_may_have_the_identity_that_only_reads() -> None:
    (rule,) = (one for one in RULES if one.id == "federated-subject-exact")
    subject = "repo:contoso/ci:pull_request"
    assert list(verdicts(rule, varied("deployment-preview-pipeline-afvbcroz", "subject", subject))) == []
    with_power = [
        replace(one, inputs={**one.inputs, "roleDefinitionId": role("Contributor")})
        if one.name == "deployment-preview-reader"
        else one
        for one in varied("deployment-preview-pipeline-afvbcroz", "subject", subject)
    ]
    (found,) = verdicts(rule, with_power)
    assert isinstance(found[1], Problem)
    assert "Contributor (deployment-preview-reader)" in found[1].given
