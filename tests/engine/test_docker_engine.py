"""The engine on simulated Windows nodes, by the supervisor's own program against a real API server.

Each test has a pool of its own on one control plane. After each, no pod runs whose network a start of the engine cut
off, no node is cordoned by us, and no slot is held.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from components import contract
from sandbox.control_plane import Binaries
from sandbox.windows_nodes import faults
from tests.engine.windows_nodes import AGENTS, NAMESPACE, NEXT, VERSION, Windows, eventually, settings

pytestmark = pytest.mark.engine

AWAY_SECONDS = 60.0
"""Beyond the timeouts of the supervisor's requests."""


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Windows]:
    made = Windows(tmp_path_factory.mktemp("windows") / "sandbox", binaries)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def pool(windows: Windows, request: pytest.FixtureRequest) -> Iterator[str]:
    """A pool of the test's own; what has to hold after every test is asked when it has passed."""
    name = windows.new_pool(request.node.name)
    yield name
    try:
        windows.check(*windows.nodes(name))
    finally:
        windows.discard(name)


def starts(windows: Windows, node: str) -> int:
    return len(windows.state(node)["starts"])


@pytest.fixture(scope="module")
def without_registry(windows: Windows) -> Iterator[str]:
    """A node that came up while the registry was away. It tries again after a minute: others' turn meanwhile."""
    name = windows.new_pool("registry")
    [node] = windows.scale(name, 1)
    faults.lie_in_wait(windows.store(node), {"registry_away": True})
    windows.deploy(name)
    eventually(lambda: "no such host" in windows.log(node), lambda: windows.tell(node), 60)
    yield node
    windows.discard(name)


def test_without_a_registry_an_engine_runs_and_its_node_is_not_ready_and_says_why(
    windows: Windows, without_registry: str
) -> None:
    assert starts(windows, without_registry) == 1
    assert not windows.ready(without_registry)
    eventually(
        lambda: "no such host" in windows.tell(without_registry).splitlines()[0], lambda: windows.tell(without_registry)
    )
    faults.lie_in_wait(windows.store(without_registry), {"registry_away": None})


def test_a_node_with_waiting_agents_gets_its_engine_and_the_agents_that_it_cut_off_are_replaced(
    windows: Windows, pool: str
) -> None:
    [node] = windows.scale(pool, 1)
    windows.agents(pool, pool, 2)
    eventually(lambda: len(windows.state(node)["endpoints"]) == 2, "two agents are there before the engine")
    waiting = set(windows.running(f"app={pool}"))
    began = time.monotonic()
    windows.deploy(pool)
    windows.await_ready(node)
    assert time.monotonic() - began < 120
    eventually(lambda: len(windows.running(f"app={pool}")) == 2, "two agents run")
    assert not waiting & set(windows.running(f"app={pool}"))
    assert len(windows.state(node)["lost"]) >= 2
    assert windows.node(node)["status"]["allocatable"][contract.RESOURCE_BUILD_SLOT] == "2"
    assert windows.tell(node).startswith(f"{VERSION}, 9")


def test_a_node_that_is_added_gets_its_engine_and_the_others_keep_theirs(windows: Windows, pool: str) -> None:
    [first] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(first)
    windows.agents(pool, pool, 1)
    eventually(lambda: windows.running(f"app={pool}"), "an agent runs")
    before = windows.running(f"app={pool}")
    first, second = windows.scale(pool, 2)
    windows.await_ready(first, second)
    assert starts(windows, first) == 1
    assert windows.running(f"app={pool}") == before


def test_a_reimaged_node_gets_its_engine_again(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    windows.agents(pool, pool, 2)
    eventually(lambda: len(windows.running(f"app={pool}")) == 2, "two agents run")
    faults.reimage(windows.store(node))
    faults.lie_in_wait(windows.store(node), {"haste": 10})
    eventually(lambda: starts(windows, node) == 1, "the engine starts on the new image", 60)
    windows.await_ready(node)


def test_a_rebooted_node_starts_its_engine_and_the_service_manager_does_not(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    windows.agents(pool, pool, 1)
    eventually(lambda: windows.running(f"app={pool}"), "an agent runs")
    faults.reboot(windows.store(node))
    assert windows.state(node)["service"]["state"] == "stopped"
    eventually(lambda: starts(windows, node) == 2, "the supervisor starts the engine", 60)
    windows.await_ready(node)
    eventually(
        lambda: windows.engine_pods(pool)[node]["status"]["containerStatuses"][0]["restartCount"] == 1, "restart"
    )


def test_with_one_slot_two_nodes_are_upgraded_one_after_the_other(windows: Windows, pool: str) -> None:
    nodes = windows.scale(pool, 2)
    windows.deploy(pool)
    windows.await_ready(*nodes)
    windows.agents(pool, pool, 4)
    eventually(lambda: len(windows.running(f"app={pool}")) == 4, "four agents run")
    with windows.watching_cordons() as seen:
        windows.deploy(pool, settings(pool, version=NEXT))
        windows.await_ready(*nodes, version=NEXT, seconds=120)
    assert [node for node in nodes if not any(node in now for now in seen)] == [], "each was cordoned"
    assert max(len(now & set(nodes)) for now in seen) == 1, "never both"
    assert all(starts(windows, node) == 2 for node in nodes)


def test_an_upgrade_waits_for_a_running_build_and_is_done_after_it(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    windows.build(pool, pool)
    eventually(lambda: windows.running(f"batch.kubernetes.io/job-name={pool}"), "the build runs")
    windows.deploy(pool, settings(pool, version=NEXT))
    eventually(lambda: windows.cordoned(node), "the node takes no further build", 60)
    time.sleep(3)
    assert starts(windows, node) == 1, "the engine still runs under the build"
    assert windows.state(node)["service"]["target"]["version"] == VERSION
    windows.end_build(pool)
    windows.await_ready(node, version=NEXT)
    job = windows.api.get(f"/apis/batch/v1/namespaces/{AGENTS}/jobs/{pool}")
    assert job["status"].get("succeeded") == 1, "the build ended by itself"


def test_an_upgrade_that_waited_too_long_for_a_build_gives_the_node_back(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    rollout = {"wait_minutes": 0.05, "at_limit": "postpone", "pause_minutes": 10}
    windows.deploy(pool)
    windows.await_ready(node)
    windows.build(pool, pool)
    eventually(lambda: windows.running(f"batch.kubernetes.io/job-name={pool}"), "the build runs")
    windows.deploy(pool, settings(pool, version=NEXT, rollout=rollout))
    eventually(lambda: windows.cordoned(node), "the node is drained", 60)
    eventually(lambda: not windows.cordoned(node), "the node is given back", 60)
    assert windows.running(f"batch.kubernetes.io/job-name={pool}")
    # The pod is a new one, since its settings are; it is probed like any other.
    eventually(lambda: windows.ready(node), lambda: windows.tell(node))
    assert starts(windows, node) == 1


def test_a_version_whose_smoke_fails_is_rolled_back_and_goes_to_no_other_node(windows: Windows, pool: str) -> None:
    nodes = windows.scale(pool, 2)
    windows.deploy(pool)
    windows.await_ready(*nodes)
    windows.agents(pool, pool, 2)
    for node in nodes:
        faults.lie_in_wait(windows.store(node), {"smoke_fails": [NEXT]})
    windows.deploy(pool, settings(pool, version=NEXT))
    path = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/docker-engine-{pool}-0"
    stopped = eventually(
        lambda: windows.api.get(path)["metadata"].get("annotations", {}).get(contract.LEASE_STOPPED),
        lambda: "\n".join(windows.tell(node) for node in nodes),
        90,
    )
    assert stopped.startswith(f"{NEXT}-")
    eventually(lambda: not windows.cordoned(*nodes), "no node is cordoned", 60)
    windows.await_ready(*nodes, version=VERSION)
    time.sleep(3)
    tried = [node for node in nodes if any(one["target"]["version"] == NEXT for one in windows.state(node)["starts"])]
    assert len(tried) == 1, "the other never went to it"
    assert {windows.state(node)["service"]["target"]["version"] for node in nodes} == {VERSION}


def test_an_engine_that_crashes_under_agents_is_started_again_on_a_drained_node(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    windows.agents(pool, pool, 2)
    eventually(lambda: len(windows.running(f"app={pool}")) == 2, "two agents run")
    with windows.watching_cordons() as seen:
        faults.crash(windows.store(node))
        eventually(lambda: starts(windows, node) == 2, lambda: windows.tell(node), 60)
        windows.await_ready(node)
    assert any(node in now for now in seen)


def test_a_start_that_fails_cuts_agents_off_all_the_same_and_they_are_replaced_after_the_next(
    windows: Windows, pool: str
) -> None:
    [node] = windows.scale(pool, 1)
    faults.lie_in_wait(windows.store(node), {"start_fails": 1})
    windows.agents(pool, pool, 2)
    eventually(lambda: len(windows.state(node)["endpoints"]) == 2, "two agents are there before the engine")
    waiting = set(windows.running(f"app={pool}"))
    windows.deploy(pool)
    eventually(lambda: windows.state(node)["lost"], lambda: windows.tell(node))
    windows.await_ready(node)
    assert starts(windows, node) == 2
    assert not waiting & set(windows.running(f"app={pool}"))


def test_a_full_disk_is_pruned_and_one_full_of_others_files_makes_the_node_not_ready(
    windows: Windows, pool: str
) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    faults.fill_disk(windows.store(node))
    eventually(lambda: faults.JUNK not in windows.state(node)["images"], lambda: windows.tell(node), 60)
    windows.await_ready(node)
    faults.fill_disk(windows.store(node), prunable=False)
    eventually(lambda: not windows.ready(node), lambda: windows.tell(node), 60)
    assert "GiB" in windows.tell(node).splitlines()[0]
    faults.empty_disk(windows.store(node))
    windows.await_ready(node)
    assert starts(windows, node) == 1


def test_a_foreign_service_is_refused_with_the_reason_and_left_alone(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    faults.foreign_service(windows.store(node))
    windows.deploy(pool)

    def last_words() -> str:
        status = windows.engine_pods(pool)[node]["status"]["containerStatuses"][0]
        return str(status["lastState"].get("terminated", {}).get("message", ""))

    said = eventually(lambda: windows.engine_pods(pool).get(node) and last_words(), lambda: windows.tell(node), 60)
    assert "service" in said.splitlines()[-1]
    assert not said.splitlines()[-1].startswith("{"), "the last line is a sentence"
    assert windows.state(node)["service"]["version"] == faults.FOREIGN_VERSION
    assert not windows.ready(node)


def test_a_foreign_service_is_adopted_by_setting(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    faults.foreign_service(windows.store(node))
    windows.deploy(pool, settings(pool, existing="adopt"))
    windows.await_ready(node, version=faults.FOREIGN_VERSION)
    assert windows.state(node)["service"]["owner"] == "other"
    assert starts(windows, node) == 0


def test_a_foreign_service_is_replaced_by_setting_on_a_drained_node(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    faults.foreign_service(windows.store(node))
    windows.agents(pool, pool, 1)
    with windows.watching_cordons() as seen:
        windows.deploy(pool, settings(pool, existing="replace"))
        windows.await_ready(node)
    assert any(node in now for now in seen)
    assert windows.state(node)["service"]["owner"] == "us"


def test_a_destroyed_daemon_set_leaves_nothing_on_the_node(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    windows.remove(pool)
    state = windows.state(node)
    assert (state["service"], state["versions"], state["firewall"], state["journal"]) == (None, [], [], None)
    assert not state["nat_network"]
    labels = windows.node(node)["metadata"]["labels"]
    assert contract.NODE_ENGINE not in labels
    assert contract.NODE_ENGINE_VERSION not in labels
    assert contract.RESOURCE_BUILD_SLOT not in windows.node(node)["status"]["capacity"]


def test_a_supervisor_that_is_replaced_or_killed_leaves_the_engine_alone(windows: Windows, pool: str) -> None:
    [node] = windows.scale(pool, 1)
    windows.deploy(pool)
    windows.await_ready(node)
    windows.agents(pool, pool, 1)
    eventually(lambda: windows.running(f"app={pool}"), "an agent runs")
    agents = windows.running(f"app={pool}")
    service = windows.state(node)["service"]
    pod = windows.engine_pods(pool)[node]["metadata"]
    windows.api.delete(f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['name']}")
    eventually(lambda: windows.engine_pods(pool).get(node, {}).get("metadata", pod)["uid"] != pod["uid"], "another pod")
    windows.await_ready(node)
    os.kill(windows.supervisor(node), signal.SIGKILL)
    eventually(
        lambda: windows.engine_pods(pool)[node]["status"]["containerStatuses"][0]["restartCount"] == 1, "restart"
    )
    windows.await_ready(node)
    assert windows.state(node)["service"] == service
    assert windows.running(f"app={pool}") == agents


def test_an_api_server_that_is_away_costs_no_engine_and_an_engine_that_dies_meanwhile_is_repaired_after(
    windows: Windows, pool: str
) -> None:
    nodes = windows.scale(pool, 2)
    windows.deploy(pool)
    windows.await_ready(*nodes)
    windows.agents(pool, pool, 2)
    eventually(lambda: len(windows.running(f"app={pool}")) == 2, "two agents run")
    server = windows.plane.status()["kube-apiserver"].pid
    assert server is not None
    os.kill(server, signal.SIGSTOP)
    try:
        faults.crash(windows.store(nodes[0]))
        time.sleep(AWAY_SECONDS)
        assert starts(windows, nodes[0]) == 1, "no start while nobody can be evicted"
        assert windows.state(nodes[1])["service"]["state"] == "running"
    finally:
        os.kill(server, signal.SIGCONT)
    eventually(lambda: starts(windows, nodes[0]) == 2, lambda: windows.tell(nodes[0]), 90)
    windows.await_ready(*nodes, seconds=90)
    assert starts(windows, nodes[1]) == 1


def test_a_node_whose_registry_is_back_is_ready_without_another_start(windows: Windows, without_registry: str) -> None:
    windows.await_ready(without_registry, seconds=90)
    assert starts(windows, without_registry) == 1
    windows.check(without_registry)
