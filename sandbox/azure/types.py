"""The types of this Azure: one row each.

A row's path template yields a resource's id, its name and the inputs that form both. Templates and API versions are
those of pulumi-azure-native 3.29.0; `force_new` is azure-native's own list (provider/pkg/gen/replacement.go, with the
narrowing of pull request 4771); `azure_immutable` is what Azure itself refuses to change, which is more (AKS answers
`PropertyChangeNotAllowed`; MicrosoftDocs/azure-aks-docs, create-node-pools and manage-node-pools, read 2026-08-21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rules.tables.pool_properties import IMMUTABLE
from sandbox.azure.errors import UnsupportedType
from sandbox.azure.values import Object

_GROUP: Final = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_INPUT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class ArmType:
    """What azure-native and Azure make of one type of resource."""

    token: str
    name: str
    """Azure's own, for example `Microsoft.ContainerService/managedClusters/agentPools`."""
    api_version: str
    path: str
    azure_immutable: tuple[str, ...] = ()
    """Properties whose change Azure refuses, as paths; one inside of a path counts too."""
    force_new: tuple[str, ...] = ()
    """Properties whose change azure-native answers by replacement, beside `path_inputs` and `location`."""
    returns_location: bool = True
    returns_type: bool = True
    """Whether the output `type` is Azure's name of the type. On a pool and a subnet `type` is an input."""
    returns_state: bool = True
    """Whether there is an output `provisioningState`."""
    echoed: tuple[str, ...] = ()
    """Inputs of the path that are outputs too."""
    write_only: tuple[str, ...] = ()
    """Inputs that no answer of Azure's repeats."""
    secrets: tuple[str, ...] = ()
    """Inputs that are secrets: never stored, told or answered."""

    @cached_property
    def path_inputs(self) -> tuple[str, ...]:
        """The inputs that form the id. Changing one means another resource."""
        return tuple(name for name in _INPUT.findall(self.path) if name != "subscriptionId")

    @property
    def name_input(self) -> str:
        """The input that is the resource's own name."""
        return self.path_inputs[-1]

    def id(self, subscription: str, inputs: Object) -> str:
        """The id by these inputs, all of which must be known. Raises `ValueError` naming an input that is missing."""
        values: dict[str, str] = {"subscriptionId": subscription}
        for name in self.path_inputs:
            value = inputs.get(name)
            if not isinstance(value, str) or (not value and name not in _MAY_BE_EMPTY):
                raise ValueError(
                    f"{self.token}: {name} is {'empty' if value == '' else 'missing or not known'}; "
                    f"the id of a {self.name} needs {', '.join(self.path_inputs)}"
                )
            values[name] = value.strip("/")
        return re.sub("/+", "/", _INPUT.sub(lambda match: values[match[1]], self.path))


_MAY_BE_EMPTY: Final = ("parentResourcePath",)


def _in_group(provider: str, *levels: tuple[str, str]) -> str:
    return f"{_GROUP}/providers/{provider}/" + "/".join(f"{kind}/{{{name}}}" for kind, name in levels)


_NETWORK: Final = "Microsoft.Network"
_CLUSTER: Final = ("managedClusters", "resourceName")

_ROWS: Final = (
    ArmType(
        token="azure-native:resources:ResourceGroup",
        name="Microsoft.Resources/resourceGroups",
        api_version="2024-03-01",
        path=_GROUP,
        azure_immutable=("location", "managedBy"),
        returns_state=False,
    ),
    ArmType(
        token="azure-native:resources:Resource",
        name="Microsoft.Resources/resources",
        api_version="2024-03-01",
        path=f"{_GROUP}/providers/{{resourceProviderNamespace}}/{{parentResourcePath}}/{{resourceType}}/{{resourceName}}",
        returns_state=False,
        write_only=("apiVersion",),
    ),
    ArmType(
        token="azure-native:network:VirtualNetwork",
        name="Microsoft.Network/virtualNetworks",
        api_version="2024-05-01",
        path=_in_group(_NETWORK, ("virtualNetworks", "virtualNetworkName")),
        azure_immutable=("location",),
    ),
    ArmType(
        token="azure-native:network:Subnet",
        name="Microsoft.Network/virtualNetworks/subnets",
        api_version="2024-05-01",
        path=_in_group(_NETWORK, ("virtualNetworks", "virtualNetworkName"), ("subnets", "subnetName")),
        returns_location=False,
        returns_type=False,
    ),
    ArmType(
        token="azure-native:network:NetworkSecurityGroup",
        name="Microsoft.Network/networkSecurityGroups",
        api_version="2024-05-01",
        path=_in_group(_NETWORK, ("networkSecurityGroups", "networkSecurityGroupName")),
        azure_immutable=("location",),
    ),
    ArmType(
        token="azure-native:network:NatGateway",
        name="Microsoft.Network/natGateways",
        api_version="2024-05-01",
        path=_in_group(_NETWORK, ("natGateways", "natGatewayName")),
        azure_immutable=("location", "sku", "zones"),
    ),
    ArmType(
        token="azure-native:network:PublicIPAddress",
        name="Microsoft.Network/publicIPAddresses",
        api_version="2024-05-01",
        path=_in_group(_NETWORK, ("publicIPAddresses", "publicIpAddressName")),
        azure_immutable=("location", "publicIPAddressVersion", "publicIPPrefix", "sku", "zones"),
        force_new=("publicIPAddressVersion", "publicIPPrefix", "sku"),
    ),
    ArmType(
        token="azure-native:containerservice:ManagedCluster",
        name="Microsoft.ContainerService/managedClusters",
        api_version="2025-09-01",
        path=_in_group("Microsoft.ContainerService", _CLUSTER),
        azure_immutable=(
            "apiServerAccessProfile.enablePrivateCluster",
            "apiServerAccessProfile.privateDNSZone",
            "diskEncryptionSetID",
            "dnsPrefix",
            "fqdnSubdomain",
            "linuxProfile",
            "location",
            "networkProfile.dnsServiceIP",
            "networkProfile.networkDataplane",
            "networkProfile.networkPlugin",
            "networkProfile.networkPluginMode",
            "networkProfile.networkPolicy",
            "networkProfile.outboundType",
            "networkProfile.podCidr",
            "networkProfile.serviceCidr",
            "nodeResourceGroup",
            "windowsProfile.adminUsername",
        ),
        force_new=(
            "diskEncryptionSetID",
            "dnsPrefix",
            "fqdnSubdomain",
            "linuxProfile",
            "networkProfile.dnsServiceIP",
            "networkProfile.networkDataplane",
            "networkProfile.networkMode",
            "networkProfile.networkPlugin",
            "networkProfile.networkPluginMode",
            "networkProfile.networkPolicy",
            "networkProfile.outboundType",
            "networkProfile.podCidr",
            "networkProfile.serviceCidr",
            "networkProfile.serviceCidrs",
            "nodeResourceGroup",
            "windowsProfile",
        ),
        secrets=("windowsProfile.adminPassword", "servicePrincipalProfile.secret", "aadProfile.serverAppSecret"),
    ),
    ArmType(
        token="azure-native:containerservice:AgentPool",
        name="Microsoft.ContainerService/managedClusters/agentPools",
        api_version="2025-09-01",
        path=_in_group("Microsoft.ContainerService", _CLUSTER, ("agentPools", "agentPoolName")),
        azure_immutable=IMMUTABLE,
        force_new=("gpuInstanceProfile", "networkProfile.nodePublicIPTags", "vmSize"),
        returns_location=False,
        returns_type=False,
    ),
    ArmType(
        token="azure-native:containerservice:MaintenanceConfiguration",
        name="Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
        api_version="2025-09-01",
        path=_in_group("Microsoft.ContainerService", _CLUSTER, ("maintenanceConfigurations", "configName")),
        returns_location=False,
        returns_state=False,
    ),
    ArmType(
        token="azure-native:containerregistry:Registry",
        name="Microsoft.ContainerRegistry/registries",
        api_version="2023-01-01-preview",
        path=_in_group("Microsoft.ContainerRegistry", ("registries", "registryName")),
        azure_immutable=("location", "zoneRedundancy"),
    ),
    ArmType(
        token="azure-native:containerregistry:CacheRule",
        name="Microsoft.ContainerRegistry/registries/cacheRules",
        api_version="2024-11-01-preview",
        path=_in_group("Microsoft.ContainerRegistry", ("registries", "registryName"), ("cacheRules", "cacheRuleName")),
        azure_immutable=("sourceRepository", "targetRepository"),
        returns_location=False,
    ),
    ArmType(
        token="azure-native:authorization:RoleAssignment",
        name="Microsoft.Authorization/roleAssignments",
        api_version="2022-04-01",
        path="/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        azure_immutable=("principalId", "roleDefinitionId"),
        force_new=("principalId",),
        returns_location=False,
        returns_state=False,
        echoed=("scope",),
    ),
    ArmType(
        token="azure-native:authorization:PolicyAssignment",
        name="Microsoft.Authorization/policyAssignments",
        api_version="2025-01-01",
        path="/{scope}/providers/Microsoft.Authorization/policyAssignments/{policyAssignmentName}",
        azure_immutable=("policyDefinitionId",),
        returns_state=False,
        echoed=("scope",),
    ),
    ArmType(
        token="azure-native:authorization:PolicyExemption",
        name="Microsoft.Authorization/policyExemptions",
        api_version="2022-07-01-preview",
        path="/{scope}/providers/Microsoft.Authorization/policyExemptions/{policyExemptionName}",
        returns_location=False,
        returns_state=False,
    ),
    ArmType(
        token="azure-native:managedidentity:UserAssignedIdentity",
        name="Microsoft.ManagedIdentity/userAssignedIdentities",
        api_version="2023-01-31",
        path=_in_group("Microsoft.ManagedIdentity", ("userAssignedIdentities", "resourceName")),
        azure_immutable=("location",),
        returns_state=False,
    ),
    ArmType(
        token="azure-native:managedidentity:FederatedIdentityCredential",
        name="Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        api_version="2023-01-31",
        path=_in_group(
            "Microsoft.ManagedIdentity",
            ("userAssignedIdentities", "resourceName"),
            ("federatedIdentityCredentials", "federatedIdentityCredentialResourceName"),
        ),
        returns_location=False,
        returns_state=False,
    ),
    ArmType(
        token="azure-native:keyvault:Vault",
        name="Microsoft.KeyVault/vaults",
        api_version="2024-11-01",
        path=_in_group("Microsoft.KeyVault", ("vaults", "vaultName")),
        azure_immutable=("location",),
        returns_state=False,
    ),
    ArmType(
        token="azure-native:operationalinsights:Workspace",
        name="Microsoft.OperationalInsights/workspaces",
        api_version="2023-09-01",
        path=_in_group("Microsoft.OperationalInsights", ("workspaces", "workspaceName")),
        azure_immutable=("location",),
    ),
    ArmType(
        token="azure-native:monitor:DiagnosticSetting",
        name="Microsoft.Insights/diagnosticSettings",
        api_version="2021-05-01-preview",
        path="/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
        returns_location=False,
        returns_state=False,
    ),
    ArmType(
        token="azure-native:monitor:AzureMonitorWorkspace",
        name="Microsoft.Monitor/accounts",
        api_version="2023-04-03",
        path=_in_group("Microsoft.Monitor", ("accounts", "azureMonitorWorkspaceName")),
        azure_immutable=("location",),
    ),
    ArmType(
        token="azure-native:monitor:DataCollectionEndpoint",
        name="Microsoft.Insights/dataCollectionEndpoints",
        api_version="2022-06-01",
        path=_in_group("Microsoft.Insights", ("dataCollectionEndpoints", "dataCollectionEndpointName")),
        azure_immutable=("kind", "location"),
    ),
    ArmType(
        token="azure-native:monitor:DataCollectionRule",
        name="Microsoft.Insights/dataCollectionRules",
        api_version="2022-06-01",
        path=_in_group("Microsoft.Insights", ("dataCollectionRules", "dataCollectionRuleName")),
        azure_immutable=("kind", "location"),
    ),
    ArmType(
        token="azure-native:monitor:DataCollectionRuleAssociation",
        name="Microsoft.Insights/dataCollectionRuleAssociations",
        api_version="2022-06-01",
        path="/{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
        returns_location=False,
    ),
    ArmType(
        token="azure-native:consumption:Budget",
        name="Microsoft.Consumption/budgets",
        api_version="2024-08-01",
        path="/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
        azure_immutable=("timeGrain", "timePeriod.startDate"),
        returns_location=False,
        returns_state=False,
    ),
    ArmType(
        token="azure-native:costmanagement:Budget",
        name="Microsoft.CostManagement/budgets",
        api_version="2024-08-01",
        path="/{scope}/providers/Microsoft.CostManagement/budgets/{budgetName}",
        azure_immutable=("timeGrain", "timePeriod.startDate"),
        returns_location=False,
        returns_state=False,
    ),
    ArmType(
        token="azure-native:kubernetes:ConnectedCluster",
        name="Microsoft.Kubernetes/connectedClusters",
        api_version="2024-02-01-preview",
        path=_in_group("Microsoft.Kubernetes", ("connectedClusters", "clusterName")),
        azure_immutable=("agentPublicKeyCertificate", "kind", "location"),
    ),
)

TYPES: Final = {row.token: row for row in _ROWS}

CLUSTER: Final = "azure-native:containerservice:ManagedCluster"
POOL: Final = "azure-native:containerservice:AgentPool"
GENERIC: Final = "azure-native:resources:Resource"

LOCAL_CLUSTER: Final = "microsoft.hybridcontainerservice/provisionedclusterinstances"
"""ARM names, in lower case, of what the generic resource stands for on Azure Local."""
LOCAL_POOL: Final = "microsoft.hybridcontainerservice/provisionedclusterinstances/agentpools"


def arm_type(token: str) -> ArmType:
    """The row of a type, for example `azure-native:containerservice:AgentPool`. Raises `UnsupportedType`."""
    found = TYPES.get(token)
    if found is None:
        raise UnsupportedType(
            f"The simulated Azure has no {token}. It has: {', '.join(sorted(TYPES))}. "
            "Leave the resource out, or add a row to sandbox/azure/types.py."
        )
    return found
