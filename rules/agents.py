"""Azure DevOps agents: what an agent pool may ask for, given its nodes, its trust and what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rules import placement, storage
from rules.given import ABSENT, Absent
from rules.paths import at
from rules.placement import WorkFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.storage import StorageFacts
from rules.tables.keda import LEAST_VERSION, parse_version
from rules.words import NOTHING, given, listed

DOCKER_BY_OS: Final = {
    "linux": ("none", "sidecar", "in-agent", "buildkit"),
    "windows": ("none", "host-engine"),
}
DOCKER_DEFAULT: Final[Mapping[str, Literal["sidecar", "host-engine"]]] = {"linux": "sidecar", "windows": "host-engine"}
PRIVILEGED_DOCKER: Final = ("sidecar", "in-agent", "host-engine")
"""Whoever uses these can take the node."""
OWN_DAEMON: Final = ("sidecar", "in-agent")

_CLOUD: Final = re.compile(
    r"https://(dev\.azure\.com/[A-Za-z0-9][A-Za-z0-9-]*|[A-Za-z0-9][A-Za-z0-9-]*\.visualstudio\.com)"
)
_CLOUD_HOST: Final = re.compile(r"https://([^/@]*@)?(dev\.azure\.com|[^/]*\.visualstudio\.com)(/|$)")
_SERVER: Final = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?(/[A-Za-z0-9._~%-]+)*")

# Pipelines ask for NAME or `NAME -equals VALUE`; KEDA splits its list of them at commas.
# https://learn.microsoft.com/azure/devops/pipelines/process/demands, read 2026-11.
_DEMAND: Final = re.compile(r"[^\s,=-][^\s,=]*( -equals [^\s,]+)?")
_CAPABILITY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

# A capability is a variable of the agent's environment. These are set by the agent's pod or image, by the workload
# identity webhook (AZURE_) or by the kubelet (KUBERNETES_); components.azure_devops.image_contract says what for.
_RESERVED_CAPABILITY_PREFIXES: Final = ("AZP_", "AZURE_", "BUILDFLEET_", "KUBERNETES_", "VSO_")
_RESERVED_CAPABILITIES: Final = (
    "AGENT_ALLOW_RUNASROOT",
    "BUILDKIT_HOST",
    "DOCKER_HOST",
    "PATH",
    "POD_NAME",
    "POD_NAMESPACE",
)


@dataclass(frozen=True, kw_only=True)
class AgentPoolFacts:
    """What is known of an agent pool. `path` is where it stands, for example `azureDevOps.agentPools[0]`."""

    path: str
    name: str | None = None
    pool: str | None = None
    """Agent pool in Azure DevOps."""
    node_pool: str | None = None
    trust: str | None = None
    docker: str | Absent | None = None
    scaling: str | None = None
    """`fixed` or `keda`."""
    fixed_agents: int | None = None
    keda_min: int | None = None
    keda_max: int | None = None
    storage: StorageFacts | Absent | None = None
    image: str | Absent | None = None
    capabilities: Mapping[str, str] | None = None
    demands: Sequence[str] | None = None
    job_minutes: int | None = None

    @property
    def work(self) -> WorkFacts:
        """What is to be placed."""
        return WorkFacts(path=self.path, node_pool=self.node_pool, trust=self.trust)


@dataclass(frozen=True, kw_only=True)
class AzureDevOpsFacts:
    """What is known of the section."""

    path: str = "azureDevOps"
    organization_url: str | None = None
    auth_kind: str | None = None
    client_id: str | Absent | None = None
    agent_pools: Sequence[AgentPoolFacts] | None = None


def docker_of(agents: AgentPoolFacts, os: str | None) -> str | None:
    """How the agents get Docker, the default included; `None` when that is not known."""
    if agents.docker is ABSENT:
        return DOCKER_DEFAULT.get(os or "")
    return agents.docker if isinstance(agents.docker, str) else None


def unprivileged(docker: str) -> bool:
    """Whether agents with this mode keep to Pod Security's baseline level, and so have a namespace of their own."""
    return docker == "none"


def signs_in(facts: AzureDevOpsFacts) -> bool | None:
    """Whether agents sign in to Azure DevOps by an identity that the stack makes; `None` when that is not known."""
    if facts.auth_kind is None or (facts.auth_kind == "workload-identity" and facts.client_id is None):
        return None
    return facts.auth_kind == "workload-identity" and facts.client_id is ABSENT


def organization_url(facts: AzureDevOpsFacts) -> Iterator[Problem]:
    """The URL is that of an organization or of a server's collection, not of a project or repository."""
    url = facts.organization_url
    if url is None:
        return
    trimmed = url.rstrip("/")
    if _CLOUD_HOST.match(url):
        cloud = _CLOUD.match(trimmed)
        if cloud is not None and cloud.group() == url:
            return
        fix = (
            f"did you mean {cloud.group()}?"
            if cloud
            else "add the organization, for example https://dev.azure.com/contoso"
        )
    elif _SERVER.fullmatch(url):
        return
    else:
        fix = "leave out user, query and fragment, and the slash at the end"
    yield Problem(
        rule="organization-url",
        path=at(facts.path, "organizationUrl"),
        given=given(url),
        allowed="https://dev.azure.com/ORGANIZATION, https://ORGANIZATION.visualstudio.com, or the URL of a collection "
        "on a server of your own",
        fix=fix,
    )


def client_id(facts: AzureDevOpsFacts, platform: str | None) -> Iterator[Problem]:
    """An identity for agents is made on AKS only: elsewhere no issuer is known that it could trust."""
    if platform not in (None, "aks") and facts.auth_kind == "workload-identity" and facts.client_id is ABSENT:
        yield Problem(
            rule="workload-identity-client",
            path=at(facts.path, "auth", "clientId"),
            given=NOTHING,
            allowed=f"the client id of an Entra identity that trusts the cluster's tokens ({platform})",
            fix="add clientId, or use kind pat or existing-secret",
        )


def docker_fits_os(agents: AgentPoolFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """The engine is on Windows nodes; every other way to have Docker needs Linux."""
    pool = placement.pool_of(agents.work, pools)
    if pool is None or pool.os is None or not isinstance(agents.docker, str):
        return
    choices = DOCKER_BY_OS.get(pool.os, ())
    if agents.docker not in choices:
        yield Problem(
            rule="docker-os",
            path=at(agents.path, "docker"),
            given=f"{given(agents.docker)} on the {pool.os} pool {given(pool.name)}",
            allowed=f"{listed(choices)} on {pool.os}",
            fix=f"write docker: {DOCKER_DEFAULT[pool.os]}, or name a pool of the other operating system",
        )


def docker_privilege(agents: AgentPoolFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Untrusted code gets no way to take a node."""
    pool = placement.pool_of(agents.work, pools)
    os = pool.os if pool else None
    docker = docker_of(agents, os)
    if agents.trust != "untrusted" or docker not in PRIVILEGED_DOCKER:
        return
    if isinstance(agents.docker, str) and os is not None and docker not in DOCKER_BY_OS.get(os, ()):
        return  # docker_fits_os has it
    windows = docker == "host-engine"
    yield Problem(
        rule="docker-untrusted",
        path=at(agents.path, "docker"),
        given=f"nothing, which means {docker}" if agents.docker is ABSENT else given(docker),
        allowed=f"{'none' if windows else 'buildkit or none'} for untrusted agents: with {docker}, code of a build can "
        "take the node",
        fix="write docker: none" if windows else "write docker: buildkit, which builds images without privileges",
    )


def engine_there(agents: AgentPoolFacts, pools: Sequence[PoolFacts] | None, engine: bool | None) -> Iterator[Problem]:
    """The host's engine is installed by this stack."""
    pool = placement.pool_of(agents.work, pools)
    os = pool.os if pool else None
    if engine is not False or docker_of(agents, os) != "host-engine":
        return
    if isinstance(agents.docker, str) and os is not None and os != "windows":
        return  # docker_fits_os has it
    if agents.trust == "untrusted":
        return  # docker_privilege has it
    yield Problem(
        rule="engine-missing",
        path=at(agents.path, "docker"),
        given="nothing, which means host-engine" if agents.docker is ABSENT else given("host-engine"),
        allowed="none, or host-engine with the section dockerEngine, which puts the engine on the nodes",
        fix="add the section dockerEngine, for example {version: 29.2.1}, or write docker: none",
    )


def scaling(agents: AgentPoolFacts) -> Iterator[Problem]:
    """No more idle agents than agents."""
    if agents.keda_min is not None and agents.keda_max is not None and agents.keda_min > agents.keda_max:
        yield Problem(
            rule="scaling-range",
            path=at(agents.path, "scaling", "min"),
            given=str(agents.keda_min),
            allowed=f"at most max, which is {agents.keda_max}",
            fix=f"raise max to {agents.keda_min}, or lower min",
        )


def daemon_storage(agents: AgentPoolFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Storage is for a daemon of the agents' own, and no two daemons share it."""
    pool = placement.pool_of(agents.work, pools)
    docker = docker_of(agents, pool.os if pool else None)
    own = None if docker is None else docker in OWN_DAEMON
    choices = listed([f"docker: {choice}" for choice in OWN_DAEMON], "and")
    yield from storage.needs_daemon(agents.storage, own, choices)
    if own is False:
        return
    # KEDA's next pod may start while the last one still ends, so even at most one is not one.
    alone, users = False, "a pod for each job"
    if agents.scaling != "keda":
        alone, users = agents.fixed_agents in (None, 1), f"{agents.fixed_agents} agents"
    yield from storage.one_daemon(agents.storage, alone, users, "scaling: {kind: fixed, agents: 1}")
    numbered = None if agents.scaling is None else agents.scaling == "fixed"
    yield from storage.kept_folder(agents.storage, numbered, "use scaling of kind fixed")


def demands(agents: AgentPoolFacts) -> Iterator[Problem]:
    """Demands are in the form that pipelines and KEDA use, and somebody reads them."""
    path = at(agents.path, "demands")
    if not agents.demands:
        return
    if agents.scaling == "fixed":
        yield Problem(
            rule="demands-unused",
            path=path,
            given=given(list(agents.demands)),
            allowed="nothing with scaling of kind fixed: only KEDA reads them, to decide which jobs start an agent",
            fix="remove demands; what the agents offer is in capabilities",
        )
        return
    for index, demand in enumerate(agents.demands):
        if not _DEMAND.fullmatch(demand):
            yield Problem(
                rule="demand-form",
                path=at(path, index),
                given=given(demand),
                allowed='"NAME" or "NAME -equals VALUE", without commas',
                fix='write it as the pipeline does, for example "docker" or "Agent.OS -equals Linux"',
            )


def capability_is_reserved(name: str) -> bool:
    """Whether the agent's environment has this variable already. Windows does not tell `Path` from `PATH`."""
    upper = name.upper()
    return upper in _RESERVED_CAPABILITIES or upper.startswith(_RESERVED_CAPABILITY_PREFIXES)


def capabilities(agents: AgentPoolFacts) -> Iterator[Problem]:
    """Capabilities become environment variables of the agent, which reports them."""
    taken = [f"{prefix}*" for prefix in _RESERVED_CAPABILITY_PREFIXES]
    for key in sorted(agents.capabilities or {}):
        if not _CAPABILITY.fullmatch(key):
            yield Problem(
                rule="capability-name",
                path=at(agents.path, "capabilities", key),
                given=given(key),
                allowed="letters, digits, underscores, dots and hyphens, starting with a letter or an underscore",
                fix="replace the other characters by underscores",
            )
        elif capability_is_reserved(key):
            yield Problem(
                rule="capability-reserved",
                path=at(agents.path, "capabilities", key),
                given=given(key),
                allowed=f"names other than {listed([*taken, *_RESERVED_CAPABILITIES], 'and')}, in upper or lower case",
                fix="choose another name: a capability is a variable of the agent's environment, and this one is taken",
            )


def token_trust(facts: AzureDevOpsFacts) -> Iterator[Problem]:
    """A token that lasts is not given to untrusted code: it is a file of the agent, which every job can read."""
    untrusted = [agents.path for agents in facts.agent_pools or () if agents.trust == "untrusted"]
    if facts.auth_kind not in ("pat", "existing-secret") or not untrusted:
        return
    yield Problem(
        rule="token-untrusted",
        path=at(facts.path, "auth", "kind"),
        given=f"{given(facts.auth_kind)} for untrusted agents ({listed(untrusted, 'and')})",
        allowed="workload-identity with untrusted agents: every job can read its agent's token, and this one would let "
        "it act on the organization's agent pools until somebody revokes it",
        fix="use kind workload-identity, whose tokens soon expire, or move these agents to another stack, with an "
        "identity that manages their pool alone",
    )


def pools_shared(facts: AzureDevOpsFacts) -> Iterator[Problem]:
    """Each scaler is the only one that starts agents for a job: KEDA's know nothing of each other."""
    groups: dict[str, list[AgentPoolFacts]] = {}
    for agents in facts.agent_pools or ():
        if agents.pool is not None:
            groups.setdefault(agents.pool.casefold(), []).append(agents)
    for group in groups.values():
        greedy = [agents for agents in group if agents.scaling == "keda" and agents.demands == ()]
        if len(group) == 1 or not greedy:
            continue
        last = greedy[-1]
        others = listed([at(agents.path, "pool") for agents in group if agents is not last], "and")
        yield Problem(
            rule="pool-shared",
            path=at(last.path, "pool"),
            given=f"{given(last.pool)}, as in {others}",
            allowed="a pool of its own for agents with scaling of kind keda and no demands: KEDA starts one of them "
            "for every job of the pool, also for those that other agents take",
            fix="give it another pool of Azure DevOps, or add demands that only its jobs have",
        )


def keda_version(facts: AzureDevOpsFacts, version: str | None) -> Iterator[Problem]:
    """The cluster's KEDA takes our ScaledJobs."""
    scaled = next((agents.path for agents in facts.agent_pools or () if agents.scaling == "keda"), None)
    if version is None or scaled is None or parse_version(version) >= LEAST_VERSION:
        return
    major, minor = LEAST_VERSION
    yield Problem(
        rule="keda-version",
        path="keda.version",
        given=given(version),
        allowed=f"{major}.{minor} or newer for {at(scaled, 'scaling')}: older ones drop fields of the agents' pods "
        "(appArmorProfile)",
        fix="upgrade KEDA on the cluster, then write its version here",
    )


def check(
    facts: AzureDevOpsFacts,
    *,
    platform: str | None,
    pools: Sequence[PoolFacts] | None,
    engine: bool | None,
    keda: str | None,
) -> Iterator[Problem]:
    """All rules of the section. `engine` is whether the stack installs Docker Engine, `keda` the cluster's version."""
    yield from organization_url(facts)
    yield from client_id(facts, platform)
    for agents in facts.agent_pools or ():
        yield from placement.check(agents.work, pools)
        yield from docker_fits_os(agents, pools)
        yield from docker_privilege(agents, pools)
        yield from engine_there(agents, pools, engine)
        yield from scaling(agents)
        yield from daemon_storage(agents, pools)
        yield from demands(agents)
        yield from capabilities(agents)
    yield from token_trust(facts)
    yield from pools_shared(facts)
    yield from keda_version(facts, keda)
