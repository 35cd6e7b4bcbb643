"""Files that are made from the models and committed: written, or checked to be current."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def write_or_check(path: str, text: str, *, module: str, arguments: Sequence[str]) -> int:
    """Write `text` to `path` below the repository, or with `--check` say whether it is there already.

    Returns the exit code: 0, or 1 when the file is not current, or 2 for unknown arguments.
    """
    target = ROOT / path
    if list(arguments) == ["--check"]:
        if target.exists() and target.read_text(encoding="utf-8") == text:
            return 0
        print(f"{path} is not what the models say. Write it with: python -m {module}", file=sys.stderr)
        return 1
    if arguments:
        print(f"unknown arguments: {' '.join(arguments)}. Usage: python -m {module} [--check]", file=sys.stderr)
        return 2
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return 0
