"""Images that Windows build nodes keep for Kubernetes: those of the agents and runners on them, and further ones."""

from __future__ import annotations

from collections.abc import Sequence

from components.docker_engine.image_prepuller import ImagePrepuller, ImagePrepullerArgs, PrepullPool
from components.platform import NodePool
from infra.settings.docker_engine import DockerEngine
from infra.workloads import images
from infra.workloads.context import Context
from infra.workloads.purposes import docker_of
from rules.tables.builds import PAUSE_IMAGE
from rules.windows_images import runs_on


def deploy(context: Context, engine: DockerEngine) -> Sequence[str]:
    """Register a DaemonSet for each pool that has something to pull; returns the names of these pools."""
    pools = prepulled(context, engine)
    if not pools:
        return []
    namespace = context.namespaces.get("builds")
    ImagePrepuller(
        "image-prepuller",
        ImagePrepullerArgs(
            stack=context.stack,
            namespace=namespace.namespace,
            pause=PAUSE_IMAGE,
            pools=pools,
            pull_secret_names=namespace.pull_secret_names,
        ),
        opts=context.opts,
    )
    return sorted(one.pool.name for one in pools)


def prepulled(context: Context, engine: DockerEngine) -> list[PrepullPool]:
    """What each Windows build pool pulls; without the pools that pull nothing."""
    found = [
        PrepullPool(pool=pool, images=_images(context, engine, pool))
        for pool in context.platform.node_pools.values()
        if pool.os == "windows" and pool.purpose == "build"
    ]
    return [one for one in found if one.images]


def _images(context: Context, engine: DockerEngine, pool: NodePool) -> list[str]:
    wanted = {image for image in engine.node_prepull.images if runs_on(image, pool.os_sku or "")}
    if engine.node_prepull.agents:
        azure_devops, github = context.settings.azure_devops, context.settings.github
        for agents in azure_devops.agent_pools if azure_devops else ():
            if agents.node_pool == pool.name:
                docker = docker_of(agents, pool.os)
                wanted.add(agents.image or images.azure_devops_agent(context, pool, docker))
        for runners in github.runner_sets if github else ():
            if runners.node_pool == pool.name:
                wanted.add(runners.image or images.github_runner(context, pool))
    return sorted(wanted)
