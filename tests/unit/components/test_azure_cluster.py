"""The AKS cluster, its identities and what watches it, as Azure would be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import managedidentity

from components.azure.cluster import AksCluster
from components.azure.cluster_arguments import (
    AksClusterArgs,
    ClusterAddOns,
    ClusterNetwork,
    ClusterWindows,
    Gmsa,
    PrivateApi,
    PublicApi,
    UpgradeChannels,
)
from components.azure.cluster_identities import (
    ClusterIdentities,
    ClusterIdentitiesArgs,
    ControlPlaneIdentity,
    KubeletIdentity,
    Reach,
)
from components.azure.diagnostics import CATEGORIES, ClusterDiagnostics, ClusterDiagnosticsArgs
from components.azure.maintenance import Maintenance, MaintenanceArgs, WeeklyWindow
from components.azure.pool_profile import PoolProfile, PoolUpgrade
from components.azure.prometheus import ManagedPrometheus, ManagedPrometheusArgs
from components.azure.roles import role_definition_id
from components.azure.scope import AzureScope
from components.platform import Taint
from rules.tables import azure_roles
from sandbox.azure import defaults
from tests.unit.components.azure_recording import AzureMonitor, deploy
from tests.unit.components.mocks import SECRET, strings_in

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ci"
SUBNET = f"{GROUP_ID}/providers/Microsoft.Network/virtualNetworks/ci/subnets/system"
ZONE = f"{GROUP_ID}/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"
SCOPE = AzureScope(
    subscription=SUBSCRIPTION,
    tenant="22222222-2222-2222-2222-222222222222",
    location="westeurope",
    resource_group="ci",
    resource_group_id=GROUP_ID,
    tags={"environment": "prod", "owner": "platform-team"},
)
UPGRADE = PoolUpgrade(max_surge="33%", max_unavailable=None, drain_minutes=90, soak_minutes=5, undrainable="Cordon")
SYSTEM = PoolProfile(
    mode="System",
    os="linux",
    os_sku="Ubuntu",
    vm_size="Standard_D4ds_v5",
    min_count=2,
    max_count=3,
    kubernetes_version="1.36",
    subnet=SUBNET,
    labels={"buildfleet.dev/pool": "system"},
    taints=(Taint(key="CriticalAddonsOnly", value="true", effect="NoSchedule"),),
    upgrade=UPGRADE,
    zones=("2", "1"),
    max_pods=110,
    os_disk_gb=128,
)
ARGS = AksClusterArgs(
    scope=SCOPE,
    name="ci",
    node_resource_group="ci-nodes",
    kubernetes_version="1.36",
    tier="Standard",
    system_pool_name="system",
    system_pool=SYSTEM,
    control_plane=ControlPlaneIdentity(id="control-plane-id"),
    kubelet=KubeletIdentity(id="kubelet-id", client_id="kubelet-client", principal_id="kubelet-principal"),
    network=ClusterNetwork(outbound="nat-gateway", pods="10.244.0.0/16", services="10.8.0.0/20", engine="calico"),
    api_server=PublicApi(authorized_ranges=("203.0.113.0/24", "198.51.100.1/32")),
    admin_groups=("b", "a"),
    windows=ClusterWindows(admin_username="buildfleet", admin_password="the password"),
    upgrades=UpgradeChannels(kubernetes="patch", node_images="NodeImage"),
    add_ons=ClusterAddOns(keda=True, image_cleaner_hours=168),
    longest_drain_minutes=90,
)


def cluster(**changes: Any) -> tuple[AzureMonitor, dict[str, Any]]:
    """A cluster with some arguments changed, and what Azure is told of it."""
    monitor = deploy(lambda: AksCluster("aks", replace(ARGS, **changes)))
    return monitor, monitor.named("aks-cluster").inputs


def test_azure_is_told_all_of_this_of_a_cluster_and_nothing_else() -> None:
    _, told = cluster()
    pool = told.pop("agentPoolProfiles")
    assert told == {
        "aadProfile": {
            "adminGroupObjectIDs": ["a", "b"],
            "enableAzureRBAC": True,
            "managed": True,
            "tenantID": SCOPE.tenant,
        },
        "addonProfiles": {
            "azureKeyvaultSecretsProvider": {
                "enabled": True,
                "config": {"enableSecretRotation": "true", "rotationPollInterval": "2m"},
            },
            "azurepolicy": {"enabled": False},
        },
        "apiServerAccessProfile": {
            "authorizedIPRanges": ["203.0.113.0/24", "198.51.100.1/32"],
            "disableRunCommand": True,
            "enablePrivateCluster": False,
        },
        "autoScalerProfile": {
            "balanceSimilarNodeGroups": "false",
            "expander": "least-waste",
            "ignoreDaemonsetsUtilization": True,
            "maxGracefulTerminationSec": "5400",
            "maxNodeProvisionTime": "30m",
            "scaleDownDelayAfterAdd": "10m",
            "scaleDownUnneededTime": "10m",
            "skipNodesWithLocalStorage": "false",
            "skipNodesWithSystemPods": "true",
        },
        "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage", "upgradeChannel": "patch"},
        "azureMonitorProfile": {"metrics": {"enabled": False}},
        "disableLocalAccounts": True,
        "dnsPrefix": "ci",
        "enableRBAC": True,
        "identity": {"type": "UserAssigned", "userAssignedIdentities": ["control-plane-id"]},
        "identityProfile": {
            "kubeletidentity": {
                "clientId": "kubelet-client",
                "objectId": "kubelet-principal",
                "resourceId": "kubelet-id",
            }
        },
        "kubernetesVersion": "1.36",
        "location": "westeurope",
        "networkProfile": {
            "dnsServiceIP": "10.8.0.10",
            "loadBalancerSku": "standard",
            "ipFamilies": ["IPv4"],
            "networkDataplane": "azure",
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "networkPolicy": "calico",
            "outboundType": "userAssignedNATGateway",
            "podCidr": "10.244.0.0/16",
            "podCidrs": ["10.244.0.0/16"],
            "serviceCidr": "10.8.0.0/20",
            "serviceCidrs": ["10.8.0.0/20"],
        },
        "nodeResourceGroup": "ci-nodes",
        "nodeResourceGroupProfile": {"restrictionLevel": "ReadOnly"},
        "oidcIssuerProfile": {"enabled": True},
        "resourceGroupName": "ci",
        "resourceName": "ci",
        "securityProfile": {
            "defender": {"securityMonitoring": {"enabled": False}},
            "imageCleaner": {"enabled": True, "intervalHours": 168},
            "workloadIdentity": {"enabled": True},
        },
        "sku": {"name": "Base", "tier": "Standard"},
        "storageProfile": {
            "blobCSIDriver": {"enabled": False},
            "diskCSIDriver": {"enabled": True},
            "fileCSIDriver": {"enabled": True},
            "snapshotController": {"enabled": True},
        },
        "supportPlan": "KubernetesOfficial",
        "tags": {"environment": "prod", "owner": "platform-team"},
        "windowsProfile": {
            "adminPassword": SECRET,
            "adminUsername": "buildfleet",
            "enableCSIProxy": True,
            "licenseType": "None",
        },
        "workloadAutoScalerProfile": {"keda": {"enabled": True}},
    }
    assert pool == [
        {
            "availabilityZones": ["1", "2"],
            "enableAutoScaling": True,
            "enableEncryptionAtHost": False,
            "enableFIPS": False,
            "maxCount": 3,
            "maxPods": 110,
            "minCount": 2,
            "mode": "System",
            "name": "system",
            "nodeLabels": {"buildfleet.dev/pool": "system"},
            "nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"],
            "osDiskSizeGB": 128,
            "osDiskType": "Managed",
            "osSKU": "Ubuntu",
            "osType": "Linux",
            "tags": {"environment": "prod", "owner": "platform-team"},
            "type": "VirtualMachineScaleSets",
            "upgradeSettings": {
                "drainTimeoutInMinutes": 90,
                "maxSurge": "33%",
                "nodeSoakDurationInMinutes": 5,
                "undrainableNodeBehavior": "Cordon",
            },
            "vmSize": "Standard_D4ds_v5",
            "vnetSubnetID": SUBNET,
        }
    ]


def test_the_count_of_the_inline_pool_and_anything_new_about_windows_change_nothing() -> None:
    monitor, _ = cluster()
    assert monitor.named("aks-cluster").ignore_changes == (
        "agentPoolProfiles[0].count",
        "windowsProfile",
    )


def test_azure_adds_nothing_to_what_would_replace_the_cluster_so_that_one_can_be_imported() -> None:
    """The provider's list: provider/pkg/gen/replacement.go of azure-native 3.29."""
    _, told = cluster()
    fixed = ("dnsPrefix", "linuxProfile", "location", "networkProfile", "nodeResourceGroup", "windowsProfile")
    answered = defaults.cluster(told, None)
    assert {key: answered.get(key) for key in fixed} == {key: told.get(key) for key in fixed}
    bare = defaults.cluster({**told, "networkProfile": {"networkPlugin": "azure"}}, None)
    assert len(bare["networkProfile"]) > 5, "the comparison can tell"


def test_the_inline_pool_says_no_version_as_azure_refuses_one_of_several_in_an_upgrade() -> None:
    monitor, told = cluster(kubernetes_version="1.37", system_pool=replace(SYSTEM, kubernetes_version="1.37"))
    assert told["kubernetesVersion"] == "1.37"
    assert "orchestratorVersion" not in told["agentPoolProfiles"][0]
    # Ignored, what a refresh wrote down would be sent with the next upgrade.
    assert not [path for path in monitor.named("aks-cluster").ignore_changes if "orchestratorVersion" in path]


@pytest.mark.parametrize(
    ("tier", "plan"),
    [("Free", "KubernetesOfficial"), ("Standard", "KubernetesOfficial"), ("Premium", "AKSLongTermSupport")],
)
def test_premium_is_for_long_term_support(tier: str, plan: str) -> None:
    assert cluster(tier=tier)[1]["supportPlan"] == plan


def test_the_password_is_a_secret_even_where_it_came_as_plain_text() -> None:
    monitor, _ = cluster()
    assert "the password" not in {text for one in monitor.registrations for text in strings_in(one.inputs)}
    assert "the password" not in set(strings_in(monitor.outputs))


@pytest.mark.parametrize("protect", [True, False])
def test_a_cluster_is_protected_where_asked(protect: bool) -> None:
    monitor, _ = cluster(protect=protect)
    assert monitor.named("aks-cluster").protect is protect


def test_the_cluster_waits_for_its_roles_and_its_network() -> None:
    def program() -> None:
        own = ClusterIdentities("own", IDENTITIES)
        network = managedidentity.UserAssignedIdentity("network", resource_group_name="ci")
        AksCluster("aks", replace(ARGS, control_plane=own.control_plane, kubelet=own.kubelet, wait_for=[network]))

    assert deploy(program).depends_on("aks-cluster") >= {
        "network",
        "own-control-plane",
        "own-dns-zone",
        "own-kubelet",
        "own-kubelet-operator",
        "own-network-system",
    }


def test_no_authorized_range_at_all_is_left_out() -> None:
    _, told = cluster(api_server=PublicApi())
    assert told["apiServerAccessProfile"] == {"disableRunCommand": True, "enablePrivateCluster": False}


@pytest.mark.parametrize(("zone", "public"), [("system", False), ("none", True), (ZONE, False)])
def test_a_private_api_server_is_in_public_dns_only_without_a_zone(zone: str, public: bool) -> None:
    _, told = cluster(api_server=PrivateApi(dns_zone=zone))
    assert told["apiServerAccessProfile"] == {
        "disableRunCommand": True,
        "enablePrivateCluster": True,
        "enablePrivateClusterPublicFQDN": public,
        "privateDNSZone": zone,
    }


@pytest.mark.parametrize(
    ("outbound", "engine", "expected"),
    [
        ("load-balancer", "calico", ("loadBalancer", "azure", "calico")),
        ("user-defined-routing", "cilium", ("userDefinedRouting", "cilium", "cilium")),
        ("nat-gateway", "cilium", ("userAssignedNATGateway", "cilium", "cilium")),
    ],
)
def test_ways_out_and_engines_are_said_in_azures_words(outbound: Any, engine: Any, expected: tuple[str, ...]) -> None:
    _, told = cluster(
        network=ClusterNetwork(outbound=outbound, pods="10.244.0.0/16", services="10.0.0.0/16", engine=engine)
    )
    profile = told["networkProfile"]
    assert (profile["outboundType"], profile["networkDataplane"], profile["networkPolicy"]) == expected
    assert profile["dnsServiceIP"] == "10.0.0.10"


def test_add_ons_are_said_on_or_off() -> None:
    _, told = cluster(
        add_ons=ClusterAddOns(
            key_vault_secrets=False, azure_policy=True, defender_workspace="workspace-id", prometheus=True
        )
    )
    assert told["addonProfiles"] == {
        "azureKeyvaultSecretsProvider": {"enabled": False},
        "azurepolicy": {"config": {"version": "v2"}, "enabled": True},
    }
    assert told["securityProfile"]["defender"] == {
        "logAnalyticsWorkspaceResourceId": "workspace-id",
        "securityMonitoring": {"enabled": True},
    }
    assert told["securityProfile"]["imageCleaner"] == {"enabled": False}
    assert told["azureMonitorProfile"] == {"metrics": {"enabled": True}}
    assert told["workloadAutoScalerProfile"] == {"keda": {"enabled": False}}


def test_licences_and_group_managed_accounts_are_the_windows_profiles() -> None:
    _, told = cluster(
        windows=ClusterWindows(
            admin_username="buildfleet",
            admin_password=pulumi.Output.secret("x"),
            hybrid_benefit=True,
            gmsa=Gmsa(dns_server="10.1.0.4", root_domain="contoso.local"),
        )
    )
    assert told["windowsProfile"] == {
        "adminUsername": "buildfleet",
        "adminPassword": SECRET,
        "enableCSIProxy": True,
        "licenseType": "Windows_Server",
        "gmsaProfile": {"enabled": True, "dnsServer": "10.1.0.4", "rootDomainName": "contoso.local"},
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"admin_groups": ()}, "no Entra group administers it"),
        ({"system_pool": replace(SYSTEM, mode="User")}, "must be Linux with mode 'System'"),
        ({"system_pool": replace(SYSTEM, os="windows")}, "must be Linux with mode 'System'"),
    ],
)
def test_a_cluster_that_could_not_be_used_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cluster(**changes)


IDENTITIES = ClusterIdentitiesArgs(
    scope=SCOPE,
    control_plane="ci-control-plane",
    kubelet="ci-kubelet",
    networks={"system": Reach(id=SUBNET)},
    dns_zone=ZONE,
    protect=True,
)


def test_the_control_plane_may_join_its_networks_write_its_zone_and_hand_the_nodes_their_identity() -> None:
    monitor = deploy(lambda: ClusterIdentities("own", IDENTITIES))
    grants = {
        one.inputs["scope"]: (one.inputs["roleDefinitionId"], one.inputs["principalId"])
        for one in monitor.of_type("azure-native:authorization:RoleAssignment")
    }

    def role(name: str) -> tuple[str, str]:
        return role_definition_id(scope_id=f"/subscriptions/{SUBSCRIPTION}", role=name), "own-control-plane-principal"

    assert grants == {
        "own-kubelet-id": role(azure_roles.MANAGED_IDENTITY_OPERATOR),
        SUBNET: role(azure_roles.NETWORK_CONTRIBUTOR),
        ZONE: role(azure_roles.PRIVATE_DNS_ZONE_CONTRIBUTOR),
    }


def test_identities_are_protected_and_their_roles_are_not() -> None:
    monitor = deploy(lambda: ClusterIdentities("own", IDENTITIES))
    assert {one.name for one in monitor.registrations if one.protect} == {"own-control-plane", "own-kubelet"}
    assert {one.parent_name for one in monitor.registrations if one.custom} == {"own"}


def test_both_windows_are_of_the_kind_that_governs_upgrades_and_are_made_one_after_another() -> None:
    saturday = WeeklyWindow(day="Saturday", start="02:00", hours=8, utc_offset="+01:00")
    sunday = WeeklyWindow(day="Sunday", start="03:00", hours=4, utc_offset="+00:00")
    monitor = deploy(
        lambda: Maintenance(
            "windows", MaintenanceArgs(scope=SCOPE, cluster="ci", kubernetes=saturday, node_images=sunday)
        )
    )
    told = {one.inputs["configName"]: one.inputs for one in monitor.registrations if one.custom}
    assert told == {
        "aksManagedAutoUpgradeSchedule": {
            "configName": "aksManagedAutoUpgradeSchedule",
            "resourceGroupName": "ci",
            "resourceName": "ci",
            "maintenanceWindow": {
                "schedule": {"weekly": {"dayOfWeek": "Saturday", "intervalWeeks": 1}},
                "startTime": "02:00",
                "durationHours": 8,
                "utcOffset": "+01:00",
            },
        },
        "aksManagedNodeOSUpgradeSchedule": {
            "configName": "aksManagedNodeOSUpgradeSchedule",
            "resourceGroupName": "ci",
            "resourceName": "ci",
            "maintenanceWindow": {
                "schedule": {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1}},
                "startTime": "03:00",
                "durationHours": 4,
                "utcOffset": "+00:00",
            },
        },
    }
    assert monitor.depends_on("windows-node-images") == {"windows-kubernetes"}


def test_the_control_planes_logs_are_kept_but_for_the_reads_of_every_controller() -> None:
    monitor = deploy(
        lambda: ClusterDiagnostics("logs", ClusterDiagnosticsArgs(name="ci", cluster="cluster-id", workspace="w-id"))
    )
    told = monitor.named("logs-setting").inputs
    assert (told["resourceUri"], told["workspaceId"]) == ("cluster-id", "w-id")
    assert {entry["category"] for entry in told["logs"] if entry["enabled"]} == set(CATEGORIES)
    assert "kube-audit" not in CATEGORIES
    assert {"kube-audit-admin", "guard", "cluster-autoscaler"} <= set(CATEGORIES)
    assert told["metrics"] == [{"category": "AllMetrics", "enabled": True}]


def test_metrics_flow_from_the_cluster_to_the_workspace() -> None:
    monitor = deploy(
        lambda: ManagedPrometheus("metrics", ManagedPrometheusArgs(scope=SCOPE, name="ci", cluster="cluster-id"))
    )
    rule = monitor.named("metrics-rule").inputs
    stream = rule["dataSources"]["prometheusForwarder"][0]["streams"]
    assert rule["dataCollectionEndpointId"] == "metrics-endpoint-id"
    assert rule["destinations"]["monitoringAccounts"] == [
        {"accountResourceId": "metrics-workspace-id", "name": rule["dataFlows"][0]["destinations"][0]}
    ]
    assert rule["dataFlows"][0]["streams"] == stream
    link = monitor.named("metrics-association").inputs
    assert (link["resourceUri"], link["dataCollectionRuleId"]) == ("cluster-id", "metrics-rule-id")
    assert monitor.outputs_of("metrics") == {"queryEndpoint": "https://metrics.example/"}
