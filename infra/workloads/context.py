"""What every mapping of a workload gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from components.platform import NodePool, Platform
from infra.settings.stack import StackSettings
from infra.workloads.namespaces import Namespaces


@dataclass(frozen=True, kw_only=True)
class Context:
    """The stack, its platform and what the workloads share."""

    settings: StackSettings
    platform: Platform
    stack: str
    secret: Callable[[str], pulumi.Output[str]]
    namespaces: Namespaces
    opts: pulumi.ResourceOptions

    def pool(self, name: str) -> NodePool:
        """The facts of a node pool of the stack file; that it is there has been checked with the settings."""
        return self.platform.node_pools[name]
