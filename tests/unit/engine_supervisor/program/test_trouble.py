"""A node whose supervisor cannot look, remember or equip it: what is told, and what is done all the same."""

from __future__ import annotations

from typing import Any

import pytest

from engine_supervisor import names
from engine_supervisor.journal import load
from engine_supervisor.ports import Away, Failed
from engine_supervisor.world import Disk, Owner, Running

from .rig import Rig


def failing(error: Exception) -> Any:
    def fail(*arguments: object, **named: object) -> None:
        raise error

    return fail


def test_a_look_that_the_api_server_refuses_does_not_hide_a_dead_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig().until_ready()
    monkeypatch.setattr(rig.node.cluster, "look", failing(Failed("list leases: 403 forbidden")))
    rig.host.crash()
    rig.turn(30)
    assert not rig.ready()
    assert "403 forbidden" in rig.program.health.ready()[1]


def test_rounds_that_fail_for_a_minute_make_a_ready_node_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig().until_ready()
    with monkeypatch.context() as patch:
        patch.setattr(rig.host, "look", failing(Failed("the service manager does not answer")))
        rig.turn(30)
        assert rig.ready()
        rig.turn(120)
        assert rig.program.health.ready() == (False, "No round succeeds: the service manager does not answer")
        assert rig.object["metadata"]["labels"] == {names.NODE_ENGINE: "not-ready"}
    rig.until_ready()


def test_a_disk_without_room_for_the_journal_is_pruned(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig().until_ready()
    rig.turn(400)
    rig.host.disk = Disk(free_bytes=0, total_bytes=256 * 2**30)
    rig.host.fails["write_journal"] = Failed("no space left")
    prune = rig.node.docker.prune

    def freeing(**named: Any) -> Any:
        rig.host.disk = Disk(free_bytes=100 * 2**30, total_bytes=256 * 2**30)
        rig.host.fails.clear()
        return prune(**named)

    monkeypatch.setattr(rig.node.docker, "prune", freeing)
    rig.turn(60)
    assert len(rig.node.docker.pruned) == 1
    rig.until_ready()


def test_what_cannot_be_remembered_starts_no_engine() -> None:
    rig = Rig().until_ready()
    rig.turn(400)
    rig.host.crash()
    rig.host.fails["write_journal"] = Failed("no space left")
    starts = rig.host.done.count("start_engine")
    rig.turn(900)
    assert rig.host.done.count("start_engine") == starts
    assert not rig.ready()
    rig.host.fails.clear()
    rig.until_ready(1200)


def test_a_smoke_whose_engine_goes_away_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    monkeypatch.setattr(rig.node.docker, "smoke", failing(Away("the pull stalls")))
    rig.turn(120)
    journal = load(rig.host.journal or "")
    assert journal is not None
    assert journal.start is not None
    assert journal.start.smoke == "due"
    assert rig.metrics.value("smokes_total", outcome="no-image") > 0
    assert rig.metrics.value("smokes_total", outcome="failed") == 0


def test_a_start_that_fails_tells_the_engines_last_words_and_asks_for_them_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig, asked = Rig(), list[str]()
    start = rig.host.start_engine

    def log() -> str:
        asked.append("")
        return "failed to start daemon:\n no such drive"

    def dying() -> None:
        start()
        rig.host.crash()

    monkeypatch.setattr(rig.host, "engine_log", log)
    monkeypatch.setattr(rig.host, "start_engine", dying)
    rig.turn(300)
    assert "last words: failed to start daemon: no such drive" in rig.program.health.ready()[1]
    assert len(asked) <= rig.host.done.count("start_engine")
    told = [event for event in rig.events() if event["reason"] == "DockerEngineFailed"]
    assert "no such drive" in told[0]["note"]


def test_a_pre_stop_ends_the_run_of_its_pod_and_no_later_one() -> None:
    rig = Rig().until_ready()
    assert rig.restarted().program.leave()
    rig.program.round()
    assert rig.program._stopping
    again = rig.restarted().until_ready()
    again.turn(60)
    assert not again.program._stopping
    journal = load(again.host.journal or "")
    assert journal is not None
    assert journal.leaving is None


def test_a_firewall_that_cannot_be_set_is_told_and_tried_again_beside_the_engine() -> None:
    rig = Rig()
    rig.host.fails["open_firewall"] = Failed("a group policy rules the firewall")
    rig.until_ready()
    notes = [event["note"] for event in rig.events() if event["reason"] == "DockerEngineFirewall"]
    assert notes
    assert "dockerEngine.metrics.firewall" in notes[0]
    tries = sum(step.startswith("open_firewall") for step in rig.host.done)
    rig.host.fails.clear()
    rig.turn(400)
    assert sum(step.startswith("open_firewall") for step in rig.host.done) == tries + 1


@pytest.mark.parametrize("blind", ["host", "cluster"])
def test_a_daemon_set_that_goes_takes_everything_from_a_node_that_cannot_be_seen(
    blind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig().until_ready()
    rig.object["metadata"]["annotations"] = {names.NODE_ENGINE_CORDON: "an upgrade"}
    rig.object["spec"]["unschedulable"] = True
    rig.api.remove("daemonsets", "docker-engine", rig.settings.daemon_set)
    port = rig.host if blind == "host" else rig.node.cluster
    monkeypatch.setattr(port, "look", failing(Failed("403 forbidden")))
    assert rig.program.leave()
    assert "unschedulable" not in rig.object["spec"]
    assert "uninstall data=True" in rig.host.done
    assert rig.object["metadata"]["labels"] == {}


@pytest.mark.parametrize(
    ("version", "label"), [("29.2.1+ee 5", "29.2.1-ee-5"), ("-dev-", "dev"), ("9" * 70, "9" * 63), ("", "")]
)
def test_the_version_of_a_foreign_engine_is_a_legal_label(version: str, label: str) -> None:
    assert names.label_value(version) == label


def test_a_refused_look_is_no_reason_to_stop_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig().until_ready()
    monkeypatch.setattr(rig.node.cluster, "look", failing(Failed("403 forbidden")))
    rig.turn(1200)
    assert rig.ready()
    assert (rig.host.owner, rig.host.state) == (Owner.US, Running.RUNNING)
