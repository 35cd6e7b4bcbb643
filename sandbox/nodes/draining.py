"""Draining: cordon nodes and evict their pods, as whoever takes a node away does before.

Evictions are the API server's: a PodDisruptionBudget refuses them. Pods of DaemonSets stay, as they would come back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import httpx2

from sandbox.control_plane import Api, ApiError

NODES = "/api/v1/nodes"
POLL_SECONDS = 0.1


def drain(
    kubeconfig: Path, picked: Callable[[dict[str, Any]], bool], *, timeout_seconds: float
) -> tuple[list[str], list[str]]:
    """Drain all simulated nodes that `picked` takes, at once.

    Returns the names of the nodes, and the pods, as `namespace/name`, that are still there when `timeout_seconds` are
    over. The nodes stay cordoned. Raises `ApiError`.
    """
    with Api(kubeconfig) as api:
        nodes = [item["metadata"]["name"] for item in api.get(NODES)["items"] if picked(item)]
        for name in nodes:
            api.request(
                "PATCH",
                f"{NODES}/{name}",
                body={"spec": {"unschedulable": True}},
                content_type="application/merge-patch+json",
            )
        deadline = time.monotonic() + timeout_seconds
        while (left := _evictable(api, set(nodes))) and _evict(api, left, deadline):
            time.sleep(POLL_SECONDS)
        return nodes, left


def _evict(api: Api, pods: list[str], deadline: float) -> bool:
    """Ask for the end of each; False when the time is over."""
    for pod in pods:
        namespace, name = pod.split("/")
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
        try:
            api.request("POST", f"/api/v1/namespaces/{namespace}/pods/{name}/eviction", body=body)
        except ApiError as error:
            # Gone already, or kept by a disruption budget until another pod of its kind is ready.
            if error.code not in (httpx2.codes.NOT_FOUND, httpx2.codes.TOO_MANY_REQUESTS):
                raise
        if time.monotonic() >= deadline:
            return False
    return True


def _evictable(api: Api, nodes: Collection[str]) -> list[str]:
    return sorted(
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in api.get("/api/v1/pods")["items"]
        if pod["spec"].get("nodeName") in nodes
        and pod["status"].get("phase") not in ("Succeeded", "Failed")
        and not any(owner["kind"] in ("DaemonSet", "Node") for owner in pod["metadata"].get("ownerReferences", []))
    )
