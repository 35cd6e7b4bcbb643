"""The smoke test of the engine, on the Windows build pools that have nodes."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.docker_engine.engine_smoke_test import (
    DEADLINE_MINUTES,
    EngineSmokeTest,
    EngineSmokeTestArgs,
    SmokePool,
)
from components.kubernetes.manifest import content_hash
from components.platform import NodePool
from infra.settings.docker_engine import DockerEngine
from infra.workloads import images
from infra.workloads.context import Context
from infra.workloads.purposes import smoke_pools
from rules.tables.docker_engine import SMOKE_REPOSITORY
from rules.tables.windows import WINDOWS_SKUS

_NO_ENGINE = ("agents_per_node", "monitoring", "node_prepull", "ready_minutes", "rollout", "smoke_test")
"""Settings of the section that change nothing about the engine itself."""


def deploy(context: Context, engine: DockerEngine) -> Sequence[str]:
    """Register the test; returns the names of the pools that are tested.

    A pool without nodes is left out, with a word about it, since its Job would wait until there is one.
    """
    tested = smoke_pools(context.settings)
    for pool in context.platform.node_pools.values():
        if engine.smoke_test and pool.os == "windows" and pool.purpose == "build" and pool.name not in tested:
            pulumi.log.info(f"Docker Engine on pool {pool.name} is not smoke tested: with minCount 0 it may be empty.")
    if not tested:
        return []
    namespace = context.namespaces.get("builds")
    EngineSmokeTest(
        "engine-smoke-test",
        EngineSmokeTestArgs(
            stack=context.stack,
            namespace=namespace.namespace,
            pools=[_pool(context, engine, context.pool(name)) for name in tested],
            # An upgrade may keep a pool's only node closed for so long.
            deadline_minutes=DEADLINE_MINUTES + engine.rollout.wait_minutes,
            pull_secret_names=namespace.pull_secret_names,
        ),
        opts=context.opts,
    )
    return tested


def smoke_image(engine: DockerEngine, pool: NodePool) -> str:
    """What the test pulls and runs on a pool."""
    assert pool.os_sku is not None
    own = engine.smoke.images.get(pool.os_sku)
    return own or f"{SMOKE_REPOSITORY}:{WINDOWS_SKUS[pool.os_sku].container_tags[0]}"


def _pool(context: Context, engine: DockerEngine, pool: NodePool) -> SmokePool:
    # Without defaults: a release that brings a new setting tests nothing anew.
    described = engine.model_dump(mode="json", by_alias=False, exclude=set(_NO_ENGINE), exclude_defaults=True)
    # What is different on other pools is nothing to this one.
    described["node_pools"] = [one for one in described.get("node_pools", []) if one["name"] == pool.name]
    return SmokePool(
        pool=pool,
        client=images.docker_cli(context, pool),
        image=smoke_image(engine, pool),
        engine=content_hash(described),
        namespace=images.once_docker_cli_is_there(
            context, pool, context.once_the_engine_is_ready(pool, context.namespaces.get("builds").namespace)
        ),
    )
