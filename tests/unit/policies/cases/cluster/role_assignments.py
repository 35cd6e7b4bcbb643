"""Cases of `azure-role-least-privilege`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.cluster.role_assignments import RULE
from rules.tables.azure_roles import (
    ACR_PULL,
    CONTRIBUTOR,
    COST_MANAGEMENT_CONTRIBUTOR,
    NEVER_GRANTED,
    OWNER,
    RBAC_ADMINISTRATOR,
    USER_ACCESS_ADMINISTRATOR,
)
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    GROUP,
    KUBELET,
    REGISTRY_ID,
    SOMEBODY,
    SUBSCRIPTION,
    identity_urn,
    role_assignment,
    template,
    urn,
)
from tests.unit.policies.scenes import UNKNOWN, cluster

DEPLOY = Case(title="what deploys a group", resources=[role_assignment(CONTRIBUTOR, GROUP)])
GRANTS = Case(
    title="what may grant listed roles",
    resources=[role_assignment(RBAC_ADMINISTRATOR, SUBSCRIPTION, condition="((!(ActionMatches{'...'})))")],
)
KUBELETS = cluster(identityProfile={"kubeletidentity": {"objectId": KUBELET}})
MADE_IN_A_GROUP = {
    "scope": [urn("azure-native:resources:ResourceGroup", "group")],
    "principalId": [identity_urn("deploy")],
}
OWNER_ID = f"/providers/Microsoft.Authorization/roleDefinitions/{NEVER_GRANTED[OWNER]}"
IN_TEMPLATE = {
    "type": "Microsoft.Authorization/roleAssignments",
    "name": "55555555-5555-5555-5555-555555555555",
    "properties": {"principalId": SOMEBODY, "roleDefinitionId": OWNER_ID},
}
NESTED = {"type": "Microsoft.Resources/deployments", "name": "nested"}

CASES = Cases(
    rule=RULE,
    passes=(
        DEPLOY,
        GRANTS,
        Case(title="money, of a subscription", resources=[role_assignment(COST_MANAGEMENT_CONTRIBUTOR, SUBSCRIPTION)]),
        Case(title="nodes that pull", resources=[KUBELETS, role_assignment(ACR_PULL, REGISTRY_ID, KUBELET)]),
        Case(
            title="a first preview, in which no id is known",
            resources=[
                replace(cluster(), dependencies={"identityProfile": [identity_urn("kubelet")]}),
                role_assignment(CONTRIBUTOR, UNKNOWN, UNKNOWN, dependencies=MADE_IN_A_GROUP),
            ],
        ),
        Case(title="another role, of which nothing is known", resources=[role_assignment(ACR_PULL, UNKNOWN, UNKNOWN)]),
        Case(
            title="a role that is not known, for somebody in a group",
            resources=[role_assignment(ACR_PULL, GROUP, roleDefinitionId=UNKNOWN)],
        ),
        Case(title="a template of a group", resources=[template(IN_TEMPLATE)]),
    ),
    fails=(
        Case(title="a subscription", resources=[role_assignment(CONTRIBUTOR, SUBSCRIPTION)], at=["scope"]),
        Case(
            title="a condition, which limits no owner",
            resources=[role_assignment(OWNER, SUBSCRIPTION, condition="((!(ActionMatches{'...'})))")],
            at=["scope"],
        ),
        Case(
            title="a management group",
            resources=[
                role_assignment(USER_ACCESS_ADMINISTRATOR, "/providers/Microsoft.Management/managementGroups/contoso")
            ],
            at=["scope"],
        ),
        Case(title="the tenant", resources=[role_assignment(RBAC_ADMINISTRATOR, "/")], at=["scope"]),
        Case(
            title="a node that owns the group it is in",
            resources=[KUBELETS, role_assignment(CONTRIBUTOR, GROUP, KUBELET)],
            at=["roleDefinitionId"],
        ),
        Case(
            title="a template of a subscription",
            resources=[template(IN_TEMPLATE, token="resources:DeploymentAtSubscriptionScope")],
            at=["properties.template.resources[0].scope"],
        ),
        Case(
            title="a template at a scope that is a subscription",
            resources=[template(IN_TEMPLATE, token="resources:DeploymentAtScope", scope=SUBSCRIPTION)],
            at=["properties.template.resources[0].scope"],
        ),
    ),
    unknown=(
        Case(
            title="where a deployment inside of another goes",
            resources=[template({**NESTED, "properties": {"template": {"resources": [IN_TEMPLATE]}}})],
            at=["properties.template.resources[0].properties.template.resources[0].scope"],
        ),
        Case(title="where", resources=[role_assignment(CONTRIBUTOR, UNKNOWN)], at=["scope"]),
        Case(title="for whom", resources=[KUBELETS, role_assignment(CONTRIBUTOR, GROUP, UNKNOWN)], at=["principalId"]),
        Case(
            title="what, of a subscription",
            resources=[role_assignment(ACR_PULL, SUBSCRIPTION, roleDefinitionId=UNKNOWN)],
            at=["roleDefinitionId"],
        ),
    ),
    mutations=(
        Mutation(of=DEPLOY, path="scope", value=f"{SUBSCRIPTION}/"),
        Mutation(of=GRANTS, path="condition", value=None),
        Mutation(of=GRANTS, path="roleDefinitionId", value=OWNER_ID),
    ),
)
