"""The supervisor's port to the API server, with each call that changes something as one step of the node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from engine_supervisor import ports, world
from engine_supervisor.world import Pod
from sandbox.windows_nodes.steps import Steps


class CountedCluster:
    """Wraps the real adapter; adds nothing but the count and what it brings: being killed there."""

    def __init__(self, steps: Steps, inner: ports.Cluster) -> None:
        self._step = steps.step
        self._inner = inner

    def look(self) -> world.Cluster:
        """See `ports.Cluster`."""
        return self._inner.look()

    def fate(self) -> ports.Fate:
        """See `ports.Cluster`."""
        return self._inner.fate()

    def cordon(self, reason: str) -> None:
        """See `ports.Cluster`."""
        with self._step("cordon"):
            self._inner.cordon(reason)

    def uncordon(self) -> None:
        """See `ports.Cluster`."""
        with self._step("uncordon"):
            self._inner.uncordon()

    def evict(self, pods: Sequence[Pod], grace_seconds: int | None) -> Mapping[str, str]:
        """See `ports.Cluster`."""
        with self._step("evict"):
            return self._inner.evict(pods, grace_seconds)

    def delete(self, pods: Sequence[Pod], grace_seconds: int | None) -> None:
        """See `ports.Cluster`."""
        with self._step("delete"):
            self._inner.delete(pods, grace_seconds)

    def take(self, slot: str) -> None:
        """See `ports.Cluster`."""
        with self._step("take"):
            self._inner.take(slot)

    def renew(self, slot: str) -> None:
        """See `ports.Cluster`."""
        with self._step("renew"):
            self._inner.renew(slot)

    def free(self, slot: str) -> None:
        """See `ports.Cluster`."""
        with self._step("free"):
            self._inner.free(slot)

    def stop_rollout(self, slot: str, target: str) -> None:
        """See `ports.Cluster`."""
        with self._step("stop_rollout"):
            self._inner.stop_rollout(slot, target)

    def mark(self, labels: Mapping[str, str | None], slots_per_node: int | None) -> None:
        """See `ports.Cluster`."""
        with self._step("mark"):
            self._inner.mark(labels, slots_per_node)

    def event(self, kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """See `ports.Cluster`."""
        with self._step("event"):
            self._inner.event(kind, reason, message)
