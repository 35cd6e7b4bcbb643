"""The process: from its start to its end, with real threads, and what it says when it cannot start."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.simulated_node import SimulatedClock, settings
from engine_supervisor.__main__ import main
from engine_supervisor.program import Log, Program, facts, signals
from engine_supervisor.settings import FORMAT

from .rig import Rig

ENVIRONMENT = {
    "NODE_NAME": "win22000000",
    "NODE_IP": "127.0.0.1",
    "POD_NAME": "docker-engine-win22-x",
    "POD_NAMESPACE": "docker-engine",
    "POD_UID": "1",
}


class FastClock(SimulatedClock):
    """Waits really, a hundredth of a second at most."""

    def wait(self, woken: threading.Event, seconds: float) -> None:
        woken.wait(0.01)
        self.time += seconds


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def running(rig: Rig, port: int) -> Program:
    """The rig's program with threads of its own."""
    return Program(
        replace(rig.settings, port=port),
        rig.node.identity,
        rig.host,
        rig.node.docker,
        rig.node.cluster,
        rig.clock,
        Log(rig.node.name, rig.clock, rig.stream),
        rig.metrics,
    )


def awaited(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.005)


def test_a_supervisor_serves_until_it_is_stopped_and_then_says_farewell() -> None:
    port, codes = free_port(), list[int]()
    rig = Rig(clock=FastClock())
    program = running(rig, port)
    thread = threading.Thread(target=lambda: codes.append(program.run()))
    thread.start()
    try:
        awaited(lambda: program.health.ready()[0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            assert answer.status == 200
    finally:
        program.stop()
        thread.join(20)
    assert codes == [0]
    assert [line["event"] for line in rig.lines][-1] == "farewell"


def test_a_port_that_is_taken_is_told_and_not_waited_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        rig = Rig()
        assert running(rig, port).run() == 1
    assert f"cannot listen on 127.0.0.1:{port}" in rig.stream.getvalue().splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_the_program_to_end(number: signal.Signals) -> None:
    asked = threading.Event()
    before = signal.getsignal(number)
    with signals.stopping(asked.set):
        os.kill(os.getpid(), number)
        assert asked.wait(10)
    assert signal.getsignal(number) is before


def test_what_the_daemon_set_has_to_set_is_named_when_it_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"format": FORMAT, **asdict(settings())}))
    assert main(["run", "--settings", str(file)], {**ENVIRONMENT, "NODE_IP": ""}) == 1
    assert "not set: NODE_IP." in capsys.readouterr().out


def test_elsewhere_than_on_windows_it_says_so_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"format": FORMAT, **asdict(settings())}))
    assert main(["facts", "--settings", str(file)], ENVIRONMENT) == 1
    assert capsys.readouterr().out.splitlines() == [
        "The engine supervisor looks after Docker Engine on Windows and runs only there."
    ]


def test_settings_that_are_not_there_or_not_settings_are_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.json"
    assert main(["run", "--settings", str(file)], ENVIRONMENT) == 1
    file.write_text("{")
    assert main(["run", "--settings", str(file)], ENVIRONMENT) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "No such file" in first
    assert "is not JSON" in second


def test_facts_tell_what_an_operator_needs_and_change_nothing() -> None:
    rig = Rig().until_ready()
    done, journal = list(rig.host.done), rig.host.journal
    rig.api.requests.clear()
    node = rig.node
    document = json.loads(
        facts.text(facts.facts(rig.settings, node.identity, node.host, node.docker, node.cluster, rig.clock))
    )
    assert document["host"]["service"]["state"] == "running"
    assert document["host"]["engine"]["version"] == "29.2.1"
    assert document["journal"]["start"]["smoke"] == "passed"
    assert document["cluster"]["slots"][0]["name"] == "docker-engine-win22-0"
    assert document["next"]["report"]["ready"] is True
    assert document["daemon_set"] == "stays"
    assert (rig.host.done, rig.host.journal) == (done, journal)
    assert {verb for verb, _ in rig.api.requests} == {"get", "list"}


def test_facts_without_an_api_server_tell_the_rest() -> None:
    rig = Rig().until_ready()
    rig.api.away = True
    node = rig.node
    document = json.loads(
        facts.text(facts.facts(rig.settings, node.identity, node.host, node.docker, node.cluster, rig.clock))
    )
    assert "does not answer" in document["cluster"]["error"]
    assert document["daemon_set"] == "unknown"
    assert document["host"]["engine"]["answers"] is True


def test_words_that_the_code_page_of_windows_lacks_do_not_end_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    assert main(["run", "--settings", str(tmp_path / "настройки.json")], ENVIRONMENT) == 1
    assert "настройки.json: No such file" in raw.getvalue().decode()
