"""Azure DevOps agent pools, and the credentials in each of their namespaces."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.azure_devops import auth as component_auth
from components.azure_devops.agent_pod import AgentImages
from components.azure_devops.agent_pool import AgentPool, AgentPoolArgs
from components.azure_devops.credentials import AgentCredentials, AgentCredentialsArgs
from components.azure_devops.scaling import Fixed, Keda, Scaling
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool
from infra.settings import azure_devops as settings
from infra.workloads import images
from infra.workloads.context import Context
from infra.workloads.purposes import Purpose, docker_of, purpose_of_agents
from infra.workloads.resources import container_resources
from infra.workloads.storage import daemon_storage
from rules.agents import OWN_DAEMON


def deploy(context: Context, azure_devops: settings.AzureDevOps) -> Sequence[str]:
    """Register every agent pool; returns their names."""
    credentials = _Credentials(context, azure_devops.auth)
    for agents in azure_devops.agent_pools:
        node_pool = context.pool(agents.node_pool)
        docker = docker_of(agents, node_pool.os)
        purpose = purpose_of_agents(docker)
        namespace = context.namespaces.get(purpose)
        own = credentials.get(purpose)
        AgentPool(
            agents.name,
            AgentPoolArgs(
                stack=context.stack,
                name=agents.name,
                namespace=context.once_the_engine_is_ready(node_pool, namespace.namespace)
                if docker == "host-engine"
                else namespace.namespace,
                organization_url=azure_devops.organization_url,
                pool=agents.pool,
                node_pool=node_pool,
                docker=docker,
                images=_images(context, agents, node_pool, docker),
                scaling=_scaling(agents.scaling),
                auth=own.auth,
                service_account=own.service_account,
                resources=container_resources(agents.resources),
                daemon_resources=_daemon_resources(agents, docker),
                storage=daemon_storage(agents.storage, context.platform) if docker in OWN_DAEMON else None,
                job_timeout_minutes=agents.job_timeout_minutes,
                capabilities=agents.capabilities,
                demands=agents.demands,
                keda_version=context.platform.installed.keda,
                pull_secret_names=namespace.pull_secret_names,
                most_per_node=context.agents_per_node,
                job_identity=context.platform.agents_identity if node_pool.trust == "trusted" else None,
            ),
            opts=context.opts,
        )
    return sorted(agents.name for agents in azure_devops.agent_pools)


def _images(context: Context, agents: settings.AgentPool, node_pool: NodePool, docker: settings.Docker) -> AgentImages:
    stack = context.settings.images
    return AgentImages(
        agent=agents.image or images.azure_devops_agent(context, node_pool, docker),
        docker=stack.docker if docker == "sidecar" else None,
        buildkit=stack.buildkit if docker == "buildkit" else None,
    )


def _scaling(scaling: settings.Scaling) -> Scaling:
    if isinstance(scaling, settings.FixedScaling):
        return Fixed(agents=scaling.agents)
    return Keda(min=scaling.min, max=scaling.max, polling_seconds=scaling.polling_seconds)


def _daemon_resources(agents: settings.AgentPool, docker: settings.Docker) -> ContainerResources | None:
    """Builds run in the daemon, so it gets as much as the agent."""
    return container_resources(agents.resources) if docker in ("sidecar", "buildkit") else None


class _Credentials:
    """One service account, and Secret if there is one, a namespace; made at the first agent pool in it."""

    def __init__(self, context: Context, auth: settings.Auth) -> None:
        self._context = context
        self._auth = auth
        self._made: dict[Purpose, AgentCredentials] = {}

    def get(self, purpose: Purpose) -> AgentCredentials:
        """The credentials in the namespace for a purpose."""
        if purpose not in self._made:
            self._made[purpose] = AgentCredentials(
                f"{purpose.replace('_', '-')}-credentials",
                AgentCredentialsArgs(
                    stack=self._context.stack,
                    namespace=self._context.namespaces.get(purpose).namespace,
                    auth=self._component_auth(),
                    job_identity=self._context.platform.agents_identity,
                ),
                opts=self._context.opts,
            )
        return self._made[purpose]

    def _component_auth(self) -> component_auth.Token | component_auth.Auth:
        auth = self._auth
        match auth:
            case settings.PatAuth():
                return component_auth.Token(token=self._context.secret(auth.secret))
            case settings.ExistingSecretAuth():
                return component_auth.Pat(secret_name=auth.name, key=auth.key)
            case settings.WorkloadIdentityAuth():
                return component_auth.WorkloadIdentity(client_id=self._identity(auth), tenant_id=auth.tenant_id)

    def _identity(self, auth: settings.WorkloadIdentityAuth) -> pulumi.Input[str]:
        identity = auth.client_id or self._context.platform.agents_identity
        if identity is None:
            raise pulumi.RunError(
                "azureDevOps.auth.clientId: not given; allowed: the client id of an identity, as this platform makes "
                "none; fix: add clientId, or use auth of kind pat or existing-secret"
            )
        return identity
