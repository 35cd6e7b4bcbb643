"""Nodes of the simulated Azure in a real cluster: what drains do to pods, and what disruption budgets do to drains."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.control_plane import Api, Binaries, ControlPlane, stop
from tests.unit.sandbox.azure_world import Fixture, cluster_inputs, pool_inputs

pytestmark = pytest.mark.engine

CLUSTER = "containerservice:ManagedCluster"
POOL = "containerservice:AgentPool"
TAINT = "sku=Build:NoSchedule"
LIN = {
    "count": 2.0,
    "nodeLabels": {"buildfleet.dev/pool": "lin"},
    "nodeTaints": [TAINT],
    "availabilityZones": ["1", "2"],
    "upgradeSettings": {"maxSurge": "1", "drainTimeoutInMinutes": 20.0},
}
DRAIN_SECONDS = 2.0
"""20 minutes, as the simulation's default scales them."""
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
SELECTED = {"matchLabels": {"app": "agents"}}


@pytest.fixture(scope="module")
def control_plane(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[ControlPlane]:
    directory = tmp_path_factory.mktemp("nodes") / "cluster"
    control_plane = ControlPlane(directory, binaries, context="nodes")
    try:
        control_plane.start()
        yield control_plane
    finally:
        stop(directory, erase=True)


@pytest.fixture
def api(control_plane: ControlPlane) -> Iterator[Api]:
    with Api(control_plane.kubeconfig) as api:
        yield api


@pytest.fixture
def world(control_plane: ControlPlane, tmp_path: Path) -> Iterator[Fixture]:
    """A cluster at 1.34 with the pool `lin` of two nodes."""
    world = Fixture(tmp_path / "azure", control_plane.kubeconfig)
    made = world.cluster(kubernetesVersion="1.34")
    world.pool(**LIN, orchestratorVersion="1.34")
    yield world
    world.delete(CLUSTER, str(made["id"]))


@pytest.fixture
def agents(world: Fixture, api: Api) -> Iterator[None]:
    """Two pods that run nowhere but on `lin`."""
    template = {
        "metadata": {"labels": SELECTED["matchLabels"]},
        "spec": {
            "nodeSelector": LIN["nodeLabels"],
            "tolerations": [{"key": "sku", "operator": "Exists"}],
            "containers": [{"name": "agent", "image": "agent"}],
        },
    }
    spec = {"replicas": 2, "selector": SELECTED, "template": template}
    metadata = {"name": "agents"}
    api.create(DEPLOYMENTS, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    await_running(api, 2)
    yield
    api.delete(f"{DEPLOYMENTS}/agents")


@pytest.fixture
def budget(agents: None, api: Api) -> Iterator[None]:
    """Neither of the two may go."""
    spec = {"minAvailable": 2, "selector": SELECTED}
    metadata = {"name": "agents"}
    api.create(BUDGETS, {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec})
    wait_until(lambda: api.get(f"{BUDGETS}/agents").get("status", {}).get("currentHealthy") == 2)
    yield
    api.delete(f"{BUDGETS}/agents")


def nodes(api: Api) -> dict[str, str]:
    """Kubelet versions of the nodes of `lin`."""
    found = [node for node in api.get("/api/v1/nodes")["items"] if node["metadata"]["labels"]["agentpool"] == "lin"]
    return {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"] for node in found}


def pods(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v1/namespaces/default/pods")["items"]
    return found


def uids(api: Api) -> set[str]:
    return {pod["metadata"]["uid"] for pod in pods(api)}


def wait_until(holds: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not within its time"
        time.sleep(0.05)


def await_running(api: Api, count: int) -> None:
    wait_until(lambda: [pod["status"].get("phase") for pod in pods(api)].count("Running") == count)


def upgrade(world: Fixture) -> float:
    """Upgrade cluster and pool to 1.35; how many seconds the pool took."""
    world.update(CLUSTER, **cluster_inputs(kubernetesVersion="1.35"))
    began = time.monotonic()
    world.update(POOL, **pool_inputs(**LIN, orchestratorVersion="1.35"))
    return time.monotonic() - began


def test_an_upgrade_evicts_the_pods_and_they_run_again_on_the_upgraded_nodes(
    world: Fixture, api: Api, agents: None
) -> None:
    before, names = uids(api), set(nodes(api))
    assert set(nodes(api).values()) == {"v1.34.6"}
    upgrade(world)
    assert nodes(api) == dict.fromkeys(names, "v1.35.4")
    await_running(api, 2)
    assert not uids(api) & before


def test_a_disruption_budget_holds_a_drain_up_for_as_long_as_the_pool_says(
    world: Fixture, api: Api, budget: None
) -> None:
    before = uids(api)
    assert upgrade(world) >= DRAIN_SECONDS
    assert set(nodes(api).values()) == {"v1.35.4"}
    await_running(api, 2)
    assert not uids(api) & before


def test_a_pool_that_is_deleted_takes_its_pods_along_and_leaves_none_that_seem_to_run(
    world: Fixture, api: Api, budget: None
) -> None:
    began = time.monotonic()
    world.delete(POOL, world.id(POOL, **pool_inputs()))
    assert time.monotonic() - began < DRAIN_SECONDS, "AKS does not drain a pool that it deletes"
    assert nodes(api) == {}
    wait_until(lambda: [pod["status"].get("phase") for pod in pods(api)] == ["Pending"] * 2)
    assert all("nodeName" not in pod["spec"] for pod in pods(api))
    assert world.pool(**LIN)["currentOrchestratorVersion"] == "1.34.6"
    await_running(api, 2)
