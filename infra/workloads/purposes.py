"""Which namespace a workload belongs in, told from settings alone.

The preflight asks before anything is registered, the mappings ask while they register.
"""

from __future__ import annotations

from typing import Literal

from components.azure_devops.docker_mode import confinement_of
from infra.settings.azure_devops import AgentPool, Docker
from infra.settings.github import RunnerSet
from infra.settings.stack import StackSettings
from rules.agents import DOCKER_DEFAULT
from rules.runners import PRIVILEGED_MODES

Purpose = Literal["docker_engine", "azure_devops", "azure_devops_docker", "github", "github_docker"]


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
    builds_on_windows = any(pool.os == "windows" and pool.purpose == "build" for pool in settings.node_pools)
    found: set[Purpose] = {"docker_engine"} if settings.docker_engine and builds_on_windows else set()
    for agents in settings.azure_devops.agent_pools if settings.azure_devops else ():
        found.add(purpose_of_agents(docker_of(agents, systems[agents.node_pool])))
    for runners in settings.github.runner_sets if settings.github else ():
        found.add(purpose_of_runners(runners))
    return sorted(found)
