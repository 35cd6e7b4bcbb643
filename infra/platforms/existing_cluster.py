"""Any cluster that is already there: reached by a named context, checked, and otherwise left as it is."""

from __future__ import annotations

from components.platform import Installed, Platform
from infra import preflight
from infra.platforms import kubernetes_provider, node_pools
from infra.settings.existing_cluster import ExistingClusterPlatform
from infra.settings.stack import StackSettings


def make(settings: StackSettings, platform: ExistingClusterPlatform, *, stack: str) -> Platform:
    """Check the cluster, then hand it on. Nothing is registered when it lacks something."""
    if platform.preflight:
        preflight.run(settings, platform.context, stack=stack)
    return Platform(
        provider=kubernetes_provider.of_context(platform.context),
        node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
        installed=Installed(keda=settings.keda.version, arc=settings.arc.version),
        storage_class=platform.storage_class,
    )
