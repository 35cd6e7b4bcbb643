"""From settings and a platform to the workloads: the one mapping between the two layers of types.

Settings are plain and validated; components take what they need and no more. Each module here maps one concept, and
decides nothing that a stack file could not say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi

from components.kubernetes.preview_access import rights_of
from components.platform import Platform
from infra.settings.stack import StackSettings
from infra.workloads.context import Context
from infra.workloads.namespaces import Namespaces


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a stack tells of itself: its outputs. Nothing in it is secret."""

    namespaces: Sequence[str]
    docker_engine: Sequence[str]
    agent_pools: Sequence[str]
    runner_sets: Sequence[str]
    builds: Mapping[str, Any] = field(default_factory=dict)
    """Images that were built, by the build's name."""


def deploy(
    settings: StackSettings, platform: Platform, *, stack: str, secret: Callable[[str], pulumi.Output[str]]
) -> Deployed:
    """Register every workload of the stack.

    `stack` is the name that everything cluster-scoped carries; `secret` gives a secret of the stack by its key.
    """
    opts = pulumi.ResourceOptions(provider=platform.provider)
    # Imported where needed, so that a stack does not wait for the modules of what it does not have.
    from infra.workloads.admission import deploy as deploy_admission

    policies = deploy_admission(settings, stack=stack, opts=opts, after=rights_of(platform.previewer))
    namespaces = Namespaces(settings, platform, stack=stack, secret=secret, opts=opts, policies=policies)
    context = Context(
        settings=settings, platform=platform, stack=stack, secret=secret, namespaces=namespaces, opts=opts
    )
    docker_engine: Sequence[str] = ()
    agent_pools: Sequence[str] = ()
    runner_sets: Sequence[str] = ()
    builds: Mapping[str, Any] = {}
    if settings.images.build is not None:
        from infra.workloads.image_builds import BuiltImages

        context = replace(context, built_images=BuiltImages(settings=settings, secret=secret))
    if settings.docker_engine is not None:
        from infra.workloads.docker_engine import deploy as deploy_docker_engine

        engine = deploy_docker_engine(context, settings.docker_engine)
        docker_engine = engine.names
        # Whatever uses the engine comes after it, and takes its namespace from here.
        context = replace(context, engines=engine.daemon_sets)

        from infra.workloads.engine_smoke import deploy as deploy_engine_smoke
        from infra.workloads.image_prepull import deploy as deploy_image_prepull

        deploy_engine_smoke(context, settings.docker_engine)
        deploy_image_prepull(context, settings.docker_engine)
    if settings.azure_devops is not None:
        from infra.workloads.azure_devops import deploy as deploy_azure_devops

        agent_pools = deploy_azure_devops(context, settings.azure_devops)
    if settings.github is not None:
        from infra.workloads.github import deploy as deploy_github

        runner_sets = deploy_github(context, settings.github)
    if settings.builds:
        from infra.workloads.builds import deploy as deploy_builds

        builds = deploy_builds(context, settings.builds)
    return Deployed(
        namespaces=namespaces.made,
        docker_engine=docker_engine,
        agent_pools=agent_pools,
        runner_sets=runner_sets,
        builds=builds,
    )
