"""What all rules know of a fleet: its namespaces, pools, registries, and how strict to be.

Owns the one set of facts that the policy pack's configuration, the cluster's policies and the tests are made from.
Rules know trust and purpose by it, so that the documented modes of this project pass with every rule on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Confinement = Literal["engine", "agents", "agents-docker"]
Profile = Literal["production", "dev"]

CONFINEMENT_LABEL: Final = "buildfleet.dev/confinement"
STACK_LABEL: Final = "buildfleet.dev/stack"
"""Labels of namespaces; `components.contract` publishes the same, and a test holds them equal."""
TRUST_LABEL: Final = "buildfleet.dev/trust"
PURPOSE_LABEL: Final = "buildfleet.dev/purpose"
POOL_LABEL: Final = "buildfleet.dev/pool"
"""Labels of node pools."""

OS_LABEL: Final = "kubernetes.io/os"

COMPONENT_LABEL: Final = "buildfleet.dev/component"
"""Label of pods: which part of the fleet they are."""
JOB_COMPONENT: Final = "github-job"
"""Of pods that ARC's container hooks make for jobs."""
TOKEN_COMPONENTS: Final = ("github-hook-runner", "image-build")
"""Of pods that need the API server: runners that make their jobs' pods, and builds that note a digest on their Job."""

SYSTEM_NAMESPACES: Final = (
    "aks-command",
    "aks-istio-system",
    "app-routing-system",
    "azure-arc",
    "azure-arc-release",
    "azure-extensions-usage-system",
    "calico-apiserver",
    "calico-system",
    "dataprotection-microsoft",
    "gatekeeper-system",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "tigera-operator",
)
"""Namespaces of a cluster's own parts, in which AKS and its extensions run HostProcess, privileged and everywhere
tolerated pods: MicrosoftDocs/azure-aks-docs and the default exclusions of Azure Policy for Kubernetes, read 2026-08."""


@dataclass(frozen=True, kw_only=True)
class FleetTaint:
    """A taint of a pool's nodes."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, kw_only=True)
class FleetPool:
    """A node pool, as work is placed on it. `selector` are the labels that each of its nodes has."""

    name: str
    os: Literal["linux", "windows"]
    purpose: Literal["system", "build"] = "build"
    trust: Literal["trusted", "untrusted"] = "trusted"
    selector: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[FleetTaint] = ()
    os_sku: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A fleet of node pools and the namespaces that build on them."""

    profile: Profile = "production"
    strict: bool = True
    """Whether what a preview cannot know is a violation of `policy-inputs-known`."""
    stack: str | None = None
    """Value of the label that the fleet's own namespaces carry."""
    engine_namespaces: Sequence[str] = ("docker-engine",)
    """Where HostProcess pods may be, and nothing else is."""
    docker_namespaces: Sequence[str] = ("azdo-agents-docker", "docker-builds", "github-runners-docker")
    """Where pods may have a privileged Docker daemon or the node's pipe."""
    agent_namespaces: Sequence[str] = ("azdo-agents", "github-runners")
    """Where agents run that need neither."""
    exempt_namespaces: Sequence[str] = ()
    """Of others, or of the cluster's own parts, that are not judged by anybody: named on purpose."""
    engine_accounts: Sequence[str] = ("docker-engine",)
    """Service accounts of HostProcess pods in the engine's namespaces."""
    pools: Sequence[FleetPool] = ()
    """Empty: not known; rules of placement then ask for a selector of a pool and of the operating system only."""
    pool_keys: Sequence[str] = ("agentpool", "kubernetes.azure.com/agentpool", POOL_LABEL)
    """Node labels that name a pool, where `pools` is empty."""
    registries: Sequence[str] = ()
    """Registries and repositories that images may come from, as prefixes: `contoso.azurecr.io`,
    `docker.io/library/docker`. Empty: any, and `image-sources-named` says so."""
    own_repositories: Sequence[str] = ()
    """Those of them that the fleet's owners alone push to: a tag there is as good as a digest."""
    host_paths: Sequence[str] = ()
    """Folders of Linux nodes that pods with a Docker daemon may mount, with all below: caches and data roots."""

    @property
    def system_namespaces(self) -> list[str]:
        """Those that the API server does not judge, sorted: AKS makes pods in the cluster's own with every right. A
        program is never AKS, so of it only what is in `exempt_namespaces` is passed over."""
        return sorted({*SYSTEM_NAMESPACES, *self.exempt_namespaces})

    def confinement(self, namespace: str | None) -> Confinement | None:
        """What a namespace is for; `None`: it is not one of the fleet's."""
        if namespace in self.engine_namespaces:
            return "engine"
        if namespace in self.docker_namespaces:
            return "agents-docker"
        return "agents" if namespace in self.agent_namespaces else None

    @property
    def own_namespaces(self) -> list[str]:
        """All namespaces of the fleet, sorted."""
        return sorted({*self.engine_namespaces, *self.docker_namespaces, *self.agent_namespaces})

    @property
    def node_keys(self) -> list[str]:
        """Labels of nodes that say of which pool, purpose, trust and stack a node is, sorted: ours, and all by which a
        pool is found. Not the operating system's, which a kubelet sets anew whenever it starts."""
        found = {key for pool in self.pools for key in pool.selector}
        ours = {POOL_LABEL, PURPOSE_LABEL, STACK_LABEL, TRUST_LABEL}
        return sorted((found | ours | set(self.pool_keys)) - {OS_LABEL})

    def pools_named(self, selector: Mapping[str, str]) -> list[FleetPool]:
        """The pools that a node selector names: those of which it asks every label."""
        return [
            pool for pool in self.pools if pool.selector and all(selector.get(k) == v for k, v in pool.selector.items())
        ]
