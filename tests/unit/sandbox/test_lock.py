"""The lock of a sandbox folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from sandbox.control_plane import ControlPlaneError
from sandbox.control_plane.lock import exclusive


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with exclusive(tmp_path, 1), pytest.raises(ControlPlaneError, match=f"pid {os.getpid()}"), exclusive(tmp_path, 0):
        pass
    with exclusive(tmp_path, 0):
        pass


def test_a_lock_on_a_file_that_was_erased_meanwhile_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sandbox"
    real = fcntl.flock
    locked: list[int] = []

    def erase_first(descriptor: int, operation: int) -> None:
        if not locked:
            (folder / "lock").unlink()
            folder.rmdir()
        locked.append(descriptor)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", erase_first)
    with exclusive(folder, 1) as lock, pytest.raises(ControlPlaneError), exclusive(folder, 0):
        pass
    assert len(locked) >= 3
    assert lock.exists()
