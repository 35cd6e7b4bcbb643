"""Today's program on what the last release left behind: nothing may be replaced or deleted by an upgrade.

The states are those of `recorded/`, laid into a sandbox of its own; the engine previews today's program against them.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox.rehearsal import Rehearsal
from tests.upgrade.recording import STACKS, restore

pytestmark = pytest.mark.engine

HARMLESS = {"same", "update", "create", "read", "refresh"}
"""What an upgrade may do to what is there, beside what is in ON_PURPOSE."""
_SCRIPT = "buildfleet::buildfleet:index:WindowsDockerEngine$kubernetes:core/v1:ConfigMap::docker-engine-files"
"""The script that installed the engine, which the supervisor's image has taken the place of."""
ON_PURPOSE: dict[str, set[str]] = {stack: {f"urn:pulumi:{stack}::{_SCRIPT}"} for stack in STACKS}
"""By stack: URNs that this release replaces or deletes on purpose; each stands in CHANGELOG.md under Breaking."""
FEWEST = {"dev": 90, "aks": 150, "azure-local": 50}
"""Resources that a recording has at least."""


@pytest.mark.parametrize("stack", STACKS)
def test_todays_program_replaces_nothing_that_the_recorded_release_made(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDFLEET_SANDBOX", str(tmp_path))
    rehearsal = Rehearsal(stack)
    restore(stack, rehearsal.directory)
    try:
        assert rehearsal.preview() == 0
        steps = planned(rehearsal)
    finally:
        rehearsal.erase()
    known = [step for step in steps if step.get("oldState")]
    assert len(known) >= FEWEST[stack], "the recorded state was read"
    harm = {f"{step['op']} {step['urn']}" for step in steps if step["op"] not in HARMLESS}
    assert {line for line in harm if line.partition(" ")[2] not in ON_PURPOSE.get(stack, set())} == set()


def planned(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """Every step of a preview of today's program, in the sandbox that runs."""
    engine = rehearsal.engine()
    arguments = [*engine.arguments(["preview", "--json", "--show-sames"]), "--config-file", str(engine.stack_file)]
    done = subprocess.run(arguments, env=engine.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    return found
