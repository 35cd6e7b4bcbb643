"""The two identities of an AKS cluster, with the roles they need before there is a cluster.

Owns the control plane's identity, which joins subnets and writes DNS records, and the kubelets' identity, with which
nodes pull images. Both are ours and not made by AKS: so the roles are there when the cluster is made, which otherwise
fails in the middle, and a registry can let the kubelets in by a principal that does not change with the cluster.

Refuses roles of pods: those have identities of their own (see `identity`), as what the kubelets may do every pod can
take on that reaches the metadata service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import managedidentity

from components.azure.identity import identity_id
from components.azure.roles import role_assignment
from components.azure.scope import AzureScope
from rules.tables import azure_roles


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A resource that the control plane changes."""

    id: str
    """ARM id, in plain text."""
    made: pulumi.Input[str] | None = None
    """The same id as an output, where the resource is made here."""


@dataclass(frozen=True, kw_only=True)
class ClusterIdentitiesArgs:
    """What `ClusterIdentities` needs."""

    scope: AzureScope
    control_plane: str
    """Name in Azure."""
    kubelet: str
    """Name in Azure."""
    networks: Mapping[str, Reach]
    """Subnets of nodes, or the network they are in, each by a short name of its own."""
    dns_zone: str | None = None
    """ARM id of a private DNS zone of others, where the API server's address is written."""
    protect: bool = False
    """Keep the identities from being deleted: new ones of the same names are other principals, without their roles."""


@dataclass(frozen=True, kw_only=True)
class KubeletIdentity:
    """The nodes' identity, in the three ways that Azure asks for it."""

    id: pulumi.Input[str]
    """ARM id."""
    client_id: pulumi.Input[str]
    principal_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ControlPlaneIdentity:
    """The cluster's identity."""

    id: pulumi.Input[str]
    """ARM id."""
    roles: Sequence[pulumi.Resource] = field(default_factory=tuple)
    """What must be granted before a cluster is made with it."""


class ClusterIdentities(pulumi.ComponentResource):
    """Both identities and the control plane's roles."""

    control_plane: ControlPlaneIdentity
    kubelet: KubeletIdentity

    def __init__(self, name: str, args: ClusterIdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "buildfleet:index:ClusterIdentities",
            name,
            {
                "controlPlane": args.control_plane,
                "kubelet": args.kubelet,
                "networks": {key: reach.id for key, reach in sorted(args.networks.items())},
                "dnsZone": args.dns_zone,
                "protect": args.protect,
            },
            opts,
        )
        scope = args.scope
        control_plane = self._identity(f"{name}-control-plane", args.control_plane, args)
        kubelet = self._identity(f"{name}-kubelet", args.kubelet, args)
        kubelet_id = identity_id(resource_group_id=scope.resource_group_id, identity_name=args.kubelet)
        grants: list[tuple[str, str, Reach]] = [
            ("kubelet-operator", azure_roles.MANAGED_IDENTITY_OPERATOR, Reach(id=kubelet_id, made=kubelet.id)),
            *((f"network-{key}", azure_roles.NETWORK_CONTRIBUTOR, one) for key, one in sorted(args.networks.items())),
        ]
        if args.dns_zone is not None:
            grants.append(("dns-zone", azure_roles.PRIVATE_DNS_ZONE_CONTRIBUTOR, Reach(id=args.dns_zone)))
        roles = [
            role_assignment(
                f"{name}-{suffix}",
                parent=self,
                role=role,
                scope_id=reach.id,
                scope=reach.made,
                principal_key=identity_id(resource_group_id=scope.resource_group_id, identity_name=args.control_plane),
                principal_id=control_plane.principal_id,
            )
            for suffix, role, reach in grants
        ]
        self.control_plane = ControlPlaneIdentity(id=control_plane.id, roles=roles)
        self.kubelet = KubeletIdentity(id=kubelet.id, client_id=kubelet.client_id, principal_id=kubelet.principal_id)
        self.register_outputs({"controlPlaneId": control_plane.id, "kubeletId": kubelet.id})

    def _identity(self, name: str, identity: str, args: ClusterIdentitiesArgs) -> managedidentity.UserAssignedIdentity:
        return managedidentity.UserAssignedIdentity(
            name,
            resource_name_=identity,
            resource_group_name=args.scope.resource_group,
            location=args.scope.location,
            tags=dict(args.scope.tags),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
