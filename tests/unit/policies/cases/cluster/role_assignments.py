"""Cases of `azure-role-least-privilege`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policies.cluster.role_assignments import RULE
from rules.tables.azure_roles import (
    ACR_PULL,
    ACR_PUSH,
    AKS_CLUSTER_ADMIN,
    AKS_CONTRIBUTOR,
    AKS_RBAC_ADMIN,
    AKS_RBAC_CLUSTER_ADMIN,
    ARC_ADMIN,
    ARC_CLUSTER_ADMIN,
    CONTRIBUTOR,
    COST_MANAGEMENT_CONTRIBUTOR,
    DNS_ZONE_CONTRIBUTOR,
    KEY_VAULT_ADMINISTRATOR,
    KEY_VAULT_SECRETS_USER,
    MANAGED_IDENTITY_CONTRIBUTOR,
    MANAGED_IDENTITY_OPERATOR,
    NETWORK_CONTRIBUTOR,
    NEVER_GRANTED,
    OWNER,
    PRIVATE_DNS_ZONE_CONTRIBUTOR,
    RBAC_ADMINISTRATOR,
    READER,
    RESOURCE_POLICY_CONTRIBUTOR,
    STORAGE_BLOB_DATA_CONTRIBUTOR,
    STORAGE_BLOB_DATA_READER,
    USER_ACCESS_ADMINISTRATOR,
)
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    CLUSTER_ID,
    GROUP,
    KUBELET,
    REGISTRY_ID,
    SOMEBODY,
    SUBSCRIPTION,
    federated,
    identity_urn,
    resource,
    role_assignment,
    template,
    urn,
)
from tests.unit.policies.scenes import UNKNOWN, Resource, cluster

MANAGED_CLUSTER = "azure-native:containerservice:ManagedCluster"
CLUSTER_URN = urn(MANAGED_CLUSTER, "cluster")
# As ours makes them, in a first preview: no id is known, and what each is made of is.
IDENTITIES = (
    replace(
        cluster(),
        urn=CLUSTER_URN,
        dependencies={"identity": [identity_urn("control-plane")], "identityProfile": [identity_urn("kubelet")]},
    ),
    federated("system:serviceaccount:agents:agent", dependencies={"resourceName": [identity_urn("agents")]}),
)


def to(who: str, role: str, scope: object = REGISTRY_ID, **more: Any) -> Resource:
    """A role for one of them, or for the cluster by an output of its own."""
    principal = CLUSTER_URN if who == "cluster" else identity_urn(who)
    return role_assignment(role, scope, UNKNOWN, dependencies={"principalId": [principal]}, **more)


def definition(*actions: object, **more: Any) -> Resource:
    """A role of the program's own."""
    inputs = {
        "assignableScopes": [SUBSCRIPTION],
        "permissions": [{"actions": [*actions], "notActions": [], **more}],
        "roleDefinitionId": NOBODYS.rpartition("/")[2],
        "roleName": "Cleaner",
        "scope": SUBSCRIPTION,
    }
    return resource("authorization:RoleDefinition", "definition", inputs)


NOBODYS = "/providers/Microsoft.Authorization/roleDefinitions/99999999-9999-9999-9999-999999999999"
ACTION = "permissions[0].actions[0]"
OWN = Case(
    title="a role of the program's own, for a subscription",
    resources=[
        definition("Microsoft.Compute/disks/read", "*/read", "Microsoft.Authorization/*/read"),
        role_assignment(
            ACR_PULL,
            SUBSCRIPTION,
            roleDefinitionId=UNKNOWN,
            dependencies={"roleDefinitionId": [urn("azure-native:authorization:RoleDefinition", "definition")]},
        ),
    ],
)
PULLS = Case(title="pods that push", resources=[*IDENTITIES, to("agents", ACR_PUSH)])
NODES = Case(title="nodes of ours", resources=[*IDENTITIES, to("kubelet", ACR_PULL)])
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
        OWN,
        PULLS,
        NODES,
        Case(
            title="what AKS needs at what a cluster is made of",
            resources=[
                *IDENTITIES,
                to("control-plane", MANAGED_IDENTITY_OPERATOR, UNKNOWN),
                to("control-plane", NETWORK_CONTRIBUTOR, UNKNOWN),
                to("cluster", NETWORK_CONTRIBUTOR, GROUP),
                to("cluster", ACR_PULL),
            ],
        ),
        Case(title="a pipeline, beside a cluster", resources=[*IDENTITIES, to("deploy", CONTRIBUTOR, GROUP)]),
        Case(title="somebody else, whom no cluster is beside", resources=[role_assignment(READER, GROUP, UNKNOWN)]),
        Case(
            title="roles of nodes and of pods that the option names, by name and by id",
            resources=[
                *IDENTITIES,
                to("kubelet", STORAGE_BLOB_DATA_READER),
                to("kubelet", ACR_PULL, roleDefinitionId=NOBODYS),
                to("agents", AKS_CONTRIBUTOR, CLUSTER_ID),
            ],
            options={"roles": [AKS_CONTRIBUTOR, STORAGE_BLOB_DATA_READER, NOBODYS.rpartition("/")[2].upper()]},
        ),
        Case(
            title="what pods do with an identity of their own: records, blobs, secrets",
            resources=[
                *IDENTITIES,
                to("agents", READER, GROUP),
                to("agents", DNS_ZONE_CONTRIBUTOR, f"{GROUP}/providers/Microsoft.Network/dnszones/example.com"),
                to("agents", PRIVATE_DNS_ZONE_CONTRIBUTOR, GROUP),
                to("agents", STORAGE_BLOB_DATA_CONTRIBUTOR, GROUP),
                to("agents", STORAGE_BLOB_DATA_READER, GROUP),
                to("agents", KEY_VAULT_SECRETS_USER, GROUP),
                to("agents", ACR_PULL, roleDefinitionId=NOBODYS),
            ],
        ),
        Case(
            title="a role of the program's own, for pods",
            resources=[
                *IDENTITIES,
                *OWN.resources[:1],
                role_assignment(
                    ACR_PULL,
                    GROUP,
                    UNKNOWN,
                    roleDefinitionId=UNKNOWN,
                    dependencies={
                        "principalId": [identity_urn("agents")],
                        "roleDefinitionId": [urn("azure-native:authorization:RoleDefinition", "definition")],
                    },
                ),
            ],
        ),
        Case(
            title="an ordinary role for whomever, where pods alone have identities",
            resources=[IDENTITIES[1], role_assignment(DNS_ZONE_CONTRIBUTOR, GROUP, UNKNOWN)],
        ),
        Case(title="a control plane that reads", resources=[*IDENTITIES, to("control-plane", READER, GROUP)]),
        Case(
            title="locks and links, which say nothing of who may do what",
            resources=[
                definition(
                    "Microsoft.Authorization/locks/write",
                    "Microsoft.Authorization/locks/*",
                    "Microsoft.Authorization/resourceManagementPrivateLinks/write",
                )
            ],
        ),
        Case(title="an administrator of one cluster", resources=[role_assignment(AKS_RBAC_CLUSTER_ADMIN, CLUSTER_ID)]),
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
        *(
            Case(title=f"{role} at a subscription", resources=[role_assignment(role, SUBSCRIPTION)], at=["scope"])
            for role in (AKS_CLUSTER_ADMIN, AKS_RBAC_ADMIN, AKS_RBAC_CLUSTER_ADMIN, ARC_ADMIN, ARC_CLUSTER_ADMIN)
        ),
        Case(title="every key vault", resources=[role_assignment(KEY_VAULT_ADMINISTRATOR, "/")], at=["scope"]),
        *(
            Case(
                title=f"{role} for nodes",
                resources=[KUBELETS, role_assignment(role, CLUSTER_ID, KUBELET.upper())],
                at=["roleDefinitionId"],
            )
            for role in (AKS_RBAC_CLUSTER_ADMIN, READER, NETWORK_CONTRIBUTOR, ACR_PUSH)
        ),
        *(
            Case(
                title=f"{role} for pods",
                resources=[*IDENTITIES, to("agents", role, GROUP)],
                at=["roleDefinitionId"],
            )
            for role in (
                AKS_CLUSTER_ADMIN,
                AKS_CONTRIBUTOR,
                AKS_RBAC_ADMIN,
                ARC_ADMIN,
                CONTRIBUTOR,
                KEY_VAULT_ADMINISTRATOR,
                MANAGED_IDENTITY_CONTRIBUTOR,
                OWNER,
                RESOURCE_POLICY_CONTRIBUTOR,
                USER_ACCESS_ADMINISTRATOR,
            )
        ),
        Case(
            title="reading, for whichever of a cluster's identities",
            resources=[*IDENTITIES, to("cluster", READER, GROUP)],
            at=["roleDefinitionId"],
        ),
        Case(
            title="a role that nobody knows, for nodes",
            resources=[KUBELETS, role_assignment(ACR_PULL, GROUP, KUBELET, roleDefinitionId=NOBODYS)],
            at=["roleDefinitionId"],
        ),
        Case(
            title="an empty condition",
            resources=[role_assignment(RBAC_ADMINISTRATOR, SUBSCRIPTION, condition="")],
            at=["scope"],
        ),
        Case(title="everything", resources=[definition("*")], at=[ACTION]),
        Case(
            title="all data",
            resources=[definition(dataActions=["*"])],
            at=["permissions[0].dataActions[0]"],
        ),
        Case(
            title="to change who may do what, in every spelling",
            resources=[
                definition(
                    "*/write",
                    "*/action",
                    "Microsoft.*/*",
                    "Microsoft.Authorization/*",
                    "microsoft.authorization/roleAssignments/write",
                    "Microsoft.Authorization/roleAssignments/delete",
                    "Microsoft.Authorization/policyAssignments/*",
                    "Microsoft.Authorization/policyExemptions/write",
                    "Microsoft.Authorization/elevateAccess/action",
                    "Microsoft.Authorization/role*/write",
                    "Microsoft.Authorization/*/delete",
                    "Microsoft.Authorization/denyAssignments/delete",
                )
            ],
            at=[f"permissions[0].actions[{index}]" for index in range(12)],
        ),
        Case(
            title="a role of a template",
            resources=[
                template(
                    {
                        "type": "Microsoft.Authorization/roleDefinitions",
                        "name": "own",
                        "properties": {"permissions": [{"actions": ["*"]}]},
                    }
                )
            ],
            at=["properties.template.resources[0].properties.permissions[0].actions[0]"],
        ),
    ),
    unknown=(
        Case(title="what a role may do", resources=[definition(UNKNOWN)], at=[ACTION]),
        Case(
            title="whether there is a condition",
            resources=[role_assignment(RBAC_ADMINISTRATOR, SUBSCRIPTION, condition=UNKNOWN)],
            at=["condition"],
        ),
        Case(
            title="for whom, where nodes may be meant",
            resources=[KUBELETS, role_assignment(READER, GROUP, UNKNOWN)],
            at=["principalId"],
        ),
        Case(
            title="what, for pods",
            resources=[*IDENTITIES, to("agents", ACR_PULL, roleDefinitionId=UNKNOWN)],
            at=["roleDefinitionId"],
        ),
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
        Mutation(of=OWN, path=ACTION, value="*"),
        Mutation(of=NODES, path="roleDefinitionId", value=NOBODYS, resource=2),
        Mutation(of=PULLS, path="roleDefinitionId", value=OWNER_ID, resource=2),
        Mutation(of=DEPLOY, path="scope", value=f"{SUBSCRIPTION}/"),
        Mutation(of=GRANTS, path="condition", value=None),
        Mutation(of=GRANTS, path="roleDefinitionId", value=OWNER_ID),
    ),
)
