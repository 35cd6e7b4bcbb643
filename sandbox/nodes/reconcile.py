"""Make the cluster's simulated nodes those of the given pools."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.control_plane import Api, ControlPlaneError
from sandbox.nodes.node import SIMULATED, node
from sandbox.nodes.pool import SimulatedPool

NODES = "/api/v1/nodes"
READY_SECONDS = 60.0
POLL_SECONDS = 0.1

_CONTROLLERS_TAINTS = "node.kubernetes.io/"


def simulate(kubeconfig: Path, pools: Sequence[SimulatedPool], *, keep_surplus: bool = False) -> None:
    """Add, change and remove simulated nodes until they are those of `pools`, and wait until all are ready.

    Nodes of pools that are gone, and the last ones of pools that shrank, are removed with their pods, as when
    machines are deleted; with `keep_surplus` they stay, for a stack that has yet to move off them. Nodes that others
    made are not touched. Repeating it changes nothing. Raises `ValueError` for two pools of one name, `ApiError`, and
    `ControlPlaneError` that names the nodes when some are not ready within a minute.
    """
    twice = sorted(name for name, times in Counter(pool.name for pool in pools).items() if times > 1)
    if twice:
        raise ValueError(f"node pool names must differ; more than once: {', '.join(twice)}")
    with Api(kubeconfig) as api:
        version = str(api.get("/version")["gitVersion"])
        wanted = {
            made["metadata"]["name"]: made
            for pool in pools
            for made in (node(pool, index, version=version) for index in range(pool.count))
        }
        found = _simulated(api)
        if not keep_surplus:
            for name in sorted(found.keys() - wanted.keys()):
                remove(api, name)
        for name in sorted(wanted):
            _apply(api, wanted[name], found.get(name))
        _await_ready(api, set(wanted))


def _simulated(api: Api) -> dict[str, dict[str, Any]]:
    return {
        item["metadata"]["name"]: item
        for item in api.get(NODES)["items"]
        if item["metadata"].get("annotations", {}).get(SIMULATED) == "true"
    }


def _apply(api: Api, wanted: dict[str, Any], found: dict[str, Any] | None) -> None:
    """Apply metadata and taints, then the status.

    A new node takes its status along, as a kubelet's does: kwok, which initializes it at once, keeps what is there
    and would else make up an address and a capacity. An existing node ignores the status in the first request.
    """
    name = wanted["metadata"]["name"]
    taints = [*wanted["spec"]["taints"], *_controllers_taints(found)]
    api.apply(f"{NODES}/{name}", {**wanted, "spec": {"taints": taints}})
    api.apply(f"{NODES}/{name}/status", {**wanted, "metadata": {"name": name}, "spec": {}})


def _controllers_taints(found: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Taints for cordons and lost nodes: the list of taints is applied as a whole, so they are handed back."""
    taints = [] if found is None else found["spec"].get("taints", [])
    return [taint for taint in taints if taint["key"].startswith(_CONTROLLERS_TAINTS)]


def remove(api: Api, name: str) -> None:
    """Delete a node and, at once, what ran on it: there is no kubelet left that could end it gracefully."""
    api.delete(f"{NODES}/{name}")
    for pod in api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={name}")["items"]:
        metadata = pod["metadata"]
        api.delete(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}", grace_seconds=0)


def _await_ready(api: Api, names: set[str]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while waiting := names - {name for name, item in _simulated(api).items() if _ready(item)}:
        if time.monotonic() > deadline:
            raise ControlPlaneError(
                f"Simulated nodes not ready after {READY_SECONDS:.0f} seconds: {', '.join(sorted(waiting))}. "
                "kwok plays their kubelets; its log is logs/kwok.log in the sandbox's folder."
            )
        time.sleep(POLL_SECONDS)


def _ready(item: dict[str, Any]) -> bool:
    """Whether the node is ready and the taint that kept pods off until then is gone."""
    conditions = {condition["type"]: condition["status"] for condition in item["status"].get("conditions", [])}
    taints = {taint["key"] for taint in item["spec"].get("taints", [])}
    return conditions.get("Ready") == "True" and "node.kubernetes.io/not-ready" not in taints
