"""The end of the program: what it leaves when the DaemonSet goes, stays, or nobody knows."""

from __future__ import annotations

import pytest

from engine_supervisor import names
from engine_supervisor.ports import Failed
from engine_supervisor.program import farewell
from engine_supervisor.world import Owner, Running

from .rig import Rig


def gone(rig: Rig) -> None:
    rig.api.remove("daemonsets", "docker-engine", rig.settings.daemon_set)


def test_a_daemon_set_that_is_gone_takes_everything_with_it() -> None:
    rig = Rig().until_ready()
    gone(rig)
    assert rig.program.leave()
    assert "uninstall data=True" in rig.host.done
    assert rig.object["metadata"]["labels"] == {}
    assert rig.object["status"] == {"capacity": {}, "allocatable": {}}


def test_a_daemon_set_that_is_being_deleted_is_as_good_as_gone() -> None:
    rig = Rig(keep_data=True).until_ready()
    found = rig.api.find("daemonsets", "docker-engine", rig.settings.daemon_set)
    found["metadata"]["deletionTimestamp"] = rig.api.time()
    assert rig.program.leave()
    assert "uninstall data=False" in rig.host.done


def test_a_daemon_set_that_stays_keeps_its_engine() -> None:
    rig = Rig().until_ready()
    before = list(rig.host.done)
    assert rig.program.leave()
    assert rig.host.done == [*before, "write_journal"]
    assert rig.host.state is Running.RUNNING
    assert rig.object["metadata"]["labels"][names.NODE_ENGINE] == "ready"


def test_an_api_server_that_does_not_answer_is_no_reason_to_uninstall() -> None:
    rig = Rig().until_ready()
    gone(rig)
    rig.api.away = True
    rig.program.leave()
    assert not any(step.startswith("uninstall") for step in rig.host.done)


def test_leaving_twice_is_leaving_once() -> None:
    rig = Rig().until_ready()
    gone(rig)
    assert rig.restarted().program.leave()
    assert rig.program.leave()
    assert rig.host.owner is Owner.NOBODY
    assert rig.object["metadata"]["labels"] == {}


def test_a_loop_that_turns_on_after_the_pre_stop_does_not_install_again() -> None:
    rig = Rig().until_ready()
    gone(rig)
    assert rig.restarted().program.leave()
    before = [step for step in rig.host.done if not step.startswith("uninstall")]
    rig.turn(120)
    assert [step for step in rig.host.done if not step.startswith("uninstall")] == before
    assert rig.object["metadata"]["labels"] == {}
    assert not rig.ready()


def test_nor_does_it_while_nobody_knows_whether_the_daemon_set_is_gone() -> None:
    rig = Rig().until_ready()
    gone(rig)
    rig.restarted().program.leave()
    rig.api.away = True
    rig.turn(120)
    assert rig.host.owner is Owner.NOBODY


def test_a_daemon_set_that_is_made_again_gets_its_engine_again() -> None:
    rig = Rig().until_ready()
    gone(rig)
    rig.turn(400)
    rig.program.leave()
    rig.turn(60)
    rig.api.add("daemonsets", "docker-engine", rig.settings.daemon_set)
    rig.until_ready()


def test_a_step_that_fails_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig().until_ready()
    rig.object["metadata"]["annotations"] = {names.NODE_ENGINE_CORDON: "an upgrade"}
    rig.object["spec"]["unschedulable"] = True
    gone(rig)

    def fail(*arguments: object) -> None:
        raise Failed("the node does not take labels")

    monkeypatch.setattr(rig.node.cluster, "mark", fail)
    assert not rig.program.leave()
    assert "unschedulable" not in rig.object["spec"]
    assert "uninstall data=True" in rig.host.done
    assert "the node does not take labels" in rig.stream.getvalue()


def test_no_step_is_begun_after_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig().until_ready()
    gone(rig)
    mark = rig.node.cluster.mark

    def slow(*arguments: object) -> None:
        rig.clock.time += farewell.LIMIT_SECONDS + 1
        mark(*arguments)  # type: ignore[arg-type]  # handed on as it is

    monkeypatch.setattr(rig.node.cluster, "mark", slow)
    assert not rig.program.leave()
    assert not any(step.startswith("uninstall") for step in rig.host.done)


def test_a_node_in_the_middle_of_being_drained_is_given_back() -> None:
    rig = Rig().until_ready()
    rig.node.pod("build", owner=("Job", "build"))
    rig.turn(300)
    newer = rig.restarted(version="29.3.0")
    newer.turn(300, lambda: bool(newer.object["spec"].get("unschedulable")))
    assert newer.object["spec"]["unschedulable"]
    assert newer.program.leave()
    assert "unschedulable" not in newer.object["spec"]
    assert "holderIdentity" not in newer.api.find("leases", "docker-engine", newer.settings.slots[0])["spec"]
