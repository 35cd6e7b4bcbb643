"""What every mapping of a workload gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from components.platform import NodePool, Platform
from infra.settings.stack import StackSettings
from infra.workloads.namespaces import Namespaces

if TYPE_CHECKING:  # it loads components that few stacks have
    from infra.workloads.image_builds import BuiltImages


@dataclass(frozen=True, kw_only=True)
class Context:
    """The stack, its platform and what the workloads share."""

    settings: StackSettings
    platform: Platform
    stack: str
    secret: Callable[[str], pulumi.Output[str]]
    namespaces: Namespaces
    opts: pulumi.ResourceOptions
    engines: Mapping[str, pulumi.Resource] = field(default_factory=dict)
    """The DaemonSets of Docker Engine, by node pool: known to the workloads that come after it."""
    built_images: BuiltImages | None = None
    """Images that the stack builds itself; `None`: it builds none."""

    def pool(self, name: str) -> NodePool:
        """The facts of a node pool of the stack file; that it is there has been checked with the settings."""
        return self.platform.node_pools[name]

    def once_the_engine_is_ready(self, pool: NodePool, value: pulumi.Input[str]) -> pulumi.Input[str]:
        """`value`, handed on when the engine is ready on every node that the pool has.

        What takes its namespace from here is made after the engine and deleted before it. `depends_on` would not do: it
        is not inherited by the children of components. The URN is known in previews, and with it the value.
        """
        engine = self.engines.get(pool.name)
        return value if engine is None else pulumi.Output.all(value, engine.urn).apply(lambda both: str(both[0]))

    @property
    def agents_per_node(self) -> int | None:
        """Most agents and runners with the host's engine on one node."""
        engine = self.settings.docker_engine
        return engine.agents_per_node if engine is not None else None
