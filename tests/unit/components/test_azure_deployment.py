"""DeploymentIdentities: what a pipeline may do, and above all what it may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.azure.deployment_identities import Brought, DeploymentIdentities, DeploymentIdentitiesArgs
from components.azure.identity import Federation
from components.azure.roles import may_grant
from rules.tables import azure_roles
from tests.unit.components.mocks import RecordingMonitor, Registration, deploy
from tests.unit.components.test_azure_roles import GROUP, SCOPE, SUBSCRIPTION

CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/buildfleet-prod"
REGISTRY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.ContainerRegistry/registries/hub"
SUBNET = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub/subnets/ci"
GITHUB = "https://token.actions.githubusercontent.com"
DEPLOY = Federation(name="github", issuer=GITHUB, subject="repo:contoso/ci:environment:prod")
PREVIEW = Federation(name="github", issuer=GITHUB, subject="repo:contoso/ci:pull_request")
OUTPUTS = {
    "azure-native:managedidentity:UserAssignedIdentity": {
        "name": "identity",
        "clientId": "client",
        "principalId": "principal",
    }
}
ROLE = "azure-native:authorization:RoleAssignment"
NAMES = {id_: role for role, id_ in azure_roles.ROLES.items()}


def made(**args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {
        "scope": SCOPE,
        "environment": "buildfleet-prod",
        "deploy": [DEPLOY],
        "preview": [PREVIEW],
        "cluster_id": CLUSTER,
        "cluster_id_text": CLUSTER,
        **args,
    }
    return deploy(lambda: DeploymentIdentities("pipelines", DeploymentIdentitiesArgs(**full)), outputs=OUTPUTS)


def role(assignment: Registration) -> str:
    return NAMES[str(assignment.inputs["roleDefinitionId"]).rsplit("/", 1)[-1]]


def granted(monitor: RecordingMonitor, kind: str) -> set[tuple[str, str]]:
    return {
        (role(assignment), str(assignment.inputs["scope"]))
        for assignment in monitor.of_type(ROLE)
        if assignment.name.startswith(f"pipelines-{kind}-")
    }


def test_deploy_changes_the_group_and_the_cluster_and_no_more() -> None:
    assert granted(made(), "deploy") == {
        (azure_roles.CONTRIBUTOR, GROUP),
        (azure_roles.RBAC_ADMINISTRATOR, GROUP),
        (azure_roles.AKS_RBAC_CLUSTER_ADMIN, CLUSTER),
    }


def test_preview_reads_and_reads_no_secret() -> None:
    assert granted(made(), "preview") == {
        (azure_roles.READER, GROUP),
        (azure_roles.AKS_CLUSTER_USER, CLUSTER),
        (azure_roles.AKS_RBAC_READER, CLUSTER),
    }


def test_policies_and_budgets_need_roles_of_their_own() -> None:
    extra = granted(made(policy_assignments=True, budget=True), "deploy") - granted(made(), "deploy")
    assert extra == {
        (azure_roles.RESOURCE_POLICY_CONTRIBUTOR, GROUP),
        (azure_roles.COST_MANAGEMENT_CONTRIBUTOR, f"/subscriptions/{SUBSCRIPTION}"),
    }
    assert granted(made(budget=True), "preview") - granted(made(), "preview") == {
        (azure_roles.COST_MANAGEMENT_READER, f"/subscriptions/{SUBSCRIPTION}")
    }


def test_what_was_brought_may_be_read_and_granted_but_not_changed() -> None:
    monitor = made(brought=[Brought(name="registry", id=REGISTRY)])
    assert granted(monitor, "deploy") - granted(made(), "deploy") == {(azure_roles.RBAC_ADMINISTRATOR, REGISTRY)}
    assert granted(monitor, "preview") - granted(made(), "preview") == {(azure_roles.READER, REGISTRY)}


def test_deploy_may_use_what_was_brought_only_as_far_as_it_is_told() -> None:
    brought = Brought(name="subnet", id=SUBNET, deploy_role=azure_roles.NETWORK_CONTRIBUTOR)
    assert granted(made(brought=[brought]), "deploy") - granted(made(), "deploy") == {
        (azure_roles.NETWORK_CONTRIBUTOR, SUBNET),
        (azure_roles.RBAC_ADMINISTRATOR, SUBNET),
    }


def test_every_right_to_grant_is_limited() -> None:
    monitor = made(brought=[Brought(name="registry", id=REGISTRY)], policy_assignments=True, budget=True)
    administrators = [a for a in monitor.of_type(ROLE) if role(a) == azure_roles.RBAC_ADMINISTRATOR]
    assert len(administrators) == 2
    assert {a.inputs["condition"] for a in administrators} == {may_grant(azure_roles.DELEGABLE)}


def test_identities_are_named_after_the_environment_and_take_their_pipelines_tokens() -> None:
    monitor = made()
    assert {
        (r.inputs["resourceName"]) for r in monitor.of_type("azure-native:managedidentity:UserAssignedIdentity")
    } == {"buildfleet-prod-deploy", "buildfleet-prod-preview"}
    subjects = {
        r.name: r.inputs["subject"] for r in monitor.of_type("azure-native:managedidentity:FederatedIdentityCredential")
    }
    assert subjects == {
        "pipelines-deploy-github": "repo:contoso/ci:environment:prod",
        "pipelines-preview-github": "repo:contoso/ci:pull_request",
    }
    assert monitor.outputs_of("pipelines") == {"clientIds": {"deploy": "client", "preview": "client"}}


def test_two_environments_give_their_assignments_different_names() -> None:
    def names(environment: str) -> set[str]:
        return {str(a.inputs["roleAssignmentName"]) for a in made(environment=environment).of_type(ROLE)}

    assert len(names("a")) == 6
    assert not names("a") & names("b")


def test_environments_of_one_name_in_two_subscriptions_can_share_what_was_brought() -> None:
    def name(group: str) -> str:
        monitor = made(scope=replace(SCOPE, resource_group_id=group), brought=[Brought(name="registry", id=REGISTRY)])
        return str(monitor.named("pipelines-deploy-grants-registry").inputs["roleAssignmentName"])

    assert name(GROUP) != name(GROUP.replace("1111", "4444"))


def test_what_is_not_asked_for_is_not_made() -> None:
    assert made(deploy=[], preview=[]).summary() == [("buildfleet:index:DeploymentIdentities", "pipelines")]
    assert granted(made(preview=[]), "preview") == set()


def test_a_token_that_may_both_preview_and_deploy_is_refused() -> None:
    both = Federation(name="other", issuer=GITHUB, subject=DEPLOY.subject)
    with pytest.raises(ValueError, match=r"repo:contoso/ci:environment:prod may both preview and deploy"):
        made(preview=[PREVIEW, both])
