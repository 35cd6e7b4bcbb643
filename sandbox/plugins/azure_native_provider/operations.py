"""What the provider does, on plain values: check, diff, create, read, update and delete.

Owns the meaning of each operation and the order of its requests. Knows no protocol: `servicer` translates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

from sandbox.azure import Azure, AzureError, InterruptedWaitError, Refusal, arm_type
from sandbox.azure.operations import Operation
from sandbox.azure.values import UNKNOWN, Object
from sandbox.plugins.azure_native_provider import drift, shapes
from sandbox.plugins.azure_native_provider.diff import plan
from sandbox.plugins.azure_native_provider.errors import PartialError, ProviderError
from sandbox.plugins.azure_native_provider.interrupts import Interrupts
from sandbox.plugins.azure_native_provider.naming import Autonaming, complete
from sandbox.plugins.azure_native_provider.retries import PACE, retried
from sandbox.plugins.plan import Plan

Answer = TypeVar("Answer")

STABLE = ("location", "name")
"""The only outputs that a preview of an update takes for certain, as the official provider does."""
_GROUP = "azure-native:resources:ResourceGroup"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A resource as it goes into the state."""

    id: str
    state: Object
    inputs: Object


class Operations:
    """The provider of one subscription in one simulated Azure. `location` is for resources that state none."""

    def __init__(
        self, azure: Azure, *, subscription: str, location: str | None, interrupts: Interrupts, pace: float = PACE
    ) -> None:
        self._azure = azure
        self._subscription = subscription
        self._location = location
        self._interrupts = interrupts
        self._pace = pace

    def check(
        self, token: str, urn_name: str, old: Object, new: Object, seed: bytes, autonaming: Autonaming
    ) -> tuple[Object, list[Refusal]]:
        """`new` inputs with what they leave out, and what is wrong with them. `old` are empty for a new resource."""
        inputs = complete(
            token,
            new,
            old=old,
            urn_name=urn_name,
            seed=seed,
            autonaming=autonaming,
            location=self._location,
            group_location=self._group_location,
        )
        refusals = shapes.check(token, inputs)
        missing = {refusal.path for refusal in refusals}
        refusals += [
            Refusal(name, "is missing, and autonaming is off. Fix: give it.")
            for name in arm_type(token).path_inputs
            if name not in inputs and name not in missing
        ]
        # Azure's rules take the form for granted.
        return inputs, refusals or self._azure.check(token, shapes.stated(inputs))

    def diff(self, token: str, old: Object, new: Object, state: Object, ignore: list[str]) -> Plan:
        """What changes, and whether by replacement."""
        return plan(token, old, new, state=state, ignore=ignore)

    def preview_create(self, token: str, inputs: Object) -> Object:
        """What is known of a resource that is not there yet."""
        return shapes.preview(token, inputs)

    def create(self, token: str, inputs: Object, seconds: float) -> Result:
        """Make a resource that is not there. Raises `PartialError` if it was begun and has not ended well."""
        resource_id = self._id(token, inputs)
        with self._interrupts.within(seconds) as ended:
            if self._get(token, resource_id, ended) is not None:
                raise ProviderError(
                    f"cannot create already existing resource '{resource_id}'. If it is this stack's, left by a run "
                    "that was killed, take it over: `pulumi import`, or ResourceOptions(import_=ID). Else delete it, "
                    "or choose another name."
                )
            return self._put(token, resource_id, inputs, ended, create=True)

    def preview_update(self, token: str, inputs: Object, state: Object) -> Object:
        """What stays known while a resource is changed."""
        return {**shapes.preview(token, inputs), **{name: state[name] for name in STABLE if name in state}}

    def update(self, token: str, resource_id: str, inputs: Object, seconds: float) -> Result:
        """Change a resource in place; one that is gone is made again, since Azure's PUT does both."""
        with self._interrupts.within(seconds) as ended:
            there = self._get(token, resource_id, ended) is not None
            return self._put(token, resource_id, inputs, ended, create=not there)

    def read(self, token: str, resource_id: str, state: Object, inputs: Object) -> Result | None:
        """The resource as it is now; `None` if it is gone. Without `inputs` it is read for an import."""
        with self._interrupts.within(0) as ended:
            live = self._get(token, resource_id, ended)
        if live is None:
            return None
        try:
            known = drift.refreshed(token, inputs, state, live) if inputs else drift.imported(token, resource_id, live)
        except ValueError as error:
            raise ProviderError(str(error)) from None
        return Result(id=str(live.get("id") or resource_id), state=_state(token, live), inputs=known)

    def delete(self, token: str, resource_id: str, seconds: float) -> None:
        """Delete a resource and wait until it is gone, which it may be already."""
        with self._interrupts.within(seconds) as ended:
            operation = self._asked(lambda: self._azure.begin_delete(token, resource_id), ended, resource_id, "deleted")
            try:
                self._azure.wait(operation, ended)
            except AzureError as error:
                raise _refused(resource_id, "deleted", error) from None
            except InterruptedWaitError:
                raise ProviderError(
                    f"{resource_id} is still being deleted {self._cause()}. It stays in the state; destroy again."
                ) from None

    def invoke(self, token: str, arguments: Object) -> Object:
        """The answer of a function. It may be a secret, though nothing marks it."""
        with self._interrupts.within(0) as ended:
            return self._asked(lambda: self._azure.invoke(token, arguments), ended, token, "answered")

    def _put(self, token: str, resource_id: str, inputs: Object, ended: Event, *, create: bool) -> Result:
        done = "created" if create else "changed"
        body = shapes.stated(inputs)
        operation: Operation = self._asked(
            lambda: self._azure.begin_put(token, resource_id, body, create=create), ended, resource_id, done
        )
        try:
            outputs = self._azure.wait(operation, ended) or {}
        except AzureError as error:
            raise self._partial(token, resource_id, inputs, str(_refused(resource_id, done, error))) from None
        except InterruptedWaitError:
            message = (
                f"{resource_id} was not waited for {self._cause()}; Azure goes on. Run `pulumi refresh`, then `up`."
            )
            raise self._partial(token, resource_id, inputs, message) from None
        return Result(id=str(outputs.get("id") or resource_id), state=_state(token, outputs), inputs=inputs)

    def _partial(self, token: str, resource_id: str, inputs: Object, message: str) -> PartialError:
        try:
            live = self._azure.get(token, resource_id)
        except AzureError:
            live = None
        state = _state(token, live or {})
        return PartialError(message, resource_id=resource_id, state=state, inputs=inputs)

    def _get(self, token: str, resource_id: str, ended: Event) -> Object | None:
        return self._asked(lambda: self._azure.get(token, resource_id), ended, resource_id, "read")

    def _asked(self, request: Callable[[], Answer], ended: Event, what: str, done: str) -> Answer:
        try:
            return retried(request, ended, pace=self._pace)
        except AzureError as error:
            raise _refused(what, done, error) from None
        except InterruptedWaitError:
            raise ProviderError(
                f"{what} was not {done}: Azure put it off until the wait ended {self._cause()}"
            ) from None

    def _id(self, token: str, inputs: Object) -> str:
        try:
            return arm_type(token).id(self._subscription, inputs)
        except ValueError as error:
            raise ProviderError(str(error)) from None

    def _group_location(self, name: str) -> str | None:
        row = arm_type(_GROUP)
        found = self._azure.get(_GROUP, row.id(self._subscription, {row.name_input: name}))
        location = None if found is None else found.get("location")
        return location if isinstance(location, str) else None

    def _cause(self) -> str:
        return "because the update was cancelled" if self._interrupts.cancelled else "within its time limit"


def _state(token: str, outputs: Object) -> Object:
    known = {name: value for name, value in outputs.items() if value is not UNKNOWN}
    return {**known, shapes.API_VERSION: shapes.api_version(token)}


def _refused(what: str, done: str, error: AzureError) -> ProviderError:
    return ProviderError(f"{what} was not {done}: Azure answers {error.status} {error.code}: {error.message}")
