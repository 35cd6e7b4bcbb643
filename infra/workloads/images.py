"""Which image a workload runs: its own setting, else that of the stack, else ours by repository and tag.

That one of them is there has been checked with the settings. Where no repository is named, ours are in the registry
that the platform brings.
"""

from __future__ import annotations

from components.platform import NodePool
from infra.settings.azure_devops import Docker
from infra.workloads.context import Context
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


def _ours(context: Context, name: str, variant: str) -> str:
    images = context.settings.images
    repository = images.repository or f"{context.platform.registry}/{REPOSITORY}"
    return f"{repository}/{name}:{images.tag}-{variant}"


def _container_os(pool: NodePool) -> str:
    assert pool.os_sku is not None
    return WINDOWS_SKUS[pool.os_sku].container_tags[0]
