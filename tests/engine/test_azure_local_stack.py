"""An environment on Azure Local as its owner lives with it: made, kept, scaled, changed, upgraded, adopted and removed.

The tests share one sandbox and run in order, but for the adopted cluster, which has one of its own. Azure is the
simulated one: `sandbox/azure/notes.py` says what it does not check.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from sandbox.control_plane import Binaries
from tests.engine.aks import node_pool
from tests.engine.azure_local import CLUSTER, AzureLocalSandbox, adopt
from tests.engine.driver import changes

pytestmark = pytest.mark.engine

ADOPTED = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/plant"
    "/providers/Microsoft.Kubernetes/connectedClusters/plant"
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[AzureLocalSandbox]:
    sandbox = AzureLocalSandbox(tmp_path_factory.mktemp("sandbox"), binaries.kubectl)
    yield sandbox
    sandbox.erase()


@pytest.fixture(scope="module")
def first_up(sandbox: AzureLocalSandbox) -> subprocess.CompletedProcess[str]:
    done = sandbox.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(autouse=True)
def up_before(first_up: subprocess.CompletedProcess[str]) -> None:
    """Every test of this file is about an environment that is there, or beside one."""


def kubelets(sandbox: AzureLocalSandbox) -> set[str]:
    """Kubernetes minors of all nodes, for example {"v1.32"}."""
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in sandbox.items("nodes")}
    return {version.rpartition(".")[0] for version in versions}


def test_each_pool_has_its_nodes_the_one_the_cluster_is_born_with_included(sandbox: AzureLocalSandbox) -> None:
    counts = {name: len(sandbox.nodes(name)) for name in ("system", "lin", "win22")}
    assert counts == {"system": 2, "lin": 1, "win22": 2}
    assert len(sandbox.items("nodes")) == 5
    assert kubelets(sandbox) == {"v1.32"}
    assert sandbox.pool_names() == ["lin", "system", "win22"]


def test_engine_and_windows_agents_land_on_windows_nodes(sandbox: AzureLocalSandbox) -> None:
    windows = {node["metadata"]["name"] for node in sandbox.nodes("win22")}
    engines = sandbox.items("pods", "-n", "docker-engine")
    assert sorted(pod["spec"]["nodeName"] for pod in engines) == sorted(windows)
    agents = sandbox.items("pods", "-n", "azdo-agents-docker", "-l", "buildfleet.dev/agent-pool=windows-docker")
    assert len(agents) == 2
    assert {pod["status"]["phase"] for pod in agents} == {"Running"}
    assert {pod["spec"]["nodeName"] for pod in agents} <= windows


def test_a_second_up_changes_nothing_and_finds_no_drift(sandbox: AzureLocalSandbox) -> None:
    before = len(sandbox.azure.requests())
    assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}
    assert sandbox.azure.requests()[before:] == []


def test_what_the_autoscaler_did_is_neither_drift_nor_undone(sandbox: AzureLocalSandbox) -> None:
    sandbox.azure.scale(sandbox.pool_id("lin"), 3)
    assert sandbox.requests_of("up") == []
    assert len(sandbox.nodes("lin")) == 3


def test_wider_bounds_change_one_pool_in_place_and_keep_its_nodes(sandbox: AzureLocalSandbox) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "lin").update(maxCount=6))
    [(operation, resource, _, _)] = sandbox.requests_of("up")
    assert (operation, resource) == ("update", "agentPools/lin")
    assert len(sandbox.nodes("lin")) == 3


def test_the_pool_that_the_cluster_is_born_with_grows_by_a_change_of_the_cluster(sandbox: AzureLocalSandbox) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "system").update(minCount=3, maxCount=3))
    [(operation, resource, _, _)] = sandbox.requests_of("up")
    assert (operation, resource) == ("update", CLUSTER)
    assert len(sandbox.nodes("system")) == 3


def test_the_size_of_that_pool_is_refused_and_the_way_back_leads_to_what_was(sandbox: AzureLocalSandbox) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "system").update(vmSize="Standard_D4s_v3"))
    done = sandbox.fails("up")
    assert "PropertyChangeNotAllowed" in done.stdout + done.stderr
    assert "agentPoolProfiles[0].vmSize" in done.stdout + done.stderr
    sandbox.edit(lambda sections: node_pool(sections, "system").update(vmSize="Standard_A4_v2"))
    assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}
    assert len(sandbox.nodes("system")) == 3


def test_another_size_deletes_the_pool_and_makes_it_anew_and_leaves_the_cluster_alone(
    sandbox: AzureLocalSandbox,
) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "lin").update(vmSize="Standard_D16s_v3"))
    asked = sandbox.requests_of("up")
    assert [(operation, resource) for operation, resource, _, _ in asked] == [
        ("delete", "agentPools/lin"),
        ("create", "agentPools/lin"),
    ]
    sizes = {node["metadata"]["labels"]["node.kubernetes.io/instance-type"] for node in sandbox.nodes("lin")}
    assert sizes == {"Standard_D16s_v3"}


def test_kubernetes_is_upgraded_by_the_cluster_alone_and_all_pools_follow(sandbox: AzureLocalSandbox) -> None:
    sandbox.edit(lambda sections: sections["platform"].update(kubernetesVersion="1.33"))
    [(operation, resource, _, _)] = sandbox.requests_of("up")
    assert (operation, resource) == ("update", CLUSTER)
    assert kubelets(sandbox) == {"v1.33"}
    counts = {name: len(sandbox.nodes(name)) for name in ("system", "lin", "win22")}
    assert counts == {"system": 3, "lin": 1, "win22": 2}


def test_windows_pools_that_nobody_enabled_are_refused_before_anything_changes(sandbox: AzureLocalSandbox) -> None:
    requests, nodes = sandbox.azure.requests(), len(sandbox.items("nodes"))
    sandbox.edit(lambda sections: sections["platform"].update(windowsNodePools=False))
    done = sandbox.fails("up")
    assert "Invoke-SupportAksArcRemediation_EnableWindowsNodepool" in done.stdout + done.stderr
    assert "platform.windowsNodePools" in done.stdout + done.stderr
    assert (sandbox.azure.requests(), len(sandbox.items("nodes"))) == (requests, nodes)
    sandbox.edit(lambda sections: sections["platform"].update(windowsNodePools=True))
    # The upgrade before has made new Windows nodes. While an engine installs itself there, an update waits for it.
    sandbox.kube("-n", "docker-engine", "rollout", "status", "daemonset", "--timeout", "180s")
    assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}


def test_a_cluster_that_is_adopted_is_used_and_nothing_is_made_in_azure(
    tmp_path_factory: pytest.TempPathFactory, binaries: Binaries
) -> None:
    adopted = AzureLocalSandbox(tmp_path_factory.mktemp("adopted"), binaries.kubectl, stack="adopted")
    try:
        adopted.edit(lambda sections: adopt(sections, ADOPTED))
        adopted.succeeds("up")
        assert adopted.azure.resources() == []
        assert adopted.azure.requests() == []
        assert len(adopted.items("pods", "-n", "docker-engine")) == 2
        assert set(changes(adopted.succeeds("up"))) == {"unchanged"}
        adopted.succeeds("down")
    finally:
        adopted.erase()


def test_down_leaves_azure_and_the_cluster_empty(sandbox: AzureLocalSandbox) -> None:
    output = sandbox.succeeds("down")
    assert "no object of the stack is left in the cluster" in output
    assert "No resource of the stack is left in the simulated Azure" in output
    assert not sandbox.azure_directory.exists()
