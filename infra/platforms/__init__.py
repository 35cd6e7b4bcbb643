"""From settings to one `Platform`.

Each module knows one kind of cluster and ends in the same `Platform`; what follows does not know which it was.
A kind's module is imported only for a stack of that kind, so that no stack pays for the SDK of another.
"""

from __future__ import annotations

from collections.abc import Callable

import pulumi

from components.platform import Platform
from infra.settings.aks import AksPlatform
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.existing_cluster import ExistingClusterPlatform
from infra.settings.stack import StackSettings


def make(settings: StackSettings, *, stack: str, secret: Callable[[str], pulumi.Output[str]]) -> Platform:
    """The platform of the stack. `secret` gives a secret of the stack by its key.

    Raises `pulumi.RunError` for an existing cluster that lacks what the stack needs.
    """
    match settings.platform:
        case ExistingClusterPlatform() as platform:
            from infra.platforms import existing_cluster

            return existing_cluster.make(settings, platform, stack=stack)
        case AksPlatform() as platform:
            from infra.platforms import aks

            return aks.make(settings, platform, stack=stack, secret=secret)
        case AzureLocalPlatform() as platform:
            from infra.platforms import azure_local

            return azure_local.make(settings, platform, stack=stack, secret=secret)
