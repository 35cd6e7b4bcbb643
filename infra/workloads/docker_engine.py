"""Docker Engine on every Windows build pool of the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.docker_engine.configuration import DaemonArgs
from components.docker_engine.monitoring import MonitoringArgs
from components.docker_engine.supervisor_settings import EngineArgs, PruneArgs, RolloutArgs, daemon_set_name
from components.docker_engine.windows_docker_engine import (
    EnginePoolArgs,
    WindowsDockerEngine,
    WindowsDockerEngineArgs,
)
from components.kubernetes.preview_access import rights_of
from components.platform import NodePool
from infra.settings import docker_engine as settings
from infra.workloads import images
from infra.workloads.context import Context
from infra.workloads.engine_pools import engine_pools, own_settings, version


@dataclass(frozen=True, kw_only=True)
class DeployedEngine:
    """What others may wait for."""

    names: list[str]
    """Of the DaemonSets, sorted."""
    daemon_sets: Mapping[str, pulumi.Resource]
    """By node pool."""


def deploy(context: Context, engine: settings.DockerEngine) -> DeployedEngine:
    """Register the engine on the Windows build pools of the stack, if it has any."""
    pools = engine_pools(context.platform.node_pools.values())
    if not pools:
        return DeployedEngine(names=[], daemon_sets={})
    namespace = context.namespaces.get("docker_engine")
    monitoring = engine.monitoring
    made = WindowsDockerEngine(
        "docker-engine",
        WindowsDockerEngineArgs(
            stack=context.stack,
            namespace=namespace.namespace,
            namespace_name=context.namespaces.name("docker_engine"),
            pools=[
                EnginePoolArgs(
                    pool=pool,
                    image=images.docker_engine_to_run(context, engine, pool),
                    engine=engine_args(engine, pool),
                )
                for pool in pools
            ],
            pull_secret_names=namespace.pull_secret_names,
            ready_minutes=engine.ready_minutes,
            after=rights_of(context.platform.previewer),
            monitoring=MonitoringArgs(
                pod_monitor=monitoring.pod_monitor, alerts=monitoring.alerts, dashboard=monitoring.dashboard
            ),
        ),
        opts=context.opts,
    )
    return DeployedEngine(
        names=sorted(daemon_set_name(pool.name) for pool in pools), daemon_sets=dict(made.daemon_sets)
    )


def engine_args(engine: settings.DockerEngine, pool: NodePool) -> EngineArgs:
    """The engine of one pool: what the section says for all, but for what it says of this pool."""
    own = own_settings(engine, pool.name)
    prune = own.prune or engine.prune
    return EngineArgs(
        version=version(engine, pool.name),
        daemon=_daemon(engine, own.data_root or engine.data_root),
        feature=engine.containers_feature,
        existing=engine.existing_service,
        keep_data=engine.keep_data,
        rollout=RolloutArgs(
            slots=engine.rollout.slots,
            wait_minutes=engine.rollout.wait_minutes,
            at_limit=engine.rollout.at_limit,
            pause_minutes=engine.rollout.pause_minutes,
        ),
        smoke=engine.smoke.enabled,
        smoke_image=engine.smoke.images.get(pool.os_sku or ""),
        prepull=engine.prepull,
        prepull_blocks=engine.prepull_blocks,
        prune=PruneArgs(
            every_hours=prune.every_hours,
            unused_hours=prune.unused_hours,
            below_gib=prune.below_gib,
            floor_gib=prune.floor_gib,
        ),
        credential_specs={
            name: document if isinstance(document, str) else json.dumps(document, sort_keys=True)
            for name, document in engine.credential_specs.items()
        },
        port=engine.metrics.port,
        firewall=engine.metrics.firewall,
        # One a node is what pods exclude each other by; more is a resource that they count.
        build_slots=engine.agents_per_node if (engine.agents_per_node or 1) > 1 else None,
    )


def _daemon(engine: settings.DockerEngine, data_root: str) -> DaemonArgs:
    proxy = engine.proxy or settings.EngineProxy()
    return DaemonArgs(
        data_root=data_root,
        mirrors=engine.mirrors,
        insecure_registries=engine.insecure_registries,
        http_proxy=proxy.http,
        https_proxy=proxy.https,
        no_proxy=proxy.no_proxy,
        log_max_size_mib=engine.log_limits.max_size_mib,
        log_max_files=engine.log_limits.max_files,
        metrics_port=engine.metrics.engine_port,
        further=engine.configuration,
    )
