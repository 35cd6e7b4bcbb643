"""The AKS cluster itself, from settings: its identities, its arguments, and what watches it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi

from components.azure.cluster import AksCluster
from components.azure.cluster_arguments import (
    AksClusterArgs,
    ClusterAddOns,
    ClusterNetwork,
    ClusterWindows,
    Gmsa,
    PrivateApi,
    PublicApi,
    UpgradeChannels,
)
from components.azure.cluster_identities import ClusterIdentities, ClusterIdentitiesArgs
from components.azure.diagnostics import ClusterDiagnostics, ClusterDiagnosticsArgs
from components.azure.maintenance import Maintenance, MaintenanceArgs, WeeklyWindow
from infra.platforms import aks_pools
from infra.platforms.aks_surroundings import links_network, own_dns_zone
from infra.platforms.azure_network import NodeNetwork
from infra.platforms.azure_scope import Azure
from infra.platforms.operators import keda_from
from infra.settings import aks as settings_of_aks
from infra.settings.aks import AksPlatform
from infra.settings.stack import StackSettings


def identities(settings: StackSettings, platform: AksPlatform, azure: Azure, network: NodeNetwork) -> ClusterIdentities:
    """Register the identities of control plane and nodes, with the roles that the cluster needs from the start."""
    zone = own_dns_zone(platform)
    networks = dict(network.subnets)
    if links_network(platform):
        networks["whole"] = network.whole
    return ClusterIdentities(
        "cluster-identities",
        ClusterIdentitiesArgs(
            scope=azure.scope,
            control_plane=azure.names.identity("control-plane"),
            kubelet=azure.names.identity("kubelet"),
            networks=networks,
            dns_zone=zone,
            protect=settings.environment.production,
        ),
        opts=azure.opts,
    )


def cluster(
    settings: StackSettings,
    platform: AksPlatform,
    azure: Azure,
    network: NodeNetwork,
    own: ClusterIdentities,
    *,
    stack: str,
    workspace: pulumi.Input[str],
    secret: Callable[[str], pulumi.Output[str]],
) -> AksCluster:
    """Register the cluster with its inline pool."""
    production = settings.environment.production
    pool = aks_pools.inline(settings)
    gmsa = platform.windows.gmsa
    return AksCluster(
        "aks",
        AksClusterArgs(
            scope=azure.scope,
            name=azure.names.cluster,
            node_resource_group=azure.names.node_resource_group,
            kubernetes_version=platform.kubernetes_version,
            tier=platform.tier or ("Standard" if production else "Free"),
            system_pool_name=pool.name,
            system_pool=aks_pools.profile(settings, platform, pool, network, stack=stack),
            control_plane=own.control_plane,
            kubelet=own.kubelet,
            network=ClusterNetwork(
                outbound=network.outbound,
                pods=settings.network.pods,
                services=settings.network.services,
                engine=settings.network.engine,
            ),
            api_server=_api_server(platform, network),
            admin_groups=platform.admin_groups,
            windows=ClusterWindows(
                admin_username=platform.windows.admin_username,
                admin_password=secret(platform.windows.admin_password_secret),
                hybrid_benefit=platform.windows.hybrid_benefit,
                gmsa=None if gmsa is None else Gmsa(dns_server=gmsa.dns_server, root_domain=gmsa.root_domain),
            ),
            upgrades=UpgradeChannels(kubernetes=platform.upgrades.channel, node_images=platform.upgrades.node_images),
            add_ons=ClusterAddOns(
                keda=keda_from(settings, made=True) == "add-on",
                key_vault_secrets=platform.add_ons.key_vault_secrets,
                azure_policy=platform.add_ons.azure_policy != "off",
                defender_workspace=workspace if platform.add_ons.defender else None,
                image_cleaner_hours=platform.add_ons.image_cleaner_hours,
                prometheus=settings.monitoring.prometheus,
            ),
            longest_drain_minutes=aks_pools.longest_drain(settings),
            wait_for=network.made,
            protect=production,
        ),
        opts=azure.opts,
    )


def watch(
    settings: StackSettings,
    platform: AksPlatform,
    azure: Azure,
    made: AksCluster,
    *,
    workspace: pulumi.Input[str],
) -> Sequence[pulumi.Resource]:
    """Register the maintenance windows, logs and metrics of the cluster; returns what pools wait for."""
    windows = Maintenance(
        "maintenance",
        MaintenanceArgs(
            scope=azure.scope,
            cluster=made.name,
            kubernetes=_window(platform.upgrades.cluster_window),
            node_images=_window(platform.upgrades.node_window),
        ),
        opts=azure.opts,
    )
    ClusterDiagnostics(
        "diagnostics",
        ClusterDiagnosticsArgs(name=azure.names.cluster, cluster=made.id, workspace=workspace),
        opts=azure.opts,
    )
    if settings.monitoring.prometheus:
        from components.azure.prometheus import ManagedPrometheus, ManagedPrometheusArgs

        ManagedPrometheus(
            "prometheus",
            ManagedPrometheusArgs(scope=azure.scope, name=azure.names.metrics, cluster=made.id),
            opts=azure.opts,
        )
    return windows.schedules


def _api_server(platform: AksPlatform, network: NodeNetwork) -> PublicApi | PrivateApi:
    api = platform.api_server
    if isinstance(api, settings_of_aks.PrivateApiServer):
        return PrivateApi(dns_zone=api.dns_zone)
    if not api.authorized_ranges:
        return PublicApi()
    # The nodes are outside like everybody else: without their own addresses they would lock themselves out. One more
    # address is used by the gateway before the cluster, which needs the network, lets it in: some minutes in which part
    # of the nodes do not reach the API server. So it belongs into a maintenance window.
    # Each is an input of its own: at the first preview the nodes' are not known, and those that a person wrote are.
    own = [pulumi.Output.concat(address, "/32") for address in network.egress_addresses]
    return PublicApi(authorized_ranges=[*sorted(api.authorized_ranges), *own])


def _window(window: settings_of_aks.MaintenanceWindow) -> WeeklyWindow:
    return WeeklyWindow(day=window.day, start=window.start, hours=window.hours, utc_offset=window.utc_offset)
