"""Types of Azure that cost money or group what does, and carry tags, by Pulumi's name and by ARM's.

Source: the arguments of pulumi-azure-native 3.x, each of which has `tags`, read 2026-11-22. Refuses completeness: a
type that takes no tags must not be asked for them, so what is not here is not asked.
"""

from __future__ import annotations

from typing import Final

TAGGABLE: Final = {
    "azure-native:compute:Disk": "microsoft.compute/disks",
    "azure-native:compute:Gallery": "microsoft.compute/galleries",
    "azure-native:compute:VirtualMachine": "microsoft.compute/virtualmachines",
    "azure-native:compute:VirtualMachineScaleSet": "microsoft.compute/virtualmachinescalesets",
    "azure-native:containerregistry:Registry": "microsoft.containerregistry/registries",
    "azure-native:containerservice:AgentPool": "microsoft.containerservice/managedclusters/agentpools",
    "azure-native:containerservice:ManagedCluster": "microsoft.containerservice/managedclusters",
    "azure-native:dashboard:Grafana": "microsoft.dashboard/grafana",
    "azure-native:keyvault:ManagedHsm": "microsoft.keyvault/managedhsms",
    "azure-native:keyvault:Vault": "microsoft.keyvault/vaults",
    "azure-native:kubernetes:ConnectedCluster": "microsoft.kubernetes/connectedclusters",
    "azure-native:managedidentity:UserAssignedIdentity": "microsoft.managedidentity/userassignedidentities",
    "azure-native:monitor:AzureMonitorWorkspace": "microsoft.monitor/accounts",
    "azure-native:network:ApplicationGateway": "microsoft.network/applicationgateways",
    "azure-native:network:AzureFirewall": "microsoft.network/azurefirewalls",
    "azure-native:network:BastionHost": "microsoft.network/bastionhosts",
    "azure-native:network:LoadBalancer": "microsoft.network/loadbalancers",
    "azure-native:network:NatGateway": "microsoft.network/natgateways",
    "azure-native:network:NetworkSecurityGroup": "microsoft.network/networksecuritygroups",
    "azure-native:network:PrivateEndpoint": "microsoft.network/privateendpoints",
    "azure-native:network:PublicIPAddress": "microsoft.network/publicipaddresses",
    "azure-native:network:VirtualNetwork": "microsoft.network/virtualnetworks",
    "azure-native:network:VirtualNetworkGateway": "microsoft.network/virtualnetworkgateways",
    "azure-native:operationalinsights:Workspace": "microsoft.operationalinsights/workspaces",
    "azure-native:resources:ResourceGroup": "microsoft.resources/resourcegroups",
    "azure-native:storage:StorageAccount": "microsoft.storage/storageaccounts",
}
"""An agent pool has its tags among its properties in ARM."""

AGENT_POOL: Final = TAGGABLE["azure-native:containerservice:AgentPool"]
ARM_TYPES: Final = frozenset(TAGGABLE.values())
