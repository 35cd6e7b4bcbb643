"""A resource as the engine tells a policy pack of it, in plain values.

Owns what a rule may know of a resource beside its inputs, and how type tokens of different versions of one provider are
made alike. Refuses to know Pulumi: who has the engine's message (`policy/`) or a saved state makes a `Resource` of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from rules.policies.node import Node

_VERSION: Final = re.compile(r"[/_]v\d{8}(preview|alpha|beta|privatepreview)?$")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a resource that rules ask for."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds by operation: `create`, `update`, `delete`."""
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource. `inputs` are plain values with `UNKNOWN` where the preview cannot know one; no secret wrappers."""

    type: str
    """Type token, for example `kubernetes:apps/v1:Deployment`."""
    name: str
    """Name in the program, not in the cloud."""
    urn: str = ""
    inputs: Mapping[str, object]
    options: Options = field(default_factory=Options)
    secret_paths: Collection[str] = frozenset()
    """Where in the inputs the program says that a value is secret: paths as `Node.path` writes them."""
    dependencies: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By input: URNs of the resources whose outputs it is made of. The engine tells it to stack rules alone. So who is
    meant is known where an id is not yet."""

    @cached_property
    def root(self) -> Node:
        """All inputs."""
        return Node(self.inputs)

    @cached_property
    def kind(self) -> str:
        """The type without the provider's version: `azure-native:containerservice:AgentPool` for
        `azure-native:containerservice/v20250901:AgentPool` and `azure-native_containerservice_v20250901:...:AgentPool`,
        too. Kubernetes' versions are part of the API and stay.

        Early APIs wrote types small, `agentPool`, and Azure tells no capitals apart: a type begins with one here, a
        module has none."""
        package, _, rest = self.type.partition(":")
        module, _, name = rest.rpartition(":")
        if not package.startswith("azure-native"):
            return self.type
        if package != "azure-native":
            # A package that was generated for one version: azure-native_containerservice_v20250901.
            module = module or _VERSION.sub("", package).removeprefix("azure-native_")
        return f"azure-native:{_VERSION.sub('', module.lower())}:{name[:1].upper()}{name[1:]}"

    def is_secret(self, path: str) -> bool:
        """Whether what stands at a path, above it or below it is secret."""
        return any(_within(path, secret) or _within(secret, path) for secret in self.secret_paths)


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith((f"{other}.", f"{other}["))
