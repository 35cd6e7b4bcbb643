"""Azure Kubernetes Service: the cluster, who reaches it, and when it is upgraded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from infra.settings.azure import (
    Deployment,
    KubernetesVersion,
    Location,
    PrivateDnsZone,
    ResourceGroupId,
    VaultId,
)
from infra.settings.cidr import Cidr
from infra.settings.model import Example, Gone, Guid, Means, SecretName, Settings, Text

Zone = Literal["1", "2", "3"]
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class PublicApiServer(Settings):
    """An API server with a public address."""

    kind: Literal["public"]
    authorized_ranges: tuple[Cidr, ...] = ()
    """Networks that may reach it, at most 200. In production at least one. The nodes' egress addresses must be among
    them: those of a NAT gateway that is made, or of the cluster's load balancer, are added. With `network.subnet` and
    `network.outbound` of `nat-gateway` or `user-defined-routing` they are not known here: name those of your gateway or
    firewall, else nodes do not join the cluster."""


class PrivateApiServer(Settings):
    """An API server with an address of the virtual network only. Deploy from within that network."""

    kind: Literal["private"]
    dns_zone: PrivateDnsZone = "system"
    """`system` makes a private zone, `none` uses public DNS, or the id of a zone of yours."""


ApiServer = Annotated[PublicApiServer | PrivateApiServer, Field(discriminator="kind")]


class Gmsa(Settings):
    """Group managed service accounts for Windows containers. Later: `az aks update --enable-windows-gmsa`."""

    dns_server: Text | None = None
    """IPv4 address of the domain's DNS server; with `rootDomain`, or neither where the network's DNS knows the
    domain."""
    root_domain: Text | None = None
    """For example `contoso.local`."""


class Windows(Settings):
    """What a cluster must have from its birth to ever have a Windows pool. A change here does nothing to a cluster that
    is there, as the SDK would replace it for each; `az aks update` makes those that Azure can make."""

    admin_username: Annotated[
        str,
        Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", min_length=1, max_length=20),
        Means("1 to 20 letters, digits, underscores and hyphens, starting with a letter", "buildfleet"),
    ] = "buildfleet"
    """Cannot be changed later."""
    admin_password_secret: Annotated[SecretName, Example("windowsAdminPassword")]
    """Key of the secret with the administrators' password, used for nothing else: 14 to 123 characters of three kinds.
    A new value does not reach nodes by itself, see the runbook."""
    hybrid_benefit: bool = False
    """Use Windows Server licences that you have. Later: `az aks update --enable-ahub` or `--disable-ahub`."""
    gmsa: Gmsa | None = None


class MaintenanceWindow(Settings):
    """One window a week."""

    day: Day
    start: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), Means("a time, quoted", "02:00")]
    """Quoted, for example `"02:00"`."""
    hours: Annotated[int, Field(ge=4, le=24)] = 4
    utc_offset: Annotated[
        str, Field(pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$"), Means("an offset from UTC, quoted", "+01:00")
    ] = "+00:00"


_MOVES_THE_MINOR = (
    "write channel: patch, and raise kubernetesVersion yourself: this channel raises the minor, and the next "
    "deployment would ask for the old one"
)


class Upgrades(Settings):
    """Who upgrades what, and when."""

    channel: Annotated[
        Literal["none", "patch", "node-image"],
        Gone("stable", _MOVES_THE_MINOR),
        Gone("rapid", _MOVES_THE_MINOR),
    ] = "patch"
    """Kubernetes. With a channel other than `none` give `kubernetesVersion` without a patch. AKS's `stable` and `rapid`
    are not taken: they raise the minor, and the next deployment would ask for the one in the stack file, which Azure
    refuses as a downgrade."""
    node_images: Literal["NodeImage", "SecurityPatch", "Unmanaged", "None"] = "NodeImage"
    """The nodes' images. Windows pools know `NodeImage` and `None` only."""
    cluster_window: MaintenanceWindow = MaintenanceWindow(day="Saturday", start="02:00", hours=8)
    node_window: MaintenanceWindow = MaintenanceWindow(day="Sunday", start="02:00", hours=8)


class AddOns(Settings):
    """Parts of AKS that it runs itself."""

    azure_policy: Literal["off", "audit", "deny"] = "off"
    """The policy add-on, with Azure's own rules on host access, privilege and images assigned to this cluster. The
    images of this project that need such access are exempt, by name, and nothing else."""
    defender: bool = False
    key_vault_secrets: bool = True
    """The Secrets Store CSI driver, which rotates what it mounts."""
    image_cleaner_hours: Annotated[int, Field(ge=24, le=2160)] | None = 168
    """Remove unused images with known holes from Linux nodes every so many hours; `null` for never."""


class Budget(Settings):
    """A monthly amount that mails when it is likely to be passed. It stops nothing."""

    monthly_amount: Annotated[int, Field(ge=1)]
    """In the currency of the subscription."""
    contacts: Annotated[
        tuple[Annotated[Text, Example("platform-team@contoso.com")], ...], Field(min_length=1, max_length=50)
    ]
    """Mail addresses. Told at 80 % spent and 100 % forecast."""
    start: Annotated[
        str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-01$"), Means("the first of a month", "2026-12-01")
    ]


class AksPlatform(Settings):
    """Azure Kubernetes Service."""

    kind: Literal["aks"]
    subscription: Guid
    """Everything is made in this subscription, whatever the one is that you are logged in to."""
    tenant: Guid
    """Entra tenant of the subscription."""
    location: Location
    """Azure region, for example `westeurope`."""
    kubernetes_version: KubernetesVersion
    """Quoted, for example `"1.36"`. One that AKS makes clusters of: those of long-term support alone need `tier:
    Premium`, and of newer ones than are known here the next one is taken."""
    admin_groups: Annotated[tuple[Guid, ...], Field(min_length=1)]
    """Entra groups whose members administer the cluster. There are no local accounts."""
    windows: Windows
    """Needed even without a Windows pool: a cluster made without it can never have one."""
    resource_group: ResourceGroupId | None = None
    """Id of an existing resource group of `subscription`. Default: one is made."""
    vault: VaultId | None = None
    """Id of an existing key vault. Default: one is made."""
    tier: Literal["Free", "Standard", "Premium"] | None = None
    """Default: `Standard` in production, else `Free`. `Premium` is long-term support: fixes for two years instead of
    one, and the only tier for a minor whose ordinary support has ended."""
    zones: tuple[Zone, ...] = ()
    """Availability zones of nodes and egress addresses, for pools that say nothing else. Fixed at creation."""
    api_server: ApiServer = PublicApiServer(kind="public")
    login: Literal["azurecli", "workloadidentity", "spn", "msi"] = "azurecli"
    """How this program logs in to the API server: the mode of `kubelogin`, which must be on PATH."""
    upgrades: Upgrades = Upgrades()
    add_ons: AddOns = AddOns()
    vcpu_quota: Mapping[str, int] = {}
    """vCPUs that the subscription has in this region, by family as `az vm list-usage` names them, for example
    `{standardDDSv5Family: 350}`. What is named is checked against the pools at their maximum, and is a family that one
    of them uses."""
    deployment: Deployment = Deployment()
    budget: Budget | None = None
