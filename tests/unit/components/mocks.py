"""A Pulumi monitor that remembers what was registered, as the engine would have been told.

Owns `Registration` (type, name, inputs, parent, protect, ignored properties, aliases, dependencies) and
`RecordingMonitor`. Resources come into being with their own inputs as outputs, which is what the Kubernetes provider
returns in a preview. Pulumi's own mock hides parents, aliases and protection from the test; this one does not.

Usage, in a test without any decorator:

    monitor = deploy(lambda: Thing("a", ThingArgs(...)))
    assert monitor.summary() == [("buildfleet:index:Thing", "a"), ...]
    assert monitor.named("a-child").parent_name == "a"

Secrets: an input that reached the monitor in the clear is in `inputs`; one marked secret is replaced by `SECRET`, so
that `SECRET` stands exactly where a secret is and nothing else can be mistaken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc

SECRET = "<secret>"
"""Stands in `Registration.inputs` for each value that was marked secret."""

UNKNOWN = "<unknown>"
"""Stands in `Registration.inputs` for each value that is not known yet."""

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource, as it was registered."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    parent: str
    custom: bool
    provider: str
    protect: bool
    ignore_changes: tuple[str, ...]
    delete_before_replace: bool
    retain_on_delete: bool
    deleted_with: str
    aliases: tuple[str, ...]
    dependencies: tuple[str, ...]
    custom_timeouts: tuple[str, str, str]
    """Create, update, delete; an empty string is the provider's default."""

    @property
    def parent_type(self) -> str:
        """Type of the parent, `pulumi:pulumi:Stack` for one at the top."""
        return self.parent.split("::")[2].split("$")[-1] if self.parent else ""

    @property
    def parent_name(self) -> str:
        return self.parent.split("::")[3] if self.parent else ""

    @property
    def kubernetes_name(self) -> Any:
        """`metadata.name`; fails the test when the object leaves its name to chance."""
        return self.inputs["metadata"]["name"]


class RecordingMocks(pulumi_mocks.Mocks):
    """Outputs are inputs; `outputs` adds to them by type, and calls answer from `calls`."""

    def __init__(
        self, *, outputs: Mapping[str, Mapping[str, Any]] | None = None, calls: Mapping[str, Any] | None = None
    ) -> None:
        self._outputs = dict(outputs or {})
        self._calls = dict(calls or {})

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, **self._outputs.get(args.typ, {})}

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        if args.token not in self._calls:
            raise AssertionError(f"unexpected call of {args.token}; give it in RecordingMocks(calls=...)")
        return self._calls[args.token], []


@dataclass
class RecordingMonitor(pulumi_mocks.MockMonitor):
    """Keeps every registration, in order; and the outputs that components registered, by URN."""

    mocks: RecordingMocks
    registrations: list[Registration] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.mocks)

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        if request.type != STACK_TYPE:
            timeouts = request.customTimeouts
            self.registrations.append(
                Registration(
                    type=request.type,
                    name=request.name,
                    urn=response.urn,
                    inputs=_readable(request.object),
                    parent=request.parent,
                    custom=request.custom,
                    provider=request.provider,
                    protect=request.protect,
                    ignore_changes=tuple(request.ignoreChanges),
                    delete_before_replace=request.deleteBeforeReplace,
                    retain_on_delete=request.retainOnDelete,
                    deleted_with=request.deletedWith,
                    aliases=tuple(_alias(alias) for alias in request.aliases),
                    dependencies=tuple(sorted(request.dependencies)),
                    custom_timeouts=(timeouts.create, timeouts.update, timeouts.delete),
                )
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if request.urn in self.outputs:
            raise AssertionError(f"outputs of {request.urn} registered twice")
        self.outputs[request.urn] = _readable(request.outputs)
        return super().RegisterResourceOutputs(request)

    def of_type(self, type_: str) -> list[Registration]:
        """Registrations of one type, sorted by name."""
        return sorted((r for r in self.registrations if r.type == type_), key=lambda r: r.name)

    def only(self, type_: str) -> Registration:
        """The one registration of a type; none or several fail the test."""
        found = self.of_type(type_)
        assert len(found) == 1, f"expected exactly one {type_}, registered: {self.summary()}"
        return found[0]

    def named(self, name: str) -> Registration:
        """The one registration with this Pulumi name."""
        found = [r for r in self.registrations if r.name == name]
        assert len(found) == 1, f"expected exactly one {name!r}, registered: {self.summary()}"
        return found[0]

    def outputs_of(self, name: str) -> dict[str, Any]:
        """What the component with this Pulumi name registered as its outputs."""
        return self.outputs[self.named(name).urn]

    def summary(self) -> list[tuple[str, str]]:
        """Type and name of everything registered, sorted: for exact counts."""
        return sorted((r.type, r.name) for r in self.registrations)


def deploy(
    build: Callable[[], object],
    *,
    preview: bool = False,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
    calls: Mapping[str, Any] | None = None,
) -> RecordingMonitor:
    """Run a little program to its end and return what it registered.

    Everything has settled when this returns: a test can assert that something is absent, and needs no `apply`. What
    `build` raises, this raises. `preview=True` runs it as a preview; `outputs` adds provider-made outputs by type;
    `calls` answers invokes by token.
    """
    monitor = RecordingMonitor(RecordingMocks(outputs=outputs, calls=calls))
    pulumi.runtime.set_mocks(monitor.mocks, project="buildfleet", stack="test", preview=preview, monitor=monitor)

    def program() -> None:
        build()

    pulumi.runtime.test(program)()
    return monitor


def strings_in(value: Any) -> Iterator[str]:
    """Every string in plain data, keys included: for asserting that a secret is nowhere."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from strings_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_in(item)


def _readable(properties: struct_pb2.Struct) -> dict[str, Any]:
    plain = json_format.MessageToDict(properties)
    return {key: _value(item) for key, item in plain.items()}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return SECRET
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    if value == rpc.UNKNOWN:
        return UNKNOWN
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _alias(alias: Any) -> str:
    return alias.urn or f"{alias.spec.type}::{alias.spec.name}"
