"""The loop: what it does with an action that fails, a journal, an API server that is away, a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from bench.simulated_node import BUILD
from engine_supervisor import names
from engine_supervisor.journal import load
from engine_supervisor.ports import Failed, Refused, SmokeResult
from engine_supervisor.world import Disk, Owner, Running

from .rig import Rig


class Killed(BaseException):
    """The process is gone."""


def test_a_new_node_becomes_ready_and_says_so_on_itself() -> None:
    rig = Rig().until_ready()
    labels = rig.object["metadata"]["labels"]
    assert labels == {names.NODE_ENGINE: "ready", names.NODE_ENGINE_VERSION: "29.2.1"}
    assert rig.object["status"]["capacity"] == {names.RESOURCE_BUILD_SLOT: "2"}
    assert rig.metrics.value("ready") == rig.metrics.value("up") == 1
    assert rig.metrics.value("starts_total", kind="first") == 1


def test_the_journal_tells_of_a_start_before_it_is_made() -> None:
    rig = Rig()
    rig.host.fails["start_engine"] = Killed()
    with pytest.raises(Killed):
        rig.turn(600)
    journal = load(rig.host.journal or "")
    assert journal is not None
    assert journal.start is not None
    assert journal.start.attempted_at <= rig.clock.time


def killed_at(rig: Rig, call: int) -> bool:
    """Turn, and kill the process before what it asks of the node for the nth time; whether it came to that."""
    do, calls = rig.host._do, 0

    def counted(what: str, *arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Killed
        do(what, *arguments)

    rig.host._do = counted  # type: ignore[method-assign]  # a process that dies in the middle of it
    try:
        rig.turn(300, rig.ready)
    except Killed:
        return True
    finally:
        rig.host._do = do  # type: ignore[method-assign]  # and one that does not
    return False


def test_a_supervisor_killed_at_any_step_of_an_installation_is_followed_by_one_that_ends_it() -> None:
    step = 0
    while True:
        step += 1
        rig = Rig()
        killed = killed_at(rig, step)
        again = rig.restarted().until_ready()
        again.turn(400)
        assert not again.object["spec"].get("unschedulable"), f"cordoned after step {step}"
        assert rig.host.done.count("start_engine") == 1, f"started twice after step {step}"
        if not killed:
            break
    assert step > 8


def test_an_action_that_fails_ends_the_round_and_the_next_ones_are_not_done() -> None:
    rig = Rig()
    rig.host.fails["register"] = Failed("the service is marked for deletion")
    rig.turn(60)
    assert any(done.startswith("register") for done in rig.host.done)
    assert "start_engine" not in rig.host.done
    failed = {(line["action"], line["reason"]) for line in rig.lines if line["event"] == "failed"}
    assert failed == {("Register", "the service is marked for deletion")}
    rig.host.fails.clear()
    rig.until_ready()


def test_rounds_that_fail_in_a_row_are_further_and_further_apart() -> None:
    rig = Rig()
    rig.host.fails["install"] = Failed("the disk does not answer")
    pauses = [rig.program.round() for _ in range(6)]
    assert pauses == [5, 10, 20, 40, 60, 60]
    rig.host.fails.clear()
    assert rig.program.round() < 5


def test_without_the_api_server_nothing_is_started_and_one_line_says_why() -> None:
    rig = Rig()
    rig.api.away = True
    rig.turn(300)
    assert "start_engine" not in rig.host.done
    assert [line["event"] for line in rig.lines].count("api-away") == 1
    rig.api.away = False
    rig.until_ready()


def test_an_api_server_that_goes_away_leaves_a_ready_engine_ready() -> None:
    rig = Rig().until_ready()
    rig.turn(200)
    rig.api.away = True
    rig.turn(1200)
    assert rig.ready()
    assert rig.host.done.count("start_engine") == 1


def test_what_was_not_told_while_the_api_server_was_away_is_told_when_it_is_back() -> None:
    rig = Rig().until_ready()
    rig.turn(400)
    before = len(rig.events())
    rig.api.away = True
    rig.host.crash()
    rig.turn(60)
    assert len(rig.events()) == before
    rig.api.away = False
    rig.turn(60)
    assert "DockerEngineRepairing" in {event["reason"] for event in rig.events()[before:]}


def test_a_refusal_without_an_engine_of_ours_ends_the_program_with_the_reason_as_its_last_line() -> None:
    rig = Rig()
    rig.host.owner, rig.host.state = Owner.OTHER, Running.RUNNING
    assert rig.program._turn() == 1
    last = rig.stream.getvalue().splitlines()[-1]
    assert last.startswith('The node has a service "docker" that Buildfleet did not install.')
    assert {event["type"] for event in rig.events()} == {"Warning"}
    assert {event["regarding"]["kind"] for event in rig.events()} == {"Node", "Pod", "DaemonSet"}
    assert rig.object["metadata"]["labels"][names.NODE_ENGINE] == "not-ready"


def test_an_action_that_is_refused_ends_the_program_like_a_refusal_of_the_core() -> None:
    rig = Rig()
    rig.host.fails["install"] = Refused("docker-29.2.1.zip: sha256 is not the one of the table")
    assert rig.program._turn() == 1
    assert rig.stream.getvalue().splitlines()[-1] == "docker-29.2.1.zip: sha256 is not the one of the table"


def test_a_refusal_beside_a_running_engine_of_ours_keeps_it_and_is_not_ready() -> None:
    rig = Rig().until_ready()
    newer = rig.restarted(version="29.3.0")
    newer.host.fails["install"] = Refused("29.3.0 is not in the image")
    newer.turn(600)
    assert newer.program.given_up is None
    assert newer.program.health.ready() == (False, "29.3.0 is not in the image")
    assert newer.host.state is Running.RUNNING
    assert not newer.object["spec"].get("unschedulable")
    newer.host.fails.clear()
    newer.until_ready()


def test_the_smoke_of_a_start_that_is_over_proves_nothing_of_the_next_one() -> None:
    rig = Rig()
    rig.turn(600, lambda: any("Smoke" in line.get("actions", ()) for line in rig.lines))
    # It has passed in the background; before that is seen, another start happens.
    rig.host.crash()
    rig.host.start_engine()
    rig.program.round()
    journal = load(rig.host.journal or "")
    assert journal is not None
    assert journal.start is not None
    assert journal.start.smoke == "due"


def test_an_image_that_cannot_be_had_for_the_smoke_is_no_failure_of_the_engine() -> None:
    rig = Rig()
    rig.node.docker.smokes = [SmokeResult(outcome="no-image", reason="the registry cannot be reached")] * 3
    rig.turn(120)
    assert not rig.ready()
    assert "the registry cannot be reached" in rig.program.health.ready()[1]
    assert rig.host.done.count("start_engine") == 1
    rig.until_ready()


def test_an_image_that_cannot_be_pulled_ahead_does_not_keep_the_others_waiting() -> None:
    rig = Rig(prepull={BUILD: ("example.com/away:1", "example.com/here:1")})
    rig.node.docker.unreachable = {"example.com/away:1"}
    rig.until_ready()
    rig.turn(120)
    assert rig.node.docker.pulled == ["example.com/here:1"]
    assert rig.metrics.value("prepull_pending") == 1
    assert 1 <= rig.metrics.value("prepull_failures_total") <= 3
    rig.node.docker.unreachable = set()
    rig.turn(300)
    assert rig.metrics.value("prepull_pending") == 0


def test_a_prune_keeps_the_images_that_are_pulled_ahead_and_the_smokes() -> None:
    rig = Rig(prepull={BUILD: ("example.com/base:1",), "26100": ("example.com/other:1",)}).until_ready()
    rig.turn(60)
    rig.host.disk = Disk(free_bytes=15 * 2**30, total_bytes=256 * 2**30)
    rig.turn(60)
    assert rig.node.docker.pruned == [(0.0, ("example.com/base:1", "mcr.microsoft.com/windows/nanoserver:ltsc2022"))]
    assert rig.metrics.value("pruned_bytes_total") == 2**30


def test_the_node_is_equipped_before_the_engine_is_configured() -> None:
    rig = Rig(credential_specs={"build.json": "{}"}, port=9500, engine_metrics_port=9323).until_ready()
    done = [step.partition(" ")[0] for step in rig.host.done]
    assert done.index("write_credential_specs") < done.index("configure") < done.index("start_engine")
    assert [step for step in rig.host.done if step.startswith("open_firewall")] == ["open_firewall 9500 9323"]


def test_without_the_firewall_setting_our_rule_is_for_no_port() -> None:
    rig = Rig(firewall=False).until_ready()
    assert [step for step in rig.host.done if step.startswith("open_firewall")] == ["open_firewall"]


def test_a_cordon_by_somebody_else_is_neither_taken_nor_lifted() -> None:
    rig = Rig().until_ready()
    rig.object["spec"]["unschedulable"] = True
    rig.host.crash()
    rig.turn(600, lambda: rig.host.done.count("start_engine") == 2 and rig.ready())
    assert rig.object["spec"]["unschedulable"] is True
    assert names.NODE_ENGINE_CORDON not in rig.object["metadata"].get("annotations", {})


def test_a_start_that_nobody_watched_is_counted_as_one() -> None:
    rig = Rig().until_ready()
    rig.turn(300)
    rig.host.crash()
    rig.clock.time += 1
    rig.host.state, rig.host.started_at = Running.RUNNING, rig.clock.time
    rig.turn(60)
    assert rig.metrics.value("starts_total", kind="unwatched") == 1


def test_a_cut_off_pod_is_counted_once_however_often_its_eviction_is_asked_for() -> None:
    rig = Rig()
    rig.api.budget = "Cannot evict pod as it would violate the pod's disruption budget."
    rig.turn(100)
    assert rig.metrics.value("evictions_refused_total") > 3
    rig.until_ready()
    total = sum(rig.metrics.value("evictions_total", by=by) for by in ("eviction", "deletion"))
    assert total == 1


def steps(rig: Rig, *events: str) -> list[Any]:
    return [line for line in rig.lines if line["event"] in events]


def test_an_upgrade_whose_smoke_fails_is_told_with_its_outcome() -> None:
    rig = Rig().until_ready()
    rig.turn(300)
    newer = rig.restarted(version="29.3.0")
    newer.node.docker.smokes = [SmokeResult(outcome="failed", reason="hcs: the parameter is incorrect")] * 2
    newer.turn(1800, lambda: newer.metrics.value("upgrades_total", kind="upgrade", outcome="rolled-back") > 0)
    assert newer.metrics.value("upgrades_total", kind="upgrade", outcome="rolled-back") == 1
    assert newer.metrics.value("starts_total", kind="rollback") == 1
    reasons = {event["reason"] for event in newer.events()}
    assert {"DockerEngineRollingBack", "DockerEngineRolledBack"} <= reasons
    newer.turn(400)
    assert newer.metrics.value("rollout_stopped") == 1
    assert newer.metrics.value("cordoned") == 0
