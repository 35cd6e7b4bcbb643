"""Which image a workload runs: its own setting, else that of the stack, else ours by repository and tag.

That one of them is there has been checked with the settings. Where no repository is named, ours are in the registry
that the platform brings.
"""

from __future__ import annotations

import pulumi

from components.platform import NodePool
from infra.settings.azure_devops import Docker
from infra.settings.docker_engine import DockerEngine
from infra.workloads.context import Context
from infra.workloads.engine_pools import own_settings, version
from rules.tables.windows import WINDOWS_SKUS

REPOSITORY = "buildfleet"
"""In the platform's registry."""


def azure_devops_agent(context: Context, pool: NodePool, docker: Docker) -> str:
    """The agent image for an operating system and a way to Docker."""
    images = context.settings.images
    if pool.os == "windows":
        return images.azure_devops_agent_windows or _ours(context, "azure-devops-agent", _container_os(pool))
    if docker == "in-agent":
        return images.azure_devops_agent_linux_dind or _ours(context, "azure-devops-agent", "linux-dind")
    return images.azure_devops_agent_linux or _ours(context, "azure-devops-agent", "linux")


def github_runner(context: Context, pool: NodePool) -> str:
    """The runner image for an operating system."""
    images = context.settings.images
    if pool.os == "windows":
        return images.github_runner_windows or _ours(context, "github-runner", _container_os(pool))
    return images.github_runner_linux


def docker_engine(context: Context, engine: DockerEngine, pool: NodePool) -> str:
    """The image of the engine's supervisor for a pool, by its tag: it has the binaries of one version."""
    return (
        own_settings(engine, pool.name).image
        or context.settings.images.docker_engine
        or _ours(context, "docker-engine", version(engine, pool.name))
    )


def docker_engine_to_run(context: Context, engine: DockerEngine, pool: NodePool) -> pulumi.Input[str]:
    """The same as pods name it: built first, where the stack builds it."""
    named = docker_engine(context, engine, pool)
    if context.built_images is None or own_settings(engine, pool.name).image is not None:
        return named
    return context.built_images.engine(named, version(engine, pool.name))


def docker_cli(context: Context, pool: NodePool) -> str:
    """The client of the engine, for a pool."""
    return context.settings.images.docker_cli or _ours(context, "docker-cli", _container_os(pool))


def once_docker_cli_is_there(context: Context, pool: NodePool, value: pulumi.Input[str]) -> pulumi.Input[str]:
    """`value`, handed on when the client is pushed, where the stack builds it."""
    if context.built_images is None:
        return value
    return context.built_images.once_the_client_is_pushed(docker_cli(context, pool), _container_os(pool), value)


def _ours(context: Context, name: str, variant: str) -> str:
    images = context.settings.images
    repository = images.repository or f"{context.platform.registry}/{REPOSITORY}"
    return f"{repository}/{name}:{images.tag}-{variant}"


def _container_os(pool: NodePool) -> str:
    assert pool.os_sku is not None
    return WINDOWS_SKUS[pool.os_sku].container_tags[0]
