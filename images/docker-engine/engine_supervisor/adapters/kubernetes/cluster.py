"""The cluster port for one node."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from engine_supervisor import names
from engine_supervisor.adapters.kubernetes import pods as node_pods
from engine_supervisor.adapters.kubernetes.connection import (
    CONFLICT,
    DAEMON_SETS,
    NODES,
    NOT_FOUND,
    ApiError,
    Connection,
    Object,
)
from engine_supervisor.adapters.kubernetes.events import Events, Regarding
from engine_supervisor.adapters.kubernetes.leases import Leases
from engine_supervisor.ports import Away, Failed, Fate
from engine_supervisor.world import Cluster, Pod

ATTEMPTS: Final = 3
"""At a patch that somebody else's change came before; the kubelet writes the node often."""


class KubernetesCluster:
    """See `ports.Cluster`."""

    def __init__(
        self,
        connection: Connection,
        *,
        node: str,
        namespace: str,
        daemon_set: str,
        pod: str,
        pod_uid: str,
        slots: Sequence[str],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Ask nothing yet. `namespace` is that of the DaemonSet, of our pod and of the Leases."""
        self._connection = connection
        self._node_name = node
        self._namespace = namespace
        self._daemon_set = daemon_set
        self._pod, self._pod_uid = pod, pod_uid
        self._slots = tuple(slots)
        self._leases = Leases(connection, namespace, node, now)
        self._events = Events(connection, pod, now)
        self._node: Object | None = None
        self._daemon_set_uid: str | None = None

    def look(self) -> Cluster:
        """See `ports.Cluster`: one request for the node, one for its pods, one a slot."""
        node = self._read_node()
        found = node_pods.on_node(self._connection, self._node_name)
        self._learn(found)
        metadata = node["metadata"]
        labels = metadata.get("labels") or {}
        return Cluster(
            node=self._node_name,
            unschedulable=bool((node.get("spec") or {}).get("unschedulable")),
            cordoned_by_us=names.NODE_ENGINE_CORDON in (metadata.get("annotations") or {}),
            labels={key: labels[key] for key in (names.NODE_ENGINE, names.NODE_ENGINE_VERSION) if key in labels},
            pods=tuple(node_pods.pod(one) for one in found),
            slots=self._leases.look(self._slots),
        )

    def fate(self) -> Fate:
        """See `ports.Cluster`. A refusal is unknown: the role may be destroyed before the DaemonSet."""
        try:
            found = self._connection.request("get", DAEMON_SETS, namespace=self._namespace, name=self._daemon_set)
        except ApiError as error:
            return "goes" if error.code == NOT_FOUND else "unknown"
        except Away:
            return "unknown"
        self._daemon_set_uid = found["metadata"]["uid"]
        return "goes" if found["metadata"].get("deletionTimestamp") else "stays"

    def cordon(self, reason: str) -> None:
        """See `ports.Cluster`."""

        def change(node: Object) -> Object | None:
            if _is_ours(node):
                return None
            if (node.get("spec") or {}).get("unschedulable"):
                raise Failed(f"{self._node_name} is cordoned by somebody else")
            return {
                "metadata": {"annotations": {names.NODE_ENGINE_CORDON: reason}},
                "spec": {"unschedulable": True},
            }

        self._change(change)

    def uncordon(self) -> None:
        """See `ports.Cluster`."""

        def change(node: Object) -> Object | None:
            if not _is_ours(node):
                return None
            return {"metadata": {"annotations": {names.NODE_ENGINE_CORDON: None}}, "spec": {"unschedulable": None}}

        self._change(change)

    def evict(self, pods: Sequence[Pod], grace_seconds: int | None) -> Mapping[str, str]:
        """See `ports.Cluster`."""
        return node_pods.evict(self._connection, pods, grace_seconds)

    def delete(self, pods: Sequence[Pod], grace_seconds: int | None) -> None:
        """See `ports.Cluster`."""
        node_pods.delete(self._connection, pods, grace_seconds)

    def take(self, slot: str) -> None:
        """See `ports.Cluster`."""
        self._leases.take(slot)

    def renew(self, slot: str) -> None:
        """See `ports.Cluster`."""
        self._leases.renew(slot)

    def free(self, slot: str) -> None:
        """See `ports.Cluster`."""
        self._leases.free(slot)

    def stop_rollout(self, slot: str, target: str) -> None:
        """See `ports.Cluster`."""
        self._leases.stop_rollout(slot, target)

    def mark(self, labels: Mapping[str, str | None], slots_per_node: int | None) -> None:
        """See `ports.Cluster`. Asks for nothing that the node had when it was last seen."""
        node = self._node or self._read_node()
        has = node["metadata"].get("labels") or {}
        if other := {key: value for key, value in sorted(labels.items()) if has.get(key) != value}:
            body: Object = {"metadata": {"labels": other}}
            self._node = self._connection.request("patch", NODES, name=self._node_name, body=body)
        wanted = None if slots_per_node is None else str(slots_per_node)
        status = node.get("status") or {}
        # The kubelet would copy the capacity into what can be allocated, in its time.
        parts = {
            part: {names.RESOURCE_BUILD_SLOT: wanted}
            for part in ("capacity", "allocatable")
            if (status.get(part) or {}).get(names.RESOURCE_BUILD_SLOT) != wanted
        }
        if parts:
            self._node = self._connection.request(
                "patch", NODES, name=self._node_name, subresource="status", body={"status": parts}
            )

    def event(self, kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """See `ports.Cluster`."""
        try:
            node = self._node or self._read_node()
        except (Failed, Away):
            return
        if self._daemon_set_uid is None:
            self.fate()
        namespace = self._namespace
        self._events.tell(
            (
                Regarding("v1", "Node", None, self._node_name, node["metadata"]["uid"]),
                Regarding("v1", "Pod", namespace, self._pod, self._pod_uid),
                Regarding("apps/v1", "DaemonSet", namespace, self._daemon_set, self._daemon_set_uid),
            ),
            kind,
            reason,
            message,
        )

    def _change(self, change: Callable[[Object], Object | None]) -> None:
        """Patch the node as it was read, or not at all: a cordon that came in between must not be taken for ours."""
        for attempt in range(ATTEMPTS):
            node = self._read_node()
            body = change(node)
            if body is None:
                return
            body["metadata"]["resourceVersion"] = node["metadata"]["resourceVersion"]
            try:
                self._node = self._connection.request("patch", NODES, name=self._node_name, body=body)
                return
            except ApiError as error:
                if error.code != CONFLICT or attempt == ATTEMPTS - 1:
                    raise

    def _read_node(self) -> Object:
        try:
            self._node = self._connection.request("get", NODES, name=self._node_name)
        except ApiError as error:
            if error.code == NOT_FOUND:
                raise Failed(f"the node {self._node_name} is not in the cluster any more") from error
            raise
        # Long, and of no use here.
        self._node["metadata"].pop("managedFields", None)
        self._node.get("status", {}).pop("images", None)
        return self._node

    def _learn(self, found: Sequence[Object]) -> None:
        """The DaemonSet's uid from our own pod, which spares a request."""
        for one in found:
            if one["metadata"]["uid"] == self._pod_uid:
                for owner in one["metadata"].get("ownerReferences") or ():
                    if owner.get("kind") == "DaemonSet" and owner.get("name") == self._daemon_set:
                        self._daemon_set_uid = owner["uid"]


def _is_ours(node: Object) -> bool:
    return names.NODE_ENGINE_CORDON in (node["metadata"].get("annotations") or {})
