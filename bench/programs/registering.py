"""Resources of any type from plain JSON, so that a program can have those that no SDK would let an author write.

Owns the two marks in it: `{"$secret": value}` and, for what a preview cannot know, `{"$unknown": true}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

SECRET = "$secret"
UNKNOWN = "$unknown"
SOURCE = "kubernetes:core/v1:ConfigMap"
"""Type of the resource whose id is not known in a preview."""


class Given(pulumi.CustomResource):
    """A resource with exactly these inputs."""

    def __init__(self, token: str, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(token, name, inputs, opts)

    def translate_input_property(self, prop: str) -> str:
        """As it is."""
        return prop


def register_all(resources: Sequence[dict[str, Any]]) -> None:
    """Register them: each has `type`, `name`, `inputs`, and may have `protect`, `ignoreChanges`, `timeouts` in seconds
    and `component`, the type of a component that it is part of."""
    unknown: pulumi.Output[Any] | None = None
    if UNKNOWN in str(resources):
        metadata = {"metadata": {"name": "source", "namespace": "azdo-agents"}}
        unknown = Given(SOURCE, "source", metadata, pulumi.ResourceOptions()).id
    for one in resources:
        timeouts = one.get("timeouts") or {}
        component = one.get("component")
        options = pulumi.ResourceOptions(
            parent=pulumi.ComponentResource(component, f"{one['name']}-component") if component else None,
            protect=one.get("protect"),
            ignore_changes=one.get("ignoreChanges"),
            custom_timeouts=pulumi.CustomTimeouts(**{name: f"{int(value)}s" for name, value in timeouts.items()}),
        )
        Given(one["type"], one["name"], _inputs(one["inputs"], unknown), options)


def _inputs(value: Any, unknown: pulumi.Output[Any] | None) -> Any:
    if isinstance(value, dict):
        if value.keys() == {UNKNOWN}:
            return unknown
        if value.keys() == {SECRET}:
            return pulumi.Output.secret(value[SECRET])
        return {key: _inputs(item, unknown) for key, item in value.items()}
    return [_inputs(item, unknown) for item in value] if isinstance(value, list) else value
