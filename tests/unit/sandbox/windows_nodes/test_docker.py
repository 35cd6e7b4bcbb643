"""The simulated Docker Engine."""

from __future__ import annotations

import pytest

from engine_supervisor.ports import Away, Failed
from sandbox.windows_nodes import faults, machine
from tests.unit.sandbox.windows_nodes.world import Node

IMAGE = "mcr.microsoft.com/windows/nanoserver:ltsc2022"
CORE = "mcr.microsoft.com/windows/servercore:ltsc2022"


def test_an_engine_that_does_not_run_does_not_answer(node: Node) -> None:
    assert not node.docker.look().answers
    with pytest.raises(Away, match="docker_engine"):
        node.docker.pull(IMAGE)


def test_a_smoke_passes_and_leaves_its_image(node: Node) -> None:
    node.started()
    assert node.docker.smoke(IMAGE).outcome == "passed"
    assert node.docker.usage().images == 1


def test_a_smoke_fails_for_the_version_that_was_named_and_no_other(node: Node) -> None:
    node.started()
    faults.lie_in_wait(node.store, {"smoke_fails": ["30.0.0"]})
    assert node.docker.smoke(IMAGE).outcome == "passed"
    faults.lie_in_wait(node.store, {"smoke_fails": ["29.2.1"]})
    assert node.docker.smoke(IMAGE).outcome == "failed"


def test_without_a_registry_an_image_that_is_there_still_runs(node: Node) -> None:
    node.started()
    node.docker.pull(IMAGE)
    faults.lie_in_wait(node.store, {"registry_away": True})
    assert node.docker.smoke(IMAGE).outcome == "passed"
    assert node.docker.smoke(CORE).outcome == "no-image"
    with pytest.raises(Failed, match="no such host"):
        node.docker.pull(CORE)


def test_a_full_disk_takes_no_image_and_a_prune_frees_what_nothing_uses(node: Node) -> None:
    node.started()
    node.docker.pull(IMAGE)
    faults.fill_disk(node.store)
    with pytest.raises(Failed, match="not enough space"):
        node.docker.pull(CORE)
    before = machine.free_bytes(node.state)
    pruned = node.docker.prune(unused_seconds=0, keep=[IMAGE])
    assert pruned.images == 1
    assert machine.free_bytes(node.state) == before + pruned.reclaimed_bytes
    assert list(node.state["images"]) == [IMAGE]


def test_files_of_others_are_not_pruned(node: Node) -> None:
    node.started()
    faults.fill_disk(node.store, prunable=False)
    assert node.docker.prune(unused_seconds=0, keep=[]).reclaimed_bytes == 0
    assert machine.free_bytes(node.state) == faults.FULL_BYTES


def test_a_crash_takes_the_builds_with_it_and_leaves_the_service(node: Node) -> None:
    node.started()
    faults.build(node.store, running=True)
    assert (node.docker.look().containers_running, node.docker.look().clients) == (1, 1)
    faults.crash(node.store)
    assert not node.docker.look().answers
    assert node.host.look().service.target is not None


def test_an_engine_that_is_to_crash_does_so_after_its_time(node: Node) -> None:
    node.registered()
    faults.lie_in_wait(node.store, {"crash_after": 3600})
    node.host.start_engine()
    assert node.docker.look().answers
    with node.store.transaction() as state:
        machine.settle(state, state["service"]["began_at"] + 3601)
    assert not node.docker.look().answers
