"""The sample stack files of these tests, read as the program reads them."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "stacks"
NAMES = tuple(sorted(path.name for path in FOLDER.glob("Pulumi.*.yaml")))


@cache
def _document(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def document(name: str) -> Any:
    """The whole file; a copy to change."""
    return copy.deepcopy(_document(name))


def stack(name: str) -> tuple[dict[str, Any], set[str]]:
    """Plain sections, and the keys of secrets."""
    ours = {
        key.removeprefix("buildfleet:"): value
        for key, value in document(name)["config"].items()
        if key.startswith("buildfleet:")
    }
    secrets = {key for key, value in ours.items() if isinstance(value, dict) and set(value) == {"secure"}}
    return {key: value for key, value in ours.items() if key not in secrets}, secrets
