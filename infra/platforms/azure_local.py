"""AKS on Azure Local: from settings to a cluster that is made, or one that is adopted, and to one `Platform`.

Owns which pool the cluster is born with, and the order of operations there: a cluster takes one at a time.

Of an adopted cluster only the credential is asked for; its pools and operators are there already. There is no identity
for workloads on either: see `components.azure_local`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi

from components import contract
from components.azure_local.cluster import AzureLocalCluster, AzureLocalClusterArgs, ControlPlane, FirstPool
from components.azure_local.kubeconfig import admin_kubeconfig
from components.azure_local.node_pool import AzureLocalNodePool, AzureLocalNodePoolArgs
from components.azure_local.pool_profile import PoolProfile
from components.platform import Platform
from infra.platforms import azure_scope, kubernetes_provider, node_pools, operators
from infra.platforms.azure_scope import Azure
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.node_pool import NodePool
from infra.settings.stack import StackSettings
from rules.tables.azure import MAX_PODS

NETWORK_POLICY_ENGINE = "calico"
"""The only one that Azure Local has."""


def make(
    settings: StackSettings, platform: AzureLocalPlatform, *, stack: str, secret: Callable[[str], pulumi.Output[str]]
) -> Platform:
    """The cluster and its pools, or the cluster that is there.

    `secret` is for platforms that need one; this one does not.
    """
    if platform.existing_cluster is not None:
        return _adopted(settings, platform, platform.existing_cluster, stack=stack)
    return _made(settings, platform, azure_scope.make(settings.environment, platform, stack=stack), stack=stack)


def _adopted(settings: StackSettings, platform: AzureLocalPlatform, cluster: str, *, stack: str) -> Platform:
    # The provider alone: nothing is made that would need a resource group.
    azure = azure_scope.provider(platform)
    kubeconfig = admin_kubeconfig(cluster, after=None, opts=pulumi.InvokeOptions(provider=azure))
    provider = kubernetes_provider.of_cluster(cluster, kubeconfig, after=())
    installed = operators.install(
        settings,
        provider,
        stack=stack,
        made=False,
        tenant=platform.tenant,
        network_policy_engine=NETWORK_POLICY_ENGINE,
    )
    return Platform(
        provider=provider,
        node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
        installed=installed.installed,
        operators=installed.resources,
    )


def _made(settings: StackSettings, platform: AzureLocalPlatform, azure: Azure, *, stack: str) -> Platform:
    minutes = _longest_job_minutes(settings)
    first, others = _first_pool(settings.node_pools)
    cluster = AzureLocalCluster(
        "azure-local",
        AzureLocalClusterArgs(
            scope=azure.scope,
            cluster=azure.names.cluster,
            custom_location=_needed(platform.custom_location, "customLocation"),
            logical_network=_needed(platform.logical_network, "logicalNetwork"),
            kubernetes_version=platform.kubernetes_version,
            admin_groups=platform.admin_groups,
            ssh_public_key=_needed(platform.ssh_public_key, "sshPublicKey"),
            control_plane=ControlPlane(
                count=platform.control_plane.count,
                vm_size=platform.control_plane.vm_size,
                address=platform.control_plane.address,
            ),
            first_pool=FirstPool(name=first.name, profile=_profile(first, stack=stack)),
            pods=settings.network.pods,
            hybrid_benefit=platform.hybrid_benefit,
            longest_job_minutes=minutes,
            protect=settings.environment.production,
        ),
        opts=azure.opts,
    )
    # One after another: the cluster refuses a second operation while one runs.
    pools: list[pulumi.Resource] = [cluster.instance]
    for pool in sorted(others, key=lambda pool: pool.name):
        made = AzureLocalNodePool(
            f"pool-{pool.name}",
            AzureLocalNodePoolArgs(
                scope=azure.scope,
                cluster=azure.names.cluster,
                name=pool.name,
                profile=_profile(pool, stack=stack),
                job_minutes=minutes,
                wait_for=pools[-1:],
            ),
            opts=azure.opts,
        )
        pools.append(made.agent_pool)
    kubeconfig = admin_kubeconfig(
        cluster.id, after=cluster.instance, opts=pulumi.InvokeOptions(provider=azure.provider)
    )
    provider = kubernetes_provider.of_cluster(cluster.id, kubeconfig, after=pools)
    installed = operators.install(
        settings,
        provider,
        stack=stack,
        made=True,
        tenant=platform.tenant,
        network_policy_engine=NETWORK_POLICY_ENGINE,
    )
    return Platform(
        provider=provider,
        node_pools={pool.name: node_pools.facts(pool, "azure-local") for pool in settings.node_pools},
        installed=installed.installed,
        operators=installed.resources,
    )


def _first_pool(pools: Sequence[NodePool]) -> tuple[NodePool, list[NodePool]]:
    """The pool that the cluster is born with, and the others: the first system pool of the stack file, else the first
    of Linux. That there is one of Linux has been checked with the settings."""
    linux = [pool for pool in pools if pool.os == "linux"]
    first = next((pool for pool in linux if pool.purpose == contract.PURPOSE_SYSTEM), linux[0])
    return first, [pool for pool in pools if pool is not first]


def _profile(pool: NodePool, *, stack: str) -> PoolProfile:
    return PoolProfile(
        os=pool.os,
        vm_size=_needed(pool.vm_size, f"{pool.name}.vmSize"),
        min_count=pool.min_count,
        max_count=pool.max_count,
        labels=node_pools.made_labels(pool, stack=stack),
        taints=node_pools.taints(pool, "azure-local"),
        os_sku=pool.os_sku,
        max_pods=pool.max_pods or MAX_PODS,
    )


def _longest_job_minutes(settings: StackSettings) -> int:
    agents = settings.azure_devops.agent_pools if settings.azure_devops else ()
    runners = settings.github.runner_sets if settings.github else ()
    minutes = [*(one.job_timeout_minutes for one in agents), *(one.job_timeout_minutes for one in runners)]
    return max(minutes, default=0)


def _needed(value: str | None, key: str) -> str:
    """What the rules have seen is there."""
    if value is None:
        raise ValueError(f"{key} is not given; settings have been checked for it")
    return value
