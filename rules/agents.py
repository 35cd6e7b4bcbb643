"""Azure DevOps agents: what an agent pool may ask for, given its nodes, its trust and what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules import placement, storage
from rules.given import ABSENT, Absent
from rules.node_pool import PoolFacts
from rules.paths import at
from rules.placement import WorkFacts
from rules.problem import Problem
from rules.storage import StorageFacts
from rules.tables.keda import TRIGGER_FIELDS, has_field
from rules.words import NOTHING, given, listed

DOCKER_BY_OS: Final = {
    "linux": ("none", "sidecar", "in-agent", "buildkit"),
    "windows": ("none", "host-engine"),
}
DOCKER_DEFAULT: Final = {"linux": "sidecar", "windows": "host-engine"}
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
_CAPABILITY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


@dataclass(frozen=True, kw_only=True)
class AgentPoolFacts:
    """What is known of an agent pool. `path` is where it stands, for example `azureDevOps.agentPools[0]`."""

    path: str
    name: str | None = None
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
    """A cluster that is not ours has no identity that we could make."""
    if platform == "existing-cluster" and facts.auth_kind == "workload-identity" and facts.client_id is ABSENT:
        yield Problem(
            rule="workload-identity-client",
            path=at(facts.path, "auth", "clientId"),
            given=NOTHING,
            allowed="the client id of an Entra identity that trusts the cluster's tokens (existing-cluster)",
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


def capabilities(agents: AgentPoolFacts) -> Iterator[Problem]:
    """Capabilities become environment variables of the agent, which reports them."""
    for key in sorted(agents.capabilities or {}):
        if not _CAPABILITY.fullmatch(key):
            yield Problem(
                rule="capability-name",
                path=at(agents.path, "capabilities", key),
                given=given(key),
                allowed="letters, digits, underscores and dots, not starting with a digit",
                fix="replace the other characters by underscores",
            )


def keda_version(facts: AzureDevOpsFacts, version: str | None) -> Iterator[Problem]:
    """The cluster's KEDA knows the fields that the agents' scaling uses."""
    scaled = [agents for agents in facts.agent_pools or () if agents.scaling == "keda"]
    if version is None or not scaled:
        return
    needed = {"poolName": scaled[0].path}
    if facts.auth_kind == "workload-identity":
        needed["podIdentity"] = at(facts.path, "auth")
    demanding = next((agents for agents in scaled if agents.demands), None)
    if demanding is not None:
        needed["demands"] = at(demanding.path, "demands")
    missing = [field for field in needed if not has_field(version, field)]
    if missing:
        newest = max(missing, key=lambda field: TRIGGER_FIELDS[field])
        major, minor = TRIGGER_FIELDS[newest]
        yield Problem(
            rule="keda-version",
            path="keda.version",
            given=given(version),
            allowed=f"{major}.{minor} or newer, as {needed[newest]} needs the trigger's {newest}",
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
    yield from keda_version(facts, keda)
