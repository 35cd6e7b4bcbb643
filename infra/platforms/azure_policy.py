"""Azure's policies on pods, assigned to the cluster's resource group, with what this stack's own pods need let through.

Owns the list of all containers in the namespaces of this project, each with what it asks of its node. A test holds it
against the pods that the workloads register.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from components.azure.policy_assignments import PolicyAssignments, PolicyAssignmentsArgs
from infra.platforms.azure_scope import Azure
from infra.settings.aks import AksPlatform
from infra.settings.azure_devops import AgentPool
from infra.settings.github import RunnerSet
from infra.settings.storage import HostPathStorage
from infra.workloads import image_prepull, images
from infra.workloads.context import Context
from infra.workloads.purposes import docker_of, purpose_of_agents, purpose_of_runners, smoke_pools
from rules.azure_policy import StackImage, exemptions
from rules.tables.azure_policy import Need
from rules.tables.builds import PAUSE_IMAGE

_NONE: Final[frozenset[Need]] = frozenset()
_PIPE: Final[frozenset[Need]] = frozenset({"host-path", "container-administrator"})
_PRIVILEGED: Final[frozenset[Need]] = frozenset({"privileged"})
_HOOKS: Final = ("kubernetes", "kubernetes-novolume", "cached-privileged-kubernetes")


def make(context: Context, platform: AksPlatform, azure: Azure) -> dict[str, pulumi.Input[object]]:
    """Register the assignments, unless the policy add-on is off; returns by outputs' names what assignments from above
    must exempt."""
    if platform.add_ons.azure_policy == "off":
        return {}
    containers = stack_images(context)
    PolicyAssignments(
        "policy",
        PolicyAssignmentsArgs(
            scope=azure.scope,
            environment=azure.names.cluster,
            mode=platform.add_ons.azure_policy,
            images=containers,
        ),
        opts=azure.opts,
    )
    return {"azurePolicyExemptions": exemptions(containers)}


def stack_images(context: Context) -> list[StackImage]:
    """Every container of the stack's pods, each once, in a fixed order."""
    settings = context.settings
    found: set[StackImage] = set(_engine(context))
    found.update(_over_the_engine(context))
    for agents in settings.azure_devops.agent_pools if settings.azure_devops else ():
        found.update(_agents(context, agents))
    for runners in settings.github.runner_sets if settings.github else ():
        found.update(_runners(context, runners))
    return sorted(found, key=lambda one: (one.namespace, one.image or "", sorted(one.needs)))


def _engine(context: Context) -> Iterator[StackImage]:
    engine = context.settings.docker_engine
    for pool in context.platform.node_pools.values():
        if engine is not None and pool.os == "windows" and pool.purpose == "build":
            # No host-path: a HostProcess container sees the node's files as they are.
            yield StackImage(
                namespace=context.settings.namespaces.docker_engine,
                image=images.docker_engine(context, engine, pool),
                needs=frozenset({"host-network", "host-process"}),
            )


def _over_the_engine(context: Context) -> Iterator[StackImage]:
    """Builds, the smoke test, and what keeps images on nodes."""
    settings = context.settings
    namespace = settings.namespaces.builds
    for name in sorted({*smoke_pools(settings), *(build.node_pool for build in settings.builds)}):
        yield StackImage(namespace=namespace, image=images.docker_cli(context, context.pool(name)), needs=_PIPE)
    for one in image_prepull.prepulled(context, settings.docker_engine) if settings.docker_engine else ():
        for image in (PAUSE_IMAGE, *one.images):
            yield StackImage(namespace=namespace, image=image, needs=_NONE)


def _agents(context: Context, agents: AgentPool) -> Iterator[StackImage]:
    pool = context.pool(agents.node_pool)
    docker = docker_of(agents, pool.os)
    namespace = str(getattr(context.settings.namespaces, purpose_of_agents(docker)))
    shared = _of_storage(agents.storage)
    own: frozenset[Need] = {"in-agent": _PRIVILEGED, "host-engine": _PIPE}.get(docker, _NONE)
    image = agents.image or images.azure_devops_agent(context, pool, docker)
    yield StackImage(namespace=namespace, image=image, needs=own | shared)
    if docker == "sidecar":
        yield StackImage(namespace=namespace, image=context.settings.images.docker, needs=_PRIVILEGED | shared)
    elif docker == "buildkit":
        yield StackImage(namespace=namespace, image=context.settings.images.buildkit, needs=shared)


def _runners(context: Context, runners: RunnerSet) -> Iterator[StackImage]:
    pool = context.pool(runners.node_pool)
    namespace = str(getattr(context.settings.namespaces, purpose_of_runners(runners)))
    shared = _of_storage(runners.storage)
    own = _PIPE if runners.mode == "windows-host-engine" else _NONE
    image = runners.image or images.github_runner(context, pool)
    yield StackImage(namespace=namespace, image=image, needs=own | shared)
    if runners.mode == "dind":
        yield StackImage(namespace=namespace, image=context.settings.images.docker, needs=_PRIVILEGED | shared)
    elif runners.mode in _HOOKS:
        # The job's own container, and its services: workflows name their images.
        cached = runners.mode == "cached-privileged-kubernetes"
        needs: frozenset[Need] = frozenset({"privileged", "host-path"}) if cached else _NONE
        yield StackImage(namespace=namespace, image=None, needs=needs)


def _of_storage(storage: object) -> frozenset[Need]:
    """A volume is the pod's, and so every container's of it."""
    return frozenset({"host-path"}) if isinstance(storage, HostPathStorage) else _NONE
