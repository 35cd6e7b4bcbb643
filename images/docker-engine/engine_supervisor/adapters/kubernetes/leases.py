"""The slots of the rollout: Leases that the component makes and the supervisors take.

Each write carries the resourceVersion of what was read, so that of two nodes that want a slot one is told no.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from engine_supervisor import names
from engine_supervisor.adapters.kubernetes.connection import (
    CONFLICT,
    LEASES,
    NOT_FOUND,
    ApiError,
    Connection,
    Object,
)
from engine_supervisor.adapters.kubernetes.pods import seconds
from engine_supervisor.ports import Failed
from engine_supervisor.world import Slot

DURATION_SECONDS: Final = 600
"""A supervisor that crashes is started again after five minutes at the latest; its slot has to outlive that."""

SKEW_SECONDS: Final = 30.0
"""By how much the clocks of two nodes may differ without one's slot being taken by the other early."""


class Leases:
    """The Leases of one pool."""

    def __init__(self, connection: Connection, namespace: str, node: str, now: Callable[[], float]) -> None:
        self._connection = connection
        self._namespace = namespace
        self._node = node
        self._now = now

    def look(self, slots: Sequence[str]) -> tuple[Slot, ...]:
        """The slots that are there."""
        found = []
        for name in slots:
            try:
                lease = self._read(name)
            except ApiError as error:
                if error.code != NOT_FOUND:
                    raise
                continue
            spec, annotations = lease.get("spec") or {}, lease["metadata"].get("annotations") or {}
            found.append(
                Slot(
                    name=name,
                    holder=spec.get("holderIdentity") or None,
                    expired=self._is_expired(spec),
                    stopped=annotations.get(names.LEASE_STOPPED) or None,
                )
            )
        return tuple(found)

    def take(self, slot: str) -> None:
        """Take a slot that is free, expired or ours."""
        lease = self._read(slot)
        spec = dict(lease.get("spec") or {})
        holder = spec.get("holderIdentity") or None
        if holder not in (None, self._node) and not self._is_expired(spec):
            raise Failed(f"{slot} is held by {holder}")
        time = self._time()
        if holder != self._node:
            spec["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + 1
            spec["acquireTime"] = time
        spec.update(holderIdentity=self._node, leaseDurationSeconds=DURATION_SECONDS, renewTime=time)
        self._write({**lease, "spec": spec})

    def renew(self, slot: str) -> None:
        """Renew our slot."""
        lease = self._ours(slot)
        self._write({**lease, "spec": {**lease["spec"], "renewTime": self._time()}})

    def free(self, slot: str) -> None:
        """Give our slot back; another's is left alone."""
        lease = self._read(slot)
        spec = dict(lease.get("spec") or {})
        if spec.get("holderIdentity") != self._node:
            return
        for key in ("holderIdentity", "acquireTime", "renewTime", "leaseDurationSeconds"):
            spec.pop(key, None)
        self._write({**lease, "spec": spec})

    def stop_rollout(self, slot: str, target: str) -> None:
        """Note that a target failed."""
        lease = self._read(slot)
        metadata = lease["metadata"]
        annotations = {**(metadata.get("annotations") or {}), names.LEASE_STOPPED: target}
        self._write({**lease, "metadata": {**metadata, "annotations": annotations}})

    def _ours(self, slot: str) -> Object:
        lease = self._read(slot)
        holder = (lease.get("spec") or {}).get("holderIdentity")
        if holder != self._node:
            raise Failed(f"{slot} is held by {holder or 'nobody'}, no longer by this node")
        return lease

    def _read(self, slot: str) -> Object:
        return self._connection.request("get", LEASES, namespace=self._namespace, name=slot)

    def _write(self, lease: Object) -> None:
        name = lease["metadata"]["name"]
        try:
            self._connection.request("update", LEASES, namespace=self._namespace, name=name, body=lease)
        except ApiError as error:
            if error.code == CONFLICT:
                raise Failed(f"another node was faster with {name}") from error
            raise

    def _is_expired(self, spec: dict[str, Any]) -> bool:
        renewed = seconds(spec.get("renewTime"))
        if not spec.get("holderIdentity") or renewed is None:
            return False
        return self._now() > renewed + float(spec.get("leaseDurationSeconds") or DURATION_SECONDS) + SKEW_SECONDS

    def _time(self) -> str:
        """The time now, as a Lease has it: with microseconds."""
        return datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
