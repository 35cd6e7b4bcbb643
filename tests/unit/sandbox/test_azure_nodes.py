"""The nodes that follow the simulated Azure's clusters: which shall be, with what on them, and how they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.azure import AzureError, nodes
from sandbox.azure.records import World
from sandbox.azure.settling import Settling
from sandbox.azure.store import Store
from sandbox.control_plane import ApiError
from sandbox.nodes import SimulatedPool, drain
from sandbox.nodes.node import node
from tests.unit.sandbox.azure_world import GROUP, NEVER, Fixture, cluster_inputs, pool_inputs, windows_inputs

CLUSTER = "containerservice:ManagedCluster"
POOL = "containerservice:AgentPool"


class Nodes:
    """Stands for the sandbox's cluster: keeps every plan that it is brought in line with."""

    def __init__(self) -> None:
        self.plans: list[nodes.Plan] = []
        self.fails = False

    def __call__(self, plan: nodes.Plan, *, drain_seconds_per_minute: float) -> list[str]:
        if self.fails:
            raise RuntimeError("kwok is gone")
        self.plans.append(plan)
        return []

    @property
    def last(self) -> dict[str, SimulatedPool]:
        return {pool.name: pool for pool in self.plans[-1].pools}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Nodes:
    made = Nodes()
    monkeypatch.setattr(nodes, "bring_in_line", made)
    return made


@pytest.fixture
def world(tmp_path: Path) -> Fixture:
    (tmp_path / "kubeconfig").write_text("{}")
    return Fixture(tmp_path / "azure", tmp_path / "kubeconfig")


def test_a_cluster_brings_its_inline_nodes_and_a_pool_its_own(world: Fixture, cluster: Nodes) -> None:
    world.cluster(nodeResourceGroup="fleet-nodes")
    assert list(cluster.last) == ["system"]
    world.pool(
        **windows_inputs(
            nodeLabels={"buildfleet.dev/pool": "win"},
            nodeTaints=["sku=Windows:NoSchedule"],
            availabilityZones=["1", "2"],
            maxPods=60.0,
            osDiskSizeGB=256.0,
        )
    )
    pool = cluster.last["win25"]
    assert (pool.os, pool.os_sku, pool.count, pool.vm_size) == ("windows", "Windows2025", 1, "Standard_D8ds_v5")
    assert (pool.max_pods, pool.os_disk_gib, pool.version) == (60, 256, "1.35.4")
    assert pool.zones == ["westeurope-1", "westeurope-2"]
    assert pool.taints == [("sku", "Windows", "NoSchedule")]
    assert pool.labels == {
        "buildfleet.dev/pool": "win",
        "kubernetes.azure.com/agentpool": "win25",
        "kubernetes.azure.com/cluster": "fleet-nodes",
        "kubernetes.azure.com/mode": "user",
        "kubernetes.azure.com/role": "agent",
        "topology.kubernetes.io/region": "westeurope",
    }


def test_the_autoscaler_changes_the_number_of_nodes_at_once(world: Fixture, cluster: Nodes) -> None:
    world.cluster()
    pool = world.pool()["id"]
    world.azure.scale(pool, 4)
    assert cluster.last["lin"].count == 4
    world.azure.scale(pool, 0)
    assert cluster.last["lin"].count == 0


def test_a_deleted_pool_is_not_drained_but_all_others_may_be(world: Fixture, cluster: Nodes) -> None:
    world.cluster()
    pool = world.pool(upgradeSettings={"maxSurge": "1", "drainTimeoutInMinutes": 90.0})["id"]
    assert (cluster.plans[-1].drain_minutes["lin"], cluster.plans[-1].erased) == (90, frozenset())
    world.delete(POOL, pool)
    assert list(cluster.last) == ["system"]
    assert cluster.plans[-1].erased == {"lin"}


def test_a_deleted_pool_of_azure_local_is_drained(world: Fixture, cluster: Nodes) -> None:
    from tests.unit.sandbox.test_azure_admission import local_pool, site

    site(world, windowsNodePools=True)
    pool = local_pool(world, "lin", windows=False)["id"]
    world.delete("resources:Resource", str(pool))
    assert cluster.last == {}
    assert (set(cluster.plans[-1].drain_minutes), cluster.plans[-1].erased) == ({"lin"}, frozenset())


@pytest.mark.parametrize("group", [False, True])
def test_the_nodes_of_a_deleted_cluster_go_without_a_drain(world: Fixture, cluster: Nodes, group: bool) -> None:
    made = world.cluster()
    world.pool()
    if group:
        world.delete("resources:ResourceGroup", world.id("resources:ResourceGroup", resourceGroupName="ci"))
    else:
        world.delete(CLUSTER, str(made["id"]))
    assert cluster.last == {}
    assert cluster.plans[-1].erased == {"lin", "system"}


def test_an_upgrade_reaches_the_nodes_when_it_ends(world: Fixture, cluster: Nodes) -> None:
    made = world.cluster()
    world.pool(orchestratorVersion="1.35")
    world.update(CLUSTER, **cluster_inputs(kubernetesVersion="1.36"))
    assert {name: pool.version for name, pool in cluster.last.items()} == {"lin": "1.35.4", "system": "1.35.4"}
    world.update(POOL, **pool_inputs(orchestratorVersion="1.36"))
    assert {name: pool.version for name, pool in cluster.last.items()} == {"lin": "1.36.2", "system": "1.35.4"}
    world.azure.upgrade_pool(f"{made['id']}/agentPools/system", "1.36")
    assert {name: pool.version for name, pool in cluster.last.items()} == {"lin": "1.36.2", "system": "1.36.2"}


def inline(**changes: Any) -> Any:
    return [{**cluster_inputs()["agentPoolProfiles"][0], **changes}]


def test_a_minor_means_its_newest_patch_from_birth_for_each_pool(world: Fixture, cluster: Nodes) -> None:
    made = world.cluster(agentPoolProfiles=inline(orchestratorVersion="1.34"))
    pool = world.pool(orchestratorVersion="1.33")
    assert {name: pool.version for name, pool in cluster.last.items()} == {"lin": "1.33.8", "system": "1.34.6"}
    assert (made["currentKubernetesVersion"], made["kubernetesVersion"]) == ("1.35.4", "1.35")
    assert made["agentPoolProfiles"][0]["currentOrchestratorVersion"] == "1.34.6"
    assert (pool["currentOrchestratorVersion"], pool["orchestratorVersion"]) == ("1.33.8", "1.33")


def test_an_inline_pool_with_a_version_of_its_own_follows_that(world: Fixture, cluster: Nodes) -> None:
    world.cluster(agentPoolProfiles=inline(orchestratorVersion="1.35"))
    behind = cluster_inputs(kubernetesVersion="1.36", agentPoolProfiles=inline(orchestratorVersion="1.35"))
    assert world.update(CLUSTER, **behind)["currentKubernetesVersion"] == "1.36.2"
    assert cluster.last["system"].version == "1.35.4"
    after = cluster_inputs(kubernetesVersion="1.36", agentPoolProfiles=inline(orchestratorVersion="1.36"))
    assert world.update(CLUSTER, **after)["agentPoolProfiles"][0]["currentOrchestratorVersion"] == "1.36.2"
    assert cluster.last["system"].version == "1.36.2"
    with pytest.raises(AzureError, match=r"becomes 1\.36\.2: system states 1\.35"):
        world.update(CLUSTER, **behind)


def test_the_minor_that_is_there_already_is_no_upgrade_to_its_newest_patch(world: Fixture, cluster: Nodes) -> None:
    world.cluster(kubernetesVersion="1.35.1", agentPoolProfiles=inline(orchestratorVersion="1.35.1"))
    world.pool(orchestratorVersion="1.35.1")
    same = cluster_inputs(kubernetesVersion="1.35", agentPoolProfiles=inline(orchestratorVersion="1.35"))
    assert world.update(CLUSTER, **same)["currentKubernetesVersion"] == "1.35.1"
    world.update(POOL, **pool_inputs(orchestratorVersion="1.35"))
    assert {pool.version for pool in cluster.last.values()} == {"1.35.1"}


def test_a_pool_that_is_being_made_has_no_nodes_yet(world: Fixture, cluster: Nodes) -> None:
    world.cluster()
    world.settings(seconds={POOL: 60})
    operation = world.begin(POOL, **pool_inputs())
    count = len(cluster.plans)
    world.get(POOL, operation.resource_id)
    assert len(cluster.plans) == count
    world.clock.now += 61
    assert (world.get(POOL, operation.resource_id) or {})["provisioningState"] == "Succeeded"
    assert "lin" in cluster.last


def test_until_the_nodes_are_there_the_operation_is_under_way(world: Fixture, cluster: Nodes) -> None:
    world.cluster()
    operation = world.begin(POOL, **pool_inputs())
    with pytest.raises(AzureError, match="is in progress"):
        world.begin(POOL, **pool_inputs(agentPoolName="other"))
    world.azure.wait(operation, NEVER)
    world.begin(POOL, **pool_inputs(agentPoolName="other"))


def test_what_a_dead_process_began_is_ended_by_the_next_that_comes(world: Fixture, cluster: Nodes) -> None:
    world.cluster()
    world.begin(POOL, **pool_inputs())
    store = Store(world.directory)
    with store.transaction() as state:
        for operation in World(state, world.clock.now).running():
            operation["pid"] = 2**22 + 1  # above the largest pid of Linux
    assert world.pool(agentPoolName="other")
    assert {"lin", "other", "system"} == set(cluster.last)


def test_nodes_that_do_not_come_fail_the_operation_which_can_be_repeated(world: Fixture, cluster: Nodes) -> None:
    world.cluster()
    cluster.fails = True
    with pytest.raises(AzureError, match="kwok is gone") as caught:
        world.pool()
    assert caught.value.code == "ReconcileVMSSAgentPoolFailed"
    cluster.fails = False
    assert world.update(POOL, **pool_inputs())["provisioningState"] == "Succeeded"
    assert "lin" in cluster.last


def test_without_the_kubeconfigs_file_no_node_is_asked_for(tmp_path: Path, cluster: Nodes) -> None:
    world = Fixture(tmp_path / "azure", tmp_path / "none")
    world.cluster()
    world.pool()
    assert cluster.plans == []
    assert isinstance(world.azure._settling, Settling)


def test_azure_locals_pools_bring_nodes_too(world: Fixture, cluster: Nodes) -> None:
    from tests.unit.sandbox.test_azure_admission import local_pool, site

    site(world, windowsNodePools=True)
    local_pool(world, count=2.0)
    local_pool(world, "lin", windows=False)
    assert {name: (pool.os, pool.os_sku, pool.count, pool.version) for name, pool in cluster.last.items()} == {
        "lin": ("linux", "CBLMariner", 1, "1.32.5"),
        "win22": ("windows", "Windows2022", 2, "1.32.5"),
    }


def born_with(world: Fixture, *, create: bool = False, version: str = "1.32.5", **changes: Any) -> dict[str, Any]:
    """The cluster on Azure Local with a pool inside of it; after `site`, an update."""
    extension = f"{GROUP}/providers/Microsoft.ExtendedLocation/customLocations/site"
    network = f"{GROUP}/providers/Microsoft.AzureStackHCI/logicalNetworks/lan"
    profile = {"name": "system", "osType": "Linux", "vmSize": "Standard_A4_v2", "count": 2.0, **changes}
    return world.put(
        "resources:Resource",
        create,
        resourceGroupName="ci",
        resourceProviderNamespace="Microsoft.Kubernetes",
        parentResourcePath="connectedClusters/site/providers/Microsoft.HybridContainerService",
        resourceType="provisionedClusterInstances",
        resourceName="default",
        apiVersion="2024-01-01",
        extendedLocation={"type": "CustomLocation", "name": extension},
        properties={
            "kubernetesVersion": version,
            "cloudProviderProfile": {"infraNetworkProfile": {"vnetSubnetIds": [network]}},
            "agentPoolProfiles": [profile],
        },
    )


def test_the_pool_that_azure_locals_cluster_is_born_with_brings_nodes_and_changes_with_it(
    world: Fixture, cluster: Nodes
) -> None:
    made = born_with_site(world)
    assert [(pool.name, pool.count, pool.os_sku) for pool in cluster.last.values()] == [("system", 2, "CBLMariner")]
    assert f"{made['id']}/agentPools/system" in dict(world.azure.resources())
    assert born_with(world, count=3.0)["properties"]["agentPoolProfiles"][0]["count"] == 3
    assert cluster.last["system"].count == 3
    born_with(world, count=3.0, nodeLabels={"a": "b"}, nodeTaints=["a=b:NoSchedule"])
    assert cluster.last["system"].labels["a"] == "b"
    assert cluster.last["system"].taints == [("a", "b", "NoSchedule")]
    born_with(world, count=3.0, version="1.33")
    assert cluster.last["system"].version == "1.33.8"
    world.delete("resources:Resource", str(made["id"]))
    assert cluster.last == {}


def test_the_machines_of_that_pool_are_what_they_were_born_as(world: Fixture, cluster: Nodes) -> None:
    born_with_site(world)
    for change in ({"vmSize": "Standard_D4s_v3"}, {"maxPods": 50.0}, {"osType": "Windows"}):
        [key] = change
        with pytest.raises(AzureError, match=rf"properties\.agentPoolProfiles\[0\]\.{key}' is not allowed") as caught:
            born_with(world, **change)
        assert caught.value.code == "PropertyChangeNotAllowed"
    assert born_with(world, maxPods=110.0)["properties"]["provisioningState"] == "Succeeded"


def test_on_azure_local_too_a_pool_that_scales_itself_keeps_its_nodes(world: Fixture, cluster: Nodes) -> None:
    bounds = {"enableAutoScaling": True, "minCount": 1.0, "maxCount": 6.0}
    made = born_with_site(world, **bounds)
    world.azure.scale(f"{made['id']}/agentPools/system", 5)
    live = world.get("resources:Resource", str(made["id"])) or {}
    assert live["properties"]["agentPoolProfiles"][0]["count"] == 5
    assert born_with(world, **bounds)["properties"]["agentPoolProfiles"][0]["count"] == 5
    assert cluster.last["system"].count == 5
    born_with(world, **{**bounds, "maxCount": 4.0})
    assert cluster.last["system"].count == 4


def born_with_site(world: Fixture, **changes: Any) -> dict[str, Any]:
    from tests.unit.sandbox.test_azure_admission import site

    connected = site(world, windowsNodePools=True)
    instance = f"{connected}/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default"
    world.delete("resources:Resource", instance)
    return born_with(world, create=True, **changes)


def test_a_node_has_the_version_and_the_zone_of_its_pool() -> None:
    pool = SimulatedPool(name="lin", os="linux", count=3, version="1.35.4", zones=("w-1", "w-2"))
    made = [node(pool, index, version="v1.36.3") for index in range(3)]
    assert {item["status"]["nodeInfo"]["kubeletVersion"] for item in made} == {"v1.35.4"}
    assert [item["metadata"]["labels"]["topology.kubernetes.io/zone"] for item in made] == ["w-1", "w-2", "w-1"]


class FakeApi:
    """An API server with two nodes and pods, one of which a disruption budget keeps."""

    def __init__(self, _: Path) -> None:
        self.calls: list[str] = FakeServer.calls

    def __enter__(self) -> FakeApi:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, path: str) -> dict[str, Any]:
        return {"items": list((FakeServer.nodes if path.endswith("nodes") else FakeServer.pods).values())}

    def request(self, method: str, path: str, **_: Any) -> dict[str, Any]:
        self.calls.append(f"{method} {path}")
        if path.endswith("/eviction"):
            name = path.split("/")[-2]
            if name in FakeServer.kept:
                raise ApiError(request=path, code=429, reason="TooManyRequests", message="disruption budget")
            del FakeServer.pods[name]
        return {}


class FakeServer:
    calls: list[str]
    kept: set[str]
    nodes: dict[str, Any]
    pods: dict[str, Any]


def pod(name: str, on: str, owner: str = "ReplicaSet") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "ci", "ownerReferences": [{"kind": owner}]},
        "spec": {"nodeName": on},
        "status": {"phase": "Running"},
    }


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> type[FakeServer]:
    monkeypatch.setattr("sandbox.nodes.draining.Api", FakeApi)
    monkeypatch.setattr("sandbox.nodes.draining.POLL_SECONDS", 0.0)
    FakeServer.calls, FakeServer.kept = [], set()
    FakeServer.nodes = {name: {"metadata": {"name": name}} for name in ("going", "staying")}
    FakeServer.pods = {
        "agent": pod("agent", "going"),
        "engine": pod("engine", "going", "DaemonSet"),
        "other": pod("other", "staying"),
    }
    return FakeServer


def test_a_drain_cordons_and_evicts_all_but_daemons(server: type[FakeServer]) -> None:
    gone, left = drain(Path("x"), lambda item: item["metadata"]["name"] == "going", timeout_seconds=5)
    assert (gone, left) == (["going"], [])
    assert server.calls == ["PATCH /api/v1/nodes/going", "POST /api/v1/namespaces/ci/pods/agent/eviction"]
    assert set(server.pods) == {"engine", "other"}


def test_a_drain_heeds_disruption_budgets_until_its_time_is_over(server: type[FakeServer]) -> None:
    server.kept = {"agent"}
    gone, left = drain(Path("x"), lambda item: item["metadata"]["name"] == "going", timeout_seconds=0.05)
    assert (gone, left) == (["going"], ["ci/agent"])
    assert server.calls.count("POST /api/v1/namespaces/ci/pods/agent/eviction") > 1
