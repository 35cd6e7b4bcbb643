"""Which image a workload runs: its own setting, else that of the stack, else ours by repository and tag.

That one of them is there has been checked with the settings.
"""

from __future__ import annotations

from components.platform import NodePool
from infra.settings.azure_devops import Docker
from infra.settings.shared import Images
from rules.tables.windows import WINDOWS_SKUS


def azure_devops_agent(images: Images, pool: NodePool, docker: Docker) -> str:
    """The agent image for an operating system and a way to Docker."""
    if pool.os == "windows":
        return images.azure_devops_agent_windows or _ours(images, "azure-devops-agent", _container_os(pool))
    if docker == "in-agent":
        return images.azure_devops_agent_linux_dind or _ours(images, "azure-devops-agent", "linux-dind")
    return images.azure_devops_agent_linux or _ours(images, "azure-devops-agent", "linux")


def github_runner(images: Images, pool: NodePool) -> str:
    """The runner image for an operating system."""
    if pool.os == "windows":
        return images.github_runner_windows or _ours(images, "github-runner", _container_os(pool))
    return images.github_runner_linux


def _ours(images: Images, name: str, variant: str) -> str:
    return f"{images.repository}/{name}:{images.tag}-{variant}"


def _container_os(pool: NodePool) -> str:
    assert pool.os_sku is not None
    return WINDOWS_SKUS[pool.os_sku].container_tags[0]
