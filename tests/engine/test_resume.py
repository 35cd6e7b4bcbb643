"""A run with checkpoints that is killed is gone on with: nothing is made twice, and nothing is forgotten."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.control_plane import Binaries
from tests.engine.driver import ROOT, Sandbox, changes

SECONDS = 120.0

pytestmark = pytest.mark.engine


def deployment(sandbox: Sandbox) -> dict[str, Any]:
    """What the state has at the moment; nothing while it is written or not there yet."""
    try:
        found = json.loads(sandbox.state.read_text())["checkpoint"]["latest"]
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found or {}


def creating(sandbox: Sandbox) -> set[str]:
    """The URNs of objects that are being made."""
    pending = deployment(sandbox).get("pending_operations") or []
    begun = (item["resource"] for item in pending if item["type"] == "creating")
    return {resource["urn"] for resource in begun if resource["type"].startswith("kubernetes:")}


def test_an_up_that_is_killed_while_it_creates_goes_on_without_making_anything_twice(
    tmp_path: Path, binaries: Binaries
) -> None:
    sandbox = Sandbox(tmp_path, binaries.kubectl)
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "up", "--checkpoints"],
        cwd=ROOT,
        env={**os.environ, "BUILDFLEET_SANDBOX": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        mark = tmp_path / "dev" / "run-with-checkpoints"
        deadline = time.monotonic() + SECONDS
        while not (mark.exists() and mark.read_text() and creating(sandbox)):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(json.loads(mark.read_text())["pid"], signal.SIGKILL)
        output, _ = process.communicate(timeout=SECONDS)
        assert "kept its checkpoints" in output
        begun = creating(sandbox)
        assert begun, "nothing was under way when the engine was killed, so this test tells nothing"
        output = sandbox.succeeds("up")
        assert "goes on from them" in output
        assert "Its creates that were under way are looked for" in output
        resources = deployment(sandbox)["resources"]
        urns = [resource["urn"] for resource in resources]
        assert begun <= set(urns)
        assert len(urns) == len(set(urns))
        assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}
        assert "no object of the stack is left" in sandbox.succeeds("down")
    finally:
        process.kill()
        sandbox.erase()
