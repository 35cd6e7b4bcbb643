"""What `make` hands on to the sandbox's command line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def command(*arguments: str) -> str:
    """The last command that a target would run."""
    # Without the variables of a `make` that runs these tests.
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["make", "-n", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("target", ["up", "down"])
def test_checkpoints_are_kept_where_they_are_asked_for(target: str) -> None:
    assert "--checkpoints" in command(target, "CHECKPOINTS=1")
    assert "--checkpoints" not in command(target)
    assert "--checkpoints" not in command(target, "CHECKPOINTS=0")


def test_a_new_stack_has_no_name_by_default() -> None:
    assert "--stack" not in command("new")
    assert '--stack "prod"' in command("new", "STACK=prod")
    assert '--stack "dev"' in command("up")
