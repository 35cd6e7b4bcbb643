"""Runs that do not end as they should: each is followed by one that does, and leaves no process.

A sandbox is driven as `make up` does it, by its own command line.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.control_plane import Binaries
from tests.engine.driver import changes

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0

pytestmark = pytest.mark.engine


class Driver:
    """The sandbox's command line, in a process group of its own as a shell would give it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dev = folder / "dev"
        self._environment = {**os.environ, "BUILDFLEET_SANDBOX": str(folder)}

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox", command, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )

    def run(self, command: str, *arguments: str) -> tuple[int, str]:
        process = self.start(command, *arguments)
        output, _ = process.communicate(timeout=SECONDS)
        return process.returncode, output

    def engine(self) -> int:
        """The pid of the engine in the middle of an update."""
        mark = self.dev / "run-under-way"
        wait_for(lambda: mark.exists() and mark.read_text() != "")
        pid = int(json.loads(mark.read_text())["pid"])
        namespaces = self.dev / "pulumi-home"
        wait_for(lambda: any("language" in line for line in commands_of(namespaces)))
        return pid

    def plugins(self) -> list[str]:
        """The command lines of the engine and its plugins."""
        return [line for line in commands_of(self.folder) if "cluster" not in line]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def commands_of(folder: Path) -> list[str]:
    """The command lines, and the homes, of processes that have to do with a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (process / "environ").read_bytes().decode(errors="replace")
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if line and int(process.name) != os.getpid() and (str(folder) in line or f"={folder}" in environment):
            found.append(line)
    return found


@pytest.fixture
def driver(tmp_path: Path, binaries: Binaries) -> Iterator[Driver]:
    driver = Driver(tmp_path)
    yield driver
    driver.run("down", "--all")
    assert commands_of(tmp_path) == []


def comes_up(driver: Driver) -> str:
    code, output = driver.run("up")
    assert code == 0, output
    assert "docker-engine-win22  2/2" in output
    return output


def test_ctrl_c_lets_the_engine_save_its_state_and_the_next_up_goes_on(driver: Driver) -> None:
    process = driver.start("up")
    driver.engine()
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, output
    assert "`make up` goes on, `make down` ends it" in output
    assert driver.plugins() == []
    assert "starts anew from an empty sandbox" not in comes_up(driver)


def test_sigterm_of_the_command_alone_ends_the_engine_too(driver: Driver) -> None:
    process = driver.start("up")
    driver.engine()
    process.terminate()
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, output
    assert driver.plugins() == []
    comes_up(driver)


def test_an_engine_that_is_killed_leaves_no_plugin_and_the_next_up_starts_anew(driver: Driver) -> None:
    process = driver.start("up")
    os.kill(driver.engine(), signal.SIGKILL)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1, output
    assert "The engine was ended by signal 9 and saved nothing" in output
    wait_for(lambda: driver.plugins() == [])
    assert "starts anew from an empty sandbox" in comes_up(driver)


def test_an_engine_that_outlives_its_killed_command_is_ended_by_the_next_up(driver: Driver) -> None:
    process = driver.start("up")
    driver.engine()
    process.kill()
    process.communicate(timeout=SECONDS)
    assert "starts anew from an empty sandbox" in comes_up(driver)


def test_beside_an_up_that_starts_anew_another_command_is_refused(driver: Driver) -> None:
    process = driver.start("up")
    os.kill(driver.engine(), signal.SIGKILL)
    process.communicate(timeout=SECONDS)
    mark = driver.dev / "run-under-way"
    assert mark.exists()
    process = driver.start("up")
    wait_for(lambda: not mark.exists())
    code, output = driver.run("preview")
    assert (code, "Another rehearsal of stack dev is under way" in output) == (1, True), output
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output


def test_down_and_status_need_no_stack_file_that_is_right(driver: Driver, tmp_path: Path) -> None:
    stack = tmp_path / "stack.yaml"
    stack.write_text((ROOT / "Pulumi.dev.yaml").read_text())
    assert driver.run("up", "--file", str(stack))[0] == 0
    stack.write_text("config: {buildfleet:nodePools: 1}")
    code, output = driver.run("status", "--file", str(stack))
    assert (code, "What runs where" in output) == (0, True), output
    code, output = driver.run("down", "--file", str(stack))
    assert code == 0, output
    assert "no object of the stack is left" in output


def test_a_new_context_in_the_stack_file_starts_an_empty_sandbox_instead_of_failing(
    driver: Driver, tmp_path: Path
) -> None:
    stack = tmp_path / "stack.yaml"
    text = (ROOT / "Pulumi.dev.yaml").read_text()
    stack.write_text(text)
    assert driver.run("up", "--file", str(stack))[0] == 0
    stack.write_text(text.replace("context: buildfleet-dev", "context: elsewhere"))
    code, output = driver.run("up", "--file", str(stack))
    assert code == 0, output
    assert "The cluster's context was buildfleet-dev and is elsewhere now" in output


def test_status_of_a_cluster_that_lost_its_api_server_says_which_part_and_where_its_log_is(driver: Driver) -> None:
    comes_up(driver)
    processes = json.loads((driver.dev / "cluster" / "processes.json").read_text())
    os.kill(processes["kube-apiserver"]["pid"], signal.SIGKILL)
    wait_for(lambda: not any("kube-apiserver " in line for line in commands_of(driver.folder)))
    code, output = driver.run("status")
    assert code == 1, output
    assert "kube-apiserver: not running  (log: " in output
    assert "Traceback" not in output
    # The supervisors of Docker Engine were started anew with the cluster, and may not be ready when Pulumi looks: it
    # waits for their DaemonSets once more, which it calls an update.
    assert set(changes(comes_up(driver))) <= {"unchanged", "updated"}


def test_a_stack_without_a_file_leaves_nothing_behind(driver: Driver) -> None:
    code, output = driver.run("up", "--stack", "nope")
    assert code == 1, output
    assert "there is no such stack file" in output
    assert list(driver.folder.iterdir()) == []


def test_a_name_that_is_a_path_is_no_stack(driver: Driver) -> None:
    code, output = driver.run("down", "--stack", "..")
    assert code == 1, output
    assert "is no name of a stack" in output
