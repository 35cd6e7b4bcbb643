"""The kubelets of all simulated Windows nodes: what follows from the nodes and pods that the API server tells of.

Owns the life of each node's store, made and erased with its Node; which pods have a network endpoint on it; and which
pod is run by whom: the engine's by `pod_run`, those that work by `work`. All other pods are kwok's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from components import contract
from sandbox.control_plane import ApiError
from sandbox.control_plane.components import ENGINE
from sandbox.nodes.node import SIMULATED
from sandbox.windows_nodes import machine, places
from sandbox.windows_nodes.pod_run import PodRun, Sandbox
from sandbox.windows_nodes.store import nodes
from sandbox.windows_nodes.work import Workers, works

Object = dict[str, Any]

NODES: Final = "/api/v1/nodes"
PODS: Final = "/api/v1/pods"
PAUSE_SECONDS: Final = 0.5
WINDOWS_BUILD: Final = "node.kubernetes.io/windows-build"
_GIB: Final = 1024**3


class Kubelet:
    """Follows nodes and pods, each by one watch, for ever."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.RLock()
        self._nodes: set[str] = set()
        self._pods: dict[str, Object] = {}
        self._runs: dict[str, PodRun] = {}
        self._workers = Workers(sandbox.api)
        self._synced: set[str] = set()

    def start(self) -> None:
        """Begin; returns at once."""
        self._workers.start()
        for path, follow, gone in ((NODES, self._node, self._node_gone), (PODS, self._pod, self._pod_gone)):
            threading.Thread(target=self._follow, args=(path, follow, gone), name=path, daemon=True).start()

    def well(self) -> bool:
        """Whether nodes and pods are known."""
        return self._synced == {NODES, PODS}

    def _follow(self, path: str, changed: Callable[[Object], None], gone: Callable[[Object], None]) -> None:
        known: dict[str, Object] = {}
        while True:
            try:
                listed = self._sandbox.api.get(path)
                now = {item["metadata"]["uid"]: item for item in listed["items"]}
                for uid in known.keys() - now.keys():
                    gone(known.pop(uid))
                for uid, item in now.items():
                    known[uid] = item
                    changed(item)
                if path == NODES and path not in self._synced:
                    self._forget_others()
                self._synced.add(path)
                since = listed["metadata"]["resourceVersion"]
                while True:
                    for event in self._sandbox.api.watch(path, since=since):
                        item = event["object"]
                        since = item["metadata"]["resourceVersion"]
                        if event["type"] == "DELETED":
                            known.pop(item["metadata"]["uid"], None)
                            gone(item)
                        else:
                            known[item["metadata"]["uid"]] = item
                            changed(item)
            except ApiError:
                # The API server is away or has forgotten this version: list anew.
                time.sleep(PAUSE_SECONDS)

    # Nodes

    def _node(self, node: Object) -> None:
        metadata = node["metadata"]
        name = metadata["name"]
        with self._lock:
            if (
                name in self._nodes
                or metadata.get("annotations", {}).get(SIMULATED) != "true"
                or metadata["labels"].get(contract.LABEL_OS) != "windows"
            ):
                return
            store = places.store(self._sandbox.directory, name)
            if not store.exists():
                store.create(
                    machine.fresh(
                        node=name,
                        build=metadata["labels"].get(WINDOWS_BUILD, "").rpartition(".")[2],
                        disk_bytes=_bytes(node["status"]["capacity"]["ephemeral-storage"]),
                        now=time.time(),
                    )
                )
            self._nodes.add(name)
            for pod in [pod for pod in self._pods.values() if pod["spec"].get("nodeName") == name]:
                self._pod(pod)

    def _forget_others(self) -> None:
        """Nodes that vanished while nobody looked."""
        with self._lock:
            for name in set(nodes(places.stores(self._sandbox.directory))) - self._nodes:
                places.store(self._sandbox.directory, name).erase()

    def _node_gone(self, node: Object) -> None:
        name = node["metadata"]["name"]
        with self._lock:
            if name not in self._nodes:
                return
            self._nodes.discard(name)
            for uid, pod in self._pods.items():
                if pod["spec"].get("nodeName") == name and uid in self._runs:
                    self._runs.pop(uid).lost(node=True)
            places.store(self._sandbox.directory, name).erase()

    # Pods

    def _pod(self, pod: Object) -> None:
        uid, node = pod["metadata"]["uid"], pod["spec"].get("nodeName")
        with self._lock:
            self._pods[uid] = pod
            if node is None:
                return
            if works(pod):
                self._workers.update(pod)
            if node not in self._nodes:
                return
            if _is_engines(pod):
                self._run(pod)
            else:
                self._endpoint(pod)

    def _pod_gone(self, pod: Object) -> None:
        uid, node = pod["metadata"]["uid"], pod["spec"].get("nodeName")
        with self._lock:
            self._pods.pop(uid, None)
            self._workers.forget(uid)
            if uid in self._runs:
                self._runs.pop(uid).lost(node=False)
            elif node in self._nodes:
                with places.store(self._sandbox.directory, node).transaction() as state:
                    machine.settle(state, time.time())
                    machine.detach(state, uid)

    def _run(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if uid in self._runs:
            self._runs[uid].update(pod)
        else:
            self._runs[uid] = PodRun(self._sandbox, pod)
            self._runs[uid].start()

    def _endpoint(self, pod: Object) -> None:
        """Pods that the kubelet took have an endpoint, until they have ended; those on the host's network never."""
        status = pod.get("status", {})
        if pod["spec"].get("hostNetwork") or "startTime" not in status:
            return
        with places.store(self._sandbox.directory, pod["spec"]["nodeName"]).transaction() as state:
            machine.settle(state, time.time())
            metadata = pod["metadata"]
            if status.get("phase") in ("Succeeded", "Failed"):
                machine.detach(state, metadata["uid"])
            else:
                machine.attach(state, metadata["uid"], f"{metadata['namespace']}/{metadata['name']}", time.time())


def _is_engines(pod: Object) -> bool:
    return bool(pod["metadata"].get("labels", {}).get(contract.LABEL_COMPONENT) == ENGINE)


def _bytes(quantity: str) -> int:
    """Of a simulated node's disk, which is given in Gi."""
    return int(quantity.removesuffix("Gi")) * _GIB
