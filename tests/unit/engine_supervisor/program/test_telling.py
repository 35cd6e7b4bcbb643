"""Log lines, events, metrics, probes: what is told, and that it is told once."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest

from bench.simulated_node import SimulatedClock
from components import contract
from engine_supervisor import names
from engine_supervisor.program import Log, Metrics, Threads
from engine_supervisor.program.metrics import PREFIX, TABLE
from engine_supervisor.program.server import STUCK_SECONDS, Health, Server

from .rig import Rig


def test_the_names_are_those_of_the_contract() -> None:
    told = {key: value for key, value in vars(names).items() if key.isupper()}
    shared = {key: value for key, value in told.items() if hasattr(contract, key)}
    assert shared == {key: getattr(contract, key) for key in shared}
    assert {"NODE_ENGINE", "NODE_ENGINE_VERSION", "NODE_ENGINE_CORDON", "LEASE_STOPPED", "DOCKER_PIPE"} < shared.keys()
    assert {key for key, value in told.items() if contract.DOMAIN in value} - shared.keys() == {"REPORTING_CONTROLLER"}


def test_steady_rounds_are_silent() -> None:
    rig = Rig().until_ready()
    rig.turn(600)
    before = rig.stream.getvalue()
    rig.turn(3600)
    assert rig.stream.getvalue() == before


def test_a_reason_that_only_counts_on_makes_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log("win22000000", SimulatedClock())
    for seconds in range(10):
        log.line("decision", reason=f"The engine 29.2.1 has not answered for {seconds} s.", failures=seconds)
    log.line("decision", reason="The engine 29.3.0 has not answered for 10 s.", failures=10)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_each_line_is_one_document_with_time_event_and_node() -> None:
    rig = Rig().until_ready()
    assert rig.lines
    for line in rig.lines:
        assert list(line)[:3] == ["time", "event", "node"]
        assert line["time"].endswith("Z")
    ready = next(line for line in rig.lines if line.get("state") == "ready")
    assert (ready["ready"], ready["engine"], ready["service"]) == (True, "29.2.1", "running")


def test_an_engine_that_keeps_crashing_tells_each_reason_at_most_every_ten_minutes() -> None:
    rig = Rig().until_ready()
    for _ in range(30):
        rig.host.crash()
        rig.turn(120, lambda: rig.host.answers and rig.ready())
    minutes = (rig.clock.time - 1_800_000_000) / 60
    told = Counter((event["regarding"]["kind"], event["reason"]) for event in rig.events())
    assert max(told.values()) <= minutes / 10 + 1
    assert told["Node", "DockerEngineRepairing"] >= 1


def test_a_budget_that_refuses_again_and_again_makes_one_event_in_ten_minutes() -> None:
    rig = Rig()
    rig.api.budget = "Cannot evict pod as it would violate the pod's disruption budget."
    rig.turn(110)
    assert rig.metrics.value("evictions_refused_total") > 5
    refused = [event for event in rig.events() if event["reason"] == "DockerEngineEvictionRefused"]
    assert [event["note"] for event in refused] == [f"agents/agent-{rig.node.name}: {rig.api.budget}"] * 3
    assert rig.api.requests["create", "events"] == len(rig.events())


def test_a_supervisor_that_is_started_again_and_again_tells_its_refusal_once_in_ten_minutes() -> None:
    rig = Rig()
    rig.host.disk = None
    for _ in range(5):
        again = rig.restarted()
        again.turn(60)
        assert again.program.given_up
    assert len({event["metadata"]["name"] for event in rig.events()}) == len(rig.events()) == 3


def test_an_idle_node_costs_the_api_server_less_than_a_request_in_a_minute_and_a_half() -> None:
    rig = Rig().until_ready()
    rig.turn(400)
    rig.api.requests.clear()
    rig.turn(3600)
    assert rig.api.requests.total() <= 40, rig.api.requests
    assert {verb for verb, _ in rig.api.requests} == {"get", "list"}


def test_a_crash_costs_the_api_server_no_flood() -> None:
    rig = Rig().until_ready()
    rig.turn(400)
    rig.api.requests.clear()
    rig.host.crash()
    rig.turn(900)
    assert rig.api.requests.total() <= 150, rig.api.requests


def test_every_metric_of_the_table_has_a_help_and_is_published_under_its_name() -> None:
    rig = Rig().until_ready()
    text = rig.metrics.text().decode()
    for row in TABLE:
        assert row.help.endswith(".")
        assert f"# HELP {PREFIX}{row.name} " in text
        assert f"# TYPE {PREFIX}{row.name} {row.kind}" in text
    assert 'buildfleet_docker_engine_info{version="29.2.1",windows_build="20348"} 1.0' in text
    assert "buildfleet_docker_engine_hns_endpoints 7.0" in text
    assert "buildfleet_docker_engine_images 3.0" in text


def test_the_thresholds_of_pruning_are_told_as_the_settings_have_them() -> None:
    rig = Rig()
    assert rig.metrics.value("prune_below_bytes") == rig.settings.prune.below_bytes > 0
    assert rig.metrics.value("prune_floor_bytes") == rig.settings.prune.floor_bytes > 0


def test_a_message_of_labels_is_told_by_one_series_only() -> None:
    metrics = Metrics()
    for state in ("installing", "ready"):
        metrics.tell("state_info", {"state": state})
    assert metrics.text().decode().count("\nbuildfleet_docker_engine_state_info{") == 1


def fetch(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_probes_answer_from_what_the_loop_has_said() -> None:
    clock, metrics = SimulatedClock(), Metrics()
    health = Health(clock)
    server = Server("127.0.0.1", 0, health, metrics)
    try:
        assert fetch(server.port, "/readyz") == (503, "the supervisor has not looked yet\n")
        health.tell(ready=True, reason="Docker Engine 29.2.1 answers.")
        assert fetch(server.port, "/readyz") == (200, "Docker Engine 29.2.1 answers.\n")
        assert fetch(server.port, "/livez")[0] == 200
        clock.time += STUCK_SECONDS
        assert fetch(server.port, "/livez")[0] == 503
        assert "buildfleet_docker_engine_up 0.0" in fetch(server.port, "/metrics")[1]
        assert fetch(server.port, "/")[0] == 404
    finally:
        server.close()


def test_an_engine_that_crashes_is_not_ready_and_the_supervisor_is_alive() -> None:
    rig = Rig().until_ready()
    rig.host.crash()
    rig.program.round()
    assert not rig.ready()
    assert rig.program.health.alive()[0]
    assert rig.object["metadata"]["labels"] == {names.NODE_ENGINE: "not-ready"}


def test_a_pull_that_takes_its_time_keeps_nobody_waiting() -> None:
    woken, release = threading.Event(), threading.Event()
    background = Threads(woken)
    assert background.start("pull", "image", lambda: release.wait(30))
    assert not background.start("pull", "another", lambda: None)
    assert background.start("smoke", "start", lambda: "passed")
    deadline = time.monotonic() + 10
    while (smoke := background.collect("smoke")) is None:
        assert woken.wait(deadline - time.monotonic())
    assert smoke.value == "passed"
    assert background.collect("pull") is None
    release.set()
    while (pull := background.collect("pull")) is None:
        assert time.monotonic() < deadline
        woken.wait(0.01)
    assert pull.key == "image"
    assert not background.busy("pull")


def test_what_a_job_raises_is_told_to_whoever_collects_it() -> None:
    woken = threading.Event()
    background = Threads(woken)

    def fail() -> None:
        raise ValueError("a defect")

    background.start("usage", None, fail)
    assert woken.wait(10)
    done = background.collect("usage")
    assert done is not None
    assert str(done.error) == "a defect"


def test_log_lines_are_json_whatever_they_tell(capsys: pytest.CaptureFixture[str]) -> None:
    Log("n", SimulatedClock()).line("x", path=object, text='a "quoted"\nline')
    assert json.loads(capsys.readouterr().out)["text"] == 'a "quoted"\nline'
