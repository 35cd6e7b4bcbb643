"""The settings of a cluster as Azure's API groups them.

Owns what is decided the same way for every cluster of ours, each with its reason. Refuses to read anything but the
arguments: these are functions of plain data.
"""

from __future__ import annotations

import ipaddress
from typing import Final

import pulumi
from pulumi_azure_native import containerservice

from components.azure.cluster_arguments import (
    ClusterAddOns,
    ClusterNetwork,
    ClusterWindows,
    PrivateApi,
    PublicApi,
)

_OUTBOUND: Final = {
    "nat-gateway": "userAssignedNATGateway",
    "user-defined-routing": "userDefinedRouting",
    "load-balancer": "loadBalancer",
}
_DNS_ADDRESS: Final = 10
"""Which of the services' addresses is DNS: the provider's own choice where none is given."""


def api_server_profile(api: PublicApi | PrivateApi) -> containerservice.ManagedClusterAPIServerAccessProfileArgs:
    if isinstance(api, PrivateApi):
        return containerservice.ManagedClusterAPIServerAccessProfileArgs(
            enable_private_cluster=True,
            # Without a zone of its own the address stands in public DNS, or nowhere.
            enable_private_cluster_public_fqdn=api.dns_zone == "none",
            private_dns_zone=api.dns_zone,
            disable_run_command=True,
        )
    return containerservice.ManagedClusterAPIServerAccessProfileArgs(
        enable_private_cluster=False,
        # Nothing is everybody, which an empty list might not be.
        authorized_ip_ranges=list(api.authorized_ranges) or None,
        # Root on the control plane's side for whoever may write the cluster, past all of RBAC.
        disable_run_command=True,
    )


def security_profile(add_ons: ClusterAddOns) -> containerservice.ManagedClusterSecurityProfileArgs:
    return containerservice.ManagedClusterSecurityProfileArgs(
        workload_identity=containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs(enabled=True),
        image_cleaner=containerservice.ManagedClusterSecurityProfileImageCleanerArgs(
            enabled=add_ons.image_cleaner_hours is not None, interval_hours=add_ons.image_cleaner_hours
        ),
        defender=containerservice.ManagedClusterSecurityProfileDefenderArgs(
            log_analytics_workspace_resource_id=add_ons.defender_workspace,
            security_monitoring=containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs(
                enabled=add_ons.defender_workspace is not None
            ),
        ),
    )


def network_profile(network: ClusterNetwork) -> containerservice.ContainerServiceNetworkProfileArgs:
    return containerservice.ContainerServiceNetworkProfileArgs(
        network_plugin="azure",
        network_plugin_mode="overlay",
        network_policy=network.engine,
        network_dataplane="cilium" if network.engine == "cilium" else "azure",
        outbound_type=_OUTBOUND[network.outbound],
        load_balancer_sku="standard",
        # Azure answers with lists, too, and the provider replaces the cluster for those as well: left out here, they
        # would be what the program takes away after an import.
        ip_families=["IPv4"],
        pod_cidr=network.pods,
        pod_cidrs=[network.pods],
        # Together or not at all: the provider fills in the other one from a range of its own.
        service_cidr=network.services,
        service_cidrs=[network.services],
        dns_service_ip=str(ipaddress.IPv4Network(network.services)[_DNS_ADDRESS]),
    )


def auto_scaler_profile(drain_minutes: int) -> containerservice.ManagedClusterPropertiesAutoScalerProfileArgs:
    """Azure takes every value as text."""
    return containerservice.ManagedClusterPropertiesAutoScalerProfileArgs(
        # An agent's working folder is no reason to keep a node: who must not be evicted says so itself
        # (contract.ANNOTATION_SAFE_TO_EVICT), and nobody else has anything to lose.
        skip_nodes_with_local_storage="false",
        skip_nodes_with_system_pods="true",
        # The engine's DaemonSet alone would else make a Windows node look used, for ever.
        ignore_daemonsets_utilization=True,
        max_graceful_termination_sec=str(drain_minutes * 60),
        scale_down_unneeded_time="10m",
        scale_down_delay_after_add="10m",
        # A Windows node that pulls its first images takes longer than the usual 15.
        max_node_provision_time="30m",
        expander="least-waste",
        balance_similar_node_groups="false",
    )


def add_on_profiles(add_ons: ClusterAddOns) -> dict[str, containerservice.ManagedClusterAddonProfileArgs]:
    """All of them, on or off: one that is left out keeps the state that it has."""
    return {
        "azureKeyvaultSecretsProvider": containerservice.ManagedClusterAddonProfileArgs(
            enabled=add_ons.key_vault_secrets,
            config={"enableSecretRotation": "true", "rotationPollInterval": "2m"}
            if add_ons.key_vault_secrets
            else None,
        ),
        "azurepolicy": containerservice.ManagedClusterAddonProfileArgs(
            enabled=add_ons.azure_policy, config={"version": "v2"} if add_ons.azure_policy else None
        ),
    }


def windows_profile(windows: ClusterWindows) -> containerservice.ManagedClusterWindowsProfileArgs:
    gmsa = windows.gmsa
    return containerservice.ManagedClusterWindowsProfileArgs(
        admin_username=windows.admin_username,
        admin_password=pulumi.Output.secret(windows.admin_password),
        # Azure's default, said for the same reason.
        enable_csi_proxy=True,
        license_type="Windows_Server" if windows.hybrid_benefit else "None",
        gmsa_profile=None
        if gmsa is None
        else containerservice.WindowsGmsaProfileArgs(
            enabled=True, dns_server=gmsa.dns_server, root_domain_name=gmsa.root_domain
        ),
    )
