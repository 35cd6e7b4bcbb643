"""A whole stack: all rules, over all that is known of it.

This is the one list of rules that a stack file is held to. Each yields what is wrong; none stops another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rules import (
    agents,
    engine_versions,
    images,
    labels,
    names,
    namespaces,
    network,
    node_pool,
    placement,
    platform,
    registry,
    runners,
)
from rules.agents import AzureDevOpsFacts
from rules.duplicates import duplicates
from rules.engine_versions import EngineFacts
from rules.given import ABSENT, Absent
from rules.node_pool import PoolFacts
from rules.paths import at
from rules.platform import PlatformFacts
from rules.problem import Problem
from rules.runners import RunnerSetFacts
from rules.words import given

_AGENT_IMAGES = {
    ("linux", False): "azureDevOpsAgentLinux",
    ("linux", True): "azureDevOpsAgentLinuxDind",
    ("windows", False): "azureDevOpsAgentWindows",
}
_RUNNER_WINDOWS_IMAGE = "githubRunnerWindows"


@dataclass(frozen=True, kw_only=True)
class StackFacts:
    """What is known of a stack. `None` stands for a section that is unknown, `ABSENT` for one that is not given."""

    name: str | None = None
    """Name of the Pulumi stack, which is no setting."""
    platform: PlatformFacts = field(default_factory=PlatformFacts)
    pools: Sequence[PoolFacts] | None = None
    engine: EngineFacts | Absent | None = None
    azure_devops: AzureDevOpsFacts | Absent | None = None
    runner_sets: Sequence[RunnerSetFacts] | Absent | None = None
    tags: Mapping[str, str] | None = None
    namespaces: Mapping[str, str | None] = field(default_factory=dict)
    """Path to name."""
    repository: str | Absent | None = None
    image_tag: str | Absent | None = None
    images: Mapping[str, str | None] | None = None
    """Every image that is named, by the path of its setting."""
    keda_version: str | None = None
    api_server_cidrs: Mapping[str, str] = field(default_factory=dict)
    """Path to network."""
    pull_secret_servers: Mapping[str, str] = field(default_factory=dict)
    """Path to server."""


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
    overrides: dict[str, str] = {}

    def use(path: str, image: str | Absent | None, key: str | None) -> None:
        if key is not None and image is ABSENT and at("images", key) not in (stack.images or {}):
            overrides[path] = at("images", key)

    if isinstance(stack.azure_devops, AzureDevOpsFacts):
        for pool in stack.azure_devops.agent_pools or ():
            nodes = placement.pool_of(pool.work, stack.pools)
            os = nodes.os if nodes else None
            use(pool.path, pool.image, _AGENT_IMAGES.get((os or "", agents.docker_of(pool, os) == "in-agent")))
    if stack.runner_sets is not None and not isinstance(stack.runner_sets, Absent):
        for runner_set in stack.runner_sets:
            nodes = placement.pool_of(runner_set.work, stack.pools)
            windows = nodes is not None and nodes.os == "windows"
            use(runner_set.path, runner_set.image, _RUNNER_WINDOWS_IMAGE if windows else None)
    yield from images.ours_named("images", stack.repository, stack.image_tag, list(overrides), overrides)


def images_pinned(stack: StackFacts) -> Iterator[Problem]:
    """Every image that is named stays the same image."""
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
    yield from platform.check(stack.platform)
    if stack.pools is not None:
        yield from node_pool.check(stack.platform, stack.pools)
    if isinstance(stack.engine, EngineFacts):
        yield from engine_versions.check(stack.engine)
    if isinstance(stack.azure_devops, AzureDevOpsFacts):
        yield from agents.check(
            stack.azure_devops,
            platform=stack.platform.kind,
            pools=stack.pools,
            engine=engine,
            keda=stack.keda_version,
        )
    if not isinstance(stack.runner_sets, Absent):
        yield from runners.check(stack.runner_sets, pools=stack.pools, engine=engine)
    yield from unique_names(stack)
    yield from labels.tags("environment.tags", stack.tags or {})
    yield from namespaces.check(stack.namespaces)
    for path, text in stack.api_server_cidrs.items():
        yield from network.cidr(path, text)
    yield from registry.pull_secrets_differ(stack.pull_secret_servers)
    yield from images_of_ours(stack)
    yield from images_pinned(stack)
