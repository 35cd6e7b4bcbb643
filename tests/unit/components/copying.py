"""Runs the `cp` of an init container as it runs in a pod: not as root, into a volume that belongs to root."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

STRANGER = 4321


def check_copy(command: Sequence[str]) -> None:
    """Run `command`, which ends in a source `FOLDER/.` and a target, on folders of the test's own.

    The target is like an emptyDir: writable for all, and not the copier's. For that the copier becomes another user,
    which only root can.
    """
    if os.geteuid() != 0:
        pytest.skip("needs root, to have a folder that is not the copier's")
    program, *flags, source, target = command
    assert source.endswith("/.")
    assert target.endswith("/")
    # Not pytest's tmp_path: that is closed to other users.
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        tools, volume = Path(root, "externals"), Path(root, "volume")
        (tools / "node20" / "bin").mkdir(parents=True)
        (tools / "node20" / "bin" / "node").write_text("#!/bin/sh\n")
        (tools / "node20" / "bin" / "node").chmod(0o755)
        (tools / "node20" / "bin" / "npm").symlink_to("node")
        volume.mkdir()
        volume.chmod(0o777)
        done = subprocess.run(
            [program, *flags, f"{tools}/.", f"{volume}/"],
            user=STRANGER,
            group=STRANGER,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert os.access(volume / "node20" / "bin" / "node", os.X_OK)
        assert (volume / "node20" / "bin" / "npm").readlink() == Path("node")
