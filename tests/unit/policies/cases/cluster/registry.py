"""Cases of `acr-hardened`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.cluster.registry import RULE
from rules.tables.azure_roles import ACR_PULL, ACR_PUSH, CONTRIBUTOR, READER
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    GROUP,
    KUBELET,
    REGISTRY_ID,
    SUBSCRIPTION,
    identity_urn,
    registry,
    resource,
    role_assignment,
    template,
    urn,
)
from tests.unit.policies.scenes import UNKNOWN, cluster

OURS = Case(title="our registry", resources=[registry()])
PULL = Case(title="who may pull", resources=[role_assignment(ACR_PULL, REGISTRY_ID, KUBELET)])
KUBELETS = cluster(identityProfile={"kubeletidentity": {"objectId": KUBELET}})
MADE_HERE = {
    "scope": [urn("azure-native:containerregistry:Registry", "registry")],
    "principalId": [identity_urn("kubelet")],
}
FIRST = replace(
    cluster(identityProfile={"kubeletidentity": {"objectId": UNKNOWN}}),
    dependencies={"identityProfile": [identity_urn("kubelet")]},
)

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        PULL,
        Case(
            title="jobs push by an identity of their own", resources=[KUBELETS, role_assignment(ACR_PUSH, REGISTRY_ID)]
        ),
        Case(
            title="a first preview, in which no id is known",
            resources=[FIRST, role_assignment(ACR_PULL, UNKNOWN, UNKNOWN, dependencies=MADE_HERE)],
        ),
        Case(
            title="another role at another scope, neither known",
            resources=[role_assignment(READER, UNKNOWN, UNKNOWN)],
        ),
        Case(title="a part of a registry", resources=[role_assignment(ACR_PULL, f"{REGISTRY_ID}/scopeMaps/one")]),
        Case(title="another role at a group", resources=[role_assignment(READER, GROUP)]),
    ),
    fails=(
        Case(
            title="a password and a public registry",
            resources=[registry(adminUserEnabled=True, anonymousPullEnabled=True)],
            at=["adminUserEnabled", "anonymousPullEnabled"],
        ),
        Case(
            title="a generic resource",
            resources=[
                resource(
                    "resources:Resource",
                    "generic",
                    {
                        "parentResourcePath": "",
                        "properties": {"adminUserEnabled": True},
                        "resourceGroupName": "fleet",
                        "resourceName": "fleet",
                        "resourceProviderNamespace": "Microsoft.ContainerRegistry",
                        "resourceType": "registries",
                    },
                )
            ],
            at=["properties.adminUserEnabled"],
        ),
        Case(
            title="a template",
            resources=[
                template(
                    {
                        "type": "Microsoft.ContainerRegistry/registries",
                        "name": "fleet",
                        "properties": {"adminUserEnabled": True},
                    }
                )
            ],
            at=["properties.template.resources[0].properties.adminUserEnabled"],
        ),
        Case(title="every registry of a group", resources=[role_assignment(ACR_PULL, GROUP)], at=["scope"]),
        Case(title="every registry of all", resources=[role_assignment(ACR_PUSH, SUBSCRIPTION)], at=["scope"]),
        Case(
            title="nodes that push",
            resources=[KUBELETS, role_assignment(ACR_PUSH, REGISTRY_ID, KUBELET)],
            at=["roleDefinitionId"],
        ),
        Case(
            title="nodes that own the registry",
            resources=[KUBELETS, role_assignment(CONTRIBUTOR, REGISTRY_ID, KUBELET)],
            at=["roleDefinitionId"],
        ),
    ),
    unknown=(
        Case(title="the admin user", resources=[registry(adminUserEnabled=UNKNOWN)], at=["adminUserEnabled"]),
        Case(
            title="a template that stands elsewhere",
            resources=[
                resource("resources:Deployment", "linked", {"properties": {"templateLink": {"uri": "https://x"}}})
            ],
            at=[
                f"properties.templateLink.{key}"
                for key in ("adminUserEnabled", "anonymousPullEnabled", "roleDefinitionId")
            ],
        ),
        Case(title="where somebody may pull", resources=[role_assignment(ACR_PULL, UNKNOWN)], at=["scope"]),
        Case(
            title="who may push",
            resources=[KUBELETS, role_assignment(ACR_PUSH, REGISTRY_ID, UNKNOWN)],
            at=["principalId"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="adminUserEnabled", value=True),
        Mutation(of=OURS, path="anonymousPullEnabled", value=True),
        Mutation(of=PULL, path="scope", value=GROUP),
    ),
)
