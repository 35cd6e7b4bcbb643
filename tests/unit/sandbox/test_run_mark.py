"""Whether the run before this one ended, and what became of its state."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.control_plane import processes
from sandbox.run_mark import EngineKilled, RunMark

Started = Callable[[int], None]


@pytest.fixture
def mark(tmp_path: Path) -> RunMark:
    return RunMark(tmp_path)


@pytest.mark.parametrize("checkpoints", [False, True])
def test_a_run_that_ends_leaves_no_mark_whatever_its_code_is(mark: RunMark, checkpoints: bool) -> None:
    seen: list[tuple[bool, bool]] = []

    def run(started: Started) -> int:
        seen.append((mark.is_set(), mark.is_resumable()))
        return 3

    assert mark.during(run, checkpoints=checkpoints) == 3
    assert seen == [(not checkpoints, checkpoints)]
    assert (mark.is_set(), mark.is_resumable()) == (False, False)


@pytest.mark.parametrize("checkpoints", [False, True])
def test_an_interrupt_that_the_engine_dealt_with_leaves_no_mark(mark: RunMark, checkpoints: bool) -> None:
    def run(started: Started) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mark.during(run, checkpoints=checkpoints)
    assert (mark.is_set(), mark.is_resumable()) == (False, False)


@pytest.mark.parametrize(
    ("checkpoints", "told"),
    [(False, "saved nothing: `make up` starts anew. With `make up CHECKPOINTS=1`"), (True, "kept its checkpoints")],
)
def test_a_killed_engine_leaves_the_mark_that_says_what_is_left_of_the_state(
    mark: RunMark, checkpoints: bool, told: str
) -> None:
    with pytest.raises(EngineKilled, match=f"ended by signal 9 and {told}"):
        mark.during(lambda started: -9, checkpoints=checkpoints)
    assert (mark.is_set(), mark.is_resumable()) == (not checkpoints, checkpoints)


def test_a_state_that_was_lost_once_is_not_resumed(mark: RunMark) -> None:
    for checkpoints in (True, False):
        with pytest.raises(EngineKilled):
            mark.during(lambda started: -9, checkpoints=checkpoints)
    assert mark.is_set()
    assert not mark.is_resumable()


@pytest.mark.parametrize("checkpoints", [False, True])
def test_the_engine_that_the_mark_names_is_ended_and_only_a_resumable_mark_goes(
    mark: RunMark, tmp_path: Path, checkpoints: bool
) -> None:
    engine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

    def run(started: Started) -> int:
        started(engine.pid)
        return -9

    with pytest.raises(EngineKilled):
        mark.during(run, checkpoints=checkpoints)
    noted = [json.loads(path.read_text())["pid"] for path in tmp_path.iterdir()]
    assert noted == [engine.pid]
    mark.end_engine()
    assert processes.identify(engine.pid) is None
    engine.wait(timeout=10)
    assert (mark.is_set(), mark.is_resumable()) == (not checkpoints, False)
