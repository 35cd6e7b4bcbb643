"""One fake Windows node a test."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from engine_supervisor.adapters.windows import files

from .fakes import Windows


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited for a file that somebody has open, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(files, "time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return Windows(tmp_path)
