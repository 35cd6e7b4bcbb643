"""What the two platforms of Azure share: places, and the ids of what is brought."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings.model import Example, HttpsUrl, Means, Settings, Text

KubernetesVersion = Annotated[
    str, Field(pattern=r"^1\.[0-9]{2}(\.[0-9]+)?$"), Means("a Kubernetes version, quoted", "1.36")
]
Location = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]+$"), Means("an Azure region in its short form", "westeurope")]

_GROUP = r"^/subscriptions/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/resourceGroups/[-\w.()]{1,90}"
_EXAMPLE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ci"
_NAME = r"/[^/\s]+"

ResourceGroupId = Annotated[str, Field(pattern=f"{_GROUP}$"), Means("the id of a resource group", _EXAMPLE)]
SubnetId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]Network/virtualNetworks{_NAME}/subnets{_NAME}$"),
    Means("the id of a subnet", f"{_EXAMPLE}/providers/Microsoft.Network/virtualNetworks/ci/subnets/build"),
]
RegistryId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]ContainerRegistry/registries{_NAME}$"),
    Means(
        "the id of an Azure Container Registry", f"{_EXAMPLE}/providers/Microsoft.ContainerRegistry/registries/contoso"
    ),
]
VaultId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]KeyVault/vaults{_NAME}$"),
    Means("the id of a key vault", f"{_EXAMPLE}/providers/Microsoft.KeyVault/vaults/contoso-ci"),
]
WorkspaceId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]OperationalInsights/workspaces{_NAME}$"),
    Means("the id of a Log Analytics workspace", f"{_EXAMPLE}/providers/Microsoft.OperationalInsights/workspaces/ci"),
]
PrivateDnsZone = Annotated[
    str,
    Field(pattern=f"^(system|none|{_GROUP.removeprefix('^')}/providers/Microsoft[.]Network/privateDnsZones{_NAME})$"),
    Means(
        "system, none or the id of a private DNS zone",
        f"{_EXAMPLE}/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io",
    ),
]
CustomLocationId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]ExtendedLocation/customLocations{_NAME}$"),
    Means("the id of a custom location", f"{_EXAMPLE}/providers/Microsoft.ExtendedLocation/customLocations/site"),
]
LogicalNetworkId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]AzureStackHCI/logicalNetworks{_NAME}$"),
    Means("the id of a logical network", f"{_EXAMPLE}/providers/Microsoft.AzureStackHCI/logicalNetworks/lan"),
]
ConnectedClusterId = Annotated[
    str,
    Field(pattern=f"{_GROUP}/providers/Microsoft[.]Kubernetes/connectedClusters{_NAME}$"),
    Means("the id of a connected cluster", f"{_EXAMPLE}/providers/Microsoft.Kubernetes/connectedClusters/site"),
]


class Federation(Settings):
    """A token of somebody else's that an identity takes for a login."""

    issuer: Annotated[HttpsUrl, Example("https://token.actions.githubusercontent.com")]
    """For example `https://token.actions.githubusercontent.com`."""
    subject: Annotated[Text, Example("repo:contoso/ci:environment:prod")]
    """For example `repo:contoso/ci:environment:prod`. Compared letter by letter."""


class Deployment(Settings):
    """Identities with which pipelines preview and deploy this stack, without any stored secret."""

    deploy: tuple[Federation, ...] = ()
    """Who may change the environment: contributor of the resource group, administrator of the cluster."""
    preview: tuple[Federation, ...] = ()
    """Who may read it: what a preview needs. In the cluster that is what the stack has there, its Secrets among it."""
