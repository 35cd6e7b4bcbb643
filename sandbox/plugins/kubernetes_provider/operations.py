"""What the provider does, on plain values: check, diff, create, read, update and delete.

Owns the meaning of each operation and the order of its requests. Knows no protocol: `servicer` translates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event
from types import NoneType
from typing import Any, Final

from sandbox.plugins.codec import UNKNOWN, Object, has_unknown
from sandbox.plugins.kubernetes_provider import drift, keys, readiness
from sandbox.plugins.kubernetes_provider.client import FIELD_MANAGER, Client, Kind, wait_until_registered
from sandbox.plugins.kubernetes_provider.connection import Settings
from sandbox.plugins.kubernetes_provider.diff import IMPORTED, plan
from sandbox.plugins.kubernetes_provider.errors import ApiError, NotReadyError, ProviderError
from sandbox.plugins.kubernetes_provider.keys import Name, name_of
from sandbox.plugins.kubernetes_provider.normalise import normalise
from sandbox.plugins.kubernetes_provider.ownership import taken_over
from sandbox.plugins.kubernetes_provider.secrets import mark_object, redact, strip, texts
from sandbox.plugins.kubernetes_provider.waiting import Log, Waiter
from sandbox.plugins.places import Path, parse_path
from sandbox.plugins.plan import Change, Plan

REGISTRATION_SECONDS: Final = 60.0
"""How long a kind may take to be registered: its definition may come from another part of the same update."""

STATE_INPUTS: Final = "__inputs"
STATE_API_VERSION: Final = "__initialApiVersion"
STATE_MANAGER: Final = "__fieldManager"


@dataclass(frozen=True, kw_only=True)
class Result:
    """An object as it goes into the state, marked; `unready` are the reasons for which it is there but not ready."""

    id: str
    state: Object
    inputs: Object
    unready: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An input that cannot be; `property` is its path."""

    property: str
    reason: str


class Operations:
    """The provider of one cluster; `cancelled` ends what waits."""

    def __init__(self, settings: Settings, client: Client, cancelled: Event) -> None:
        self._settings = settings
        self._client = client
        self._cancelled = cancelled

    def check(
        self, resource_type: str, urn_name: str, old: Object, new: Object, seed: bytes, *, proposed: str | None = ""
    ) -> tuple[Object, list[Refusal]]:
        """Marked `new` inputs with a name and in canonical spelling, and what is wrong with them.

        `old` are the inputs of an existing object, empty for a new one. `proposed` is the name by the engine's own
        autonaming, empty if it has none, `None` if it is off.
        """
        plain = strip(new)
        plain.pop(IMPORTED, None)
        refusals = _refusals(resource_type, plain)
        if refusals:
            return new, refusals
        plain = normalise(plain)
        if not isinstance(plain.get("metadata"), (dict, NoneType)):
            return new, []  # not known yet: it is checked again when it is
        metadata = dict(plain.get("metadata") or {})
        if not metadata.get("name"):
            if proposed is None:
                return new, [Refusal("metadata.name", "a name must be given, because pulumi:autonaming is disabled.")]
            was = strip(old).get("metadata") or {}
            seeded = proposed or keys.autoname(urn_name, seed)
            metadata["name"] = was["name"] if _is_autonamed(was) else seeded
            metadata["annotations"] = {**(metadata.get("annotations") or {}), keys.AUTONAMED: "true"}
        if self._settings.namespace and not metadata.get("namespace"):
            kind = self._client.kind(str(plain["apiVersion"]), str(plain["kind"]))
            if kind is None or kind.namespaced:
                metadata["namespace"] = self._settings.namespace
        return mark_object({**plain, "metadata": metadata}, new), []

    def diff(self, old_inputs: Object, new: Object, ignore: list[str]) -> Plan:
        """What the new inputs mean for the object."""
        before, after = strip(old_inputs), strip(new)
        mutable = self._settings.secret_mutable if after.get("kind") == "Secret" else self._settings.config_map_mutable
        found = plan(normalise(before), after, ignore=ignore, immutable_data=not mutable)
        if not self._lacks(after):
            return found
        place = Change(path=("metadata", "annotations", keys.REPLACE_UNREADY), kind="update", replaces=True)
        return replace(found, changes=(*(one for one in found.changes if one.path != place.path), place))

    def _lacks(self, after: Object) -> bool:
        """Whether the object is there, is not ready, and is to be replaced then. Who cannot be asked lacks nothing."""
        if not readiness.is_replaced_unready(after) or has_unknown(after.get("metadata")):
            return False
        name = name_of(after)
        try:
            kind = self._client.kind(name.api_version, name.kind)
            live = None if kind is None else self._client.get(kind, name)
        except ProviderError:
            return False
        return live is not None and readiness.pending(live) is not None

    def preview_create(self, inputs: Object) -> Object:
        """What the new object would be, as far as the API server can say. Raises `ProviderError` if it would refuse it.

        The inputs come back as they are where it cannot be asked: something is unknown, the kind or the namespace
        comes with the same update, or the object that is there will be deleted first.
        """
        plain = strip(inputs)
        name = name_of(plain)
        kind = None if has_unknown(plain) else self._client.kind(name.api_version, name.kind)
        if kind is None:
            return inputs
        try:
            live = self._client.try_create(kind, keys.to_api(plain), name.namespace)
        except ApiError as error:
            if error.namespace_missing or error.reason == "AlreadyExists":
                return inputs
            raise self._refused(inputs, name, "created", error) from error
        return _previewed(inputs, live, unknown=("resourceVersion", "uid"))

    def create(self, inputs: Object, seconds: float, log: Log) -> Result:
        """Make an object that is not there, and wait for it. Raises `ProviderError` if nothing was made."""
        plain = strip(inputs)
        name = name_of(plain)
        kind = self._registered(name)
        if self._client.get(kind, name) is not None:
            raise self._already_exists(name)
        try:
            live, is_new = self._client.apply(kind, name, keys.to_api(plain))
        except ApiError as error:
            raise self._refused(inputs, name, "created", error) from error
        if not is_new and _managers(live) != {FIELD_MANAGER}:
            raise self._already_exists(name)
        return self._awaited(inputs, kind, live, seconds, log)

    def preview_update(self, inputs: Object, ignore: list[str]) -> Object:
        """What the object would become; the inputs as they are where the API server cannot be asked."""
        plain = strip(inputs)
        name = name_of(plain)
        kind = None if has_unknown(plain) else self._client.kind(name.api_version, name.kind)
        if kind is None:
            return inputs
        before = self._client.get(kind, name)
        if before is not None and taken_over(before) is not None:
            # Until the object is taken over, a dry run would be one of another change.
            return self.preview_create(inputs)
        try:
            live, _ = self._client.apply(kind, name, _applied(plain, before, ignore), dry_run=True)
        except ApiError as error:
            if error.namespace_missing:
                return inputs
            raise self._refused(inputs, name, "changed", error) from error
        return _previewed(inputs, live, unknown=("resourceVersion",))

    def update(self, inputs: Object, ignore: list[str], seconds: float, log: Log) -> Result:
        """Change an object in place, and wait for it; one that was deleted meanwhile is made again."""
        plain = strip(inputs)
        name = name_of(plain)
        kind = self._registered(name)
        try:
            before = self._take_over(kind, name)
            live, _ = self._client.apply(kind, name, _applied(plain, before, ignore))
        except ApiError as error:
            raise self._refused(inputs, name, "changed", error) from error
        return self._awaited(inputs, kind, live, seconds, log)

    def read(self, resource_type: str, resource_id: str, state: Object, inputs: Object) -> Result | None:
        """The object as it is now; `None` if it is gone. Without `inputs` it is read for an import."""
        known = strip(inputs)
        if known.get("apiVersion") and known.get("kind"):
            api_version, kind_name = str(known["apiVersion"]), str(known["kind"])
        else:
            api_version, kind_name = keys.kind_of_type(resource_type)
        name = Name(api_version, kind_name, *keys.parse_id(resource_id))
        kind = self._client.kind(name.api_version, name.kind)
        live = None if kind is None else self._client.get(kind, name)
        if live is None:
            return None
        seen = keys.from_api(live)
        if not known:
            found = mark_object(normalise(drift.imported_inputs(seen)), state)
        else:
            before = {key: value for key, value in strip(state).items() if not key.startswith("__")}
            found = mark_object(drift.refreshed_inputs(known, before, seen), inputs)
        lacking = readiness.pending(live)
        unready = (lacking.what,) if lacking and not self._binds_late(kind, name, live) else ()
        return Result(id=resource_id, state=_state(found, seen), inputs=found, unready=unready)

    def delete(self, resource_id: str, state: Object, seconds: float, log: Log) -> None:
        """Delete an object and what depends on it, and wait until it is gone. Raises `ProviderError` if it is not."""
        plain = strip(state)
        name = Name(str(plain["apiVersion"]), str(plain["kind"]), *keys.parse_id(resource_id))
        kind = self._client.kind(name.api_version, name.kind)
        if kind is None:
            return
        try:
            answer = self._client.delete(kind, name)
        except ApiError as error:
            raise ProviderError(f"{name} was not deleted: {redact(str(error), texts(state))}") from error
        if answer is None or readiness.is_skipped(plain):
            return
        # The object, or for one that is gone at once a status that names it.
        uid = str((answer["details"] if answer.get("kind") == "Status" else answer["metadata"]).get("uid"))
        waiter = self._waiter(kind, name, readiness.timeout(plain, seconds), log)
        try:
            waiter.until_gone(uid)
        except NotReadyError as error:
            raise ProviderError(
                f"{name} is still there: {'; '.join(error.reasons)}. It stays in the state; destroy again to go on."
            ) from error

    def _awaited(self, inputs: Object, kind: Kind, live: Object, seconds: float, log: Log) -> Result:
        """The object when it is ready; when it will not be, as it is, because it must not leak."""
        name = name_of(live)
        unready: tuple[str, ...] = ()
        latest = live
        if readiness.is_awaited(live):
            waiter = self._waiter(kind, name, readiness.timeout(strip(inputs), seconds), log)
            try:
                latest = waiter.until_ready(live)
            except NotReadyError as error:
                unready = tuple(redact(reason, texts(inputs)) for reason in error.reasons)
            except ProviderError as error:
                unready = (redact(str(error), texts(inputs)),)
        return Result(id=name.id, state=_state(inputs, keys.from_api(latest)), inputs=inputs, unready=unready)

    def _registered(self, name: Name) -> Kind:
        kind = wait_until_registered(self._client, name, self._cancelled, seconds=REGISTRATION_SECONDS)
        if kind is None:
            raise ProviderError(
                f"{name}: the API server knows no kind {name.kind} of {name.api_version}, and none came in "
                f"{REGISTRATION_SECONDS:g} s. Install its CustomResourceDefinition before it (depends_on)."
            )
        return kind

    def _take_over(self, kind: Kind, name: Name) -> Object | None:
        """The object as it is, its creator's fields now ours; `None` if there is none."""
        live = self._client.get(kind, name)
        owners = None if live is None else taken_over(live)
        if live is not None and owners is not None:
            self._client.set_owners(kind, name, live["metadata"]["resourceVersion"], owners)
        return live

    def _refused(self, inputs: Object, name: Name, done: str, error: ApiError) -> ProviderError:
        return ProviderError(f"{name} was not {done}: {redact(str(error), texts(inputs))}")

    def _already_exists(self, name: Name) -> ProviderError:
        return ProviderError(
            f"{name} already exists in the cluster and is not this stack's. Delete it, give another name, or "
            f"take it over: ResourceOptions(import_={name.id!r})."
        )

    def _binds_late(self, kind: Kind | None, name: Name, live: Object) -> bool:
        if kind is None or name.kind != "PersistentVolumeClaim":
            return False
        return self._waiter(kind, name, 0, _silent).binds_late(live)

    def _waiter(self, kind: Kind, name: Name, seconds: float, log: Log) -> Waiter:
        return Waiter(client=self._client, kind=kind, name=name, seconds=seconds, cancelled=self._cancelled, log=log)


def _refusals(resource_type: str, plain: Object) -> list[Refusal]:
    api_version, kind = str(plain.get("apiVersion") or ""), str(plain.get("kind") or "")
    of_type = resource_type.rpartition(":")[2]
    if not api_version or not kind:
        return [
            Refusal(
                "kind", f"{resource_type} is not an object of the Kubernetes API; the stand-in provider has only those."
            )
        ]
    if of_type.endswith("Patch") and kind != of_type:
        return [
            Refusal(
                "kind", f"{of_type} is not offered by the stand-in provider. Manage the whole object, or import it."
            )
        ]
    if kind.endswith("List") and "items" in plain:
        return [Refusal("kind", f"{kind} is a list, not an object. Make a resource of each item.")]
    metadata = plain.get("metadata") or {}
    if metadata.get("generateName") and not metadata.get("name"):
        reason = "generateName cannot be applied. Give metadata.name, or neither: a unique name is made then."
        return [Refusal("metadata.generateName", reason)]
    return []


def _previewed(inputs: Object, live: Object, *, unknown: tuple[str, ...]) -> Object:
    # A dry run's answer has no status yet, and made-up values of what only a write decides.
    seen = {key: value for key, value in keys.from_api(live).items() if key != "status"}
    metadata = {key: value for key, value in seen["metadata"].items() if key not in drift.SERVER_FIELDS}
    seen["metadata"] = {**metadata, **dict.fromkeys(unknown, UNKNOWN)}
    return _state(inputs, seen)


def _state(inputs: Object, seen: Object) -> Object:
    metadata = {key: value for key, value in seen["metadata"].items() if key != "managedFields"}
    plain = {**seen, "metadata": metadata}
    return {
        **mark_object(plain, inputs),
        STATE_INPUTS: inputs,
        STATE_API_VERSION: inputs.get("apiVersion"),
        STATE_MANAGER: FIELD_MANAGER,
    }


def _applied(plain: Object, before: Object | None, ignore: list[str]) -> Object:
    """What to apply: what is ignored keeps the value that it has in the cluster."""
    live = keys.from_api(before or {})
    for text in ignore:
        plain = _with_live(plain, live, parse_path(text))
    return keys.to_api(plain)


def _with_live(value: Any, live: Any, path: Path) -> Any:
    """`value` with what lies at `path` taken from `live`; left out where `live` has nothing there."""
    if not path:
        return live
    head, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(live, dict):
        chosen = list(value) if head == "*" else [str(head)]
        changed = {
            key: _with_live(value.get(key), live.get(key), rest) for key in chosen if key in value or key in live
        }
        return {key: item for key, item in {**value, **changed}.items() if item is not None or key not in changed}
    if isinstance(value, list) and isinstance(live, list):
        return [
            _with_live(item, live[index], rest) if head in ("*", index) and index < len(live) else item
            for index, item in enumerate(value)
        ]
    return value


def _managers(live: Object) -> set[str]:
    return {str(entry.get("manager")) for entry in live["metadata"].get("managedFields") or []}


def _is_autonamed(metadata: Object) -> bool:
    return bool(metadata.get("name")) and (metadata.get("annotations") or {}).get(keys.AUTONAMED) == "true"


def _silent(message: str, passing: bool) -> None:
    """For a waiter that only answers a question."""
