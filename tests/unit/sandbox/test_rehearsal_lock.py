"""One command at a time works in a stack's sandbox, also in one that starts anew."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from sandbox import rehearsal
from sandbox.rehearsal import Rehearsal, RehearsalError


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the sandbox of stack `dev`, whose last run was killed."""
    monkeypatch.setenv("BUILDFLEET_SANDBOX", str(tmp_path))
    monkeypatch.setattr(rehearsal, "stop_cluster", lambda directory, *, erase: None)
    directory = tmp_path / "dev"
    directory.mkdir()
    (directory / "run-under-way").touch()
    return directory


def test_a_second_command_is_refused_beside_one_that_starts_anew(
    sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def second(path: Path, *arguments: object) -> None:
        assert not (sandbox / "run-under-way").exists(), "it starts anew"
        with pytest.raises(RehearsalError, match="Another rehearsal of stack dev is under way") as refused:
            Rehearsal("dev").preview()
        tried.append(str(refused.value))
        raise RehearsalError("far enough")

    monkeypatch.setattr(Rehearsal, "_plugins", property(second))
    with pytest.raises(RehearsalError, match="far enough"):
        Rehearsal("dev").up()
    assert len(tried) == 1


def test_a_sandbox_that_is_erased_leaves_no_lock(sandbox: Path) -> None:
    Rehearsal("dev").erase()
    assert list(sandbox.parent.iterdir()) == []


def test_a_lock_on_a_file_that_was_erased_meanwhile_does_not_count(
    sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = sandbox.parent / "dev.lock"
    real = fcntl.flock
    locked: list[object] = []

    def erase_first(file: int, operation: int) -> None:
        if not locked:
            lock.unlink()
        locked.append(file)
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", erase_first)
    seen: list[bool] = []

    def look(directory: Path, *, erase: bool) -> None:
        with pytest.raises(RehearsalError):
            Rehearsal("dev").erase()
        seen.append(lock.exists())

    monkeypatch.setattr(rehearsal, "stop_cluster", look)
    Rehearsal("dev").erase()
    assert seen == [True]
    assert len(locked) == 3
