"""A stack file as the policies' rules know it: its namespaces, pools, registries and folders, as one `Fleet`.

The program makes the cluster's admission policies from it, and `infra.policy_config` the policy pack's configuration,
so that both forms of a rule judge by the same facts. Every fact is known from the stack file alone, before anything is
registered.

Refuses to widen: what the stack file does not use is not allowed. Without runners there is no namespace in which they
may have a privileged daemon, without caches no folder of a node that may be mounted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components import contract
from infra.platforms import node_pools
from infra.platforms.azure_names import AzureNames
from infra.settings.aks import AksPlatform
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.node_pool import NodePool
from infra.settings.policy import Policy
from infra.settings.stack import StackSettings
from infra.settings.storage import HostPathStorage
from infra.workloads.images import REPOSITORY
from infra.workloads.namespaces import CONFINEMENT
from infra.workloads.purposes import purposes
from rules.policies.fleet import Confinement, Fleet, FleetPool, FleetTaint
from rules.policies.images.reference import parse
from rules.tables.builds import PAUSE_IMAGE


def fleet_of(settings: StackSettings, *, stack: str) -> Fleet:
    """The fleet that a stack file describes; `stack` is the stack's name."""
    policy = policy_of(settings) or Policy()
    own = [*own_repositories(settings, stack=stack), *policy.own_repositories]
    return Fleet(
        profile="production" if settings.environment.production else "dev",
        stack=stack,
        engine_namespaces=_namespaces(settings, "engine"),
        docker_namespaces=_namespaces(settings, "agents-docker"),
        agent_namespaces=_namespaces(settings, "agents"),
        exempt_namespaces=sorted(policy.exempt_namespaces),
        engine_accounts=(contract.SERVICE_ACCOUNT_ENGINE,),
        pools=[_pool(pool, maker_of(settings)) for pool in sorted(settings.node_pools, key=lambda pool: pool.name)],
        registries=_least({*own, *policy.registries, *_others_repositories(settings), *_registry(settings, stack)}),
        own_repositories=_least(own),
        host_paths=sorted(set(_host_paths(settings, stack))),
    )


def policy_of(settings: StackSettings) -> Policy | None:
    """The section `policy` where it is in force, with its default on a cluster that the stack makes; `None`: no
    admission policies."""
    if settings.policy is None:
        return Policy() if maker_of(settings) is not None else None
    return settings.policy if settings.policy.enabled else None


def maker_of(settings: StackSettings) -> node_pools.Maker | None:
    """Who makes the node pools; `None`: they are found, on a cluster that is there."""
    match settings.platform:
        case AksPlatform():
            return "aks"
        case AzureLocalPlatform(existing_cluster=None):
            return "azure-local"
        case _:
            return None


def own_repositories(settings: StackSettings, *, stack: str) -> list[str]:
    """Repositories of this project's images and of those that the stack file puts in their place, sorted.

    The stack file's owners push there: it names each by a tag that they chose.
    """
    images = settings.images
    agents = settings.azure_devops.agent_pools if settings.azure_devops else ()
    runners = settings.github.runner_sets if settings.github else ()
    engine = settings.docker_engine.node_pools if settings.docker_engine else ()
    replaced = [
        images.azure_devops_agent_linux,
        images.azure_devops_agent_linux_dind,
        images.azure_devops_agent_windows,
        images.github_runner_windows,
        images.docker_engine,
        images.docker_cli,
        *(one.image for one in agents),
        *(one.image for one in runners),
        *(one.image for one in engine),
    ]
    ours = images.repository or next((f"{server}/{REPOSITORY}" for server in _registry(settings, stack)), None)
    # The project that makes the runner publishes its image; that is nobody's own.
    public = parse(type(images)().github_runner_linux).repository
    found = {parse(image).repository for image in replaced if image is not None} - {public}
    return sorted({*found, *([ours] if ours is not None else [])})


def _others_repositories(settings: StackSettings) -> Iterator[str]:
    """Repositories of all other images that pods of the stack name."""
    images, engine = settings.images, settings.docker_engine
    named = [images.docker, images.buildkit, images.github_runner_linux]
    if engine is not None and (engine.node_prepull.agents or engine.node_prepull.images):
        named += [PAUSE_IMAGE, *engine.node_prepull.images]
    runners = settings.github.runner_sets if settings.github else ()
    named += [one.image for one in runners if one.image is not None]
    return (parse(image).repository for image in named)


def _registry(settings: StackSettings, stack: str) -> list[str]:
    """The registry of Azure that the nodes pull from: the one that is made, or brought."""
    if not isinstance(settings.platform, AksPlatform):
        return []
    names = AzureNames(stack=stack, subscription=settings.platform.subscription)
    name = names.registry if settings.registry.id is None else settings.registry.id.rsplit("/", 1)[-1]
    return [f"{name.lower()}.azurecr.io"]


def _namespaces(settings: StackSettings, confinement: Confinement) -> list[str]:
    return sorted(
        str(getattr(settings.namespaces, purpose))
        for purpose in purposes(settings)
        if CONFINEMENT[purpose] == confinement
    )


def _pool(pool: NodePool, maker: node_pools.Maker | None) -> FleetPool:
    facts = node_pools.facts(pool, maker)
    return FleetPool(
        name=facts.name,
        os=facts.os,
        purpose=facts.purpose,
        trust=facts.trust,
        selector=dict(sorted(facts.node_selector.items())),
        taints=[FleetTaint(key=taint.key, value=taint.value, effect=taint.effect) for taint in facts.taints],
        os_sku=facts.os_sku,
    )


def _host_paths(settings: StackSettings, stack: str) -> Iterator[str]:
    agents = settings.azure_devops.agent_pools if settings.azure_devops else ()
    runners = settings.github.runner_sets if settings.github else ()
    for storage in (*(one.storage for one in agents), *(one.storage for one in runners)):
        if isinstance(storage, HostPathStorage):
            yield storage.path
    for runner_set in runners:
        if runner_set.caches:
            yield f"{contract.CACHE_ROOT}/{stack}"


def _least(prefixes: Sequence[str] | set[str]) -> list[str]:
    """Prefixes, sorted, without those below another."""
    return sorted(one for one in prefixes if not any(one.startswith(f"{other}/") for other in prefixes))
