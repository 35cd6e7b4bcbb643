"""Resources of Azure beside a cluster, as ours registers them, to be varied by the cases."""

from __future__ import annotations

import copy
from typing import Any

from rules.policies.resource import Resource
from rules.tables.azure_roles import NEVER_GRANTED, ROLES
from tests.unit.policies.scenes import agent_pool, cluster

SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/fleet"
CLUSTER_ID = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/fleet"
REGISTRY_ID = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/fleet"
SOMEBODY = "33333333-3333-3333-3333-333333333333"
KUBELET = "44444444-4444-4444-4444-444444444444"
GITHUB = "https://token.actions.githubusercontent.com"


def urn(token: str, name: str) -> str:
    """The URN of a resource, as the engine makes it."""
    return f"urn:pulumi:prod::program::buildfleet:index:Thing${token}::{name}"


def identity_urn(name: str) -> str:
    """The URN of a user-assigned identity."""
    return urn("azure-native:managedidentity:UserAssignedIdentity", name)


def resource(token: str, name: str, inputs: dict[str, Any], **more: Any) -> Resource:
    """A resource of azure-native. `more` are `dependencies` and the like."""
    token = f"azure-native:{token}"
    return Resource(type=token, name=name, urn=urn(token, name), inputs=copy.deepcopy(inputs), **more)


def windows_pool(**more: Any) -> Resource:
    """A Windows build pool of AKS."""
    windows = {"agentPoolName": "w22p32", "osType": "Windows", "osSKU": "Windows2022"}
    return agent_pool(**{**windows, "nodeTaints": ["sku=Windows:NoSchedule"], **more})


def with_profile(key: str, **more: Any) -> Resource:
    """Our cluster with other values in one of its profiles."""
    return cluster(**{key: {**dict(cluster().inputs[key]), **more}})  # type: ignore[call-overload]


def without(*keys: str) -> Resource:
    """Our cluster without some inputs."""
    whole = cluster()
    inputs = {key: value for key, value in whole.inputs.items() if key not in keys}
    return Resource(type=whole.type, name=whole.name, inputs=inputs, options=whole.options)


def local_cluster(**network: Any) -> Resource:
    """A cluster of Azure Local as ours makes it; `network` is more of its network profile."""
    return resource(
        "resources:Resource",
        "instance",
        {
            "parentResourcePath": "connectedClusters/plant/providers/Microsoft.HybridContainerService",
            "properties": {
                "kubernetesVersion": "1.32",
                "networkProfile": {"networkPolicy": "calico", "podCidr": "10.244.0.0/16", **network},
            },
            "resourceGroupName": "plant",
            "resourceName": "default",
            "resourceProviderNamespace": "Microsoft.Kubernetes",
            "resourceType": "provisionedClusterInstances",
        },
    )


def local_windows_pool() -> Resource:
    """A Windows pool of that cluster."""
    return resource(
        "resources:Resource",
        "win22",
        {
            "parentResourcePath": "connectedClusters/plant/providers/Microsoft.HybridContainerService/"
            "provisionedClusterInstances/default",
            "properties": {"osSKU": "Windows2022", "osType": "Windows", "vmSize": "Standard_D8s_v3"},
            "resourceGroupName": "plant",
            "resourceName": "win22",
            "resourceProviderNamespace": "Microsoft.Kubernetes",
            "resourceType": "agentPools",
        },
    )


def template(*resources: dict[str, Any], token: str = "resources:Deployment", **more: Any) -> Resource:
    """A deployment of an ARM template; `more` are inputs beside it."""
    return resource(
        token, "template", {"properties": {"mode": "Incremental", "template": {"resources": [*resources]}}, **more}
    )


def role_assignment(role: str, scope: object, principal: object = SOMEBODY, **more: Any) -> Resource:
    """A role assignment; `more` are inputs and `dependencies`."""
    dependencies = more.pop("dependencies", {})
    definition = (
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ {**ROLES, **NEVER_GRANTED}[role] }"
    )
    inputs = {
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "roleAssignmentName": "55555555-5555-5555-5555-555555555555",
        "roleDefinitionId": definition,
        "scope": scope,
        **more,
    }
    return resource("authorization:RoleAssignment", "assignment", inputs, dependencies=dependencies)


def federated(subject: object, **more: Any) -> Resource:
    """A federated credential; `more` are inputs and `dependencies`."""
    dependencies = more.pop("dependencies", {})
    inputs = {
        "audiences": ["api://AzureADTokenExchange"],
        "federatedIdentityCredentialResourceName": "pipeline",
        "issuer": GITHUB,
        "resourceGroupName": "fleet",
        "resourceName": "deploy",
        "subject": subject,
        **more,
    }
    return resource("managedidentity:FederatedIdentityCredential", "credential", inputs, dependencies=dependencies)


def registry(**more: Any) -> Resource:
    """A registry as ours makes it."""
    inputs = {
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "location": "westeurope",
        "registryName": "fleet",
        "resourceGroupName": "fleet",
        "sku": {"name": "Premium"},
    }
    return resource("containerregistry:Registry", "registry", {**inputs, **more})


def schedule(name: object, **more: Any) -> Resource:
    """A maintenance configuration of the cluster."""
    window = {"durationHours": 8, "schedule": {"weekly": {"dayOfWeek": "Saturday", "intervalWeeks": 1}}}
    inputs = {
        "configName": name,
        "maintenanceWindow": {**window, "startTime": "02:00"},
        "resourceGroupName": "fleet",
        "resourceName": "fleet",
    }
    return resource("containerservice:MaintenanceConfiguration", f"schedule-{name}", {**inputs, **more})


def diagnostics(*categories: object, **more: Any) -> Resource:
    """A diagnostic setting of the cluster."""
    inputs = {
        "logs": [{"category": category, "enabled": True} for category in categories],
        "name": "fleet",
        "resourceUri": CLUSTER_ID,
        "workspaceId": f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/fleet",
    }
    return resource("monitor:DiagnosticSetting", "setting", {**inputs, **more})
