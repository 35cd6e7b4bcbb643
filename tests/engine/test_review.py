"""What pull requests show, by the real engine: the pages of docs/reviews, and the commands around them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.control_plane import Binaries
from tests.engine.driver import Sandbox
from tests.engine.reviews import CHANGES, FOLDER, ROOT, STAND_INS, Change, Stacks

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Stacks]:
    stacks = Stacks(tmp_path_factory.mktemp("sandboxes"))
    yield stacks
    stacks.erase()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_page_of_a_prepared_change_is_what_the_command_makes_today(stacks: Stacks, change: Change) -> None:
    page = stacks.page(change)
    assert page == (FOLDER / f"{change.name}.md").read_text(), "to write them anew: make reviews"
    assert "rehearsal-placeholder" not in page


def make(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **STAND_INS, "BUILDFLEET_SANDBOX": str(folder / "sandboxes")}
    return subprocess.run(
        ["make", *arguments, f"EVENTS={folder / 'events.json'}", f"SUMMARY={folder / 'summary.md'}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_make_review_compares_with_a_checkout_of_the_base_and_its_gate_opens_or_stays_shut(
    tmp_path: Path, binaries: Binaries
) -> None:
    # This checkout is its own base, so that there is no change.
    try:
        done = make("review", f"BASE={ROOT}", f"POLICY={tmp_path / 'policy.json'}", folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "This changes nothing." in done.stdout
        assert (tmp_path / "summary.md").read_text().startswith("<!-- buildfleet-review: dev -->\n")
        gate = make("gate", folder=tmp_path)
        assert (gate.returncode, gate.stdout) == (0, "The gate is open.\n"), gate.stdout + gate.stderr
        # The log of a run that did not end, as when its machine went away.
        events = tmp_path / "events.json"
        events.write_text("".join(line for line in events.open() if "summaryEvent" not in json.loads(line)))
        shut = make("gate", folder=tmp_path)
        assert shut.returncode != 0
        assert "The preview did not end" in shut.stdout
    finally:
        Sandbox(tmp_path / "sandboxes", binaries.kubectl).erase()


def test_a_stack_file_with_a_mistake_has_a_summary_that_says_so(tmp_path: Path) -> None:
    file, events = tmp_path / "Pulumi.dev.yaml", tmp_path / "events.json"
    file.write_text((ROOT / "Pulumi.dev.yaml").read_text().replace("version: 29.2.1", "version: 1.0.0"))
    command = [".venv/bin/python", "-m", "sandbox", "preview", "--stack", "dev", "--file", str(file)]
    done = subprocess.run([*command, "--events", str(events)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    summary = make("summary", folder=tmp_path)
    assert summary.returncode == 0, summary.stderr
    text = (tmp_path / "summary.md").read_text()
    assert "The preview failed." in text
    assert "buildfleet:dockerEngine.version  (engine-version)" in text
