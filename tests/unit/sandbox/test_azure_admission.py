"""What the simulated Azure refuses because of what else exists, and what it answers when it takes a request."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure import AzureError, Object, UnsupportedType
from tests.unit.sandbox.azure_world import (
    GROUP,
    NEVER,
    PASSWORD,
    SUBSCRIPTION,
    TENANT,
    Fixture,
    cluster_inputs,
    pool_inputs,
    token,
    windows_inputs,
)

GUID = "33333333-3333-3333-3333-333333333333"
OTHER = "44444444-4444-4444-4444-444444444444"
ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
CLUSTER = "containerservice:ManagedCluster"
POOL = "containerservice:AgentPool"


@pytest.fixture
def world(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path / "azure")


def refused(act: Callable[[], object], status: int, code: str, *words: str) -> AzureError:
    with pytest.raises(AzureError) as caught:
        act()
    assert (caught.value.status, caught.value.code) == (status, code), str(caught.value)
    for word in words:
        assert word in caught.value.message
    return caught.value


def test_what_exists_is_not_created_again_and_what_is_gone_is_not_changed(world: Fixture) -> None:
    world.identity()
    refused(world.identity, 409, "ResourceAlreadyExists", "cannot create already existing resource", "Import it")
    other = {"resourceGroupName": "ci", "resourceName": "gone", "location": "westeurope"}
    refused(
        lambda: world.update("managedidentity:UserAssignedIdentity", **other), 404, "ResourceNotFound", "Run a refresh"
    )


def test_a_resource_needs_its_group_and_its_parent(world: Fixture) -> None:
    refused(lambda: world.pool(), 404, "ParentResourceNotFound", "managedClusters/fleet")
    refused(lambda: world.cluster(resourceGroupName="none"), 404, "ResourceGroupNotFound", "'none'")


def test_a_named_resource_must_exist_or_be_seeded_with_its_parents(world: Fixture) -> None:
    subnet = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/n/subnets/s"
    profiles = [{**cluster_inputs()["agentPoolProfiles"][0], "vnetSubnetID": subnet}]
    act = lambda: world.cluster(agentPoolProfiles=profiles)  # noqa: E731 (used twice)
    refused(act, 400, "InvalidResourceReference", "agentPoolProfiles[0].vnetSubnetID", subnet, "depend on it")
    world.azure.seed(subnet.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    assert act()["provisioningState"] == "Succeeded"
    assert subnet not in [made for made, _ in world.azure.resources()]
    refused(lambda: world.delete("network:Subnet", subnet), 403, "AuthorizationFailed", "was brought")


def test_a_subnet_of_another_subscription_is_refused(world: Fixture) -> None:
    world.cluster()
    subnet = f"/subscriptions/{GUID}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/n/subnets/s"
    world.azure.seed(subnet)
    refused(lambda: world.pool(vnetSubnetID=subnet), 400, "InvalidParameter", "vnetSubnetID is of subscription")


IMMUTABLE = [
    ("vmSize", "Standard_D4ds_v5"),
    ("osDiskSizeGB", 256.0),
    ("osDiskType", "Ephemeral"),
    ("maxPods", 50.0),
    ("availabilityZones", ["1"]),
    ("windowsProfile", {"disableOutboundNat": False}),
    ("enableEncryptionAtHost", True),
    ("scaleSetPriority", "Spot"),
]


@pytest.mark.parametrize(("key", "value"), IMMUTABLE)
def test_a_pools_immutable_property_is_not_changed(world: Fixture, key: str, value: Any) -> None:
    world.cluster()
    world.pool(**windows_inputs())
    changed = windows_inputs(**{key: value})
    refused(
        lambda: world.update(POOL, **changed),
        400,
        "PropertyChangeNotAllowed",
        f"Changing property 'properties.{key}' is not allowed.",
    )
    assert world.update(POOL, **windows_inputs(maxCount=20.0))["maxCount"] == 20


def test_a_windows_server_is_not_changed_but_a_linux_may_be(world: Fixture) -> None:
    world.cluster()
    world.pool(**windows_inputs(agentPoolName="win", osSKU="Windows2022", enableFIPS=False))
    changed = windows_inputs(agentPoolName="win")
    refused(lambda: world.update(POOL, **changed), 400, "PropertyChangeNotAllowed", "osSKU")
    world.pool()
    assert world.update(POOL, **pool_inputs(osSKU="AzureLinux"))["osSKU"] == "AzureLinux"


def test_a_default_that_is_stated_later_is_no_change(world: Fixture) -> None:
    world.cluster()
    world.pool()
    assert world.update(POOL, **pool_inputs(osDiskSizeGB=128.0, osType="Linux", maxPods=250.0))["osDiskSizeGB"] == 128


CLUSTER_CHANGES: list[tuple[Object, str]] = [
    ({"dnsPrefix": "other"}, "dnsPrefix"),
    ({"location": "northeurope"}, "location"),
    ({"nodeResourceGroup": "other"}, "nodeResourceGroup"),
    ({"networkProfile": {"networkPlugin": "azure", "networkPolicy": "azure"}}, "networkProfile.networkPolicy"),
    ({"windowsProfile": {"adminUsername": "other", "adminPassword": PASSWORD}}, "windowsProfile.adminUsername"),
    ({"agentPoolProfiles": [{**cluster_inputs()["agentPoolProfiles"][0], "vmSize": "Standard_D8ds_v5"}]}, "vmSize"),
]


@pytest.mark.parametrize(("change", "path"), CLUSTER_CHANGES)
def test_a_clusters_immutable_property_is_not_changed(world: Fixture, change: Object, path: str) -> None:
    world.cluster()
    refused(lambda: world.update(CLUSTER, **cluster_inputs(**change)), 400, "PropertyChangeNotAllowed", path)


def test_a_region_written_otherwise_is_no_change(world: Fixture) -> None:
    world.cluster()
    assert world.update(CLUSTER, **cluster_inputs(location="West Europe"))["location"] == "westeurope"


def test_a_windows_password_may_change_and_is_nowhere_to_be_read(world: Fixture) -> None:
    outputs = world.cluster()
    before = world.text()
    world.update(
        CLUSTER, **cluster_inputs(windowsProfile={"adminUsername": "buildfleet", "adminPassword": "N" + PASSWORD})
    )
    assert before != world.text()
    for text in (before, world.text(), str(outputs), str(world.get(CLUSTER, str(outputs["id"])))):
        assert PASSWORD not in text
    assert outputs["windowsProfile"] == {"adminUsername": "buildfleet", "enableCSIProxy": True}
    refused(lambda: world.begin(CLUSTER, **cluster_inputs()), 409, "ResourceAlreadyExists")
    weak = cluster_inputs(windowsProfile={"adminUsername": "buildfleet", "adminPassword": "weak-hidden"})
    assert "weak-hidden" not in str(refused(lambda: world.begin(CLUSTER, False, **weak), 400, "InvalidParameter"))
    assert "weak-hidden" not in world.text()


def test_windows_needs_the_profile_from_birth(world: Fixture) -> None:
    inputs = {key: value for key, value in cluster_inputs().items() if key != "windowsProfile"}
    world.put(CLUSTER, **inputs)
    refused(lambda: world.pool(**windows_inputs()), 400, "InvalidParameter", "made without windowsProfile")
    refused(lambda: world.update(CLUSTER, **cluster_inputs()), 400, "PropertyChangeNotAllowed", "windowsProfile")


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"networkPlugin": "kubenet"}, "networkPlugin azure"),
        ({"networkPlugin": "azure", "networkDataplane": "cilium", "networkPolicy": "cilium"}, "Cilium"),
    ],
)
def test_windows_does_not_run_on_every_network(world: Fixture, profile: Object, words: str) -> None:
    world.cluster(networkProfile=profile)
    refused(lambda: world.pool(**windows_inputs()), 400, "InvalidParameter", words)


def test_outbound_nat_is_switched_off_only_where_egress_is_ones_own(world: Fixture) -> None:
    world.cluster()
    off = windows_inputs(windowsProfile={"disableOutboundNat": True})
    refused(lambda: world.pool(**off), 400, "InvalidParameter", "disableOutboundNat", "loadBalancer")


@pytest.mark.parametrize(("version", "fits"), [("1.36", True), ("1.37", False)])
def test_windows_2022_ends_with_kubernetes_1_36(world: Fixture, version: str, fits: bool) -> None:
    world.cluster(kubernetesVersion=version)
    inputs = windows_inputs(osSKU="Windows2022", enableFIPS=False)
    if fits:
        assert world.pool(**inputs)["osSKU"] == "Windows2022"
    else:
        refused(lambda: world.pool(**inputs), 400, "InvalidOSSKU", "1.23 to 1.36")


def test_kubernetes_goes_one_minor_at_a_time_never_back_and_pools_follow(world: Fixture) -> None:
    cluster = world.cluster(kubernetesVersion="1.34")
    world.pool(orchestratorVersion="1.34")
    assert cluster["currentKubernetesVersion"].startswith("1.34.")
    update = lambda version: world.update(CLUSTER, **cluster_inputs(kubernetesVersion=version))  # noqa: E731
    refused(lambda: update("1.36"), 400, "OperationNotAllowed", "one minor version at a time", "1.35")
    newer = pool_inputs(orchestratorVersion="1.35")
    refused(lambda: world.update(POOL, **newer), 400, "NodePoolMcVersionIncompatible", "Upgrade the cluster first")
    after = update("1.35")
    assert after["currentKubernetesVersion"].startswith("1.35.")
    assert after["agentPoolProfiles"][0]["currentOrchestratorVersion"].startswith("1.34."), "the control plane alone"
    refused(lambda: update("1.34"), 400, "OperationNotAllowed", "downgrade")
    pool = world.get(POOL, world.id(POOL, **pool_inputs()))
    assert pool is not None
    assert pool["currentOrchestratorVersion"].startswith("1.34.")
    assert world.update(POOL, **newer)["currentOrchestratorVersion"].startswith("1.35.")


def test_a_pool_that_scales_itself_keeps_its_nodes_within_its_bounds(world: Fixture) -> None:
    world.cluster()
    pool = world.pool()["id"]
    world.azure.scale(pool, 7)
    assert world.update(POOL, **uncounted(pool_inputs(maxCount=9.0)))["count"] == 7
    assert world.update(POOL, **uncounted(pool_inputs(maxCount=5.0)))["count"] == 5
    refused(lambda: world.azure.scale(pool, 6), 400, "InvalidParameter", "0 to 5")


def uncounted(inputs: Object) -> Object:
    return {key: value for key, value in inputs.items() if key != "count"}


def inline(**changes: Any) -> list[Object]:
    return [{**uncounted(cluster_inputs()["agentPoolProfiles"][0]), **changes}]


@pytest.mark.parametrize(("low", "starts"), [(0.0, 1), (3.0, 3)])
def test_a_pool_that_scales_itself_and_states_no_count_begins_with_its_least(
    world: Fixture, low: float, starts: int
) -> None:
    made = world.cluster(agentPoolProfiles=inline(minCount=max(low, 1)))
    assert made["agentPoolProfiles"][0]["count"] == starts
    assert world.put(POOL, **uncounted(pool_inputs(minCount=low)))["count"] == starts


def test_the_count_of_a_pool_that_scales_itself_is_not_the_programs(world: Fixture) -> None:
    cluster = world.cluster()
    pool = world.pool()["id"]
    world.azure.scale(pool, 7)
    words = ("Cannot manually scale AgentPool lin", "count is 1", "has 7 nodes", "Leave count out")
    refused(lambda: world.update(POOL, **pool_inputs()), 400, "InvalidParameter", *words)
    assert world.update(POOL, **pool_inputs(count=7.0))["count"] == 7
    fixed = {**pool_inputs(count=2.0), "enableAutoScaling": False, "minCount": None, "maxCount": None}
    fixed = {key: value for key, value in fixed.items() if value is not None}
    assert world.put(POOL, **{**fixed, "agentPoolName": "fixed"})["count"] == 2
    again = {**fixed, "agentPoolName": "fixed", "count": 3.0}
    assert world.update(POOL, **again)["count"] == 3
    assert world.update(POOL, **uncounted(again))["count"] == 3
    world.azure.scale(f"{cluster['id']}/agentPools/system", 3)
    refused(lambda: world.update(CLUSTER, **cluster_inputs()), 400, "InvalidParameter", "AgentPool system")


def test_an_inline_pool_that_does_not_scale_itself_keeps_its_nodes_where_no_count_is_stated(world: Fixture) -> None:
    fixed = {"name": "system", "mode": "System", "osType": "Linux", "vmSize": "Standard_D4ds_v5"}
    world.cluster(agentPoolProfiles=[{**fixed, "count": 3.0}])
    changed = cluster_inputs(agentPoolProfiles=[fixed])
    assert world.update(CLUSTER, **changed)["agentPoolProfiles"][0]["count"] == 3


MIXED = "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged"


def test_a_cluster_is_not_upgraded_by_a_put_that_states_the_versions_of_some_pools(world: Fixture) -> None:
    stated = lambda version, pool: cluster_inputs(  # noqa: E731 (used often)
        kubernetesVersion=version, agentPoolProfiles=inline(orchestratorVersion=pool)
    )
    world.put(CLUSTER, **stated("1.34", "1.34"))
    world.pool(orchestratorVersion="1.34")
    refused(lambda: world.update(CLUSTER, **stated("1.35", "1.35")), 400, MIXED, "lin states none", "1.35.4")
    refused(lambda: world.update(CLUSTER, **stated("1.35", "1.34")), 400, MIXED, "lin states none")
    assert world.update(CLUSTER, **{**stated("1.34", "1.34"), "tags": {"a": "b"}})["tags"] == {"a": "b"}
    control_plane = cluster_inputs(kubernetesVersion="1.35", agentPoolProfiles=inline())
    assert world.update(CLUSTER, **control_plane)["currentKubernetesVersion"] == "1.35.4"
    refused(lambda: world.update(CLUSTER, **stated("1.35", "1.35")), 400, MIXED, "lin states none")


def test_with_all_pools_in_it_a_put_upgrades_them_but_only_to_the_control_planes_version(world: Fixture) -> None:
    stated = lambda version, pool: cluster_inputs(  # noqa: E731 (used often)
        kubernetesVersion=version, agentPoolProfiles=inline(orchestratorVersion=pool)
    )
    world.put(CLUSTER, **stated("1.34", "1.33"))
    refused(lambda: world.update(CLUSTER, **stated("1.35", "1.34")), 400, MIXED, "system states 1.34", "1.35.4")
    upgraded = world.update(CLUSTER, **stated("1.35", "1.35"))
    assert upgraded["agentPoolProfiles"][0]["currentOrchestratorVersion"] == "1.35.4"


def test_an_inline_pool_is_upgraded_by_itself_and_stays_so(world: Fixture) -> None:
    inputs = cluster_inputs(
        kubernetesVersion="1.34", agentPoolProfiles=inline(nodeTaints=["CriticalAddonsOnly=true:NoSchedule"])
    )
    system = f"{world.put(CLUSTER, **inputs)['id']}/agentPools/system"
    refused(lambda: world.azure.upgrade_pool(system, "1.35"), 400, "NodePoolMcVersionIncompatible")
    world.update(CLUSTER, **{**inputs, "kubernetesVersion": "1.35"})
    upgraded = world.azure.upgrade_pool(system, "1.35")
    assert upgraded["currentOrchestratorVersion"] == "1.35.4"
    assert upgraded["nodeTaints"] == ["CriticalAddonsOnly=true:NoSchedule"]
    after = world.update(CLUSTER, **{**inputs, "kubernetesVersion": "1.35", "tags": {"a": "b"}})["agentPoolProfiles"][0]
    assert (after["currentOrchestratorVersion"], after["orchestratorVersion"]) == ("1.35.4", "1.35")
    refused(lambda: world.azure.upgrade_pool(system, "1.34"), 400, "OperationNotAllowed", "downgrade")
    refused(lambda: world.azure.upgrade_pool(system + "x", "1.35"), 404, "ResourceNotFound")


def test_through_the_cluster_no_pool_is_added_and_none_removed(world: Fixture) -> None:
    world.cluster()
    world.pool()
    two = [*inline(), *inline(name="other", mode="User")]
    refused(
        lambda: world.update(CLUSTER, **cluster_inputs(agentPoolProfiles=two)),
        400,
        "BadRequest",
        "A new agent pool was introduced",
        "other",
    )
    renamed = inline(name="lin")
    refused(
        lambda: world.update(CLUSTER, **cluster_inputs(agentPoolProfiles=renamed)),
        400,
        "InlinePoolLeftOut",
        "lacks system",
    )


def test_what_a_request_leaves_out_is_answered_with_azures_defaults(world: Fixture) -> None:
    made = world.cluster(networkProfile={"networkPlugin": "azure", "networkPluginMode": "overlay"})
    network = made["networkProfile"]
    assert (network["podCidrs"], network["serviceCidrs"]) == (["10.244.0.0/16"], ["10.0.0.0/16"])
    assert (network["dnsServiceIP"], network["ipFamilies"]) == ("10.0.0.10", ["IPv4"])
    assert network["loadBalancerProfile"]["managedOutboundIPs"] == {"count": 1}
    assert made["windowsProfile"]["enableCSIProxy"] is True
    assert made["autoScalerProfile"]["scanInterval"] == "10s"
    pool = world.pool()
    assert (pool["maxPods"], pool["osDiskSizeGB"], pool["osDiskType"]) == (250, 128, "Managed")
    assert (pool["enableFIPS"], pool["enableEncryptionAtHost"], pool["upgradeSettings"]) == (
        False,
        False,
        {"maxSurge": "10%"},
    )
    assert "upgradeSettings" not in world.pool(agentPoolName="spot", scaleSetPriority="Spot")


def test_what_a_network_was_made_with_is_not_put_back_by_a_request_that_leaves_it_out(world: Fixture) -> None:
    own = {"networkPlugin": "azure", "serviceCidrs": ["10.8.0.0/16"], "outboundType": "none"}
    world.cluster(networkProfile=own)
    network = world.update(CLUSTER, **cluster_inputs(networkProfile={"networkPlugin": "azure"}))["networkProfile"]
    assert (network["serviceCidr"], network["dnsServiceIP"], network["outboundType"]) == (
        "10.8.0.0/16",
        "10.8.0.10",
        "none",
    )
    assert "loadBalancerProfile" not in network


def test_an_update_of_the_cluster_does_not_scale_its_inline_pool_back(world: Fixture) -> None:
    cluster = world.cluster()
    world.azure.scale(f"{cluster['id']}/agentPools/system", 3)
    changed = cluster_inputs(tags={"a": "b"}, agentPoolProfiles=inline())
    assert world.update(CLUSTER, **changed)["agentPoolProfiles"][0]["count"] == 3


def test_vcpus_are_counted_by_family_and_region(world: Fixture) -> None:
    world.cluster()
    world.azure.quotas({"standardDDSv5Family": 24})
    words = ("requested 24, remaining 16", "standardDDSv5Family", "westeurope")
    refused(lambda: world.pool(count=3.0), 400, "ErrCode_InsufficientVCPUQuota", *words)
    assert world.pool(count=2.0)["count"] == 2
    world.azure.quotas({"westeurope/cores": 24})
    other = pool_inputs(agentPoolName="e", vmSize="Standard_E4ds_v5")
    refused(lambda: world.pool(**other), 400, "ErrCode_InsufficientVCPUQuota", "family cores")


def test_what_is_in_use_is_not_deleted_and_goes_with_its_user(world: Fixture) -> None:
    subnet = world.network()
    identity = world.identity()["id"]
    group = world.put(
        "network:NetworkSecurityGroup", resourceGroupName="ci", networkSecurityGroupName="nsg", location="westeurope"
    )["id"]
    world.subnet("agents", "10.240.64.0/18", networkSecurityGroup={"id": group})
    profiles = [{**cluster_inputs()["agentPoolProfiles"][0], "vnetSubnetID": subnet}]
    cluster = world.cluster(
        agentPoolProfiles=profiles, identity={"type": "UserAssigned", "userAssignedIdentities": [identity]}
    )
    refused(lambda: world.delete("network:Subnet", subnet), 400, "InUseSubnetCannotBeDeleted", "ManagedCluster fleet")
    network = subnet.rsplit("/", 2)[0]
    refused(lambda: world.delete("network:VirtualNetwork", network), 400, "InUseSubnetCannotBeDeleted")
    refused(lambda: world.delete("managedidentity:UserAssignedIdentity", identity), 400, "IdentityInUse")
    refused(
        lambda: world.delete("network:NetworkSecurityGroup", group), 400, "InUseNetworkSecurityGroupCannotBeDeleted"
    )
    world.delete(CLUSTER, str(cluster["id"]))
    world.delete("network:Subnet", subnet)
    world.delete("resources:ResourceGroup", GROUP)
    assert world.azure.resources() == []


def test_an_address_and_a_gateway_in_use_are_not_deleted(world: Fixture) -> None:
    world.network()
    address = world.put(
        "network:PublicIPAddress",
        resourceGroupName="ci",
        publicIpAddressName="out",
        location="westeurope",
        sku={"name": "Standard"},
        publicIPAllocationMethod="Static",
    )
    inputs = {
        "resourceGroupName": "ci",
        "location": "westeurope",
        "sku": {"name": "Standard"},
        "publicIpAddresses": [{"id": address["id"]}],
    }
    gateway = world.put("network:NatGateway", natGatewayName="nat", **inputs)["id"]
    assert address["ipAddress"].startswith("203.0.113.")
    world.subnet("nat", "10.240.64.0/18", natGateway={"id": gateway})
    refused(lambda: world.put("network:NatGateway", natGatewayName="b", **inputs), 400, "PublicIPAddressInUse")
    refused(lambda: world.delete("network:NatGateway", gateway), 400, "InUseNatGatewayCannotBeDeleted")
    refused(lambda: world.delete("network:PublicIPAddress", address["id"]), 400, "PublicIPAddressCannotBeDeleted")


def test_the_zones_of_a_public_address_stay(world: Fixture) -> None:
    inputs = {"resourceGroupName": "ci", "publicIpAddressName": "out", "location": "westeurope"}
    inputs |= {"sku": {"name": "Standard"}, "publicIPAllocationMethod": "Static"}
    address = "network:PublicIPAddress"
    world.put(address, **inputs, zones=["1"])
    refused(lambda: world.update(address, **inputs, zones=["1", "2"]), 400, "PropertyChangeNotAllowed", "zones")


def test_subnets_lie_within_their_network_and_apart(world: Fixture) -> None:
    world.network()
    refused(lambda: world.subnet("far", "10.241.0.0/24"), 400, "NetcfgInvalidSubnet", "10.240.0.0/16")
    refused(lambda: world.subnet("near", "10.240.1.0/24"), 400, "NetcfgSubnetRangesOverlap", "subnet build")
    names = [
        item["name"]
        for item in world.get("network:VirtualNetwork", f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net")[
            "subnets"
        ]
    ]  # type: ignore[index]
    assert names == ["build"]


def test_the_last_system_pool_stays(world: Fixture) -> None:
    cluster = world.cluster()
    refused(
        lambda: world.delete(POOL, f"{cluster['id']}/agentPools/system"),
        400,
        "OperationNotAllowed",
        "at least one system",
    )


def test_an_assignment_of_a_role_exists_once(world: Fixture) -> None:
    inputs = {"scope": GROUP, "principalId": GUID, "principalType": "ServicePrincipal", "roleDefinitionId": ROLE + GUID}
    world.put("authorization:RoleAssignment", roleAssignmentName=GUID, **inputs)
    act = lambda: world.put("authorization:RoleAssignment", roleAssignmentName=OTHER, **inputs)  # noqa: E731
    refused(act, 409, "RoleAssignmentExists", GUID)
    world.delete("authorization:RoleAssignment", f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{GUID}")
    assert act()["scope"] == GROUP


def test_a_kubelet_identity_needs_a_role_of_the_clusters(world: Fixture) -> None:
    mine, kubelet = world.identity("cluster"), world.identity("kubelet")
    inputs = {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [mine["id"]]},
        "identityProfile": {"kubeletidentity": {"resourceId": kubelet["id"]}},
    }
    refused(
        lambda: world.cluster(**inputs), 400, "CustomKubeletIdentityMissingPermissionError", "Managed Identity Operator"
    )
    world.put(
        "authorization:RoleAssignment",
        roleAssignmentName=GUID,
        scope=kubelet["id"],
        principalId=mine["principalId"],
        roleDefinitionId=f"{ROLE}f1a07417-d97a-45cb-824c-7a7467783830",
    )
    outputs = world.cluster(**inputs)
    assert outputs["identityProfile"]["kubeletidentity"]["objectId"] == kubelet["principalId"]
    assert outputs["identity"]["userAssignedIdentities"] == {
        mine["id"]: {"clientId": mine["clientId"], "principalId": mine["principalId"]}
    }


def test_an_identity_takes_twenty_credentials_each_of_its_own_subject(world: Fixture) -> None:
    world.identity()
    make = lambda number, subject: world.put(  # noqa: E731 (used three times)
        "managedidentity:FederatedIdentityCredential",
        resourceGroupName="ci",
        resourceName="agents",
        federatedIdentityCredentialResourceName=f"cred-{number}",
        issuer="https://issuer.example",
        subject=subject,
        audiences=["api://AzureADTokenExchange"],
    )
    make(0, "s0")
    refused(lambda: make(99, "s0"), 409, "ConflictingFederatedIdentityCredential", "cred-0")
    for number in range(1, 20):
        make(number, f"s{number}")
    refused(lambda: make(20, "s20"), 400, "FederatedIdentityCredentialLimitExceeded", "20")


def vault(**properties: Any) -> Object:
    return {
        "resourceGroupName": "ci",
        "vaultName": "contoso-ci",
        "location": "westeurope",
        "properties": {
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            "softDeleteRetentionInDays": 7.0,
            **properties,
        },
    }


def test_a_deleted_vault_keeps_its_name_until_purged_or_its_days_are_over(world: Fixture) -> None:
    made = world.put("keyvault:Vault", **vault())
    assert made["properties"]["vaultUri"] == "https://contoso-ci.vault.azure.net/"
    world.delete("keyvault:Vault", made["id"])
    assert world.azure.soft_deleted() == [made["id"]]
    refused(lambda: world.put("keyvault:Vault", **vault()), 409, "ConflictError", "deleted state", "purge")
    world.put("keyvault:Vault", **vault(createMode="recover"))
    assert world.azure.soft_deleted() == []
    world.delete("keyvault:Vault", made["id"])
    world.azure.purge(made["id"])
    world.put("keyvault:Vault", **vault())
    world.delete("resources:ResourceGroup", GROUP)
    assert world.azure.soft_deleted() == [made["id"]]
    world.clock.now += 8 * 86400
    world.put("resources:ResourceGroup", resourceGroupName="ci", location="westeurope")
    assert world.put("keyvault:Vault", **vault())


def test_purge_protection_stays_and_protects(world: Fixture) -> None:
    made = world.put("keyvault:Vault", **vault(enablePurgeProtection=True))
    refused(
        lambda: world.update("keyvault:Vault", **vault(enablePurgeProtection=True, softDeleteRetentionInDays=8.0)),
        400,
        "BadRequest",
        "softDeleteRetentionInDays",
    )
    world.delete("keyvault:Vault", made["id"])
    refused(lambda: world.azure.purge(made["id"]), 409, "MethodNotAllowed", "purge protection")
    refused(lambda: world.put("keyvault:Vault", **vault()), 409, "ConflictError", "cannot be purged")


def test_names_of_registries_and_vaults_are_global(world: Fixture) -> None:
    world.put("resources:ResourceGroup", resourceGroupName="two", location="westeurope")
    registry = {"registryName": "contoso1", "location": "westeurope", "sku": {"name": "Standard"}}
    made = world.put("containerregistry:Registry", resourceGroupName="ci", **registry)
    assert made["loginServer"] == "contoso1.azurecr.io"
    refused(
        lambda: world.put(
            "containerregistry:Registry", resourceGroupName="two", **{**registry, "registryName": "CONTOSO1"}
        ),
        409,
        "AlreadyInUse",
        "choose another",
    )
    world.put("keyvault:Vault", **vault())
    refused(lambda: world.put("keyvault:Vault", **{**vault(), "resourceGroupName": "two"}), 409, "VaultAlreadyExists")


def test_a_node_resource_group_is_akss_own(world: Fixture) -> None:
    world.put("resources:ResourceGroup", resourceGroupName="nodes", location="westeurope")
    refused(lambda: world.cluster(nodeResourceGroup="nodes"), 400, "InvalidParameter", "choose another name")
    cluster = world.cluster(nodeResourceGroup="fleet-nodes")
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/fleet-nodes"
    assert group in dict(world.azure.resources())
    world.delete(CLUSTER, str(cluster["id"]))
    assert group not in dict(world.azure.resources())


def local(world: Fixture, kind: str, name: str, parent: str, properties: Object, **inputs: Any) -> Object:
    return world.put(
        "resources:Resource",
        resourceGroupName="ci",
        resourceProviderNamespace="Microsoft.Kubernetes",
        parentResourcePath=f"connectedClusters/site/providers/Microsoft.HybridContainerService{parent}",
        resourceType=kind,
        resourceName=name,
        apiVersion="2024-01-01",
        properties=properties,
        **inputs,
    )


def site(world: Fixture, **location: Any) -> str:
    place = f"{GROUP}/providers/Microsoft.ExtendedLocation/customLocations/site"
    network = f"{GROUP}/providers/Microsoft.AzureStackHCI/logicalNetworks/lan"
    world.azure.seed(place, location)
    world.azure.seed(network)
    made = world.put(
        "kubernetes:ConnectedCluster",
        resourceGroupName="ci",
        clusterName="site",
        location="westeurope",
        kind="ProvisionedCluster",
        identity={"type": "SystemAssigned"},
        agentPublicKeyCertificate="",
    )
    properties = {
        "kubernetesVersion": "1.32.5",
        "cloudProviderProfile": {"infraNetworkProfile": {"vnetSubnetIds": [network]}},
    }
    extended = {"type": "CustomLocation", "name": place}
    instance = local(world, "provisionedClusterInstances", "default", "", properties, extendedLocation=extended)
    assert instance["type"] == "Microsoft.HybridContainerService/provisionedClusterInstances"
    assert instance["properties"]["provisioningState"] == "Succeeded"
    assert "apiVersion" not in instance
    assert made["agentPublicKeyCertificate"], "Azure makes one"
    return str(made["id"])


def local_pool(world: Fixture, name: str = "win22", count: float = 1.0, windows: bool = True) -> Object:
    system = {"osType": "Windows", "osSKU": "Windows2022"} if windows else {"osType": "Linux", "osSKU": "CBLMariner"}
    properties = {**system, "vmSize": "Standard_D8s_v3", "count": count}
    return local(world, "agentPools", name, "/provisionedClusterInstances/default", properties)


def test_azure_local_has_windows_pools_where_somebody_enabled_them(world: Fixture) -> None:
    site(world)
    refused(
        lambda: local_pool(world),
        400,
        "WindowsNodePoolDisabled",
        "Invoke-SupportAksArcRemediation_EnableWindowsNodepool",
    )
    world.azure.seed(f"{GROUP}/providers/Microsoft.ExtendedLocation/customLocations/site", {"windowsNodePools": True})
    assert local_pool(world)["name"] == "win22"


def test_azure_local_takes_sixteen_pools_and_two_hundred_nodes(world: Fixture) -> None:
    site(world)
    for number in range(3):
        local_pool(world, f"lin{number}", 64.0, windows=False)
    refused(lambda: local_pool(world, "lin3", 9.0, windows=False), 400, "MaxNodesExceeded", "201")
    for number in range(3, 11):
        local_pool(world, f"lin{number}", windows=False)
    refused(lambda: local_pool(world, "linx", windows=False), 400, "MaxNodesExceeded")


def test_the_kubeconfig_of_azure_local_comes_with_the_cluster(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    world = Fixture(tmp_path / "azure", None)
    kubeconfig.write_text("clusters: []")
    uri = site(world)
    from sandbox.azure import Azure

    azure = Azure(world.directory, kubeconfig=kubeconfig, subscription=SUBSCRIPTION)
    function = token("hybridcontainerservice:listProvisionedClusterInstanceAdminKubeconfig")
    found = azure.invoke(function, {"connectedClusterResourceUri": uri})
    assert base64.b64decode(found["properties"]["kubeconfigs"][0]["value"]) == b"clusters: []"
    refused(lambda: azure.invoke(function, {"connectedClusterResourceUri": uri + "x"}), 404, "ResourceNotFound")


def test_functions_answer_as_azures_do(tmp_path: Path) -> None:
    world = Fixture(tmp_path / "azure")
    entra = {"disableLocalAccounts": True, "aadProfile": {"managed": True, "adminGroupObjectIDs": [GUID]}}
    user = token("containerservice:listManagedClusterUserCredentials")
    args = {"resourceGroupName": "ci", "resourceName": "fleet"}
    refused(lambda: world.azure.invoke(user, args), 404, "ResourceNotFound")
    world.cluster(**entra)
    refused(lambda: world.azure.invoke(user, args), 503, "ServiceUnavailable")
    from sandbox.azure import Azure

    (tmp_path / "kubeconfig").write_text("secret: token")
    azure = Azure(world.directory, kubeconfig=tmp_path / "kubeconfig", subscription=SUBSCRIPTION, tenant=TENANT)
    found = azure.invoke(user, args)["kubeconfigs"]
    assert [(item["name"], base64.b64decode(item["value"])) for item in found] == [("clusterUser", b"secret: token")]
    assert "secret: token" not in world.text()
    assert found[0]["value"] not in world.text()
    admin = token("containerservice:listManagedClusterAdminCredentials")
    refused(lambda: azure.invoke(admin, args), 400, "BadRequest", "disable local accounts")
    client = azure.invoke(token("authorization:getClientConfig"), {})
    assert (client["subscriptionId"], client["tenantId"]) == (SUBSCRIPTION, TENANT)
    assert azure.invoke(token("containerservice:getManagedCluster"), args)["name"] == "fleet"
    with pytest.raises(UnsupportedType, match="listManagedClusterUserCredentials"):
        azure.invoke(token("storage:listStorageAccountKeys"), {})


def test_an_identity_made_anew_is_another_principal(world: Fixture) -> None:
    first = world.identity()
    assert world.get("managedidentity:UserAssignedIdentity", first["id"]) == {
        k: v for k, v in first.items() if k != "id"
    }
    world.delete("managedidentity:UserAssignedIdentity", first["id"])
    assert world.get("managedidentity:UserAssignedIdentity", first["id"]) is None
    assert world.identity()["principalId"] != first["principalId"]


def test_outputs_have_the_shape_of_azure_natives_state(world: Fixture) -> None:
    cluster = world.cluster(
        oidcIssuerProfile={"enabled": True},
        addonProfiles={"azurepolicy": {"enabled": True}, "other": {"enabled": False}},
    )
    assert cluster["azureApiVersion"] == "2025-09-01"
    assert cluster["type"] == "Microsoft.ContainerService/managedClusters"
    assert cluster["oidcIssuerProfile"]["issuerURL"].startswith("https://westeurope.oic.prod-aks.azure.com/")
    assert cluster["identity"]["principalId"]
    assert cluster["identityProfile"]["kubeletidentity"].keys() == {"clientId", "objectId", "resourceId"}
    assert cluster["addonProfiles"]["azurepolicy"]["identity"]["objectId"]
    assert "identity" not in cluster["addonProfiles"]["other"]
    assert not cluster.keys() & {"resourceGroupName", "resourceName"}
    pool = world.pool(**windows_inputs())
    assert (pool["name"], pool["type"], pool["provisioningState"]) == ("win25", "VirtualMachineScaleSets", "Succeeded")
    workspace = world.put(
        "monitor:AzureMonitorWorkspace",
        resourceGroupName="ci",
        azureMonitorWorkspaceName="metrics",
        location="westeurope",
    )
    rule = workspace["defaultIngestionSettings"]["dataCollectionRuleResourceId"]
    association = world.put(
        "monitor:DataCollectionRuleAssociation",
        resourceUri=cluster["id"],
        associationName="metrics",
        dataCollectionRuleId=rule,
    )
    assert association["id"].startswith(f"{cluster['id']}/providers/Microsoft.Insights/")
    world.delete(CLUSTER, str(cluster["id"]))
    assert association["id"] not in dict(world.azure.resources())


def test_deleting_what_is_not_there_is_no_error(world: Fixture) -> None:
    world.delete(POOL, world.id(POOL, **pool_inputs()))


def test_a_refused_request_changes_nothing(world: Fixture) -> None:
    world.cluster()
    before = world.azure.resources()
    refused(lambda: world.pool(osDiskSizeGB=1.0), 400, "InvalidParameter", "AgentPool lin in resource group ci")
    assert world.azure.resources() == before
    assert world.azure.requests()[-1][2:] == (400, "InvalidParameter")
    assert world.azure.wait(world.begin(POOL, **pool_inputs()), NEVER)
