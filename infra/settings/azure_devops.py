"""Azure DevOps agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import DnsLabel, Example, Guid, HttpsUrl, ObjectName, SecretName, Settings
from infra.settings.resources import Resources
from infra.settings.storage import DaemonStorage

Docker = Literal["none", "sidecar", "in-agent", "host-engine", "buildkit"]


class WorkloadIdentityAuth(Settings):
    """An Entra identity, without any secret. It must be a user of the organization and administrator of the pools."""

    kind: Literal["workload-identity"]
    client_id: Guid | None = None
    """The identity. On `aks` one is made; elsewhere it is needed."""
    tenant_id: Guid | None = None
    """Default: the tenant of the cluster."""


class PatAuth(Settings):
    """A personal access token with the scope Agent Pools (read and manage), from the stack's secrets."""

    kind: Literal["pat"]
    secret: SecretName
    """Key of the secret: `pulumi config set --secret KEY`."""


class ExistingSecretAuth(Settings):
    """A Kubernetes Secret that is already in each agents' namespace."""

    kind: Literal["existing-secret"]
    name: DnsLabel
    key: str = "personalAccessToken"
    """Key in the Secret that holds the token."""


Auth = Annotated[WorkloadIdentityAuth | PatAuth | ExistingSecretAuth, Field(discriminator="kind")]


class FixedScaling(Settings):
    """A fixed number of agents, each taking one job after another."""

    kind: Literal["fixed"]
    agents: Annotated[int, Field(ge=0, le=1000)]


class KedaScaling(Settings):
    """One pod for each queued job, made by KEDA."""

    kind: Literal["keda"]
    min: Annotated[int, Field(ge=0, le=1000)] = 0
    """Idle agents kept ready."""
    max: Annotated[int, Field(ge=1, le=1000)]
    """Most agents at a time; more than the organization's parallel jobs start and idle."""
    polling_seconds: Annotated[int, Field(ge=5, le=300)] = 15
    """How often the queue is asked."""


Scaling = Annotated[FixedScaling | KedaScaling, Field(discriminator="kind")]


class AgentPool(Settings):
    """Agents of one kind."""

    name: ObjectName
    """Name of the agents and of their Kubernetes objects."""
    pool: Annotated[str, Field(min_length=1, max_length=64), Example("aks-linux")]
    """Agent pool in Azure DevOps. Agents with `keda` and without `demands` need one of their own."""
    node_pool: Annotated[str, Example("lin")]
    """Node pool of this stack file they run on; its operating system is theirs."""
    docker: Docker | None = None
    """`none`; `sidecar`, `in-agent` or `buildkit` on Linux; `host-engine` on Windows. Default: `sidecar` on Linux,
    `host-engine` on Windows."""
    scaling: Scaling
    trust: Literal["trusted", "untrusted"] = "trusted"
    """Whose pipelines use the pool; must be the node pool's level. `untrusted` needs `auth` of kind
    `workload-identity`."""
    storage: DaemonStorage | None = None
    """For `sidecar` and `in-agent`; `hostPath` with `fixed` scaling only. Default: `emptyDir`."""
    image: str | None = None
    """Default: the agent image of `images`."""
    resources: Resources = Resources()
    job_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """A pod that is drained or deleted may finish its job for this long. With `keda` a pod is also ended about 85
    minutes and this time after it was made, so make it as long as the longest job."""
    capabilities: Mapping[str, str] = {}
    """Further capabilities that pipelines can demand; variables of the agent's environment."""
    demands: tuple[str, ...] = ()
    """With `keda`: only jobs with these demands start an agent."""


class AzureDevOps(Settings):
    """Agents of one organization."""

    organization_url: Annotated[HttpsUrl, Example("https://dev.azure.com/contoso")]
    """For example `https://dev.azure.com/contoso`."""
    auth: Auth
    agent_pools: Annotated[tuple[AgentPool, ...], Field(min_length=1)]
