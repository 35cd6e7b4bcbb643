"""Pools and clusters are found in every form in which a program writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.policies.arm import OPAQUE, arm_resources
from rules.policies.azure import Pool, clusters, pools
from rules.policies.node import UNKNOWN, NotKnown
from rules.policies.resource import Resource

LOCAL = "connectedClusters/plant/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default"


def made(kind: str, **inputs: Any) -> Resource:
    return Resource(type=kind, name="thing", inputs=inputs)


def generic(namespace: object, parent: object, kind: object, **properties: Any) -> Resource:
    inputs = {"resourceProviderNamespace": namespace, "resourceType": kind, "resourceName": "w22"}
    if parent is not None:
        inputs["parentResourcePath"] = parent
    return made("azure-native:resources:Resource", **inputs, properties=properties)


def template(*resources: Any, **more: Any) -> Resource:
    return made("azure-native:resources:Deployment", properties={"template": {"resources": [*resources], **more}})


def only(resource: Resource) -> Pool:
    (pool,) = pools(resource)
    return pool


AKS_POOL = {
    "type": "Microsoft.ContainerService/managedClusters/agentPools",
    "name": "fleet/w22",
    "properties": {"osType": "Windows", "vmSize": "[parameters('size')]"},
}


@pytest.mark.parametrize(
    "kind",
    [
        "azure-native:containerservice:AgentPool",
        "azure-native:containerservice/v20250901:AgentPool",
        "azure-native_containerservice_v20250901:containerservice:AgentPool",
    ],
)
def test_an_agent_pool_of_any_version_is_one_of_aks_by_its_own_name(kind: str) -> None:
    pool = only(made(kind, agentPoolName="w22", resourceName="fleet", osType="Windows"))
    assert (pool.platform, pool.inline, pool.typed) == ("aks", False, True)
    assert pool.name.text() == "w22"
    assert pool.is_windows()
    assert pool.body.get("vmSize").path == "vmSize"


def test_an_agent_pool_without_a_name_is_not_called_like_its_cluster() -> None:
    assert not only(made("azure-native:containerservice:AgentPool", resourceName="fleet")).name.is_given


@pytest.mark.parametrize("below", [True, False])
def test_a_pool_of_azure_local_has_its_fields_at_the_top_or_below_properties(below: bool) -> None:
    fields = {"osType": "Windows"}
    pool = only(
        made(
            "azure-native:hybridcontainerservice/v20240101:AgentPool",
            agentPoolName="w22",
            **({"properties": fields} if below else fields),
        )
    )
    assert (pool.platform, pool.name.text()) == ("azure-local", "w22")
    assert pool.is_windows()
    assert pool.body.get("osType").path == ("properties.osType" if below else "osType")


def test_pools_inside_of_a_cluster_are_found_with_the_cluster() -> None:
    resource = made(
        "azure-native:containerservice:ManagedCluster",
        agentPoolProfiles=[{"name": "system", "mode": "system"}, {"name": "w22", "osType": "windows"}],
    )
    system, windows = pools(resource)
    assert [pool.name.text() for pool in (system, windows)] == ["system", "w22"]
    assert [pool.is_system() for pool in (system, windows)] == [True, False]
    assert windows.inline
    assert windows.cluster is not None
    assert windows.is_windows()
    assert windows.body.get("osType").path == "agentPoolProfiles[1].osType"
    assert [cluster.platform for cluster in clusters(resource)] == ["aks"]


def test_the_pools_of_an_instance_on_azure_local_are_found_in_both_forms() -> None:
    profiles = {"agentPoolProfiles": [{"name": "system"}]}
    parent = "connectedClusters/plant/providers/Microsoft.HybridContainerService"
    forms = (
        made("azure-native:hybridcontainerservice/v20240101:ProvisionedClusterInstance", properties=profiles),
        generic("Microsoft.Kubernetes", parent, "provisionedClusterInstances", **profiles),
        generic("Microsoft.Kubernetes", UNKNOWN, "provisionedClusterInstances", **profiles),
    )
    for resource in forms:
        pool = only(resource)
        assert (pool.platform, pool.inline, pool.is_system()) == ("azure-local", True, True)
        assert pool.body.path == "properties.agentPoolProfiles[0]"
        assert [cluster.platform for cluster in clusters(resource)] == ["azure-local"]


@pytest.mark.parametrize(
    ("labels", "os", "inline", "system"),
    [
        ({}, "Linux", True, True),
        ({}, "Windows", True, False),
        ({"buildfleet.dev/purpose": "build"}, "Linux", True, False),
        ({"buildfleet.dev/purpose": "system", "other": UNKNOWN}, "Linux", False, True),
        ({}, "Linux", False, False),
    ],
)
def test_azure_local_has_no_modes_and_the_label_tells(labels: Any, os: str, inline: bool, system: bool) -> None:
    fields = {"nodeLabels": labels, "osType": os}
    kind = "azure-native:hybridcontainerservice:ProvisionedClusterInstance"
    resource = (
        made(kind, properties={"agentPoolProfiles": [fields]})
        if inline
        else generic("Microsoft.Kubernetes", LOCAL, "agentPools", **fields)
    )
    assert only(resource).is_system() is system


@pytest.mark.parametrize(
    ("namespace", "parent", "kind", "platform"),
    [
        ("Microsoft.ContainerService", "managedClusters/fleet", "agentPools", "aks"),
        ("microsoft.containerservice", "/managedclusters/fleet/", "agentpools", "aks"),
        ("Microsoft.ContainerService", None, "managedClusters/agentPools", "aks"),
        ("Microsoft.ContainerService", UNKNOWN, "agentPools", "aks"),
        ("Microsoft.Kubernetes", LOCAL, "agentPools", "azure-local"),
        ("Microsoft.Kubernetes", UNKNOWN, "agentPools", "azure-local"),
        ("Microsoft.HybridContainerService", "provisionedClusterInstances/default", "agentPools", "azure-local"),
    ],
)
def test_a_generic_resource_is_what_its_provider_parent_and_type_say(
    namespace: str, parent: object, kind: str, platform: str
) -> None:
    pool = only(generic(namespace, parent, kind, osType="Windows"))
    assert (pool.platform, pool.inline, pool.typed, pool.name.text()) == (platform, False, True, "w22")
    assert pool.body.get("osType").path == "properties.osType"


@pytest.mark.parametrize(
    "resource",
    [
        generic("Microsoft.DevCenter", "projects/builds", "agentPools"),
        generic("Microsoft.DevCenter", UNKNOWN, "agentPools"),
        generic("Microsoft.ContainerService", "managedClusters/fleet", "maintenanceConfigurations"),
        template({"type": "Microsoft.Storage/storageAccounts", "name": "s", "properties": {}}),
        made("azure-native:resources:Deployment", properties={"mode": "Incremental"}),
        made("azure-native:network:Subnet", subnetName="trusted"),
    ],
)
def test_what_is_no_pool_is_not_taken_for_one(resource: Resource) -> None:
    assert pools(resource) == []
    assert clusters(resource) == []


def test_a_template_is_searched_and_its_expressions_are_unknown() -> None:
    pool = only(template(AKS_POOL))
    assert (pool.platform, pool.typed, pool.name.text()) == ("aks", False, "w22")
    assert pool.is_windows()
    assert pool.body.get("vmSize").path == "properties.template.resources[0].properties.vmSize"
    with pytest.raises(NotKnown):
        pool.body.get("vmSize").text()


def test_a_text_that_only_looks_like_an_expression_is_a_text() -> None:
    pool = only(template({**AKS_POOL, "properties": {"vmSize": "[[size]"}}))
    assert pool.body.get("vmSize").text() == "[size]"


def test_pools_are_found_wherever_a_template_may_have_them() -> None:
    children = [
        {"type": "agentPools", "name": "inner", "properties": {}},
        {"type": "Microsoft.ContainerService/managedClusters/agentPools", "name": "full", "properties": {}},
    ]
    cluster = {
        "type": "Microsoft.ContainerService/managedClusters",
        "name": "fleet",
        "properties": {
            "agentPoolProfiles": [{"name": "system"}],
            "copy": [{"name": "agentPoolProfiles", "count": 3, "input": {"name": "[format('p{0}', copyIndex())]"}}],
        },
        "resources": children,
    }
    nested = {
        "type": "Microsoft.Resources/deployments",
        "name": "nested",
        "properties": {"template": {"resources": {"symbolic": {**AKS_POOL, "name": "fleet/deep"}}}},
    }
    resource = template(cluster, nested)
    names = [pool.name.value for pool in pools(resource)]
    assert names == ["inner", "full", "deep", "system", UNKNOWN]
    (found,) = clusters(resource)
    assert found.outer.get("name").text() == "fleet"
    assert found.body.get("agentPoolProfiles").is_given
    stack = made("azure-native:resources:DeploymentStackAtResourceGroup", template={"resources": [AKS_POOL]})
    assert only(stack).name.text() == "w22"


@pytest.mark.parametrize(
    ("resource", "where"),
    [
        (generic(UNKNOWN, None, "agentPools"), "resourceProviderNamespace"),
        (generic("Microsoft.ContainerService", None, UNKNOWN), "resourceType"),
        (made("azure-native:resources:Deployment", properties=UNKNOWN), "properties.template"),
        (made("azure-native:resources:Deployment", properties={"template": UNKNOWN}), "properties.template"),
        (
            made("azure-native:resources:Deployment", properties={"templateLink": {"uri": "https://example.com/t"}}),
            "properties.templateLink",
        ),
        (
            made("azure-native:resources:Deployment", properties={"template": {"resources": "[variables('all')]"}}),
            "properties.template.resources",
        ),
        (template(UNKNOWN), "properties.template.resources[0]"),
        (template({"type": UNKNOWN}), "properties.template.resources[0].type"),
        (
            template({**AKS_POOL, "type": "Microsoft.Storage/storageAccounts", "resources": UNKNOWN}),
            "properties.template.resources[0].resources",
        ),
    ],
)
def test_what_cannot_be_told_yet_may_be_a_pool_and_is_found_as_unknown(resource: Resource, where: str) -> None:
    assert OPAQUE in {found.type for found in arm_resources(resource)}
    pool = only(resource)
    with pytest.raises(NotKnown):
        pool.is_windows()
    assert pool.body.path == where
    assert [cluster.body.path for cluster in clusters(resource)] == [where]


def test_a_list_of_profiles_that_is_not_known_yet_is_one_unknown_pool() -> None:
    pool = only(made("azure-native:containerservice:ManagedCluster", agentPoolProfiles=UNKNOWN))
    assert pool.inline
    with pytest.raises(NotKnown):
        pool.is_system()


def test_azure_does_not_tell_capitals_apart_and_neither_is_told() -> None:
    body = {
        "Type": "Microsoft.ContainerService/ManagedClusters/agentPools",
        "name": "fleet/w22",
        "Properties": {"ostype": "Windows", "EnableNodePublicIP": True},
    }
    pool = only(template(body))
    assert pool.is_windows()
    assert pool.body.get("enableNodePublicIP").flag() is True
    spelt = generic("Microsoft.Kubernetes", LOCAL, "agentPools", OSType="Windows")
    assert only(spelt).is_windows()


@pytest.mark.parametrize(
    ("text", "known"), [(json.dumps({"resources": [AKS_POOL]}), True), ("{", False), ("[]", False)]
)
def test_a_template_that_is_a_text_is_read_or_not_known(text: str, known: bool) -> None:
    resource = made("azure-native:resources:Deployment", properties={"template": text})
    (pool,) = pools(resource)
    assert pool.body.is_known is known
