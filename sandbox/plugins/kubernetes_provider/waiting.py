"""Waiting for an object to be ready, or gone, and telling for what.

Owns the loop, its end by time or by the user, and the explanation of what it waited for in vain: conditions, pods
that are not ready, warnings, finalizers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, Final

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.client import Client, Kind
from sandbox.plugins.kubernetes_provider.errors import ApiError, InterruptedWaitError, NotReadyError
from sandbox.plugins.kubernetes_provider.keys import Name
from sandbox.plugins.kubernetes_provider.readiness import Pending, conditions, pending

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0
PATIENCE: Final = 5.0
"""Seconds after which what is awaited is printed for good, not only as the passing status of a terminal."""
PATIENCE_WITH_DELETIONS: Final = 15.0
"""The same for a deletion that nobody holds up: that of a namespace takes 5 to 10 s."""
MOST_LINES: Final = 12
OWN_FINALIZERS: Final = ("foregroundDeletion", "orphan")
"""Those that a deletion sets itself."""

Log = Callable[[str, bool], None]
"""A line for the user about this resource; with True it is a passing status."""


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """Waits for one object. `seconds` is the longest time to wait."""

    client: Client
    kind: Kind
    name: Name
    seconds: float
    cancelled: Event
    log: Log

    def until_ready(self, live: Object) -> Object:
        """The object when it is ready. Raises `NotReadyError`; its reasons say what it lacks and why."""
        latest = live

        def lacking() -> Pending | None:
            nonlocal latest
            found = self.client.get(self.kind, self.name)
            if found is None:
                return Pending("it was deleted while it was waited for", final=True)
            latest = found
            return self._pending(latest)

        if self._pending(live) is None:
            return live
        try:
            self._loop(lacking)
        except NotReadyError as error:
            raise NotReadyError([*error.reasons, *self._explain(latest)]) from None
        return latest

    def until_gone(self, uid: str) -> None:
        """Return when the object with `uid` is no more. Raises `NotReadyError`."""

        def remaining() -> Pending | None:
            found = self.client.get(self.kind, self.name)
            # Another object of the same name may have come in its place.
            if found is None or found["metadata"]["uid"] != uid:
                return None
            return Pending(_why_it_stays(found), usual=not _foreign_finalizers(found))

        self._loop(remaining)

    def _pending(self, live: Object) -> Pending | None:
        found = pending(live)
        if found is not None and self.name.kind == "PersistentVolumeClaim" and self.binds_late(live):
            return None
        return found

    def binds_late(self, claim: Object) -> bool:
        """Whether the claim's volume is made for its first pod only."""
        wanted = claim["spec"].get("storageClassName")
        kind = self.client.kind("storage.k8s.io/v1", "StorageClass")
        if not wanted or kind is None:
            return False
        found = self.client.get(kind, Name("storage.k8s.io/v1", "StorageClass", "", wanted))
        return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"

    def _loop(self, check: Callable[[], Pending | None]) -> None:
        start = time.monotonic()
        pause, told, kept = FIRST_PAUSE, "", ""
        while (found := check()) is not None:
            elapsed = time.monotonic() - start
            if found.final:
                raise NotReadyError([found.what])
            if elapsed >= self.seconds:
                raise NotReadyError([f"not within {self.seconds:g} s: {found.what}"])
            if found.what != told:
                self.log(f"waiting: {found.what}", True)
                told = found.what
            if elapsed >= (PATIENCE_WITH_DELETIONS if found.usual else PATIENCE) and found.what != kept:
                self.log(f"still waiting after {elapsed:.0f} s: {found.what}", False)
                kept = found.what
            if self.cancelled.wait(min(pause, max(self.seconds - elapsed, 0.01))):
                raise NotReadyError([f"the update was cancelled while waiting: {found.what}"])
            pause = min(pause * 1.5, LONGEST_PAUSE)
        if told:
            # The engine would show the last status beside the finished resource.
            self.log("", True)

    def _explain(self, live: Object) -> list[str]:
        try:
            lines = [*_bad_conditions(live), *self._pods(live), *self._warnings(self.name.name)]
        except (ApiError, InterruptedWaitError):
            return []  # whoever may apply an object need not be allowed to read pods and events
        return list(dict.fromkeys(lines))[:MOST_LINES]

    def _pods(self, live: Object) -> list[str]:
        selector = (live.get("spec") or {}).get("selector")
        labels = selector.get("matchLabels") if isinstance(selector, dict) else None
        if self.name.kind == "Pod":
            return _pod_lines(live)
        kind = self.client.kind("v1", "Pod")
        if not labels or kind is None:
            return []
        query = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        lines = []
        for pod in self.client.items(kind, self.name.namespace, labelSelector=query):
            told = _pod_lines(pod)
            lines += [f"pod {pod['metadata']['name']}: {line}" for line in told]
        return lines

    def _warnings(self, name: str) -> list[str]:
        kind = self.client.kind("v1", "Event")
        if kind is None or not self.kind.namespaced:
            return []
        events = self.client.items(
            kind,
            self.name.namespace,
            fieldSelector=f"type=Warning,involvedObject.name={name},involvedObject.kind={self.name.kind}",
        )
        return [f"{event.get('reason', 'Warning')}: {event.get('message', '')}" for event in events]


def _foreign_finalizers(live: Object) -> list[str]:
    return [item for item in live["metadata"].get("finalizers", []) if item not in OWN_FINALIZERS]


def _why_it_stays(live: Object) -> str:
    finalizers = _foreign_finalizers(live)
    details = _namespace_details(live)
    if finalizers:
        return f"its deletion waits for the finalizers {', '.join(finalizers)}"
    return f"it is being deleted{': ' if details else ''}{'; '.join(details)}"


def _namespace_details(live: Object) -> list[str]:
    """A namespace that stays says in its conditions what is left in it, and which finalizers hold that."""
    if live.get("kind") != "Namespace":
        return []
    return [condition["message"] for condition in conditions(live) if condition.get("status") == "True"]


def _bad_conditions(live: Object) -> list[str]:
    return [
        f"{condition.get('type')}: {condition.get('reason', '')}: {condition['message']}"
        for condition in conditions(live)
        if condition.get("message") and _is_bad(condition)
    ]


def _is_bad(condition: Object) -> bool:
    # Most conditions are good when true; those whose name says failure are not.
    failure = str(condition.get("type", "")).endswith(("Failure", "Failed", "Pressure"))
    return bool(condition.get("status") == ("True" if failure else "False"))


def _pod_lines(pod: Object) -> list[str]:
    status = pod.get("status") or {}
    containers: list[Any] = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    # What a container says of itself first: conditions repeat that it is not ready.
    lines = [f"container {one['name']}: {told}" for one in containers if not one.get("ready") for told in _words(one)]
    lines += [
        f"{condition['type']}: {condition.get('reason', '')}: {condition.get('message', '')}"
        for condition in status.get("conditions") or []
        if condition.get("status") == "False" and condition.get("message")
    ]
    if not lines and status.get("phase") == "Pending":
        lines = ["Pending; no kubelet has taken it up"]
    return lines


def _words(container: Object) -> list[str]:
    """Why a container waits or has ended, and the last words of the one before it, as the official provider tells them
    (`provider/pkg/await/checker/pod/check.go`); of a log that stands for a message the last line."""
    state = container.get("state") or {}
    before = (container.get("lastState") or {}).get("terminated") or {}
    told = []
    for found in (state.get("waiting") or {}, state.get("terminated") or {}):
        if found.get("reason"):
            told.append(f"{found['reason']}: {_last_line(found)}".strip().rstrip(":"))
    if before:
        end = f"ended before with exit code {before.get('exitCode')} ({before.get('reason', '')})"
        told.append(f"{end}: {_last_line(before)}".strip().rstrip(":"))
    return told


def _last_line(state: Object) -> str:
    lines = str(state.get("message", "")).strip().splitlines()
    return lines[-1] if lines else ""
