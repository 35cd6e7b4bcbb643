"""Processes that end with their parent, and waits that can be interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.windows_nodes.child import Child, Wake

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'images' / 'docker-engine'}"}

# A child that says so when it is bound to its parent, and the parent that makes it.
BOUND = (
    "import time; from sandbox.windows_nodes.child import die_with_parent; die_with_parent(); "
    "print('bound', flush=True); time.sleep(60)"
)
PARENT = f"""
import os, sys, time
from pathlib import Path
from sandbox.windows_nodes.child import Child
child = Child([sys.executable, "-c", {BOUND!r}], environment=dict(os.environ), log=Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(60)
"""


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", PARENT, log], env=ENVIRONMENT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until(lambda: log.exists() and "bound" in log.read_text())
        parent.kill()

    def gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return True

    until(gone)


def test_the_exit_code_is_that_of_a_container_runtime_and_the_output_is_this_runs_own(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "node.log"
    for command, code, said in (("echo one; exit 3", 3, "one\n"), ("echo two; kill -9 $$", 137, "two\n")):
        child = Child(["/bin/sh", "-c", command], environment={}, log=log)
        assert child.wait(10)
        assert (child.code(), child.output()) == (code, said)
        child.close()
    assert log.read_text() == "one\ntwo\n"


def test_a_wait_ends_with_the_child_and_with_the_bell(tmp_path: Path) -> None:
    wake = Wake()
    child = Child(["/bin/sleep", "60"], environment={}, log=tmp_path / "log")
    began = time.monotonic()
    threading.Timer(0.05, wake.ring).start()
    wake.wait(30, child)
    assert child.code() is None
    threading.Timer(0.05, child.signal, [signal.SIGTERM]).start()
    wake.wait(30, child)
    assert child.wait(5)
    assert child.code() == 128 + signal.SIGTERM
    assert time.monotonic() - began < 10
    child.close()
    wake.close()
