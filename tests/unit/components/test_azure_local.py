"""A cluster on Azure Local, its node pools and its kubeconfig: what Azure is told, exactly, and in which order."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs
from pulumi_kubernetes import Provider

from components.azure.scope import AzureScope
from components.azure_local.cluster import (
    FIXED,
    AzureLocalCluster,
    AzureLocalClusterArgs,
    ControlPlane,
    FirstPool,
    instance_properties,
)
from components.azure_local.kubeconfig import admin_kubeconfig
from components.azure_local.node_pool import AzureLocalNodePool, AzureLocalNodePoolArgs
from components.azure_local.pool_profile import IMMUTABLE, PoolProfile, properties
from components.platform import Taint
from tests.unit.components.mocks import SECRET, UNKNOWN, RecordingMocks, RecordingMonitor, Registration, deploy

CONNECTED = "azure-native:kubernetes:ConnectedCluster"
GENERIC = "azure-native:resources:Resource"
KUBECONFIG = "azure-native:hybridcontainerservice:listProvisionedClusterInstanceAdminKubeconfig"

SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/buildfleet-plant"
SITE = f"{SUBSCRIPTION}/resourceGroups/site/providers"
SCOPE = AzureScope(
    subscription="11111111-1111-1111-1111-111111111111",
    tenant="22222222-2222-2222-2222-222222222222",
    location="westeurope",
    resource_group="buildfleet-plant",
    resource_group_id=GROUP,
    tags={"owner": "us"},
)
LINUX = PoolProfile(
    os="linux",
    vm_size="Standard_A4_v2",
    min_count=2,
    max_count=2,
    max_pods=110,
    labels={"buildfleet.dev/pool": "system"},
    taints=(),
)
WINDOWS = PoolProfile(
    os="windows",
    os_sku="Windows2022",
    vm_size="Standard_D8s_v3",
    min_count=1,
    max_count=4,
    max_pods=60,
    labels={"buildfleet.dev/pool": "win22", "a": "b"},
    taints=(Taint(key="sku", value="Windows", effect="NoSchedule"),),
)
CLUSTER = AzureLocalClusterArgs(
    scope=SCOPE,
    cluster="buildfleet-plant",
    custom_location=f"{SITE}/Microsoft.ExtendedLocation/customLocations/plant",
    logical_network=f"{SITE}/Microsoft.AzureStackHCI/logicalNetworks/nodes",
    kubernetes_version="1.32",
    admin_groups=["b", "a"],
    ssh_public_key="ssh-ed25519 AAAA",
    control_plane=ControlPlane(count=3, vm_size="Standard_A4_v2"),
    first_pool=FirstPool(name="system", profile=LINUX),
)
POOL = AzureLocalNodePoolArgs(scope=SCOPE, cluster="buildfleet-plant", name="win22", profile=WINDOWS)

# What each object may hold and of which type, from Azure/azure-resource-manager-schemas 2024-01-01
# Microsoft.HybridContainerService.json, read 2026-11. Our generic resources get no such knowledge from the SDK.
POOL_SCHEMA: dict[str, Any] = {
    "count": int,
    "enableAutoScaling": bool,
    "maxCount": int,
    "maxPods": int,
    "minCount": int,
    "nodeLabels": {str: str},
    "nodeTaints": [str],
    "osSKU": ("CBLMariner", "Windows2019", "Windows2022"),
    "osType": ("Linux", "Windows"),
    "vmSize": str,
}
INSTANCE_SCHEMA: dict[str, Any] = {
    "agentPoolProfiles": [{**POOL_SCHEMA, "name": str}],
    "autoScalerProfile": {
        "expander": ("least-waste", "most-pods", "priority", "random"),
        "max-graceful-termination-sec": str,
    },
    "cloudProviderProfile": {"infraNetworkProfile": {"vnetSubnetIds": [str]}},
    "clusterVMAccessProfile": {"authorizedIPRanges": str},
    "controlPlane": {"controlPlaneEndpoint": {"hostIP": str}, "count": int, "vmSize": str},
    "kubernetesVersion": str,
    "licenseProfile": {"azureHybridBenefit": ("True", "False", "NotApplicable")},
    "linuxProfile": {"ssh": {"publicKeys": [{"keyData": str}]}},
    "networkProfile": {"loadBalancerProfile": {"count": int}, "networkPolicy": ("calico",), "podCidr": str},
    "storageProfile": {"nfsCsiDriver": {"enabled": bool}, "smbCsiDriver": {"enabled": bool}},
}


def illegal(value: Any, schema: Any, path: str = "") -> Iterator[str]:
    """Where a value is not what the schema says."""
    if isinstance(schema, tuple):
        if value not in schema:
            yield f"{path}: {value!r}"
    elif isinstance(schema, type):
        if type(value) is not schema:
            yield f"{path}: {value!r} is no {schema.__name__}"
    elif isinstance(schema, list):
        for index, item in enumerate(value):
            yield from illegal(item, schema[0], f"{path}[{index}]")
    elif str in schema:
        yield from (problem for item in value.values() for problem in illegal(item, schema[str], path))
    else:
        for key, item in value.items():
            if key not in schema:
                yield f"{path}.{key}"
            else:
                yield from illegal(item, schema[key], f"{path}.{key}")


def cluster(**changes: Any) -> RecordingMonitor:
    return deploy(lambda: AzureLocalCluster("plant", replace(CLUSTER, **changes)))


def pool(**changes: Any) -> RecordingMonitor:
    return deploy(lambda: AzureLocalNodePool("pool-win22", replace(POOL, **changes)))


@pytest.fixture
def replaced_on(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Properties that replace a resource, by its name, of everything registered from here on."""
    found: dict[str, list[str]] = {}
    register = RecordingMonitor.RegisterResource

    def remember(self: RecordingMonitor, request: Any) -> Any:
        found[request.name] = list(request.replaceOnChanges)
        return register(self, request)

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", remember)
    return found


def path_of(registration: Registration) -> str:
    """The ARM id that azure-native makes of a generic resource's inputs."""
    told = registration.inputs
    parts = ("resourceProviderNamespace", "parentResourcePath", "resourceType", "resourceName")
    return "/".join(str(told[part]) for part in parts)


def test_a_cluster_is_its_place_in_azure_and_one_instance_below_it() -> None:
    monitor = cluster()
    assert monitor.summary() == [
        (CONNECTED, "plant-connected"),
        (GENERIC, "plant-instance"),
        ("buildfleet:index:AzureLocalCluster", "plant"),
    ]
    assert {one.parent_name for one in monitor.registrations if one.custom} == {"plant"}
    instance = monitor.named("plant-instance")
    assert path_of(instance) == (
        "Microsoft.Kubernetes/connectedClusters/buildfleet-plant/providers/Microsoft.HybridContainerService/"
        "provisionedClusterInstances/default"
    )
    assert instance.inputs["apiVersion"] == "2024-01-01"
    assert instance.inputs["extendedLocation"] == {"name": CLUSTER.custom_location, "type": "CustomLocation"}
    assert monitor.named("plant-connected").urn in instance.dependencies


def test_the_connected_cluster_takes_entra_logins_and_azure_rbac_from_birth() -> None:
    inputs = cluster().named("plant-connected").inputs
    assert inputs["kind"] == "ProvisionedCluster"
    assert inputs["identity"] == {"type": "SystemAssigned"}
    assert inputs["agentPublicKeyCertificate"] == ""
    assert cluster().named("plant-connected").ignore_changes == ("agentPublicKeyCertificate",)
    assert inputs["aadProfile"] == {
        "adminGroupObjectIDs": ["a", "b"],
        "enableAzureRBAC": True,
        "tenantID": SCOPE.tenant,
    }
    assert inputs["tags"] == {"owner": "us"}
    assert inputs["location"] == "westeurope"


def test_the_instance_is_told_exactly_this() -> None:
    assert cluster().named("plant-instance").inputs["properties"] == {
        "agentPoolProfiles": [
            {
                "name": "system",
                "count": 2,
                "enableAutoScaling": False,
                "maxPods": 110,
                "nodeLabels": {"buildfleet.dev/pool": "system"},
                "nodeTaints": [],
                "osSKU": "CBLMariner",
                "osType": "Linux",
                "vmSize": "Standard_A4_v2",
            }
        ],
        "autoScalerProfile": {"expander": "least-waste", "max-graceful-termination-sec": "3600"},
        "cloudProviderProfile": {"infraNetworkProfile": {"vnetSubnetIds": [CLUSTER.logical_network]}},
        "controlPlane": {"count": 3, "vmSize": "Standard_A4_v2"},
        "kubernetesVersion": "1.32",
        "licenseProfile": {"azureHybridBenefit": "False"},
        "linuxProfile": {"ssh": {"publicKeys": [{"keyData": "ssh-ed25519 AAAA"}]}},
        "networkProfile": {
            "loadBalancerProfile": {"count": 0},
            "networkPolicy": "calico",
            "podCidr": "10.244.0.0/16",
        },
        "storageProfile": {"nfsCsiDriver": {"enabled": True}, "smbCsiDriver": {"enabled": True}},
    }


def test_a_pool_is_told_exactly_this_below_the_instance() -> None:
    registration = pool().named("pool-win22-agent-pool")
    assert path_of(registration) == (
        "Microsoft.Kubernetes/connectedClusters/buildfleet-plant/providers/Microsoft.HybridContainerService/"
        "provisionedClusterInstances/default/agentPools/win22"
    )
    assert registration.inputs["apiVersion"] == "2024-01-01"
    assert registration.inputs["tags"] == {"owner": "us"}
    assert registration.inputs["properties"] == {
        "count": 1,
        "enableAutoScaling": True,
        "minCount": 1,
        "maxCount": 4,
        "maxPods": 60,
        "nodeLabels": {"a": "b", "buildfleet.dev/pool": "win22"},
        "nodeTaints": ["sku=Windows:NoSchedule"],
        "osSKU": "Windows2022",
        "osType": "Windows",
        "vmSize": "Standard_D8s_v3",
    }


@pytest.mark.parametrize("profile", [LINUX, WINDOWS, replace(LINUX, max_count=5)])
def test_all_that_is_said_is_legal_in_the_api_version_that_is_named(profile: PoolProfile) -> None:
    first = FirstPool(name="system", profile=replace(profile, os="linux", os_sku=None))
    full = replace(
        CLUSTER,
        first_pool=first,
        hybrid_benefit=True,
        control_plane=ControlPlane(count=1, vm_size="Standard_A4_v2", address="192.168.10.5"),
    )
    assert list(illegal(properties(profile), POOL_SCHEMA)) == []
    assert list(illegal(instance_properties(full), INSTANCE_SCHEMA)) == []
    # The check can tell: what only AKS in Azure has is not legal here.
    assert list(illegal({"osDiskSizeGB": 128, "count": "1", "osSKU": "Windows2025"}, POOL_SCHEMA)) == [
        ".osDiskSizeGB",
        ".count: '1' is no int",
        ".osSKU: 'Windows2025'",
    ]


def test_the_autoscalers_count_is_ignored_and_a_fixed_one_is_not() -> None:
    assert pool().named("pool-win22-agent-pool").ignore_changes == ("properties.count",)
    assert pool(profile=replace(WINDOWS, max_count=1)).named("pool-win22-agent-pool").ignore_changes == ()
    scaled = FirstPool(name="system", profile=replace(LINUX, max_count=3))
    assert cluster(first_pool=scaled).named("plant-instance").ignore_changes == (
        "properties.agentPoolProfiles[0].count",
    )
    assert cluster().named("plant-instance").ignore_changes == ()


def test_what_azure_cannot_change_replaces_a_pool_the_old_one_first(replaced_on: dict[str, list[str]]) -> None:
    registration = pool().named("pool-win22-agent-pool")
    assert replaced_on["pool-win22-agent-pool"] == [f"properties.{key}" for key in IMMUTABLE]
    assert {"vmSize", "osSKU", "osType", "maxPods"} == set(IMMUTABLE)
    assert registration.delete_before_replace
    assert registration.protect is False


def test_what_is_fixed_at_birth_replaces_the_cluster_and_a_pools_size_does_not(
    replaced_on: dict[str, list[str]],
) -> None:
    registration = cluster().named("plant-instance")
    assert replaced_on["plant-instance"] == list(FIXED)
    assert registration.delete_before_replace
    assert not [key for key in FIXED if "agentPoolProfiles" in key or "kubernetesVersion" in key]


def test_protection_covers_the_cluster_and_not_its_pools() -> None:
    assert {one.name for one in cluster(protect=True).registrations if one.protect} == {
        "plant-connected",
        "plant-instance",
    }
    assert not [one.name for one in cluster().registrations if one.protect]


def test_a_pool_waits_for_what_it_is_told_to() -> None:
    def program() -> None:
        made = AzureLocalCluster("plant", CLUSTER)
        AzureLocalNodePool("pool-win22", replace(POOL, wait_for=[made.instance]))

    monitor = deploy(program)
    assert monitor.named("plant-instance").urn in monitor.named("pool-win22-agent-pool").dependencies


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (replace(LINUX, min_count=0), "0 to 2 nodes; allowed is 1 <= min_count .* set min_count to 1"),
        (replace(LINUX, min_count=3), "3 to 2 nodes"),
        (replace(WINDOWS, os_sku=None), "no os_sku; allowed is 'Windows2022'; give it"),
    ],
)
def test_nodes_that_azure_local_does_not_have_are_refused(profile: PoolProfile, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pool(profile=profile)


def test_a_cluster_that_could_not_work_is_refused() -> None:
    with pytest.raises(ValueError, match="its first pool win22 is windows; allowed is linux"):
        cluster(first_pool=FirstPool(name="win22", profile=WINDOWS))
    with pytest.raises(ValueError, match="2 control plane machines; allowed are 1, 3 and 5"):
        cluster(control_plane=ControlPlane(count=2, vm_size="Standard_A4_v2"))
    with pytest.raises(ValueError, match="no admin_groups, so nobody could administer it"):
        cluster(admin_groups=())


def answer(text: str) -> dict[str, Any]:
    return {
        KUBECONFIG: {
            "id": "1",
            "name": "1",
            "resourceId": "1",
            "status": "Succeeded",
            "properties": {"kubeconfigs": [{"name": "admin", "value": base64.b64encode(text.encode()).decode()}]},
        }
    }


def test_the_kubeconfig_is_a_secret_wherever_it_goes() -> None:
    def program() -> None:
        made = AzureLocalCluster("plant", CLUSTER)
        Provider("cluster", kubeconfig=admin_kubeconfig(made.id, after=made.instance, opts=pulumi.InvokeOptions()))

    monitor = deploy(program, calls=answer("kind: Config"))
    assert monitor.named("cluster").inputs["kubeconfig"] == SECRET
    assert "kind: Config" not in str([one.inputs for one in monitor.registrations])


def test_the_kubeconfig_of_a_cluster_that_is_not_made_yet_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def unborn(self: RecordingMocks, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return None, dict(args.inputs)

    def program() -> None:
        made = AzureLocalCluster("plant", CLUSTER)
        Provider("cluster", kubeconfig=admin_kubeconfig(made.id, after=made.instance, opts=pulumi.InvokeOptions()))

    # As the engine has it in a preview. No call is answered here, so one that is made fails the test.
    monkeypatch.setattr(RecordingMocks, "new_resource", unborn)
    assert deploy(program, preview=True).named("cluster").inputs["kubeconfig"] in (SECRET, UNKNOWN)


def test_the_kubeconfig_is_the_text_that_azure_sends_encoded() -> None:
    found: list[str] = []

    def program() -> None:
        admin_kubeconfig(f"{GROUP}/x", after=None, opts=pulumi.InvokeOptions()).apply(found.append)

    deploy(program, calls=answer("kind: Config"))
    assert found == ["kind: Config"]
