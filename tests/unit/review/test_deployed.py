"""`not-older`: what is deployed is never older than what was deployed last, unless somebody says so in a commit."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path

import pytest

from review.__main__ import main

AUTHOR = {f"GIT_{role}_{key}": "x" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}


def git(folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **AUTHOR}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    monkeypatch.chdir(folder)
    return folder


def update(head: str | None, kind: str = "update", result: str = "succeeded") -> dict[str, object]:
    """An entry as `pulumi stack history --json` of 3.256.0 prints it for a DIY backend."""
    environment = {"exec.kind": "cli", "git.dirty": "true", **({"git.head": head} if head else {})}
    times = {"startTime": "2026-11-22T19:20:22.000Z", "endTime": "2026-11-22T19:20:30.000Z"}
    return {"version": 0, "kind": kind, **times, "message": "m", "environment": environment, "config": {},
            "result": result, "resourceChanges": {}}  # fmt: skip


def ask(monkeypatch: pytest.MonkeyPatch, *history: dict[str, object]) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(history)))
    return main(["not-older", "--stack", "prod"])


def test_what_was_deployed_last_and_what_came_after_it_goes_on(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = commit(checkout, "first")
    assert ask(monkeypatch, update(first)) == 0
    assert capsys.readouterr().out == f"Stack prod: this is {first[:12]}, which was deployed last.\n"
    second = commit(checkout, "second")
    assert ask(monkeypatch, update(first, result="failed")) == 0
    told = f"Stack prod: this is {second[:12]}, which has {first[:12]}, deployed at 2026-11-22T19:20:22.000Z.\n"
    assert capsys.readouterr().out == told


def test_what_is_older_or_of_another_branch_is_refused_and_told_how_to_go_on(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = commit(checkout, "first"), commit(checkout, "second")
    git(checkout, "checkout", "-q", "--detach", first)
    side = commit(checkout, "side")
    for here in (first, side):
        git(checkout, "checkout", "-q", "--detach", here)
        for result in ("succeeded", "failed", "in-progress"):
            assert ask(monkeypatch, update(second, result=result), update(first)) == 1
            told = capsys.readouterr().out
            assert told.count("\n") == 1
            by_hand = "deploy once by hand from the protected branch"
            for words in ("prod", here[:12], second[:12], "Run the newest", by_hand, "revert the commit"):
                assert words in told


def test_a_revert_is_newer_than_what_it_takes_back(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "a").write_text("1")
    git(checkout, "add", "a")
    commit(checkout, "first")
    (checkout / "a").write_text("2")
    git(checkout, "add", "a")
    deployed = commit(checkout, "second")
    git(checkout, "revert", "--no-edit", "HEAD")
    assert ask(monkeypatch, update(deployed)) == 0


def test_the_last_update_counts_and_no_refresh_or_import(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = commit(checkout, "first"), commit(checkout, "second")
    git(checkout, "checkout", "-q", "--detach", first)
    assert ask(monkeypatch, update(first, "refresh"), update(first, "resource-import"), update(second)) == 1
    capsys.readouterr()
    assert ask(monkeypatch, update(second, "refresh")) == 0
    assert "none of the 1 newest entries of its history is an update" in capsys.readouterr().out


def test_without_a_history_or_a_commit_in_it_nothing_is_compared_and_that_is_said(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(checkout, "first")
    assert ask(monkeypatch) == 0
    assert "no history" in capsys.readouterr().out
    for head in (None, "main", "--all", "0123"):
        assert ask(monkeypatch, update(head)) == 0
        assert "does not say of which commit it was" in capsys.readouterr().out


def test_a_commit_that_git_does_not_have_is_refused_with_what_to_fetch(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = commit(checkout, "first")
    commit(checkout, "second")
    git(checkout.parent, "clone", "-q", "--depth", "1", checkout.as_uri(), "shallow")
    monkeypatch.chdir(checkout.parent / "shallow")
    assert ask(monkeypatch, update(first)) == 1
    assert "fetch-depth: 0" in capsys.readouterr().out
    monkeypatch.chdir(checkout)
    assert ask(monkeypatch, update("0123456789" * 4)) == 1
    assert "Fetch the whole history" in capsys.readouterr().out


def test_what_is_no_history_or_no_checkout_is_an_error_and_no_pass(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(checkout, "first")
    file = checkout / "history.json"
    for text in ("", "{}", "[1]", "error: no such stack", "[" * 100_000):
        file.write_text(text)
        assert main(["not-older", "--stack", "prod", "--history", str(file)]) == 2
        assert "no list of updates" in capsys.readouterr().err
    assert main(["not-older", "--stack", "prod", "--history", str(checkout / "none")]) == 2
    file.write_text(json.dumps([update("0123456789" * 4)]))
    monkeypatch.chdir(checkout.parent)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.parent.parent))
    assert main(["not-older", "--stack", "prod", "--history", str(file)]) == 2
    assert "no checkout of git" in capsys.readouterr().err


def test_no_entry_of_a_history_is_a_command_to_the_machine_that_prints_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(checkout, "first")
    odd = {**update("0123456789" * 4), "startTime": "##vso[task.x]\n::error::"}
    assert ask(monkeypatch, odd) == 1
    told = capsys.readouterr().out
    assert "##vso[" not in told
    assert "\n::" not in told
