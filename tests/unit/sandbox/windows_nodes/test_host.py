"""The simulated host: what Windows does, and what it refuses."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from engine_supervisor.ports import Failed, Refused
from engine_supervisor.world import Feature, Owner, Running
from sandbox.windows_nodes import faults, machine, service_manager
from tests.unit.sandbox.windows_nodes.world import OTHER, TARGET, TEXT, Node


def test_a_fresh_node_has_the_feature_and_no_engine(node: Node) -> None:
    seen = node.host.look()
    assert seen.feature is Feature.PRESENT
    assert seen.service.owner is Owner.NOBODY
    assert seen.installed == frozenset()
    assert seen.disk is not None
    assert seen.disk.free_bytes == 93 * machine.GIB
    assert node.host.read_journal() is None


def test_an_installed_registered_and_started_engine_answers_with_its_version(node: Node) -> None:
    node.started()
    seen = node.host.look()
    assert seen.service.target == TARGET
    assert seen.service.state is Running.RUNNING
    assert seen.service.guarded
    assert seen.configured == frozenset({TARGET.key})
    assert node.docker.look().version == "29.2.1"
    assert node.state["nat_network"]


def test_a_start_deletes_the_endpoints_that_are_there_and_spares_those_that_come_after(node: Node) -> None:
    node.attach("before")
    node.started()
    node.attach("after")
    assert set(node.state["lost"]) == {"before"}
    assert set(node.state["endpoints"]) == {"after"}
    assert node.host.endpoints() == 1


def test_a_start_that_never_answers_or_fails_deletes_endpoints_all_the_same(node: Node) -> None:
    node.registered()
    for fault in ("never_answers", "start_fails"):
        faults.lie_in_wait(node.store, {fault: 1})
        node.attach(fault)
        node.host.start_engine()
        assert not node.docker.look().answers
        node.host.look()
        assert fault in node.state["lost"]
        node.host.stop_engine()
    node.host.start_engine()
    assert node.docker.look().answers


def test_an_endpoint_is_deleted_at_the_start_even_when_nobody_looks_until_later(node: Node) -> None:
    node.registered()
    faults.lie_in_wait(node.store, {"start_seconds": 0.02})
    node.attach("before")
    node.host.start_engine()
    time.sleep(0.05)
    # The kubelet settles what has been before it adds a pod, so the late one is spared.
    with node.store.transaction() as state:
        machine.settle(state, time.time())
        machine.attach(state, "late", "agents/late", time.time())
    assert node.docker.look().answers
    assert set(node.state["lost"]) == {"before"}


def test_windows_starts_no_service_that_is_not_registered(node: Node) -> None:
    with pytest.raises(Failed, match="1060"):
        node.host.start_engine()


def test_windows_starts_no_service_whose_program_or_configuration_is_missing(node: Node) -> None:
    node.host.register(TARGET)
    with pytest.raises(Failed, match="cannot find the file"):
        node.host.start_engine()
    node.host.install("29.2.1")
    with pytest.raises(Failed, match="1053"):
        node.host.start_engine()


def test_windows_registers_no_second_service_of_the_name(node: Node) -> None:
    node.registered()
    with node.store.transaction() as state, pytest.raises(Failed, match="1073"):
        service_manager.create(state, OTHER)
    node.host.register(OTHER)
    assert node.host.look().service.target == OTHER


def test_a_running_service_cannot_be_replaced(node: Node) -> None:
    node.started()
    with pytest.raises(Failed, match="1072"):
        node.host.register(OTHER)
    assert node.host.look().service.target == TARGET


def test_the_folder_of_a_running_version_cannot_be_deleted(node: Node) -> None:
    node.started()
    with node.store.transaction() as state, pytest.raises(Failed, match="Access is denied"):
        service_manager.delete_version(state, "29.2.1")
    node.host.discard(frozenset())
    assert node.host.look().installed == {"29.2.1"}


def test_a_version_that_nothing_refers_to_is_discarded_with_its_configurations(node: Node) -> None:
    node.registered()
    node.change(versions=["28.0.0", "29.2.1"])
    node.host.discard(frozenset({"29.2.1"}))
    assert node.host.look().installed == {"29.2.1"}


def test_dockerd_refuses_keys_that_only_linux_knows(node: Node) -> None:
    node.host.install("29.2.1")
    with pytest.raises(Refused, match=r"don't match any configuration option: live-restore"):
        node.host.configure(TARGET, json.dumps({"live-restore": True, "debug": True}))
    assert node.host.look().configured == frozenset()


def test_a_version_that_is_not_in_the_image_is_refused(node: Node) -> None:
    with pytest.raises(Refused, match=r"the image has Docker Engine 29\.2\.1, and 30\.0\.0 is wanted"):
        node.host.install("30.0.0")


def test_a_reload_changes_what_is_read_again_and_starts_nothing(node: Node) -> None:
    node.started()
    before = node.host.look()
    node.host.reload(TARGET, json.dumps({"data-root": "C:\\ProgramData\\docker", "debug": True}))
    after = node.host.look()
    assert after.reload_hash != before.reload_hash
    assert after.service == before.service
    with pytest.raises(Failed, match="not that of"):
        node.host.reload(OTHER, TEXT)


def test_without_the_feature_the_engine_ends_with_its_own_words_and_touches_no_network(node: Node) -> None:
    faults.feature_absent(node.store)
    node.registered()
    node.attach("spared")
    node.host.start_engine()
    assert node.host.look().service.state is Running.STOPPED
    assert "failed to load vmcompute.dll" in node.host.engine_log()
    assert set(node.state["endpoints"]) == {"spared"}
    node.host.install_feature()
    assert node.host.look().feature is Feature.REBOOT_PENDING
    node.host.reboot()
    assert node.host.look().feature is Feature.PRESENT


def test_a_reboot_ends_the_engine_and_nothing_starts_it(node: Node) -> None:
    node.started()
    before = node.host.look()
    node.host.reboot()
    after = node.host.look()
    assert after.boot != before.boot
    assert after.service.state is Running.STOPPED
    assert after.service.target == TARGET


def test_a_foreign_service_starts_by_itself_after_a_reboot(node: Node) -> None:
    faults.foreign_service(node.store)
    seen = node.host.look().service
    assert (seen.owner, seen.target, seen.guarded) == (Owner.OTHER, None, False)
    node.host.reboot()
    assert node.docker.look().version == faults.FOREIGN_VERSION


def test_a_reimaged_node_has_forgotten_the_engine_and_the_journal(node: Node) -> None:
    node.started()
    node.host.write_journal("{}")
    boot = node.host.look().boot
    faults.reimage(node.store)
    seen = node.host.look()
    assert seen.boot != boot
    assert seen.service.owner is Owner.NOBODY
    assert seen.installed == frozenset()
    assert node.host.read_journal() is None


def test_an_uninstallation_leaves_nothing_of_ours_and_is_safe_to_repeat(node: Node) -> None:
    node.started()
    node.docker.pull("mcr.microsoft.com/windows/servercore:ltsc2022")
    node.host.write_journal("{}")
    node.host.open_firewall([9323, 9182])
    for _ in range(2):
        node.host.uninstall(data=True)
        state = node.state
        assert state["service"] is None
        assert (state["versions"], state["configurations"], state["images"]) == ([], {}, {})
        assert (state["journal"], state["firewall"], state["nat_network"]) == (None, [], False)


def test_an_uninstallation_leaves_a_service_that_is_not_ours(node: Node) -> None:
    faults.foreign_service(node.store)
    node.host.uninstall(data=True)
    assert node.docker.look().answers


def test_a_drive_that_is_missing_has_no_disk(tmp_path: Path) -> None:
    node = Node(tmp_path, data_root=r"D:\docker")
    assert node.host.look().disk is None
    faults.drives(node.store, ["C:", "D:"])
    assert node.host.look().disk is not None


def test_only_one_process_acts_at_a_time(node: Node) -> None:
    entered = threading.Event()

    def other() -> None:
        with node.host.acting():
            entered.set()

    with node.host.acting():
        thread = threading.Thread(target=other)
        thread.start()
        assert not entered.wait(0.05)
    thread.join(5)
    assert entered.is_set()
