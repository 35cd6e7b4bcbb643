"""Docker Engine on every Windows build pool of the stack."""

from __future__ import annotations

from collections.abc import Sequence

from components.docker_engine.release import EngineRelease
from components.docker_engine.windows_docker_engine import WindowsDockerEngine, WindowsDockerEngineArgs
from infra.settings import docker_engine as settings
from infra.workloads.context import Context
from rules.tables.docker_engine import ENGINE_RELEASES


def deploy(context: Context, engine: settings.DockerEngine) -> Sequence[str]:
    """Register the engine; returns the names of its DaemonSets."""
    pools = [pool for pool in context.platform.node_pools.values() if pool.os == "windows" and pool.purpose == "build"]
    if not pools:
        return []
    namespace = context.namespaces.get("docker_engine")
    WindowsDockerEngine(
        "docker-engine",
        WindowsDockerEngineArgs(
            stack=context.stack,
            namespace=namespace.namespace,
            image=context.settings.images.host_process,
            release=_release(engine),
            pools=pools,
            configuration=engine.configuration,
            data_root=engine.data_root,
            pull_secret_names=namespace.pull_secret_names,
        ),
        opts=context.opts,
    )
    return sorted(f"docker-engine-{pool.name}" for pool in pools)


def _release(engine: settings.DockerEngine) -> EngineRelease:
    """The stack's own release of this version, else that of our table."""
    own = {release.version: release for release in engine.releases}
    found = own.get(engine.version) or ENGINE_RELEASES[engine.version]
    return EngineRelease(version=found.version, url=found.url, sha256=found.sha256)
