"""The optional sections that the workloads share: names, images, registry, network, and what is planned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.azure import RegistryId, SubnetId, WorkspaceId
from infra.settings.cidr import Cidr, Ipv4Network
from infra.settings.image_builds import ImageBuilds
from infra.settings.model import DnsLabel, Example, Means, SecretName, Settings, Text, Version, planned
from rules.tables import default_images

ProxyUrl = Annotated[
    str,
    Field(pattern=r"^https?://[^\s/]+/?$"),
    Means("a URL of scheme, host and port", "http://proxy.contoso.com:3128"),
]


class Namespaces(Settings):
    """Names of the namespaces. Two stacks on one cluster need different ones."""

    docker_engine: DnsLabel = "docker-engine"
    azure_devops: DnsLabel = "azdo-agents"
    azure_devops_docker: DnsLabel = "azdo-agents-docker"
    github: DnsLabel = "github-runners"
    github_docker: DnsLabel = "github-runners-docker"
    builds: DnsLabel = "docker-builds"
    """Builds over the engine of Windows nodes, its smoke test, and the pods that keep images on those nodes."""


class Images(Settings):
    """Container images. Those of this project are named by registry and tag; each may be replaced."""

    repository: (
        Annotated[
            str,
            Field(pattern=r"^[a-z0-9][a-z0-9.:/_-]*[a-z0-9]$"),
            Means("a registry and a path, without tag and slash at the end", "contoso.azurecr.io/buildfleet"),
        ]
        | None
    ) = None
    """Registry and path of this project's images, for example `contoso.azurecr.io/buildfleet`. Default on `aks`: the
    registry, and `buildfleet` in it; elsewhere it is needed where one of them is used."""
    tag: (
        Annotated[
            str,
            Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"),
            Means("1 to 128 letters, digits, underscores, dots and hyphens", "0.1.0"),
        ]
        | None
    ) = None
    """Tag of this project's images."""
    azure_devops_agent_linux: str | None = None
    """Default: `REPOSITORY/azure-devops-agent:TAG-linux`."""
    azure_devops_agent_linux_dind: str | None = None
    """For `in-agent`. Default: `REPOSITORY/azure-devops-agent:TAG-linux-dind`."""
    azure_devops_agent_windows: str | None = None
    """Default: `REPOSITORY/azure-devops-agent:TAG-OS`, where OS is `ltsc2022` or `ltsc2025`."""
    github_runner_linux: str = default_images.GITHUB_RUNNER
    github_runner_windows: str | None = None
    """Default: `REPOSITORY/github-runner:TAG-OS`."""
    docker: str = default_images.DOCKER
    """Docker daemon of Linux agents and runners."""
    buildkit: str = default_images.BUILDKIT
    """Rootless BuildKit of Linux agents."""
    docker_engine: str | None = None
    """Supervisor and binaries of Docker Engine on Windows nodes. Default: `REPOSITORY/docker-engine:TAG-VERSION`, where
    VERSION is the engine's."""
    docker_cli: str | None = None
    """Client of builds and of the smoke test over the engine. Default: `REPOSITORY/docker-cli:TAG-OS`."""
    build: ImageBuilds | None = None
    """Build `docker-engine` and `docker-cli` with `up`. Default: they are pulled from where somebody pushed them."""


class PullSecret(Settings):
    """Credentials of one registry outside Azure."""

    server: Annotated[Text, Example("ghcr.io")]
    """For example `ghcr.io`; each once."""
    username: Annotated[Text, Example("contoso-bot")]
    password_secret: Annotated[SecretName, Example("ghcrPassword")]
    """Key of the secret with the password or token."""


class CacheRule(Settings):
    """A public repository that the registry keeps a copy of."""

    source: Annotated[Text, Example("mcr.microsoft.com/windows/servercore")]
    """For example `mcr.microsoft.com/windows/servercore`."""
    target: Annotated[Text, Example("cache/windows/servercore")]
    """Repository in the registry, for example `cache/windows/servercore`."""


class Registry(Settings):
    """Where images come from."""

    pull_secrets: tuple[PullSecret, ...] = ()
    """Put into every namespace of ours. Registries of Azure need none."""
    id: RegistryId | None = None
    """Id of an existing Azure Container Registry, on `aks`. Default there: one is made."""
    sku: Literal["Basic", "Standard", "Premium"] | None = None
    """Of the registry that is made on `aks`. Default: `Premium` in production, else `Standard`."""
    cache: tuple[CacheRule, ...] | None = None
    """Copies kept by the registry that is made. Default: the base images of Windows containers."""
    push: tuple[Literal["agents", "runners"], ...] = ()
    """Whose jobs may push to the registry, on `aks`: by the identity of trusted agents or runners. `agents` only where
    no untrusted agents can take on that identity, too; `runners` only where no untrusted ones that make pods share the
    trusted ones' namespace."""


class Network(Settings):
    """Addresses, and what pods may reach."""

    policies: bool = True
    """Make NetworkPolicies: no ingress; egress except to instance metadata and Azure's wire server."""
    api_server_cidrs: tuple[Cidr, ...] = ()
    """Addresses of the API server (its endpoints and the address of the service `kubernetes`). When given, pods without
    business there cannot reach it."""
    subnet: SubnetId | None = None
    """Id of an existing subnet for all nodes, on `aks`. Default: a network is made, with a subnet a level of trust."""
    outbound: Literal["nat-gateway", "user-defined-routing", "load-balancer"] | None = None
    """How nodes reach the internet, on `aks`. Default: `nat-gateway`, and on an existing subnet `load-balancer`.
    Fixed at creation."""
    egress_addresses: Annotated[int, Field(ge=1, le=16)] = 1
    """Public addresses of the NAT gateway, on `aks`; each gives 64,512 ports."""
    virtual_network: Ipv4Network = "10.240.0.0/16"
    """Network that is made on `aks`. Its quarters are the subnets: system, trusted, untrusted, and one left free."""
    pods: Ipv4Network = "10.244.0.0/16"
    """Overlay network of pods, on `aks` and `azure-local`; each node takes a /24. Fixed at creation."""
    services: Ipv4Network = "10.0.0.0/16"
    """Addresses of services, on `aks`; the tenth is DNS. Fixed at creation."""
    engine: Literal["calico", "cilium"] = "calico"
    """Who enforces NetworkPolicies, on `aks`. Windows pools need `calico`. Fixed at creation."""


class Arc(Settings):
    """The Actions Runner Controller."""

    version: Version = "0.14.2"
    """Version of the controller. It deletes runner sets whose major and minor differ from its own."""
    namespace: DnsLabel = "arc-systems"
    """Namespace of the controller."""
    service_account: DnsLabel = "arc-gha-rs-controller"
    """Service account of the controller; runner sets grant it their namespace."""
    install: Literal["chart", "none"] | None = None
    """`chart` installs the controller by its Helm chart. Default: `chart` on clusters that are made, if there are
    runner sets; elsewhere it is expected to be there."""


class Keda(Settings):
    """KEDA."""

    version: Version = "2.19.0"
    """Version that the cluster has, 2.16 or newer: some fields of the trigger exist only from a version on. With
    `install: chart` the version that is installed; with `add-on` AKS decides, by its Kubernetes version."""
    install: Literal["add-on", "chart", "none"] | None = None
    """Default: on `aks` the add-on where it is new enough for this project, else the chart; the chart on a cluster that
    is made on `azure-local`; elsewhere it is expected to be there. By default the chart is left out where KEDA scales
    no agents; `chart` installs it all the same."""


class Proxy(Settings):
    """HTTP proxy of agents, runners and their daemons."""

    http: ProxyUrl | None = planned()
    https: ProxyUrl | None = planned()
    no_proxy: tuple[str, ...] = planned(())


class Monitoring(Settings):
    """Logs of the cluster, and metrics."""

    workspace: WorkspaceId | None = None
    """Id of an existing Log Analytics workspace, on `aks`. Default there: one is made."""
    retention_days: Annotated[int, Field(ge=30, le=730)] = 30
    """Of the workspace that is made."""
    prometheus: bool = False
    """Azure's managed Prometheus, on `aks`."""


class NodeImages(Settings):
    """Prepared Windows node images."""

    enabled: bool = planned(False)
