"""A whole stack: all rules, over all that is known of it.

This is the one list of rules that a stack file is held to. Each yields what is wrong; none stops another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rules import (
    address_space,
    admission,
    agents,
    aks,
    azure_local,
    builds,
    engine_daemon,
    engine_nodes,
    engine_versions,
    images,
    keda,
    labels,
    names,
    namespaces,
    network,
    node_pool,
    placement,
    quota,
    registry,
    resource_group,
    runners,
    unused,
    windows_images,
)
from rules.address_space import NetworkFacts, known_outbound
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.aks import AksFacts
from rules.azure_local import AzureLocalFacts
from rules.builds import BuildFacts
from rules.duplicates import duplicates
from rules.engine_facts import EngineFacts
from rules.given import ABSENT, Absent
from rules.keda import OperatorFacts
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.pool_upgrade import Job
from rules.problem import Problem
from rules.registry import CacheFacts
from rules.runners import RunnerSetFacts
from rules.words import given

_AGENT_IMAGES = {
    ("linux", False): "azureDevOpsAgentLinux",
    ("linux", True): "azureDevOpsAgentLinuxDind",
    ("windows", False): "azureDevOpsAgentWindows",
}
_RUNNER_WINDOWS_IMAGE = "githubRunnerWindows"
_CLIENT_IMAGE = "images.dockerCli"


@dataclass(frozen=True, kw_only=True)
class StackFacts:
    """What is known of a stack. `None` stands for a section that is unknown, `ABSENT` for one that is not given."""

    name: str | None = None
    """Name of the Pulumi stack, which is no setting."""
    platform: PlatformFacts = field(default_factory=PlatformFacts)
    aks: AksFacts = field(default_factory=AksFacts)
    azure_local: AzureLocalFacts = field(default_factory=AzureLocalFacts)
    network: NetworkFacts = field(default_factory=NetworkFacts)
    operators: OperatorFacts = field(default_factory=OperatorFacts)
    quota: Mapping[str, int] = field(default_factory=dict)
    """vCPUs by family."""
    written: unused.Written = field(default_factory=dict)
    """The keys of sections that their author wrote."""
    pools: Sequence[PoolFacts] | None = None
    engine: EngineFacts | Absent | None = None
    azure_devops: AzureDevOpsFacts | Absent | None = None
    runner_sets: Sequence[RunnerSetFacts] | Absent | None = None
    builds: Sequence[BuildFacts] = ()
    tags: Mapping[str, str] | None = None
    namespaces: Mapping[str, str | None] = field(default_factory=dict)
    """Path to name."""
    repository: str | Absent | None = None
    image_tag: str | Absent | None = None
    images_built: bool | None = None
    """Whether `up` builds this project's images."""
    images: Mapping[str, str | None] | None = None
    """Every image that is named, by the path of its setting."""
    prepull: Mapping[str, str] = field(default_factory=dict)
    """Images that Windows build nodes pull beforehand, by path."""
    api_server_cidrs: Mapping[str, str] = field(default_factory=dict)
    """Path to network."""
    pull_secret_servers: Mapping[str, str] = field(default_factory=dict)
    """Path to server."""
    cache: Sequence[CacheFacts] = ()
    push: Sequence[str] = ()
    """Whose jobs may push to the registry."""


def stack_name(name: str) -> Iterator[Problem]:
    """The stack's name can be a label's value, a folder on nodes and a part of names."""
    if names.STACK.allows(name):
        return
    yield Problem(
        rule="stack-name",
        path="stack",
        given=given(name),
        allowed=f"{names.STACK.words}: it is on every object as a label, and in the paths of caches on the nodes",
        fix=f"pulumi stack rename {names.suggestion(names.STACK, name)}",
    )


def unique_names(stack: StackFacts) -> Iterator[Problem]:
    """Pools and agents are told apart by name."""
    pools = [(at(pool.path, "name"), pool.name) for pool in stack.pools or ()]
    yield from duplicates("pool-duplicate", "name of a node pool", pools)
    if isinstance(stack.azure_devops, AzureDevOpsFacts):
        named = [(at(item.path, "name"), item.name) for item in stack.azure_devops.agent_pools or ()]
        yield from duplicates("agent-pool-duplicate", "name of an agent pool", named)


def images_of_ours(stack: StackFacts) -> Iterator[Problem]:
    """Registry and tag are given where an image of ours is used."""
    if stack.images is None:
        return
    overrides = {
        work.path: at("images", key)
        for work, nodes in _works(stack)
        if (key := _image_key(work, nodes)) is not None
        and work.image is ABSENT
        and at("images", key) not in stack.images
    }
    if isinstance(stack.engine, EngineFacts) and stack.engine.image is ABSENT and _engine_nodes(stack):
        overrides[stack.engine.path] = "images.dockerEngine"
    if _CLIENT_IMAGE not in stack.images:
        overrides |= dict.fromkeys((path for path, _ in _clients(stack)), _CLIENT_IMAGE)
    # On AKS there is a registry, made or given, that images come from where nothing else is said.
    repository = None if stack.platform.kind in (None, "aks") and stack.repository is ABSENT else stack.repository
    if stack.images_built and stack.platform.kind == "aks":
        registry_given = stack.written.get("registry", {}).get("id") is not None
        yield from images.built_somewhere("images", stack.repository, registry_given=registry_given)
    yield from images.ours_named("images", repository, stack.image_tag, list(overrides), overrides)


def _engine_nodes(stack: StackFacts) -> list[PoolFacts]:
    """The pools that have the engine."""
    return [pool for pool in stack.pools or () if pool.os == "windows" and pool.purpose == "build"]


def _clients(stack: StackFacts) -> Iterator[tuple[str, PoolFacts]]:
    """What uses the engine through the image of its client, and where: builds, and the smoke test where nodes are."""
    for build in stack.builds:
        if (pool := placement.pool_of(build.work, stack.pools)) is not None:
            yield build.path, pool
    if isinstance(stack.engine, EngineFacts) and stack.engine.smoke_test:
        for pool in _engine_nodes(stack):
            if pool.min_count:
                yield at(stack.engine.path, "smokeTest"), pool


def _works(stack: StackFacts) -> Iterator[tuple[AgentPoolFacts | RunnerSetFacts, PoolFacts | None]]:
    """Everything that is placed, and where."""
    agent_pools = stack.azure_devops.agent_pools if isinstance(stack.azure_devops, AzureDevOpsFacts) else None
    runner_sets = None if isinstance(stack.runner_sets, Absent) else stack.runner_sets
    works: list[AgentPoolFacts | RunnerSetFacts] = [*(agent_pools or ()), *(runner_sets or ())]
    for work in works:
        yield work, placement.pool_of(work.work, stack.pools)


def _image_key(work: AgentPoolFacts | RunnerSetFacts, nodes: PoolFacts | None) -> str | None:
    """The key of `images` that stands for an image of ours; `None` where it is not one of ours or not known."""
    os = nodes.os if nodes else None
    if isinstance(work, AgentPoolFacts):
        return _AGENT_IMAGES.get((os or "", agents.docker_of(work, os) == "in-agent"))
    return _RUNNER_WINDOWS_IMAGE if os == "windows" else None


def images_fit_nodes(stack: StackFacts) -> Iterator[Problem]:
    """Windows images run on the Windows Server of the nodes they land on."""
    seen: set[tuple[str, str]] = set()
    for work, nodes in _works(stack):
        if nodes is None or nodes.os != "windows" or not isinstance(nodes.os_sku, str):
            continue
        key = _image_key(work, nodes)
        path = at("images", key) if work.image is ABSENT and key is not None else at(work.path, "image")
        image = (stack.images or {}).get(path)
        if image is not None and (path, nodes.path) not in seen:
            seen.add((path, nodes.path))
            yield from windows_images.fits(path, image, nodes.os_sku, nodes.name or nodes.path)
    client = (stack.images or {}).get(_CLIENT_IMAGE)
    for _, nodes in _clients(stack):
        if client is not None and isinstance(nodes.os_sku, str) and (_CLIENT_IMAGE, nodes.path) not in seen:
            seen.add((_CLIENT_IMAGE, nodes.path))
            yield from windows_images.fits(_CLIENT_IMAGE, client, nodes.os_sku, nodes.name or nodes.path)
    hosts = _engine_nodes(stack)
    for path, image in stack.prepull.items():
        wrong = [
            list(windows_images.fits(path, image, pool.os_sku, pool.name or pool.path))
            for pool in hosts
            if isinstance(pool.os_sku, str)
        ]
        # An image that one of the pools can run is there for that pool; one whose system is not known may be it.
        if wrong and all(wrong) and len(wrong) == len(hosts):
            yield replace(wrong[0][0], fix="remove it: no Windows pool of this stack can run it")


def longest_jobs(stack: StackFacts) -> dict[str, Job]:
    """The longest job of each node pool, by the pool's name."""
    longest: dict[str, Job] = {}
    for work, nodes in _works(stack):
        if nodes is None or nodes.name is None or work.job_minutes is None:
            continue
        if nodes.name not in longest or longest[nodes.name].minutes < work.job_minutes:
            longest[nodes.name] = Job(minutes=work.job_minutes, path=at(work.path, "jobTimeoutMinutes"))
    return longest


def trusted_accounts(stack: StackFacts) -> dict[str, int]:
    """Service accounts of agents and runners on trusted pools: one or two of agents, one of each scale set."""
    works = list(_works(stack))
    known = stack.azure_devops is not None and stack.runner_sets is not None
    if not known or any(nodes is None or nodes.trust is None for _, nodes in works):
        return {}
    trusted = [work for work, nodes in works if nodes is not None and nodes.trust == "trusted"]
    return {
        "agents": min(2, sum(isinstance(work, AgentPoolFacts) for work in trusted)),
        "runners": sum(len(work.scale_sets) for work in trusted if isinstance(work, RunnerSetFacts)),
    }


def untrusted_with_the_identity(stack: StackFacts) -> list[str]:
    """Agents on untrusted pools that could take on the identity of agents, as far as that is known, by their paths.

    All of them where agents sign in by it; else those whose namespace, and so service account, trusted agents have too.
    """
    if not isinstance(stack.azure_devops, AzureDevOpsFacts):
        return []
    own = agents.signs_in(stack.azure_devops)
    accounts: dict[bool, set[str]] = {}
    untrusted: list[tuple[str, bool]] = []
    for work, nodes in _works(stack):
        docker = agents.docker_of(work, nodes.os) if isinstance(work, AgentPoolFacts) and nodes is not None else None
        if nodes is None or docker is None:
            continue
        account = agents.unprivileged(docker)
        accounts.setdefault(account, set()).add(nodes.trust or "")
        if nodes.trust == "untrusted":
            untrusted.append((work.path, account))
    return [path for path, account in untrusted if own or "trusted" in accounts[account]]


def untrusted_beside_trusted_runners(stack: StackFacts) -> list[str]:
    """Runner sets on untrusted pools that may make pods in the namespace of trusted sets, by their paths."""
    trusted: set[bool] = set()
    untrusted: list[tuple[str, bool]] = []
    for work, nodes in _works(stack):
        if not isinstance(work, RunnerSetFacts) or nodes is None or work.mode is None:
            continue
        privileged = work.mode in runners.PRIVILEGED_MODES
        if nodes.trust == "trusted":
            trusted.add(privileged)
        elif nodes.trust == "untrusted" and work.mode in runners.HOOK_MODES:
            untrusted.append((work.path, privileged))
    return [path for path, privileged in untrusted if privileged in trusted]


def images_pinned(stack: StackFacts) -> Iterator[Problem]:
    """Every image that is named is one; and stays the same one, where pods name it."""
    smoke = stack.engine.smoke_images or {} if isinstance(stack.engine, EngineFacts) else {}
    on_nodes = {at("dockerEngine.smoke.images", name): image for name, image in sorted(smoke.items())}
    for path, image in {**on_nodes, **stack.prepull}.items():
        yield from images.referred(path, image)
    for path, reference in (stack.images or {}).items():
        if reference is not None:
            yield from images.pinned(path, reference)
    if isinstance(stack.image_tag, str):
        yield from images.tag_pinned("images.tag", stack.image_tag)


def check(stack: StackFacts) -> list[Problem]:
    """All problems of a stack, in no particular order."""
    return list(_problems(stack))


def _problems(stack: StackFacts) -> Iterator[Problem]:
    engine = None if stack.engine is None else stack.engine is not ABSENT
    if stack.name is not None:
        yield from stack_name(stack.name)
    yield from resource_group.check(stack.platform)
    yield from aks.check(stack.platform, stack.aks, stack.pools, stack.network)
    yield from azure_local.check(stack.platform, stack.azure_local, stack.pools)
    if stack.pools is not None:
        yield from node_pool.check(
            stack.platform, stack.pools, jobs=longest_jobs(stack), outbound=known_outbound(stack.network)
        )
    yield from address_space.check(stack.platform, stack.network, stack.pools)
    yield from quota.check(stack.platform, stack.pools, stack.quota)
    yield from keda.check(stack.platform, stack.operators)
    yield from unused.check(stack.platform, stack.network, stack.written)
    if isinstance(stack.engine, EngineFacts):
        yield from engine_versions.check(stack.engine)
        yield from engine_daemon.check(stack.engine)
        yield from engine_nodes.check(stack.engine, stack.platform, stack.pools)
    if isinstance(stack.azure_devops, AzureDevOpsFacts):
        yield from agents.check(
            stack.azure_devops,
            platform=stack.platform.kind,
            pools=stack.pools,
            engine=engine,
            keda=keda.effective(stack.platform, stack.operators)[1],
        )
    yield from builds.check(stack.builds, pools=stack.pools, engine=engine)
    if not isinstance(stack.runner_sets, Absent):
        yield from runners.check(stack.runner_sets, pools=stack.pools, engine=engine)
    yield from unique_names(stack)
    yield from labels.tags("environment.tags", stack.tags or {})
    yield from namespaces.check(stack.namespaces)
    yield from admission.check(stack.written.get("policy", {}), stack.namespaces)
    for path, text in stack.api_server_cidrs.items():
        yield from network.cidr(path, text)
    yield from registry.pull_secrets_differ(stack.pull_secret_servers)
    yield from registry.cache_rules(stack.cache)
    if stack.platform.kind == "aks":
        yield from registry.push(stack.push, trusted_accounts(stack))
        yield from registry.push_trusted(
            stack.push, untrusted_with_the_identity(stack), untrusted_beside_trusted_runners(stack)
        )
    yield from images_of_ours(stack)
    yield from images_fit_nodes(stack)
    yield from images_pinned(stack)
