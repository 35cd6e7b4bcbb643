"""Which namespace a workload belongs in, told from settings alone.

The preflight asks before anything is registered, the mappings ask while they register.
"""

from __future__ import annotations

from typing import Literal

from components.azure_devops.docker_mode import confinement_of
from infra.settings.azure_devops import AgentPool, Docker
from infra.settings.github import RunnerSet
from infra.settings.stack import StackSettings
from infra.workloads.engine_pools import engine_pools
from rules.agents import DOCKER_DEFAULT
from rules.runners import PRIVILEGED_MODES

Purpose = Literal["docker_engine", "azure_devops", "azure_devops_docker", "github", "github_docker", "builds"]


def docker_of(agents: AgentPool, os: str) -> Docker:
    """How agents on nodes of this operating system get containers, where the stack file does not say."""
    return agents.docker or DOCKER_DEFAULT[os]


def purpose_of_agents(docker: Docker) -> Purpose:
    """The namespace of agents that get containers this way."""
    return "azure_devops" if confinement_of(docker) == "agents" else "azure_devops_docker"


def purpose_of_runners(runners: RunnerSet) -> Purpose:
    """The namespace of a runner set."""
    return "github_docker" if runners.mode in PRIVILEGED_MODES else "github"


def purposes(settings: StackSettings) -> list[Purpose]:
    """Every namespace that the stack needs, sorted."""
    systems = {pool.name: pool.os for pool in settings.node_pools}
    has_engine = settings.docker_engine is not None and engine_pools(settings.node_pools)
    found: set[Purpose] = {"docker_engine"} if has_engine else set()
    for agents in settings.azure_devops.agent_pools if settings.azure_devops else ():
        found.add(purpose_of_agents(docker_of(agents, systems[agents.node_pool])))
    for runners in settings.github.runner_sets if settings.github else ():
        found.add(purpose_of_runners(runners))
    if settings.builds or uses_builds_namespace(settings):
        found.add("builds")
    return sorted(found)


def smoke_pools(settings: StackSettings) -> list[str]:
    """The pools whose engine a Job tests, sorted: those that have nodes. One of a pool without would wait for ever.

    A pool with a `minCount` has them: where the stack makes pools they come with it, and on a cluster that is there
    the preflight has seen them.
    """
    engine = settings.docker_engine
    if engine is None or not engine.smoke_test:
        return []
    return sorted(pool.name for pool in engine_pools(settings.node_pools) if pool.min_count > 0)


def uses_builds_namespace(settings: StackSettings) -> bool:
    """Whether something of the engine runs in the namespace of builds: the smoke test, or what pulls images."""
    engine = settings.docker_engine
    if engine is None or not engine_pools(settings.node_pools):
        return False
    return bool(smoke_pools(settings)) or engine.node_prepull.agents or bool(engine.node_prepull.images)
