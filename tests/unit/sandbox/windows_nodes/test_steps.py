"""Steps are counted, slow on demand, and can be a supervisor's last."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Literal

import pytest

from sandbox.windows_nodes import faults
from tests.unit.sandbox.windows_nodes.world import Node


def died(node: Node) -> bool:
    """Whether a process that writes three journals is killed."""
    pid = os.fork()
    if pid == 0:
        for text in ("one", "two", "three"):
            node.host.write_journal(text)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize(("when", "journal"), [("before", "one"), ("after", "two")])
def test_a_supervisor_is_killed_before_or_after_the_step_that_was_named_and_once(
    node: Node, when: Literal["before", "after"], journal: str
) -> None:
    faults.kill(node.store, "write_journal", version="29.2.1", when=when, nth=2)
    faults.kill(node.store, "write_journal", version="30.0.0", when=when)
    assert died(node)
    assert node.host.read_journal() == journal
    assert not died(node)
    assert node.host.read_journal() == "three"


def test_steps_are_kept_by_name(node: Node) -> None:
    node.host.write_journal("x")
    node.registered()
    assert [step["name"] for step in node.state["steps"]] == ["write_journal", "install", "configure", "register"]


def test_a_slow_step_takes_its_time(node: Node) -> None:
    faults.lie_in_wait(node.store, {"slow": {"write_journal": 0.05}})
    began = time.monotonic()
    node.host.write_journal("x")
    assert time.monotonic() - began >= 0.05


def test_a_write_that_is_killed_leaves_the_node_as_it_was(node: Node, tmp_path: Path) -> None:
    before = node.store.read()
    pid = os.fork()
    if pid == 0:
        with node.store.transaction() as state:
            state["journal"] = "half"
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert node.store.read() == before
