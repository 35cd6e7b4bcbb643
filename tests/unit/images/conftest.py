"""The assembly programs of the images, which are no packages: they run alone, in a stage of a build."""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
HERE = f"3{sys.version_info.minor}"


def load(image: str) -> ModuleType:
    path = ROOT / "images" / image / "assemble.py"
    spec = importlib.util.spec_from_file_location(f"assemble_{image.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def archive(tmp_path: Path) -> Callable[[str, Mapping[str, str]], Path]:
    def make(name: str, files: Mapping[str, str]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as opened:
            for entry, text in files.items():
                opened.writestr(entry, text)
        return path

    return make
