"""A cluster on Azure Local: its place in Azure, and its machines with the first node pool.

Owns what is fixed at a cluster's birth, and says so to the engine: a change of the network, the address or the key
makes another cluster, which production protects against.

The first pool is part of the cluster and must be of Linux, as the agents that connect the cluster to Azure run on it;
left out, Azure Local makes one of its own. Its name and its machines cannot be changed: other pools can, so put work on
those. Azure RBAC is switched on here, since it cannot be later. Nodes are reached by SSH with one key.

Refuses a first pool of Windows and a control plane of an even number, which has no majority.
Source: Azure/azure-resource-manager-schemas 2024-01-01 Microsoft.HybridContainerService.json, read 2026-11;
MicrosoftDocs/azure-stack-docs aks-arc, read 2026-08-21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_azure_native import kubernetes

from components.azure.scope import AzureScope
from components.azure_local import arm
from components.azure_local.pool_profile import PoolProfile, check_profile, properties

FIXED: Final = (
    "extendedLocation",
    "properties.cloudProviderProfile",
    "properties.controlPlane.controlPlaneEndpoint",
    "properties.linuxProfile",
    "properties.networkProfile",
)
"""What needs another cluster."""

_MINUTES: Final = 180


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """The cluster's own machines."""

    count: int
    vm_size: str
    address: str | None = None
    """Of the API server; `None` leaves it to Azure Local."""


@dataclass(frozen=True, kw_only=True)
class FirstPool:
    """The pool that the cluster is born with."""

    name: str
    profile: PoolProfile


@dataclass(frozen=True, kw_only=True)
class AzureLocalClusterArgs:
    """What `AzureLocalCluster` needs."""

    scope: AzureScope
    cluster: str
    """Name of the connected cluster."""
    custom_location: str
    """ARM id."""
    logical_network: str
    """ARM id."""
    kubernetes_version: str
    admin_groups: Sequence[str]
    """Object ids of the Entra groups whose members administer the cluster."""
    ssh_public_key: str
    control_plane: ControlPlane
    first_pool: FirstPool
    pods: str = "10.244.0.0/16"
    """Network of the pods."""
    hybrid_benefit: bool = False
    """Use Windows Server licences that are there."""
    longest_job_minutes: int = 60
    """How long the autoscaler lets the pods of a node that it takes away go on."""
    protect: bool = False


class AzureLocalCluster(pulumi.ComponentResource):
    """Connected cluster and provisioned cluster instance."""

    id: str
    """ARM id of the connected cluster, known before it exists."""
    instance: pulumi.CustomResource
    """The machines, for node pools and the kubeconfig to wait for."""

    def __init__(self, name: str, args: AzureLocalClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        super().__init__(
            "buildfleet:index:AzureLocalCluster",
            name,
            {
                "cluster": args.cluster,
                "customLocation": args.custom_location,
                "logicalNetwork": args.logical_network,
                "kubernetesVersion": args.kubernetes_version,
                "adminGroups": sorted(args.admin_groups),
                "controlPlaneCount": args.control_plane.count,
                "firstPool": args.first_pool.name,
                "pods": args.pods,
                "protect": args.protect,
            },
            opts,
        )
        scope = args.scope
        connected = kubernetes.ConnectedCluster(
            f"{name}-connected",
            cluster_name=args.cluster,
            resource_group_name=scope.resource_group,
            location=scope.location,
            tags=scope.tags,
            kind="ProvisionedCluster",
            identity=kubernetes.ConnectedClusterIdentityArgs(type=kubernetes.ResourceIdentityType.SYSTEM_ASSIGNED),
            # Required, and empty for clusters that Azure Local makes: it hands in the agents' own.
            agent_public_key_certificate="",
            aad_profile=kubernetes.AadProfileArgs(
                admin_group_object_ids=sorted(args.admin_groups), enable_azure_rbac=True, tenant_id=scope.tenant
            ),
            arc_agent_profile=kubernetes.ArcAgentProfileArgs(agent_auto_upgrade="Enabled"),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                # Azure Local hands in its own, which is not to be empty again: the agents would be cut off.
                ignore_changes=["agentPublicKeyCertificate"],
            ),
        )
        self.id = arm.connected_cluster_id(resource_group_id=scope.resource_group_id, cluster=args.cluster)
        self.instance = arm.instance(
            f"{name}-instance",
            resource_group=scope.resource_group,
            cluster=args.cluster,
            custom_location=args.custom_location,
            properties=instance_properties(args),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[connected],
                ignore_changes=(
                    ["properties.agentPoolProfiles[0].count"] if args.first_pool.profile.autoscaled else None
                ),
                replace_on_changes=list(FIXED),
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{_MINUTES}m", update=f"{_MINUTES}m", delete=f"{_MINUTES}m"
                ),
            ),
        )
        self.register_outputs({"id": self.id})


def instance_properties(args: AzureLocalClusterArgs) -> dict[str, Any]:
    """The instance as Azure spells it."""
    control_plane: dict[str, Any] = {"count": args.control_plane.count, "vmSize": args.control_plane.vm_size}
    if args.control_plane.address is not None:
        control_plane["controlPlaneEndpoint"] = {"hostIP": args.control_plane.address}
    return {
        "agentPoolProfiles": [{"name": args.first_pool.name, **properties(args.first_pool.profile)}],
        "autoScalerProfile": {
            "expander": "least-waste",
            "max-graceful-termination-sec": str(60 * args.longest_job_minutes),
        },
        "cloudProviderProfile": {"infraNetworkProfile": {"vnetSubnetIds": [args.logical_network]}},
        "controlPlane": control_plane,
        "kubernetesVersion": args.kubernetes_version,
        "licenseProfile": {"azureHybridBenefit": "True" if args.hybrid_benefit else "False"},
        "linuxProfile": {"ssh": {"publicKeys": [{"keyData": args.ssh_public_key}]}},
        "networkProfile": {
            # The only number that Azure Local takes: load balancing is MetalLB's, an extension.
            "loadBalancerProfile": {"count": 0},
            "networkPolicy": "calico",
            "podCidr": args.pods,
        },
        # Azure Local's own choice, written down so that it stays ours.
        "storageProfile": {"nfsCsiDriver": {"enabled": True}, "smbCsiDriver": {"enabled": True}},
    }


def _check(args: AzureLocalClusterArgs) -> None:
    where = f"cluster {args.cluster}"
    check_profile(args.first_pool.name, args.first_pool.profile)
    if args.first_pool.profile.os != "linux":
        raise ValueError(
            f"{where}: its first pool {args.first_pool.name} is {args.first_pool.profile.os}; allowed is linux, where "
            "the cluster's own agents run; give a Linux pool first. In a stack file: nodePools"
        )
    if args.control_plane.count not in (1, 3, 5):
        raise ValueError(
            f"{where}: {args.control_plane.count} control plane machines; allowed are 1, 3 and 5. In a stack file: "
            "platform.controlPlane.count"
        )
    if not args.admin_groups:
        raise ValueError(
            f"{where}: no admin_groups, so nobody could administer it; give the id of an Entra group. In a stack file: "
            "platform.adminGroups"
        )
