"""From settings to one `Platform`.

Each module knows one kind of cluster and ends in the same `Platform`; what follows does not know which it was.
A kind's module is imported only for a stack of that kind, so that no stack pays for the SDK of another.
"""

from __future__ import annotations

import pulumi

from components.platform import Platform
from infra.settings.platform import ExistingClusterPlatform
from infra.settings.stack import StackSettings


def make(settings: StackSettings, *, stack: str) -> Platform:
    """The platform of the stack.

    Raises `pulumi.RunError` for a kind that this version checks but does not make, and for an existing cluster that
    lacks what the stack needs.
    """
    if isinstance(settings.platform, ExistingClusterPlatform):
        from infra.platforms import existing_cluster

        return existing_cluster.make(settings, settings.platform, stack=stack)
    raise pulumi.RunError(
        f"buildfleet:platform.kind: {settings.platform.kind!r} is checked, but not made by this version; nothing was "
        "changed. Until it is, make the cluster and its node pools yourself and use kind: existing-cluster."
    )
