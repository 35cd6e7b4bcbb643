"""The record of processes: what is ours, what merely has the same pid."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.control_plane import processes
from sandbox.control_plane.processes import Identity, Record


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def identity_of(pid: int) -> Identity:
    found = processes.identify(pid)
    assert found is not None
    return found


def spawn(tmp_path: Path, script: str) -> Identity:
    return processes.spawn(
        "thing",
        ["/bin/sh", "-c", script],
        environment={"PATH": os.environ["PATH"], "GIVEN": "yes"},
        log=tmp_path / "thing.log",
        record=Record(tmp_path / "processes.json"),
    )


def ended(identity: Identity) -> bool:
    deadline = time.monotonic() + 5
    while processes.alive(identity):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_process_is_known_by_pid_start_time_and_boot(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper.pid)
    assert processes.alive(identity)
    assert not processes.alive(dataclasses.replace(identity, start_time=identity.start_time - 1))
    assert not processes.alive(dataclasses.replace(identity, boot_id="another"))
    assert processes.identify(2**22 - 1) is None


def test_a_recycled_pid_is_never_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper.pid)
    processes.stop([dataclasses.replace(identity, start_time=identity.start_time - 1)], grace_seconds=0.1)
    assert sleeper.poll() is None
    assert processes.alive(identity)


def test_a_name_with_parentheses_and_spaces_does_not_shift_the_fields(tmp_path: Path) -> None:
    odd = tmp_path / "a) S (b"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([odd, "60"]) as process:
        stat = Path(f"/proc/{process.pid}/stat")
        while b"a) S (b" not in stat.read_bytes():
            time.sleep(0.001)
        fields = stat.read_text().rpartition(")")[2].split()
        assert identity_of(process.pid).start_time == int(fields[19])
        process.kill()


def test_what_is_spawned_is_recorded_runs_in_a_session_of_its_own_and_writes_its_log(tmp_path: Path) -> None:
    identity = spawn(tmp_path, 'echo "$GIVEN $HOME" && exec sleep 60')
    try:
        assert Record(tmp_path / "processes.json").read() == {"thing": identity}
        assert os.getsid(identity.pid) == identity.pid
        log = tmp_path / "thing.log"
        deadline = time.monotonic() + 5
        while not log.exists() or not log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert log.read_text() == "yes \n"
        assert log.stat().st_mode & 0o777 == 0o600
    finally:
        processes.stop([identity], grace_seconds=5)
    assert not processes.alive(identity)


def test_nothing_runs_that_could_not_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = []

    def refuse(self: Record, name: str, identity: Identity) -> None:
        pids.append(identity)
        raise OSError("disk full")

    monkeypatch.setattr(Record, "add", refuse)
    with pytest.raises(OSError, match="disk full"):
        spawn(tmp_path, f"touch {tmp_path}/ran; exec sleep 60")
    assert ended(pids[0])
    assert not (tmp_path / "ran").exists()


def test_a_process_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    identity = spawn(tmp_path, f"trap '' TERM; touch {tmp_path}/armed; while :; do sleep 0.05; done")
    while not (tmp_path / "armed").exists():
        time.sleep(0.01)
    processes.stop([identity], grace_seconds=0.1)
    assert processes.identify(identity.pid) is None


def test_a_stopped_child_does_not_stay_as_a_zombie(tmp_path: Path) -> None:
    identity = spawn(tmp_path, "exec sleep 60")
    os.kill(identity.pid, signal.SIGKILL)
    assert ended(identity)
    processes.stop([identity], grace_seconds=1)
    assert not Path(f"/proc/{identity.pid}").exists()


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for text in ("first", "second"):
        assert ended(spawn(tmp_path, f"echo {text}"))
    assert (tmp_path / "thing.log").read_text() == "second\n"
    assert (tmp_path / "thing.previous.log").read_text() == "first\n"


def test_a_record_is_read_back_as_written_and_forgotten_when_cleared(tmp_path: Path) -> None:
    record = Record(tmp_path / "processes.json")
    assert record.read() == {}
    one, two = Identity(1, 2, "boot"), Identity(3, 4, "boot")
    record.add("etcd", one)
    record.add("kwok", two)
    assert record.read() == {"etcd": one, "kwok": two}
    record.clear()
    assert record.read() == {}
