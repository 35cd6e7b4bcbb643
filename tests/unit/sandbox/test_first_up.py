"""The first `up` of a stack in Azure is checked before anything is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sandbox import rehearsal
from sandbox.rehearsal import Rehearsal

PREVIEW = b" +  a:b:C one create \nDiagnostics:\n  a:b:C (one):\n    error: refused\n"


class Engine:
    """Refuses every preview; keeps what it was asked to run."""

    def __init__(self, *, empty: bool, code: int) -> None:
        self.stack = "aks"
        self.kubeconfig = Path("kubeconfig")
        self.asked: list[str] = []
        self._empty, self._code = empty, code

    def is_empty(self) -> bool:
        return self._empty

    def run(self, command: str, *options: str, output: int | None = None, started: Any = None) -> int:
        self.asked.append(command)
        if command == "preview":
            assert output is not None, "a preview that succeeds is not shown"
            os.write(output, PREVIEW)
            return self._code
        return 0


def asked(engine: Engine, stack: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    monkeypatch.setattr(Rehearsal, "_ready", lambda self: engine)
    monkeypatch.setattr(Rehearsal, "_show", lambda self: None)
    monkeypatch.setattr(rehearsal, "simulate", lambda *arguments: None)
    return Rehearsal(stack).up(), engine.asked


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDFLEET_SANDBOX", str(tmp_path))


def test_what_the_preview_refuses_is_told_and_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(Engine(empty=True, code=255), "aks", monkeypatch) == (255, ["preview"])
    told = capsys.readouterr().out
    assert "error: refused" in told
    assert "so nothing was made" in told
    assert "one create" not in told


def test_a_preview_that_succeeds_says_nothing_and_the_update_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(Engine(empty=True, code=0), "aks", monkeypatch) == (0, ["preview", "up"])
    assert "a:b:C" not in capsys.readouterr().out


@pytest.mark.parametrize(("stack", "empty"), [("aks", False), ("dev", True)])
def test_an_environment_that_is_there_or_without_azure_is_not_previewed(
    stack: str, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(Engine(empty=empty, code=255), stack, monkeypatch) == (0, ["up"])
