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
from tests.engine.aks import AksSandbox, Sections, node_pool, small
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


def creating(sandbox: Sandbox, package: str) -> set[str]:
    """The URNs of the package's resources that are being made; `package` is the beginning of their types."""
    pending = deployment(sandbox).get("pending_operations") or []
    begun = (item["resource"] for item in pending if item["type"] == "creating")
    return {resource["urn"] for resource in begun if resource["type"].startswith(package)}


def up_killed_while_creating(sandbox: Sandbox, package: str, *arguments: str) -> str:
    """The output of an `up` with checkpoints whose engine is killed while it creates a resource of the package."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "up", "--checkpoints", *arguments],
        cwd=ROOT,
        env={**os.environ, "BUILDFLEET_SANDBOX": str(sandbox.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        mark = sandbox.folder / sandbox.stack / "run-with-checkpoints"
        deadline = time.monotonic() + SECONDS
        while not (mark.exists() and mark.read_text() and creating(sandbox, package)):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(json.loads(mark.read_text())["pid"], signal.SIGKILL)
        return process.communicate(timeout=SECONDS)[0]
    finally:
        process.kill()


def test_an_up_that_is_killed_while_it_creates_goes_on_without_making_anything_twice(
    tmp_path: Path, binaries: Binaries
) -> None:
    sandbox = Sandbox(tmp_path, binaries.kubectl)
    try:
        output = up_killed_while_creating(sandbox, "kubernetes:")
        assert "kept its checkpoints" in output
        # Pulumi writes such a file in place beside the state: one that is cut off makes the state unreadable.
        assert list(sandbox.state.parent.glob("*.attrs")) == []
        begun = creating(sandbox, "kubernetes:")
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
        sandbox.erase()


def test_a_pool_whose_caller_was_killed_is_finished_by_azure_and_found_by_the_next_up(
    tmp_path: Path, binaries: Binaries
) -> None:
    sandbox = AksSandbox(tmp_path, binaries.kubectl)
    sandbox.edit(small)
    sandbox.azure_directory.mkdir(parents=True)
    (sandbox.azure_directory / "settings.json").write_text('{"seconds": {"containerservice:AgentPool": 2}}')
    try:
        up_killed_while_creating(
            sandbox, "azure-native:containerservice:AgentPool", "--stack", "aks", "--file", str(sandbox.file)
        )
        sandbox.succeeds("up")
        asked = [(operation, made) for operation, made, status, _ in sandbox.azure.requests() if status < 300]
        creates = [made.lower() for operation, made in asked if operation == "create"]
        assert len(creates) == len(set(creates))
        assert [made for made in creates if "/agentpools/" in made]
        assert len(sandbox.nodes("w22")) == 2
        assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}
    finally:
        sandbox.erase()


@pytest.mark.parametrize("order", ["create-before-delete", "delete-before-create"])
def test_a_replacement_of_a_pool_that_was_killed_is_brought_to_its_end(
    tmp_path: Path, binaries: Binaries, order: str
) -> None:
    sandbox = AksSandbox(tmp_path, binaries.kubectl)

    def replaced(sections: Sections) -> None:
        node_pool(sections, "w22").update(vmSize="Standard_D4ds_v5")

    sandbox.edit(small)
    sandbox.edit(lambda sections: node_pool(sections, "w22").update(replacement=order))
    try:
        sandbox.succeeds("up")
        old = sandbox.pool_id("w22")
        (sandbox.azure_directory / "settings.json").write_text('{"seconds": {"containerservice:AgentPool": 2}}')
        sandbox.edit(replaced)
        before = len(sandbox.azure.requests())
        up_killed_while_creating(
            sandbox, "azure-native:containerservice:AgentPool", "--stack", "aks", "--file", str(sandbox.file)
        )
        assert "Its creates that were under way are looked for: pool-w22" in sandbox.succeeds("up")
        asked = [(operation, made) for operation, made, status, _ in sandbox.azure.requests()[before:] if status < 300]
        assert [operation for operation, _ in asked if operation == "create"] == ["create"]
        assert [operation for operation, _ in asked if operation == "delete"] == ["delete"]
        new = sandbox.pool_id("w22")
        assert (new == old) is (order == "delete-before-create")
        assert len(sandbox.nodes("w22")) == 2
        assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}
    finally:
        sandbox.erase()
