"""The kind of cluster, and what is particular to each kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import Means, Settings, Text

KubernetesVersion = Annotated[
    str, Field(pattern=r"^1\.[0-9]{2}(\.[0-9]+)?$"), Means("a Kubernetes version, quoted", "1.36")
]
Location = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]+$"), Means("an Azure region in its short form", "westeurope")]


class AksPlatform(Settings):
    """Azure Kubernetes Service."""

    kind: Literal["aks"]
    location: Location
    """Azure region, for example `westeurope`."""
    kubernetes_version: KubernetesVersion
    """Quoted, for example `"1.36"`."""
    resource_group: str | None = None
    """Id of an existing resource group. Default: one is made."""


class AzureLocalPlatform(Settings):
    """AKS on Azure Local, formerly Azure Stack HCI."""

    kind: Literal["azure-local"]
    location: Location
    """Azure region of the Arc resources."""
    kubernetes_version: KubernetesVersion
    """Quoted, for example `"1.32"`."""
    custom_location: str | None = None
    """Id of the custom location of the Azure Local instance. Needed to make a cluster."""
    logical_network: str | None = None
    """Id of the logical network the nodes are attached to. Needed to make a cluster."""
    existing_cluster: str | None = None
    """Id of a connected cluster to adopt instead of making one."""
    windows_node_pools: bool = False
    """Windows pools are off by default on Azure Local; say that they were enabled there."""


class ExistingClusterPlatform(Settings):
    """Any Kubernetes cluster that is already there."""

    kind: Literal["existing-cluster"]
    context: Text
    """Context of the kubeconfig (`$KUBECONFIG`, else `~/.kube/config`). Never guessed: the current context is
    not used."""
    storage_class: str | None = None
    """For claims that name none. Default: the cluster's default class."""
    preflight: bool = True
    """Check nodes, taints, versions and CRDs of the cluster before anything is changed."""


Platform = Annotated[AksPlatform | AzureLocalPlatform | ExistingClusterPlatform, Field(discriminator="kind")]
