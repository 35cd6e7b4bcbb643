"""Azure Kubernetes Service: from settings to everything in Azure, and to one `Platform`.

Owns the order. Roles stand before what needs them; pools come one after another, after the cluster's maintenance
windows; Kubernetes' objects come after every pool and go before them, as nothing ends in order on a node that is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pulumi

from components.azure.cluster import cluster_id
from components.azure.identity import identity_id
from components.azure.kubeconfig import kubeconfig_of
from components.azure.registry_access import Principal, RegistryAccess, RegistryAccessArgs
from components.kubernetes.preview_access import PreviewAccess, PreviewAccessArgs, Previewer
from components.platform import Platform
from infra.platforms import (
    aks_cluster,
    aks_pools,
    aks_surroundings,
    azure_identities,
    azure_network,
    azure_policy,
    azure_scope,
    kubernetes_provider,
    node_pools,
    operators,
)
from infra.settings.aks import AksPlatform
from infra.settings.stack import StackSettings
from infra.workloads.context import Context
from infra.workloads.identities import signs_in
from infra.workloads.namespaces import Namespaces


def make(
    settings: StackSettings, platform: AksPlatform, *, stack: str, secret: Callable[[str], pulumi.Output[str]]
) -> Platform:
    """Register the environment's resources in Azure and hand the cluster on."""
    azure = azure_scope.make(settings.environment, platform, stack=stack)
    network = azure_network.make(settings, platform, azure)
    own = aks_cluster.identities(settings, platform, azure, network)
    workspace = aks_surroundings.workspace(settings, azure)
    registry = aks_surroundings.registry(settings, platform, azure)
    vault = aks_surroundings.vault(settings, platform, azure, network)
    cluster = aks_cluster.cluster(
        settings, platform, azure, network, own, stack=stack, workspace=workspace, secret=secret
    )
    identities = azure_identities.make(settings, azure, issuer=cluster.oidc_issuer)
    access = RegistryAccess(
        "registry-access",
        RegistryAccessArgs(
            scope=azure.scope,
            registry_id=registry.id,
            registry=registry.made,
            pull=Principal(
                key=identity_id(
                    resource_group_id=azure.scope.resource_group_id, identity_name=azure.names.identity("kubelet")
                ),
                principal_id=own.kubelet.principal_id,
            ),
            push=identities.pushers,
        ),
        opts=azure.opts,
    )
    windows = aks_cluster.watch(settings, platform, azure, cluster, workspace=workspace)
    pools = aks_pools.make(settings, platform, azure, network, stack=stack, cluster=cluster.name, after=windows)
    aks_surroundings.budget(platform, azure)
    id_text = cluster_id(resource_group_id=azure.scope.resource_group_id, cluster=azure.names.cluster)
    pipelines = aks_surroundings.deployment(settings, platform, azure, cluster=cluster.id, cluster_id=id_text)

    provider = kubernetes_provider.of_cluster(
        id_text,
        kubeconfig_of(
            azure.resource_group,
            cluster.name,
            login=platform.login,
            opts=pulumi.InvokeOptions(provider=azure.provider),
        ),
        # A node that may not pull has no use, and a role takes its time to be known everywhere.
        after=[*windows, *pools, access],
    )
    previewer = _previewer(pipelines.preview, stack=stack, provider=provider)
    installed = operators.install(
        settings,
        provider,
        stack=stack,
        made=True,
        previewer=previewer,
        keda_identity=identities.client_id("agents") if signs_in(settings) else None,
        tenant=platform.tenant,
        network_policy_engine=settings.network.engine,
    )
    outputs: dict[str, pulumi.Input[object]] = {
        "clusterId": cluster.id,
        "egressAddresses": network.egress_addresses,
        "registry": registry.login_server,
        "vaultUri": vault,
        **pipelines.outputs,
    }
    for kind, identity in identities.by_kind.items():
        outputs[f"{kind}IdentityClientId"] = identity.client_id
    made = Platform(
        provider=provider,
        node_pools={pool.name: node_pools.facts(pool, "aks") for pool in settings.node_pools},
        installed=installed.installed,
        oidc_issuer=cluster.oidc_issuer,
        registry=registry.login_server,
        agents_identity=identities.client_id("agents"),
        runners_identity=identities.client_id("runners"),
        operators=installed.resources,
        previewer=previewer,
        outputs=outputs,
    )
    opts = pulumi.ResourceOptions(provider=provider)
    workloads = Namespaces(settings, made, stack=stack, secret=secret, opts=opts)
    policies = azure_policy.make(
        Context(settings=settings, platform=made, stack=stack, secret=secret, namespaces=workloads, opts=opts),
        platform,
        azure,
    )
    return replace(made, outputs={**outputs, **policies})


def _previewer(user: pulumi.Input[str] | None, *, stack: str, provider: pulumi.ProviderResource) -> Previewer | None:
    """Let the identity that previews read the stack's objects: Azure's roles for the cluster do not reach all kinds.

    Kubernetes' own roles count beside them: https://learn.microsoft.com/azure/aks/concepts-cluster-authorization, read
    2026-11. Every other object in the cluster waits for them, so no update and no destroy that fails leaves some that a
    preview cannot read.
    """
    if user is None:
        return None
    return PreviewAccess(
        "preview-access", PreviewAccessArgs(stack=stack, user=user), opts=pulumi.ResourceOptions(provider=provider)
    ).previewer
