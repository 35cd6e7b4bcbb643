"""AKS on Azure Local: a cluster to make, or one to adopt."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.azure import (
    ConnectedClusterId,
    CustomLocationId,
    KubernetesVersion,
    Location,
    LogicalNetworkId,
    ResourceGroupId,
)
from infra.settings.model import Guid, Means, Settings, Text


class ControlPlane(Settings):
    """The cluster's own machines."""

    count: Literal[1, 3, 5] = 3
    vm_size: Text = "Standard_A4_v2"
    """Default: `Standard_A4_v2`, which is Azure Local's own."""
    address: (
        Annotated[str, Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}$"), Means("an IPv4 address", "192.168.10.5")] | None
    ) = None
    """Of the API server, from the logical network. Default: Azure Local chooses one of its pool."""


class AzureLocalPlatform(Settings):
    """AKS on Azure Local, formerly Azure Stack HCI."""

    kind: Literal["azure-local"]
    subscription: Guid
    """Of the Arc resources, whatever the subscription is that you are logged in to."""
    tenant: Guid
    """Entra tenant of the subscription."""
    location: Location
    """Azure region of the Arc resources."""
    kubernetes_version: KubernetesVersion
    """Quoted, for example `"1.32"`."""
    admin_groups: tuple[Guid, ...] = ()
    """Entra groups whose members administer a cluster that is made. At least one there."""
    resource_group: ResourceGroupId | None = None
    """Id of an existing resource group of `subscription`. Default: one is made."""
    custom_location: CustomLocationId | None = None
    """Id of the custom location of the Azure Local instance. Needed to make a cluster."""
    logical_network: LogicalNetworkId | None = None
    """Id of the logical network the nodes are attached to. Needed to make a cluster."""
    ssh_public_key: (
        Annotated[
            str,
            Field(pattern=r"^(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/=]+( .*)?$"),
            Means("an SSH public key, one line", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample ci@contoso.com"),
        ]
        | None
    ) = None
    """For the nodes. Needed to make a cluster; fixed at creation."""
    control_plane: ControlPlane = ControlPlane()
    hybrid_benefit: bool = False
    """Use Windows Server licences that you have."""
    existing_cluster: ConnectedClusterId | None = None
    """Id of a connected cluster to adopt instead of making one. Its pools are found, not made."""
    windows_node_pools: bool = False
    """Windows pools are off by default on Azure Local; say that they were enabled there."""
