"""What Azure refuses whatever else exists: names, patterns, ranges, and properties that contradict each other.

Each rule is a generator of `Refusal`s over one resource's inputs, in a module by kind of resource that names its
sources. Codes are Azure's where one is known, else `InvalidParameter` or a guess: `codes` tells which. Unknown values
are not refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals import access, azure_local, cluster, common, monitoring, network, pool, registry, vault
from sandbox.azure.types import CLUSTER, GENERIC, POOL
from sandbox.azure.values import Object

Rule = Callable[[Object], Iterable[Refusal]]

RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "azure-native:resources:ResourceGroup": (common.resource_group,),
    GENERIC: (azure_local.generic,),
    "azure-native:network:VirtualNetwork": (network.virtual_network,),
    "azure-native:network:Subnet": (network.subnet,),
    "azure-native:network:NetworkSecurityGroup": (network.security_group,),
    "azure-native:network:NatGateway": (network.nat_gateway,),
    "azure-native:network:PublicIPAddress": (network.public_ip,),
    CLUSTER: cluster.RULES,
    POOL: (pool.separate,),
    "azure-native:containerservice:MaintenanceConfiguration": (cluster.maintenance,),
    "azure-native:containerregistry:Registry": (registry.registry,),
    "azure-native:containerregistry:CacheRule": (registry.cache_rule,),
    "azure-native:authorization:RoleAssignment": (access.role_assignment,),
    "azure-native:authorization:PolicyAssignment": (access.policy_assignment,),
    "azure-native:authorization:PolicyExemption": (access.policy_exemption,),
    "azure-native:managedidentity:UserAssignedIdentity": (access.identity,),
    "azure-native:managedidentity:FederatedIdentityCredential": (access.federated_credential,),
    "azure-native:keyvault:Vault": (vault.vault,),
    "azure-native:operationalinsights:Workspace": (monitoring.workspace,),
    "azure-native:monitor:DiagnosticSetting": (monitoring.diagnostic_setting,),
    "azure-native:monitor:AzureMonitorWorkspace": (monitoring.monitor_workspace,),
    "azure-native:monitor:DataCollectionEndpoint": (monitoring.endpoint,),
    "azure-native:monitor:DataCollectionRule": (monitoring.rule,),
    "azure-native:monitor:DataCollectionRuleAssociation": (monitoring.association,),
    "azure-native:consumption:Budget": (monitoring.budget,),
    "azure-native:costmanagement:Budget": (monitoring.budget,),
    "azure-native:kubernetes:ConnectedCluster": (azure_local.connected_cluster,),
}


def refusals(token: str, inputs: Object) -> list[Refusal]:
    """All that Azure would refuse in these inputs, in the order of the rules."""
    rules: tuple[Rule, ...] = (common.location, common.tags, *RULES[token])
    return [refusal for rule in rules for refusal in rule(inputs)]
