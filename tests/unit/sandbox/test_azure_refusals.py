"""What the simulated Azure refuses by itself: one table a kind of resource, of what passes and what does not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from sandbox.azure import UNKNOWN, Object, UnsupportedType, arm_type
from sandbox.azure.refusals import refusals
from sandbox.azure.types import TYPES
from tests.unit.sandbox.azure_world import PASSWORD, cluster_inputs, pool_inputs, token, windows_inputs

GUID = "33333333-3333-3333-3333-333333333333"
ROLE = f"/subscriptions/{GUID}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
WORKSPACE = f"/subscriptions/{GUID}/resourceGroups/ci/providers/Microsoft.OperationalInsights/workspaces/logs"


def told(short: str, inputs: Object) -> dict[str, str]:
    return {refusal.path: f"{refusal.code} {refusal.reason}" for refusal in refusals(token(short), inputs)}


LINUX = [
    ({"agentPoolName": "abcdefghijkl"}, None, ""),
    ({"agentPoolName": "abcdefghijklm"}, "agentPoolName", "1 to 12 lower-case"),
    ({"agentPoolName": "1lin"}, "agentPoolName", "starting with a letter"),
    ({"mode": "Systm"}, "mode", "write System"),
    ({"osSKU": "Windows2022"}, "osSKU", "InvalidOSSKU"),
    ({"osSKU": "AzureLinux"}, None, ""),
    ({"vmSize": None}, "vmSize", "name one"),
    ({"vmSize": "D8ds_v5"}, "vmSize", "VMSizeNotSupported"),
    ({"vmSize": "Standard_D8ds_v9"}, "vmSize", "VMSizeNotSupported"),
    ({"vmSize": "Standard_Q8ds_v5"}, "vmSize", "VMSizeNotSupported"),
    ({"vmSize": "Standard_D8ps_v6"}, None, ""),
    ({"vmSize": "Standard_D1s_v5"}, "vmSize", "2 vCPUs"),
    ({"osDiskSizeGB": 0.0}, None, ""),
    ({"osDiskSizeGB": 29.0}, "osDiskSizeGB", "30 to 2048"),
    ({"osDiskSizeGB": 4096.0}, "osDiskSizeGB", "30 to 2048"),
    ({"osDiskType": "Ephemeral", "osDiskSizeGB": 300.0}, None, ""),
    ({"osDiskType": "Ephemeral", "osDiskSizeGB": 301.0}, "osDiskSizeGB", "VMCacheSizeTooSmall"),
    ({"osDiskType": "Ephemeral", "vmSize": "Standard_D8s_v5"}, "osDiskType", "VMCacheSizeTooSmall"),
    ({"maxPods": 9.0}, "maxPods", "10 to 250"),
    ({"maxPods": 250.0}, None, ""),
    ({"mode": "System", "minCount": 1.0, "maxPods": 29.0}, "maxPods", "30 to 250"),
    ({"count": 11.0}, "count", "0 to 10, as minCount and maxCount say"),
    ({"minCount": 11.0}, "minCount", "at most maxCount"),
    ({"minCount": None}, "minCount", "enableAutoScaling is true"),
    ({"enableAutoScaling": False}, "minCount", "nothing"),
    ({"maxCount": 1001.0}, "maxCount", "1 to 1000"),
    ({"mode": "System"}, "minCount", "1 to 1000"),
    ({"mode": "System", "minCount": 1.0}, None, ""),
    ({"mode": "System", "minCount": 1.0, "vmSize": "Standard_D2s_v5"}, "vmSize", "SystemPoolSkuTooLow"),
    ({"mode": "System", "minCount": 1.0, "vmSize": "Standard_B4ms"}, "vmSize", "burstable"),
    ({"mode": "System", "minCount": 1.0, "nodeTaints": ["a=b:NoSchedule"]}, "nodeTaints", "CriticalAddonsOnly"),
    ({"mode": "System", "minCount": 1.0, "scaleSetPriority": "Spot"}, "scaleSetPriority", "Regular"),
    ({"upgradeSettings": {"maxSurge": "33%"}}, None, ""),
    ({"upgradeSettings": {"maxSurge": "101%"}}, "upgradeSettings.maxSurge", "up to 100%"),
    ({"upgradeSettings": {"maxSurge": "many"}}, "upgradeSettings.maxSurge", "33%"),
    ({"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}}, None, ""),
    ({"upgradeSettings": {"maxSurge": "0"}}, "upgradeSettings.maxSurge", "more than 0"),
    (
        {"mode": "System", "minCount": 1.0, "upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}},
        "upgradeSettings.maxUnavailable",
        "nothing on a system pool",
    ),
    ({"upgradeSettings": {"maxSurge": "1", "maxUnavailable": "1"}}, "upgradeSettings.maxUnavailable", "0 or nothing"),
    ({"upgradeSettings": {"drainTimeoutInMinutes": 1441.0}}, "upgradeSettings.drainTimeoutInMinutes", "1 to 1440"),
    ({"upgradeSettings": {"nodeSoakDurationInMinutes": 31.0}}, "upgradeSettings.nodeSoakDurationInMinutes", "0 to 30"),
    (
        {"upgradeSettings": {"undrainableNodeBehavior": "Cordn"}},
        "upgradeSettings.undrainableNodeBehavior",
        "write Cordon",
    ),
    ({"scaleSetPriority": "Spot", "spotMaxPrice": -1.0}, None, ""),
    ({"scaleSetPriority": "Spot", "spotMaxPrice": 0.0}, "spotMaxPrice", "-1"),
    ({"spotMaxPrice": 0.5}, "spotMaxPrice", "Spot pool"),
    ({"scaleSetPriority": "Spot", "upgradeSettings": {"maxSurge": "1"}}, "upgradeSettings.maxSurge", "Spot"),
    ({"availabilityZones": ["1", "2", "3"]}, None, ""),
    ({"availabilityZones": ["4"]}, "availabilityZones", "AvailabilityZoneNotSupported"),
    ({"availabilityZones": ["1", "1"]}, "availabilityZones", "zones that differ"),
    ({"nodeLabels": {"buildfleet.dev/pool": "lin"}}, None, ""),
    ({"nodeLabels": {"kubernetes.azure.com/x": "y"}}, "nodeLabels.kubernetes.azure.com/x", "no key of"),
    ({"nodeLabels": {"a b": "c"}}, "nodeLabels.a b", "a label that Kubernetes takes"),
    ({"nodeTaints": ["sku=Windows:NoSchedule"]}, None, ""),
    ({"nodeTaints": ["sku=Windows"]}, "nodeTaints[0]", "key=value:Effect"),
    ({"orchestratorVersion": "1.29"}, "orchestratorVersion", "K8sVersionNotSupported"),
    ({"windowsProfile": {"disableOutboundNat": True}}, "windowsProfile", "nothing on a Linux pool"),
    ({"type": "Single"}, "type", "VirtualMachineScaleSets"),
]
WINDOWS = [
    ({}, None, ""),
    ({"agentPoolName": "winbig"}, None, ""),
    ({"agentPoolName": "winbigs"}, "agentPoolName", "1 to 6 lower-case"),
    ({"mode": "System", "minCount": 1.0}, "mode", "system pools run Linux"),
    ({"osSKU": "Windows2019"}, "osSKU", "Windows2022 or Windows2025"),
    ({"osSKU": "WindowsAnnual"}, "osSKU", "InvalidOSSKU"),
    ({"enableFIPS": False}, "enableFIPS", "true with Windows2025"),
    ({"enableFIPS": None}, "enableFIPS", "true with Windows2025"),
    ({"osSKU": "Windows2022", "enableFIPS": None}, None, ""),
    ({"vmSize": "Standard_D8ps_v6"}, "vmSize", "Intel or AMD"),
    ({"vmSize": "Standard_D8ds_v6"}, None, ""),
    ({"osSKU": "Windows2022", "vmSize": "Standard_D8ds_v6"}, "vmSize", "generation 1"),
    ({"osDiskSizeGB": 44.0}, "osDiskSizeGB", "45 to 2048"),
    ({"osSKU": "Windows2022", "osDiskSizeGB": 35.0}, None, ""),
    ({"linuxOSConfig": {"swapFileSizeMB": 1.0}}, "linuxOSConfig", "nothing on a Windows pool"),
    ({"kubeletConfig": {"cpuManagerPolicy": "static"}}, "kubeletConfig.cpuManagerPolicy", "imageGcHighThreshold"),
    ({"kubeletConfig": {"imageGcHighThreshold": 80.0}}, None, ""),
]


@pytest.mark.parametrize(("change", "path", "words"), LINUX)
def test_a_linux_pool_passes_or_is_refused_by_rule(change: Object, path: str | None, words: str) -> None:
    expect("containerservice:AgentPool", pool_inputs(**change), path, words)


@pytest.mark.parametrize(("change", "path", "words"), WINDOWS)
def test_a_windows_pool_passes_or_is_refused_by_rule(change: Object, path: str | None, words: str) -> None:
    expect("containerservice:AgentPool", windows_inputs(**change), path, words)


def profile(**changes: Any) -> Object:
    return {"windowsProfile": {"adminUsername": "buildfleet", "adminPassword": PASSWORD, **changes}}


def system(**changes: Any) -> Object:
    return {"agentPoolProfiles": [{**cluster_inputs()["agentPoolProfiles"][0], **changes}]}


def networks(**changes: Any) -> Object:
    return {"networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay", **changes}}


WINDOWS_INLINE = {"name": "win", "osType": "Windows", "osSKU": "Windows2022", "vmSize": "Standard_D8ds_v5"}
SUBNET = "/subscriptions/s/resourceGroups/ci/providers/Microsoft.Network/virtualNetworks/n/subnets/s"

CLUSTERS = [
    ({}, None, ""),
    ({"resourceName": "-fleet"}, "resourceName", "1 to 63"),
    ({"dnsPrefix": "a_b"}, "dnsPrefix", "InvalidDNSPrefix"),
    ({"dnsPrefix": None}, "dnsPrefix", "fqdnSubdomain"),
    ({"nodeResourceGroup": "nodes."}, "nodeResourceGroup", "period"),
    ({"location": "West Europe"}, None, ""),
    ({"location": "westeurop"}, "location", "write westeurope"),
    ({"kubernetesVersion": "1.29"}, "kubernetesVersion", "K8sVersionNotSupported"),
    ({"kubernetesVersion": "1.33"}, "kubernetesVersion", "long-term support"),
    ({"kubernetesVersion": "1.33", "supportPlan": "AKSLongTermSupport", "sku": {"tier": "Premium"}}, None, ""),
    ({"supportPlan": "AKSLongTermSupport", "sku": {"tier": "Standard"}}, "supportPlan", "Premium"),
    ({"sku": {"tier": "Paid"}}, "sku.tier", "Free, Standard or Premium"),
    ({"agentPoolProfiles": []}, "agentPoolProfiles", "at least one Linux pool"),
    (system(mode="User"), "agentPoolProfiles", "mode System"),
    (system(osType="Windows"), "agentPoolProfiles[0].mode", "system pools run Linux"),
    (system(vmSize="Standard_D2s_v5"), "agentPoolProfiles[0].vmSize", "SystemPoolSkuTooLow"),
    (system(name="System"), "agentPoolProfiles[0].name", "lower-case"),
    ({"agentPoolProfiles": [*system()["agentPoolProfiles"], WINDOWS_INLINE]}, None, ""),
    (
        {"agentPoolProfiles": [*system()["agentPoolProfiles"], WINDOWS_INLINE], "windowsProfile": None},
        "windowsProfile",
        "at creation",
    ),
    (
        {"agentPoolProfiles": [*system()["agentPoolProfiles"], WINDOWS_INLINE], **networks(networkDataplane="cilium")},
        "agentPoolProfiles[1].osType",
        "no Cilium",
    ),
    (
        {
            "agentPoolProfiles": [*system()["agentPoolProfiles"], WINDOWS_INLINE],
            "networkProfile": {"networkPlugin": "kubenet"},
        },
        "agentPoolProfiles[1].osType",
        "networkPlugin azure",
    ),
    (
        {"networkProfile": {"networkPlugin": "kubenet", "networkPluginMode": "overlay"}},
        "networkProfile.networkPluginMode",
        "azure",
    ),
    (networks(networkPolicy="cilium"), "networkProfile.networkPolicy", "networkDataplane cilium"),
    (networks(networkPolicy="calico", networkDataplane="cilium"), "networkProfile.networkPolicy", "write cilium"),
    (networks(podCidr="10.244.0.1/16"), "networkProfile.podCidr", "InvalidCIDRNotation"),
    (networks(podCidr="10.0.0.0/8", serviceCidr="10.0.0.0/16"), "networkProfile.podCidr", "do not overlap"),
    (networks(serviceCidr="10.0.0.0/16", dnsServiceIP="10.0.0.10"), None, ""),
    (networks(serviceCidr="10.0.0.0/16", dnsServiceIP="10.1.0.10"), "networkProfile.dnsServiceIP", "write 10.0.0.10"),
    (networks(serviceCidr="10.0.0.0/16", dnsServiceIP="10.0.0.1"), "networkProfile.dnsServiceIP", "but its first"),
    (networks(outboundType="userAssignedNATGateway"), "agentPoolProfiles[0].vnetSubnetID", "a subnet of yours"),
    ({**networks(outboundType="userAssignedNATGateway"), **system(vnetSubnetID=SUBNET)}, None, ""),
    (
        {**networks(outboundType="managedNATGateway"), **system(vnetSubnetID=SUBNET)},
        "networkProfile.outboundType",
        "userAssignedNATGateway",
    ),
    ({"identity": None}, "identity", "SystemAssigned"),
    ({"identity": {"type": "UserAssigned"}}, "identity.userAssignedIdentities", "the id of an identity"),
    (
        {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/a", "/b"]}},
        "identity.userAssignedIdentities",
        "exactly one",
    ),
    ({"disableLocalAccounts": True}, "disableLocalAccounts", "aadProfile"),
    ({"disableLocalAccounts": True, "aadProfile": {"managed": True, "adminGroupObjectIDs": [GUID]}}, None, ""),
    ({"aadProfile": {"adminGroupObjectIDs": ["admins"]}}, "aadProfile.adminGroupObjectIDs[0]", "not the name"),
    (
        {"securityProfile": {"workloadIdentity": {"enabled": True}}},
        "securityProfile.workloadIdentity.enabled",
        "oidcIssuerProfile",
    ),
    (
        {"apiServerAccessProfile": {"enablePrivateCluster": True, "authorizedIPRanges": ["1.2.3.4/32"]}},
        "apiServerAccessProfile.authorizedIPRanges",
        "private cluster",
    ),
    (
        {"apiServerAccessProfile": {"authorizedIPRanges": ["home"]}},
        "apiServerAccessProfile.authorizedIPRanges[0]",
        "a network",
    ),
    (
        {"apiServerAccessProfile": {"enablePrivateCluster": False, "privateDNSZone": "system"}},
        "apiServerAccessProfile.privateDNSZone",
        "public",
    ),
    (
        {"apiServerAccessProfile": {"enablePrivateCluster": True, "privateDNSZone": "/subscriptions/x"}},
        "identity.type",
        "UserAssigned",
    ),
    (profile(adminUsername=None), "windowsProfile.adminUsername", "a name"),
    (profile(adminUsername="Administrator"), "windowsProfile.adminUsername", "reserve"),
    (profile(adminUsername="a" * 21), "windowsProfile.adminUsername", "20 characters"),
    (profile(adminUsername="fleet."), "windowsProfile.adminUsername", "final period"),
    (profile(licenseType="Windows_Server"), None, ""),
    (profile(licenseType="MSDN"), "windowsProfile.licenseType", "Windows_Server"),
    (
        profile(gmsaProfile={"enabled": True, "dnsServer": "10.0.0.4"}),
        "windowsProfile.gmsaProfile.rootDomainName",
        "both",
    ),
    (
        {"autoUpgradeProfile": {"upgradeChannel": "node-image", "nodeOSUpgradeChannel": "None"}},
        "autoUpgradeProfile.nodeOSUpgradeChannel",
        "NodeImage",
    ),
    ({"autoUpgradeProfile": {"upgradeChannel": "fast"}}, "autoUpgradeProfile.upgradeChannel", "rapid"),
    ({"securityProfile": {"imageCleaner": {"intervalHours": 1.0}}}, "securityProfile.imageCleaner.intervalHours", "24"),
    (
        {"securityProfile": {"defender": {"securityMonitoring": {"enabled": True}}}},
        "securityProfile.defender.logAnalyticsWorkspaceResourceId",
        "workspace",
    ),
    (
        {"addonProfiles": {"omsagent": {"enabled": True}}},
        "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID",
        "workspace",
    ),
    ({"tags": {"cost?": "1"}}, "tags.cost?", "InvalidTagNameCharacters"),
    ({"tags": {"team": "x" * 257}}, "tags.team", "256"),
    ({"tags": {f"t{index}": "x" for index in range(51)}}, "tags", "at most 50"),
    ({"tags": {"microsoft-x": "1"}}, "tags.microsoft-x", "ReservedTagName"),
]


@pytest.mark.parametrize(("change", "path", "words"), CLUSTERS)
def test_a_cluster_passes_or_is_refused_by_rule(change: Object, path: str | None, words: str) -> None:
    expect("containerservice:ManagedCluster", cluster_inputs(**change), path, words)


@pytest.mark.parametrize(
    "password", ["Short-1", "alllowercaseletters", "P@ssword123", "x" * 124, "NoDigitsOrOthers", ""]
)
def test_a_weak_windows_password_is_refused_and_not_repeated(password: str) -> None:
    found = refusals(token("containerservice:ManagedCluster"), cluster_inputs(**profile(adminPassword=password)))
    assert [refusal.path for refusal in found] == ["windowsProfile.adminPassword"]
    assert "14 to 123" in found[0].reason
    assert password == "" or password not in str(found[0])


def resource(short: str, change: Object, path: str | None = None, words: str = "") -> Any:
    return pytest.param(short, change, path, words, id=f"{short} {path or 'passes'} {words}")


SMALL: dict[str, Object] = {
    "resources:ResourceGroup": {"resourceGroupName": "ci", "location": "westeurope"},
    "network:VirtualNetwork": {"virtualNetworkName": "net", "addressSpace": {"addressPrefixes": ["10.240.0.0/16"]}},
    "network:Subnet": {"subnetName": "build", "addressPrefix": "10.240.0.0/18"},
    "network:NetworkSecurityGroup": {"networkSecurityGroupName": "nsg"},
    "network:NatGateway": {"natGatewayName": "nat", "sku": {"name": "Standard"}},
    "network:PublicIPAddress": {
        "publicIpAddressName": "out",
        "sku": {"name": "Standard"},
        "publicIPAllocationMethod": "Static",
    },
    "containerregistry:Registry": {"registryName": "contoso1", "sku": {"name": "Standard"}},
    "containerregistry:CacheRule": {
        "cacheRuleName": "servercore",
        "sourceRepository": "mcr.microsoft.com/windows/servercore",
        "targetRepository": "cache/windows/servercore",
    },
    "keyvault:Vault": {
        "vaultName": "contoso-ci",
        "properties": {
            "tenantId": GUID,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            "softDeleteRetentionInDays": 90.0,
        },
    },
    "managedidentity:UserAssignedIdentity": {"resourceName": "agents"},
    "managedidentity:FederatedIdentityCredential": {
        "federatedIdentityCredentialResourceName": "agents",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:contoso/ci:environment:prod",
        "audiences": ["api://AzureADTokenExchange"],
    },
    "authorization:RoleAssignment": {
        "scope": "/subscriptions/s",
        "roleAssignmentName": GUID,
        "principalId": GUID,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": ROLE,
    },
    "authorization:PolicyAssignment": {
        "scope": "/subscriptions/s",
        "policyAssignmentName": "baseline",
        "policyDefinitionId": f"/providers/Microsoft.Authorization/policySetDefinitions/{GUID}",
    },
    "authorization:PolicyExemption": {
        "scope": "/subscriptions/s",
        "policyExemptionName": "engine",
        "policyAssignmentId": "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/baseline",
        "exemptionCategory": "Waiver",
    },
    "operationalinsights:Workspace": {
        "workspaceName": "logs",
        "sku": {"name": "PerGB2018"},
        "retentionInDays": 30.0,
    },
    "monitor:DiagnosticSetting": {
        "name": "logs",
        "resourceUri": "/subscriptions/s/resourceGroups/ci/providers/Microsoft.ContainerService/managedClusters/c",
        "workspaceId": WORKSPACE,
        "logs": [{"category": "kube-audit-admin", "enabled": True}],
    },
    "monitor:AzureMonitorWorkspace": {"azureMonitorWorkspaceName": "metrics"},
    "monitor:DataCollectionEndpoint": {"dataCollectionEndpointName": "metrics", "kind": "Linux"},
    "monitor:DataCollectionRule": {
        "dataCollectionRuleName": "metrics",
        "destinations": {"monitoringAccounts": [{"name": "amw", "accountResourceId": "/x"}]},
        "dataFlows": [{"destinations": ["amw"], "streams": ["Microsoft-PrometheusMetrics"]}],
    },
    "monitor:DataCollectionRuleAssociation": {
        "associationName": "metrics",
        "resourceUri": "/subscriptions/s",
        "dataCollectionRuleId": "/x",
    },
    "consumption:Budget": {
        "budgetName": "ci",
        "scope": "/subscriptions/s",
        "amount": 100.0,
        "category": "Cost",
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-12-01T00:00:00Z"},
        "notifications": {"spent": {"threshold": 80.0, "operator": "GreaterThan", "contactEmails": ["a@contoso.com"]}},
    },
    "containerservice:MaintenanceConfiguration": {
        "configName": "aksManagedNodeOSUpgradeSchedule",
        "maintenanceWindow": {
            "durationHours": 4.0,
            "startTime": "02:00",
            "utcOffset": "+01:00",
            "schedule": {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1.0}},
        },
    },
    "kubernetes:ConnectedCluster": {
        "clusterName": "site",
        "kind": "ProvisionedCluster",
        "identity": {"type": "SystemAssigned"},
        "agentPublicKeyCertificate": "",
    },
}


def security_rule(**changes: Any) -> Object:
    rule = {"name": "in", "priority": 100.0, "direction": "Inbound", "access": "Deny", "protocol": "*"}
    return {**rule, **changes}


@pytest.mark.parametrize("short", sorted(SMALL))
def test_the_least_inputs_of_each_type_pass(short: str) -> None:
    expect(short, SMALL[short], None, "")


@pytest.mark.parametrize(
    ("short", "change", "path", "words"),
    [
        resource(
            "resources:ResourceGroup", {"resourceGroupName": "ci."}, "resourceGroupName", "InvalidResourceGroupName"
        ),
        resource("resources:ResourceGroup", {"resourceGroupName": "a" * 91}, "resourceGroupName", "1 to 90"),
        resource("resources:ResourceGroup", {"location": None}, "location", "required"),
        resource("network:VirtualNetwork", {"virtualNetworkName": "n"}, "virtualNetworkName", "2 to 64"),
        resource("network:VirtualNetwork", {"addressSpace": {}}, "addressSpace.addressPrefixes", "required"),
        resource(
            "network:VirtualNetwork",
            {"subnets": [{"name": "a", "addressPrefix": "10.0.0.0/24"}]},
            "subnets[0].addressPrefix",
            "NetcfgInvalidSubnet",
        ),
        resource("network:Subnet", {"addressPrefix": "10.240.0.0/30"}, "addressPrefix", "2 to 29"),
        resource("network:Subnet", {"addressPrefix": "10.240.0.9/18"}, "addressPrefix", "InvalidCIDRNotation"),
        resource("network:Subnet", {"addressPrefix": None}, "addressPrefix", "required"),
        resource("network:Subnet", {"subnetName": "-a"}, "subnetName", "1 to 80"),
        resource(
            "network:NetworkSecurityGroup",
            {"securityRules": [security_rule(), security_rule(name="b", direction="Outbound")]},
        ),
        resource(
            "network:NetworkSecurityGroup",
            {"securityRules": [security_rule(), security_rule(name="b")]},
            "securityRules[1].priority",
            "SecurityRuleConflict",
        ),
        resource(
            "network:NetworkSecurityGroup",
            {"securityRules": [security_rule(priority=99.0)]},
            "securityRules[0].priority",
            "100 to 4096",
        ),
        resource(
            "network:NetworkSecurityGroup",
            {"securityRules": [security_rule(protocol="TCP")]},
            "securityRules[0].protocol",
            "write Tcp",
        ),
        resource("network:NatGateway", {"sku": {"name": "Basic"}}, "sku.name", "Standard"),
        resource("network:NatGateway", {"zones": ["1", "2"]}, "zones", "at most one zone"),
        resource("network:NatGateway", {"idleTimeoutInMinutes": 121.0}, "idleTimeoutInMinutes", "4 to 120"),
        resource("network:PublicIPAddress", {"sku": {"name": "Basic"}}, "sku.name", "retired"),
        resource(
            "network:PublicIPAddress",
            {"publicIPAllocationMethod": "Dynamic"},
            "publicIPAllocationMethod",
            "StandardSkuPublicIPAddressesMustBeStatic",
        ),
        resource("containerregistry:Registry", {"registryName": "con-toso"}, "registryName", "InvalidRegistryName"),
        resource("containerregistry:Registry", {"registryName": "abcd"}, "registryName", "5 to 50"),
        resource("containerregistry:Registry", {"zoneRedundancy": "Enabled"}, "zoneRedundancy", "Premium"),
        resource("containerregistry:Registry", {"zoneRedundancy": "Enabled", "sku": {"name": "Premium"}}),
        resource("containerregistry:Registry", {"publicNetworkAccess": "Disabled"}, "publicNetworkAccess", "Premium"),
        resource("containerregistry:CacheRule", {"cacheRuleName": "a.b.c"}, "cacheRuleName", "5 to 50"),
        resource(
            "containerregistry:CacheRule", {"sourceRepository": "x.io/a"}, "sourceRepository", "mcr.microsoft.com"
        ),
        resource("containerregistry:CacheRule", {"targetRepository": "cache:tag"}, "targetRepository", "lower case"),
        resource("keyvault:Vault", {"vaultName": "con--toso"}, "vaultName", "VaultNameNotValid"),
        resource("keyvault:Vault", {"vaultName": "a" * 25}, "vaultName", "3 to 24"),
        resource(
            "keyvault:Vault",
            {"properties": {**SMALL["keyvault:Vault"]["properties"], "softDeleteRetentionInDays": 6.0}},
            "properties.softDeleteRetentionInDays",
            "7 to 90",
        ),
        resource(
            "keyvault:Vault",
            {"properties": {**SMALL["keyvault:Vault"]["properties"], "enableSoftDelete": False}},
            "properties.enableSoftDelete",
            "soft delete",
        ),
        resource(
            "keyvault:Vault",
            {"properties": {**SMALL["keyvault:Vault"]["properties"], "enablePurgeProtection": False}},
            "properties.enablePurgeProtection",
            "no false",
        ),
        resource(
            "keyvault:Vault",
            {"properties": {**SMALL["keyvault:Vault"]["properties"], "enableRbacAuthorization": False}},
            "properties.accessPolicies",
            "enableRbacAuthorization",
        ),
        resource("managedidentity:UserAssignedIdentity", {"resourceName": "ab"}, "resourceName", "3 to 128"),
        resource("managedidentity:FederatedIdentityCredential", {"issuer": "http://x"}, "issuer", "https"),
        resource("managedidentity:FederatedIdentityCredential", {"audiences": ["a", "b"]}, "audiences", "exactly one"),
        resource("managedidentity:FederatedIdentityCredential", {"subject": ""}, "subject", "required"),
        resource("authorization:RoleAssignment", {"roleAssignmentName": "pull"}, "roleAssignmentName", "a GUID"),
        resource("authorization:RoleAssignment", {"principalId": "agents"}, "principalId", "a GUID"),
        resource("authorization:RoleAssignment", {"roleDefinitionId": "AcrPull"}, "roleDefinitionId", "not its name"),
        resource("authorization:RoleAssignment", {"principalType": "Identity"}, "principalType", "ServicePrincipal"),
        resource("authorization:PolicyAssignment", {"policyAssignmentName": "a/b"}, "policyAssignmentName", "64"),
        resource("authorization:PolicyAssignment", {"policyAssignmentName": "a" * 65}, "policyAssignmentName", "64"),
        resource("authorization:PolicyAssignment", {"policyAssignmentName": "a" * 64}),
        resource("authorization:PolicyAssignment", {"parameters": {"effect": "deny"}}, "parameters.effect", "value"),
        resource("authorization:PolicyAssignment", {"identity": {"type": "SystemAssigned"}}, "location", "a region"),
        resource("authorization:PolicyExemption", {"exemptionCategory": "Waved"}, "exemptionCategory", "Waiver"),
        resource("operationalinsights:Workspace", {"retentionInDays": 29.0}, "retentionInDays", "30 to 730"),
        resource("operationalinsights:Workspace", {"workspaceName": "abc"}, "workspaceName", "4 to 63"),
        resource("monitor:DiagnosticSetting", {"workspaceId": None}, "workspaceId", "name one"),
        resource("monitor:DiagnosticSetting", {"logs": []}, "logs", "at least one"),
        resource(
            "monitor:DiagnosticSetting",
            {"logs": [{"category": "kube-audits", "enabled": True}]},
            "logs[0].category",
            "write kube-audit",
        ),
        resource(
            "monitor:DiagnosticSetting",
            {"logs": [{"category": "guard", "retentionPolicy": {"days": 30.0}}]},
            "logs[0].retentionPolicy.days",
            "the destination's",
        ),
        resource("monitor:DataCollectionEndpoint", {"kind": "Mac"}, "kind", "Linux or Windows"),
        resource(
            "monitor:DataCollectionEndpoint", {"dataCollectionEndpointName": "ab"}, "dataCollectionEndpointName", "3"
        ),
        resource(
            "monitor:DataCollectionRule",
            {"dataFlows": [{"destinations": ["law"]}]},
            "dataFlows[0].destinations",
            "a name in destinations: amw",
        ),
        resource(
            "monitor:DataCollectionRuleAssociation",
            {"dataCollectionEndpointId": "/y"},
            "dataCollectionRuleId",
            "not both",
        ),
        resource(
            "monitor:DataCollectionRuleAssociation",
            {"dataCollectionRuleId": None, "dataCollectionEndpointId": "/y"},
            "associationName",
            "configurationAccessEndpoint",
        ),
        resource("monitor:AzureMonitorWorkspace", {"azureMonitorWorkspaceName": "a"}, "azureMonitorWorkspaceName", "4"),
        resource("consumption:Budget", {"amount": 0.0}, "amount", "more than 0"),
        resource(
            "consumption:Budget", {"timePeriod": {"startDate": "2026-12-02"}}, "timePeriod.startDate", "the first"
        ),
        resource(
            "consumption:Budget", {"notifications": {"a": {"threshold": 1.0}}}, "notifications.a", "a mail address"
        ),
        resource("containerservice:MaintenanceConfiguration", {"configName": "mine"}, "configName", "default"),
        resource(
            "containerservice:MaintenanceConfiguration",
            {
                "maintenanceWindow": {
                    **SMALL["containerservice:MaintenanceConfiguration"]["maintenanceWindow"],
                    "durationHours": 3.0,
                }
            },
            "maintenanceWindow.durationHours",
            "4 to 24",
        ),
        resource(
            "containerservice:MaintenanceConfiguration",
            {
                "maintenanceWindow": {
                    **SMALL["containerservice:MaintenanceConfiguration"]["maintenanceWindow"],
                    "startTime": "2:00",
                }
            },
            "maintenanceWindow.startTime",
            "HH:MM",
        ),
        resource("kubernetes:ConnectedCluster", {"kind": "Provisioned"}, "kind", "ProvisionedCluster"),
        resource("kubernetes:ConnectedCluster", {"identity": {"type": "None"}}, "identity.type", "SystemAssigned"),
        resource(
            "kubernetes:ConnectedCluster",
            {"agentPublicKeyCertificate": "MIIB"},
            "agentPublicKeyCertificate",
            "an empty text",
        ),
    ],
)
def test_a_resource_passes_or_is_refused_by_rule(short: str, change: Object, path: str | None, words: str) -> None:
    expect(short, {**SMALL[short], **change}, path, words)


def local(pool: bool, name: str = "win22", **properties: Any) -> Object:
    parent = "connectedClusters/site/providers/Microsoft.HybridContainerService"
    inputs: Object = {
        "resourceGroupName": "ci",
        "resourceProviderNamespace": "Microsoft.Kubernetes",
        "apiVersion": "2024-01-01",
    }
    if pool:
        made: Object = {"osType": "Windows", "osSKU": "Windows2022", "vmSize": "Standard_D8s_v3", "count": 1.0}
        return {
            **inputs,
            "parentResourcePath": f"{parent}/provisionedClusterInstances/default",
            "resourceType": "agentPools",
            "resourceName": name,
            "properties": {**made, **properties},
        }
    made = {
        "kubernetesVersion": "1.32.5",
        "controlPlane": {"count": 3.0, "vmSize": "Standard_A4_v2"},
        "networkProfile": {"networkPolicy": "calico", "loadBalancerProfile": {"count": 0.0}},
        "cloudProviderProfile": {"infraNetworkProfile": {"vnetSubnetIds": ["/x"]}},
    }
    return {
        **inputs,
        "parentResourcePath": parent,
        "resourceType": "provisionedClusterInstances",
        "resourceName": "default",
        "extendedLocation": {"type": "CustomLocation", "name": "/y"},
        "properties": {**made, **properties},
    }


@pytest.mark.parametrize(
    ("inputs", "path", "words"),
    [
        (local(False), None, ""),
        (local(False, controlPlane={"count": 2.0}), "properties.controlPlane.count", "1, 3 or 5"),
        (local(False, controlPlane={"vmSize": "Standard_D4s_v5"}), "properties.controlPlane.vmSize", "InvalidVMSize"),
        (local(False, networkProfile={"networkPolicy": "cilium"}), "properties.networkProfile.networkPolicy", "calico"),
        (
            local(False, networkProfile={"loadBalancerProfile": {"count": 1.0}}),
            "properties.networkProfile.loadBalancerProfile.count",
            "write 0",
        ),
        ({**local(False), "extendedLocation": None}, "extendedLocation.name", "custom location"),
        ({**local(False), "apiVersion": "2023-11-15-preview"}, "apiVersion", "2024-01-01"),
        ({**local(False), "resourceName": "mine"}, "resourceName", "default"),
        ({**local(False), "resourceType": "others"}, "resourceType", "NoRegisteredProviderFound"),
        (local(True), None, ""),
        (local(True, name="ab"), "resourceName", "3 to 12"),
        (local(True, osSKU="Windows2025"), "properties.osSKU", "Windows2022"),
        (local(True, vmSize="Standard_D8ds_v5"), "properties.vmSize", "Standard_D8s_v3"),
        (local(True, count=0.0), "properties.count", "no empty pools"),
        (local(True, maxCount=65.0), "properties.maxCount", "1 to 64"),
        (local(True, minCount=3.0, maxCount=2.0), "properties.minCount", "at most maxCount"),
        (local(True, osDiskSizeGB=128.0), "properties.osDiskSizeGB", "no such property"),
        (local(True, nodeTaints=["x"]), "properties.nodeTaints[0]", "key=value:Effect"),
    ],
)
def test_azure_local_passes_or_refuses_by_rule(inputs: Object, path: str | None, words: str) -> None:
    expect("resources:Resource", inputs, path, words)


def expect(short: str, inputs: Object, path: str | None, words: str) -> None:
    inputs = {key: value for key, value in inputs.items() if value is not None}
    found = told(short, inputs)
    if path is None:
        assert found == {}
    else:
        assert path in found, found
        assert words in found[path]
        assert "allowed: " in found[path]
        assert "Fix: " in found[path]


@pytest.mark.parametrize("short", ["containerservice:ManagedCluster", "containerservice:AgentPool", *sorted(SMALL)])
def test_nothing_is_refused_for_being_unknown(short: str) -> None:
    known = {
        "containerservice:ManagedCluster": cluster_inputs(),
        "containerservice:AgentPool": windows_inputs(),
        **SMALL,
    }[short]
    for blanked in _blanks(known):
        assert told(short, blanked) == {}


def _blanks(value: Any) -> list[Any]:
    """Copies of a value in which one part each, at any depth, is unknown."""
    if isinstance(value, dict):
        return [{**value, key: blank} for key, item in value.items() for blank in (UNKNOWN, *_blanks(item))]
    if isinstance(value, list):
        return [
            [*value[:index], blank, *value[index + 1 :]]
            for index, item in enumerate(value)
            for blank in (UNKNOWN, *_blanks(item))
        ]
    return []


def test_every_type_has_rules_and_a_row_whose_path_is_sound() -> None:
    from sandbox.azure.refusals import RULES

    assert RULES.keys() == TYPES.keys()
    for kind in TYPES.values():
        assert kind.name_input == kind.path_inputs[-1]


def test_a_type_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnsupportedType, match="azure-native:containerservice:AgentPool"):
        arm_type("azure-native:compute:VirtualMachine")


def test_an_id_without_all_its_inputs_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="resourceName is missing"):
        arm_type("azure-native:containerservice:AgentPool").id("s", {"resourceGroupName": "ci", "agentPoolName": "a"})


def test_what_a_provider_imports_needs_the_standard_library_alone() -> None:
    script = (
        "import sys; before = set(sys.modules); import sandbox.azure; "
        "print(sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['rules', 'sandbox']"
