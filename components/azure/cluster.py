"""An AKS cluster that builds may run on.

Owns the managed cluster and its one inline pool, and what is decided for every cluster of ours: Azure CNI Overlay,
Entra logins with Azure RBAC and no local accounts, an OIDC issuer for workload identity, a closed node resource group,
no run command, and a profile of the autoscaler under which a job is never cut off.

One Linux system pool is inline, as a cluster cannot be without; every other pool is a resource of its own
(`node_pool`). Inline pools are deleted by nobody (pulumi-azure-native#1686), and editing one makes all of them scale
(#4264); ignoring all of `agentPoolProfiles` makes later updates fail (#2719). So of the inline pool only the count is
ignored.

The inline pool says no version of Kubernetes, as the other pools are not in the same request: with one of several
versions said, Azure refuses every upgrade (`NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged`, Azure/AKS#4765).
So a new `kubernetesVersion` upgrades the control plane and then the other pools, and the nodes of the inline pool keep
theirs until a person upgrades them, or the upgrade channel does:
`az aks nodepool upgrade -g GROUP --cluster-name CLUSTER -n POOL --kubernetes-version VERSION`. It is not ignored
either: what a refresh then writes down would be sent with the next upgrade and refused. So the next `up` takes it out
again, an update of the cluster that changes nothing.

The provider takes every change of `windowsProfile` for one that needs another cluster, even those that Azure makes in
place (provider/pkg/gen/replacement.go): a new password of the Windows administrators, the licence, gMSA. So all of it
is ignored once the cluster is there: no stack file loses a cluster over a password or a licence. Such a change is made
by `az aks update`, and the state follows by a refresh or, as no API shows the password, by the runbook's way.

Refuses a system pool that is not Linux, and a cluster that nobody could administer.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_azure_native import containerservice

from components.azure.cluster_arguments import AksClusterArgs, PrivateApi
from components.azure.cluster_profiles import (
    add_on_profiles,
    api_server_profile,
    auto_scaler_profile,
    network_profile,
    security_profile,
    windows_profile,
)
from components.azure.pool_profile import facts, properties, timeouts


class AksCluster(pulumi.ComponentResource):
    """The managed cluster with its system pool."""

    id: pulumi.Output[str]
    """ARM id."""
    name: pulumi.Output[str]
    """Name in Azure, known when the cluster is there."""
    oidc_issuer: pulumi.Output[str]
    """Issuer of the tokens of its service accounts."""

    def __init__(self, name: str, args: AksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        super().__init__("buildfleet:index:AksCluster", name, _props(args), opts)
        scope = args.scope
        cluster = containerservice.ManagedCluster(
            f"{name}-cluster",
            resource_group_name=scope.resource_group,
            resource_name_=args.name,
            location=scope.location,
            tags=dict(scope.tags),
            dns_prefix=args.name,
            kubernetes_version=args.kubernetes_version,
            node_resource_group=args.node_resource_group,
            node_resource_group_profile=containerservice.ManagedClusterNodeResourceGroupProfileArgs(
                restriction_level="ReadOnly"
            ),
            sku=containerservice.ManagedClusterSKUArgs(name="Base", tier=args.tier),
            # The tier Premium is what long-term support is bought with; the others do not have it.
            support_plan="AKSLongTermSupport" if args.tier == "Premium" else "KubernetesOfficial",
            identity=containerservice.ManagedClusterIdentityArgs(
                type=containerservice.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[args.control_plane.id],
            ),
            identity_profile={
                "kubeletidentity": containerservice.UserAssignedIdentityArgs(
                    resource_id=args.kubelet.id,
                    client_id=args.kubelet.client_id,
                    object_id=args.kubelet.principal_id,
                )
            },
            enable_rbac=True,
            disable_local_accounts=True,
            aad_profile=containerservice.ManagedClusterAADProfileArgs(
                managed=True,
                enable_azure_rbac=True,
                admin_group_object_ids=sorted(args.admin_groups),
                tenant_id=scope.tenant,
            ),
            api_server_access_profile=api_server_profile(args.api_server),
            oidc_issuer_profile=containerservice.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
            security_profile=security_profile(args.add_ons),
            network_profile=network_profile(args.network),
            agent_pool_profiles=[
                containerservice.ManagedClusterAgentPoolProfileArgs(
                    name=args.system_pool_name, **properties(args.system_pool, tags=scope.tags)
                )
            ],
            auto_scaler_profile=auto_scaler_profile(args.longest_drain_minutes),
            auto_upgrade_profile=containerservice.ManagedClusterAutoUpgradeProfileArgs(
                upgrade_channel=args.upgrades.kubernetes, node_os_upgrade_channel=args.upgrades.node_images
            ),
            addon_profiles=add_on_profiles(args.add_ons),
            workload_auto_scaler_profile=containerservice.ManagedClusterWorkloadAutoScalerProfileArgs(
                keda=containerservice.ManagedClusterWorkloadAutoScalerProfileKedaArgs(enabled=args.add_ons.keda)
            ),
            azure_monitor_profile=containerservice.ManagedClusterAzureMonitorProfileArgs(
                metrics=containerservice.ManagedClusterAzureMonitorProfileMetricsArgs(enabled=args.add_ons.prometheus)
            ),
            storage_profile=containerservice.ManagedClusterStorageProfileArgs(
                disk_csi_driver=containerservice.ManagedClusterStorageProfileDiskCSIDriverArgs(enabled=True),
                file_csi_driver=containerservice.ManagedClusterStorageProfileFileCSIDriverArgs(enabled=True),
                blob_csi_driver=containerservice.ManagedClusterStorageProfileBlobCSIDriverArgs(enabled=False),
                snapshot_controller=containerservice.ManagedClusterStorageProfileSnapshotControllerArgs(enabled=True),
            ),
            windows_profile=windows_profile(args.windows),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[*args.control_plane.roles, *args.wait_for],
                ignore_changes=[
                    # Never said, but a refresh writes down what the autoscaler did.
                    "agentPoolProfiles[0].count",
                    # See above: any change of it would replace the cluster.
                    "windowsProfile",
                ],
                custom_timeouts=timeouts(args.system_pool),
            ),
        )
        self.id = cluster.id
        self.name = cluster.name
        self.oidc_issuer = cluster.oidc_issuer_profile.apply(_issuer)
        self.register_outputs({"id": self.id, "name": self.name, "oidcIssuer": self.oidc_issuer})


def cluster_id(*, resource_group_id: str, cluster: str) -> str:
    """The ARM id that a cluster will have, before it exists."""
    return f"{resource_group_id}/providers/Microsoft.ContainerService/managedClusters/{cluster}"


def _check(args: AksClusterArgs) -> None:
    if args.system_pool.os != "linux" or args.system_pool.mode != "System":
        raise ValueError(
            f"cluster {args.name}: the pool {args.system_pool_name} is {args.system_pool.os} with mode "
            f"{args.system_pool.mode!r}; the first pool of a cluster must be Linux with mode 'System'. In a stack "
            "file: purpose: system and os: linux in nodePools"
        )
    if not args.admin_groups:
        raise ValueError(
            f"cluster {args.name}: no Entra group administers it, and there are no local accounts; give at least one. "
            "In a stack file: platform.adminGroups"
        )


def _props(args: AksClusterArgs) -> dict[str, Any]:
    """What policies and previews see. Nothing of it is secret."""
    return {
        "name": args.name,
        "kubernetesVersion": args.kubernetes_version,
        "tier": args.tier,
        "systemPool": {"name": args.system_pool_name, **facts(args.system_pool)},
        "outbound": args.network.outbound,
        "pods": args.network.pods,
        "services": args.network.services,
        "networkPolicyEngine": args.network.engine,
        "privateApiServer": isinstance(args.api_server, PrivateApi),
        "adminGroups": sorted(args.admin_groups),
        "upgradeChannel": args.upgrades.kubernetes,
        "nodeImageChannel": args.upgrades.node_images,
        "keda": args.add_ons.keda,
        "azurePolicy": args.add_ons.azure_policy,
        "defender": args.add_ons.defender_workspace is not None,
        "prometheus": args.add_ons.prometheus,
        "protect": args.protect,
    }


def _issuer(profile: containerservice.outputs.ManagedClusterOIDCIssuerProfileResponse | None) -> str:
    if profile is None:
        raise ValueError("the cluster has no OIDC issuer although one was asked for; see its oidcIssuerProfile")
    return profile.issuer_url
