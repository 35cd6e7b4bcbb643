"""The ends of operations: which are due, whose turn it is, and what becomes of the nodes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.azure import lifecycle, nodes
from sandbox.azure.admission.request import label
from sandbox.azure.records import World
from sandbox.azure.settings import Settings
from sandbox.azure.store import Store
from sandbox.azure.values import Object


class Settling:
    """Ends what is due in one store, whoever began it."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def settle(self, *, only: int | None = None, orphans_only: bool = False) -> None:
        """End what is due.

        What changes nodes is left to whoever waits for it while that process lives (`orphans_only`): until the nodes
        are in line the operation is under way, and a second one on the cluster is refused as Azure would.
        """
        now = self._clock()
        for operation in World(self._store.read(), now).running():
            if operation["ends"] > now:
                continue
            if not operation["nodes"] or operation["error"] or self._target(operation) is None:
                self._end(operation)
            elif only in (None, operation["number"]) and (not orphans_only or lifecycle.is_orphan(operation)):
                # Whoever has the lock brings the nodes in line; its own waiter comes back, all others go on.
                with self._store.locked("nodes.lock", block=False) as mine:
                    if mine:
                        self._end_with_nodes(operation)

    def _target(self, operation: Object) -> Path | None:
        """The kubeconfig of the cluster whose nodes an operation changes."""
        world = World(self._store.read(), self._clock())
        record = world.find(operation["id"])
        if record is None:
            return None
        for item in [record, *world.below(record["id"])]:
            found = nodes.kubeconfig_of(world, item) if nodes.affects_nodes(item) else None
            if found is not None:
                return found
        return None

    def _end_with_nodes(self, operation: Object) -> None:
        world = World(self._store.read(), self._clock())
        target = self._target(operation)
        if world.state["operations"].get(str(operation["number"]), {}).get("status") != "running" or target is None:
            return
        error: Object | None = None
        try:
            plan = nodes.plan(world, target, ending=operation)
            nodes.bring_in_line(
                plan, drain_seconds_per_minute=Settings.of(self._store.settings()).drain_seconds_per_minute
            )
        except Exception as failure:
            # Whatever the cluster did: the operation fails as Azure's would, and can be repeated.
            error = {
                "status": 500,
                "code": "ReconcileVMSSAgentPoolFailed",
                "message": f"{label(operation['token'], operation['id'])}: its nodes could not be made: {failure}",
                "retry_after": None,
            }
        self._end(operation, error)

    def _end(self, operation: Object, error: Object | None = None) -> None:
        with self._store.transaction() as state:
            world = World(state, self._clock())
            lifecycle.forget_deleted(world)
            found = state["operations"].get(str(operation["number"]))
            if found is not None and found["status"] == "running":
                lifecycle.end(world, found, error)

    def bring_nodes_in_line(self, resource_id: str) -> None:
        """Bring nodes in line outside of any operation."""
        world = World(self._store.read(), self._clock())
        record = world.find(resource_id)
        target = nodes.kubeconfig_of(world, record) if record is not None and nodes.affects_nodes(record) else None
        if target is not None:
            with self._store.locked("nodes.lock"):
                plan = nodes.plan(World(self._store.read(), self._clock()), target, ending=None)
                nodes.bring_in_line(
                    plan, drain_seconds_per_minute=Settings.of(self._store.settings()).drain_seconds_per_minute
                )
