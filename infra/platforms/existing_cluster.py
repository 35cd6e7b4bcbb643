"""Any cluster that is already there: reached by a named context, checked, and otherwise left as it is."""

from __future__ import annotations

from pulumi_kubernetes import Provider, ProviderArgs

from components.platform import Installed, Platform
from infra import preflight
from infra.platforms import node_pools
from infra.settings.platform import ExistingClusterPlatform
from infra.settings.stack import StackSettings


def make(settings: StackSettings, platform: ExistingClusterPlatform, *, stack: str) -> Platform:
    """Check the cluster, then hand it on. Nothing is registered when it lacks something."""
    if platform.preflight:
        preflight.run(settings, platform.context, stack=stack)
    return Platform(
        provider=Provider(
            "cluster",
            ProviderArgs(
                context=platform.context,
                # A rotated token or an edited hook template is an update. By default it would be a replacement, and
                # what depends on the object would follow.
                enable_secret_mutable=True,
                enable_config_map_mutable=True,
            ),
        ),
        node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
        installed=Installed(keda=settings.keda.version, arc=settings.arc.version),
        storage_class=platform.storage_class,
    )
