"""What stands around an AKS cluster, each made or brought: registry, vault, log workspace; and what only some have.

A component's module is imported only where the stack has the thing: each loads an SDK module of its own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.azure.registry import (
    WINDOWS_BASE_IMAGES,
    CacheRule,
    ContainerRegistry,
    ContainerRegistryArgs,
    login_server,
    registry_name,
)
from infra.platforms.azure_network import NodeNetwork
from infra.platforms.azure_scope import Azure
from infra.settings import azure as settings_of_azure
from infra.settings.aks import AksPlatform, PrivateApiServer, PublicApiServer
from infra.settings.stack import StackSettings
from rules.names import FEDERATED_CREDENTIAL, unique
from rules.tables import azure_roles


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The registry of the stack."""

    id: str
    """ARM id, in plain text."""
    login_server: str
    made: pulumi.Input[str] | None
    """The same id as an output, where it is made here."""


def registry(settings: StackSettings, platform: AksPlatform, azure: Azure) -> Registry:
    """Register the registry, unless one is brought."""
    wanted = settings.registry
    if wanted.id is not None:
        return Registry(id=wanted.id, login_server=login_server(registry_name(wanted.id)), made=None)
    production = settings.environment.production
    sku = wanted.sku or ("Premium" if production else "Standard")
    name = azure.names.registry
    cache: Sequence[CacheRule] = WINDOWS_BASE_IMAGES
    if wanted.cache is not None:
        cache = [CacheRule(source=rule.source, target=rule.target) for rule in wanted.cache]
    made = ContainerRegistry(
        "registry",
        ContainerRegistryArgs(
            scope=azure.scope,
            registry=name,
            sku=sku,
            # Not production any more is no reason to take from a registry what it has; a tier that is named is.
            keep_sku=wanted.sku is None and not production,
            cache=cache,
            zone_redundant=sku == "Premium" and bool(platform.zones),
            protect=production,
        ),
        opts=azure.opts,
    )
    return Registry(
        id=f"{azure.scope.resource_group_id}/providers/Microsoft.ContainerRegistry/registries/{name}",
        login_server=login_server(name),
        made=made.id,
    )


def workspace(settings: StackSettings, azure: Azure) -> pulumi.Input[str]:
    """Register the log workspace, unless one is brought; returns its ARM id."""
    if settings.monitoring.workspace is not None:
        return settings.monitoring.workspace
    from components.azure.log_workspace import LogWorkspace, LogWorkspaceArgs

    return LogWorkspace(
        "logs",
        LogWorkspaceArgs(
            scope=azure.scope, workspace=azure.names.workspace, retention_days=settings.monitoring.retention_days
        ),
        opts=azure.opts,
    ).id


def vault(settings: StackSettings, platform: AksPlatform, azure: Azure, network: NodeNetwork) -> str:
    """Register the key vault, unless one is brought; returns where it answers."""
    from components.azure.vault import KeyVault, KeyVaultArgs, vault_uri

    if platform.vault is not None:
        return vault_uri(platform.vault.rsplit("/", 1)[-1])
    # Who may reach the API server from outside may put secrets in. The vault's firewall knows public IPv4 alone.
    api = platform.api_server
    given = api.authorized_ranges if isinstance(api, PublicApiServer) and network.trusted else ()
    KeyVault(
        "vault",
        KeyVaultArgs(
            scope=azure.scope,
            vault=azure.names.vault,
            subnet_ids=network.trusted,
            allowed_ranges=[cidr for cidr in given if _public_ipv4(cidr)],
            secrets_officers=platform.admin_groups,
            production=settings.environment.production,
        ),
        opts=azure.opts,
    )
    return vault_uri(azure.names.vault)


@dataclass(frozen=True, kw_only=True)
class Pipelines:
    """The identities of pipelines."""

    outputs: Mapping[str, pulumi.Input[str]]
    """Their client ids, by outputs' names."""
    preview: pulumi.Output[str] | None
    """Object id of the one that previews, by which the cluster knows it."""


def budget(platform: AksPlatform, azure: Azure) -> None:
    """Register the budget, if there is one."""
    if platform.budget is None:
        return
    from components.azure.budget import CostBudget, CostBudgetArgs

    CostBudget(
        "budget",
        CostBudgetArgs(
            scope=azure.scope,
            budget=azure.names.budget,
            monthly_amount=platform.budget.monthly_amount,
            resource_groups=[azure.resource_group, azure.names.node_resource_group],
            contacts=platform.budget.contacts,
            start=platform.budget.start,
        ),
        opts=azure.opts,
    )


def deployment(
    settings: StackSettings, platform: AksPlatform, azure: Azure, *, cluster: pulumi.Input[str], cluster_id: str
) -> Pipelines:
    """Register the identities of pipelines, if there are any."""
    wanted = platform.deployment
    if not (wanted.deploy or wanted.preview):
        return Pipelines(outputs={}, preview=None)
    from components.azure.deployment_identities import Brought, DeploymentIdentities, DeploymentIdentitiesArgs
    from components.azure.identity import Federation

    def federations(given: Sequence[settings_of_azure.Federation]) -> list[Federation]:
        return [
            Federation(name=pipeline_name(one.issuer, one.subject), issuer=one.issuer, subject=one.subject)
            for one in given
        ]

    # What each brought thing is called here, where it is, and what deploy needs to do with it beside granting.
    zone = own_dns_zone(platform)
    subnet = settings.network.subnet
    brought = (
        ("dns-zone", zone, azure_roles.PRIVATE_DNS_ZONE_CONTRIBUTOR),
        # The cluster's own identity uses the network as a whole; deploy only grants that right.
        ("network", subnet.rsplit("/subnets/", 1)[0] if subnet is not None and links_network(platform) else None, None),
        ("registry", settings.registry.id, None),
        ("subnet", subnet, azure_roles.NETWORK_CONTRIBUTOR),
        ("vault", platform.vault, None),
        ("workspace", settings.monitoring.workspace, azure_roles.LOG_ANALYTICS_CONTRIBUTOR),
    )
    made = DeploymentIdentities(
        "deployment",
        DeploymentIdentitiesArgs(
            scope=azure.scope,
            environment=azure.names.cluster,
            deploy=federations(wanted.deploy),
            preview=federations(wanted.preview),
            cluster_id=cluster,
            cluster_id_text=cluster_id,
            brought=[Brought(name=name, id=one, deploy_role=role) for name, one, role in brought if one is not None],
            policy_assignments=platform.add_ons.azure_policy != "off",
            budget=platform.budget is not None,
            protect=settings.environment.production,
        ),
        opts=azure.opts,
    )
    return Pipelines(
        outputs={f"{kind}ClientId": client_id for kind, client_id in made.client_ids.items()},
        preview=made.principal_ids.get("preview"),
    )


def pipeline_name(issuer: str, subject: str) -> str:
    """What the credential for that token is called, for example `pipeline-1k3x90ab`.

    By what it trusts and not by its place in the stack file: otherwise one more would rename those behind it, and Azure
    refuses the new name of a credential while the old one is there with the same issuer and subject.
    """
    return unique(FEDERATED_CREDENTIAL, "pipeline", scope=f"{issuer} {subject}")


def own_dns_zone(platform: AksPlatform) -> str | None:
    """Id of a private DNS zone of the user's, where the API server's address is written."""
    api = platform.api_server
    return api.dns_zone if isinstance(api, PrivateApiServer) and api.dns_zone not in ("none", "system") else None


def links_network(platform: AksPlatform) -> bool:
    """Whether the control plane uses the virtual network as a whole, and not its subnets alone: an API server without a
    public address has a private endpoint there, and a private zone, its own or another's, is linked with it."""
    return isinstance(platform.api_server, PrivateApiServer)


def _public_ipv4(cidr: str) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    return network.version == 4 and network.is_global
