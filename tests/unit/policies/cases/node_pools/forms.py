"""Pools in every form, to be varied by the cases: what ours and what others' programs write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.unit.policies.scenes import FLEET, Options, Resource, agent_pool, cluster

DEV = replace(FLEET, profile="dev")
SYSTEM = "agentPoolProfiles[0]"
TEMPLATE = "properties.template.resources[0].properties"
LOCAL = "connectedClusters/plant/providers/Microsoft.HybridContainerService"
LOCAL_POOL = {
    "count": 1,
    "enableAutoScaling": True,
    "maxCount": 4,
    "maxPods": 110,
    "minCount": 1,
    "nodeLabels": {"buildfleet.dev/purpose": "build", "buildfleet.dev/trust": "trusted"},
    "nodeTaints": ["sku=Windows:NoSchedule"],
    "osSKU": "Windows2022",
    "osType": "Windows",
    "vmSize": "Standard_D8s_v3",
}
LOCAL_SYSTEM = {
    "count": 2,
    "enableAutoScaling": False,
    "maxPods": 110,
    "name": "system",
    "nodeTaints": [],
    "osSKU": "CBLMariner",
    "osType": "Linux",
    "vmSize": "Standard_A4_v2",
}


def without(resource: Resource, *keys: str) -> Resource:
    """The resource without some of its inputs."""
    return replace(resource, inputs={key: value for key, value in resource.inputs.items() if key not in keys})


def windows_pool(**more: Any) -> Resource:
    """A Windows build pool of AKS, as ours makes it."""
    ours = {
        "agentPoolName": "w22p32",
        "osType": "Windows",
        "osSKU": "Windows2022",
        "nodeTaints": ["sku=Windows:NoSchedule"],
        "windowsProfile": {"disableOutboundNat": True},
    }
    return replace(agent_pool(**{**ours, **more}), name="w22")


def plain_pool(**more: Any) -> Resource:
    """A user pool of a program that is not ours, and builds nothing: no labels, no taints, no subnet of its own."""
    resource = without(agent_pool(**{"agentPoolName": "web", **more}), "nodeLabels", "nodeTaints", "vnetSubnetID")
    return replace(resource, name="web", inputs={**resource.inputs, **more})


def foreign_windows_pool(**more: Any) -> Resource:
    """A Windows pool of a program that is not ours, without a label of ours."""
    return without(windows_pool(**more), *({"nodeLabels"} - more.keys()))


def with_system(**more: Any) -> Resource:
    """A cluster whose inline system pool has other fields."""
    profile = {**cluster().inputs["agentPoolProfiles"][0], **more}  # type: ignore[index]
    return cluster(agentPoolProfiles=[profile])


def local_pool(**more: Any) -> Resource:
    """A Windows build pool on Azure Local, a generic resource, as ours makes it."""
    options = more.pop("options", Options(ignore_changes=("properties.count",), custom_timeouts={"update": 10800}))
    return Resource(
        type="azure-native:resources:Resource",
        name="win22",
        inputs={
            "apiVersion": "2024-01-01",
            "parentResourcePath": f"{LOCAL}/provisionedClusterInstances/default",
            "properties": {**LOCAL_POOL, **more},
            "resourceGroupName": "plant",
            "resourceName": more.pop("name", "win22"),
            "resourceProviderNamespace": "Microsoft.Kubernetes",
            "resourceType": "agentPools",
        },
        options=options,
    )


def local_cluster(**more: Any) -> Resource:
    """A cluster on Azure Local with its first pool, as ours makes it; `more` are fields of that pool."""
    options = more.pop("options", Options(protect=True, custom_timeouts={"update": 10800}))
    return Resource(
        type="azure-native:resources:Resource",
        name="instance",
        inputs={
            "apiVersion": "2024-01-01",
            "parentResourcePath": LOCAL,
            "properties": {"agentPoolProfiles": [{**LOCAL_SYSTEM, **more}], "kubernetesVersion": "1.32"},
            "resourceGroupName": "plant",
            "resourceName": "default",
            "resourceProviderNamespace": "Microsoft.Kubernetes",
            "resourceType": "provisionedClusterInstances",
        },
        options=options,
    )


def in_template(pool: Resource, name: str = "fleet/web") -> Resource:
    """A pool as a resource of an ARM template."""
    dropped = ("agentPoolName", "resourceGroupName", "resourceName")
    properties = {key: value for key, value in pool.inputs.items() if key not in dropped}
    inner = {
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "apiVersion": "2025-09-01",
        "name": name,
        "properties": properties,
    }
    return Resource(
        type="azure-native:resources:Deployment",
        name="deployment",
        inputs={
            "deploymentName": "pools",
            "properties": {"mode": "Incremental", "template": {"resources": [inner]}},
            "resourceGroupName": "fleet",
        },
        options=Options(custom_timeouts={"update": 10800}),
    )
