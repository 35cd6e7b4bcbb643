"""The lines of the engine's log of events.

Owns the one form that is read: a JSON object a line, as `--event-log FILE` writes it (with PULUMI_DEBUG_COMMANDS=true;
the Automation API of every language uses the same) and as `pulumi preview --json` prints it with
PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true (3.256.0, `pkg/backend/display/json.go`).

Refuses the single document of a plain `pulumi preview --json`: it has neither policy findings nor the order of a
replacement. Refuses what no engine writes, in size and depth: the log may be somebody's who means harm.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

LARGEST_BYTES: Final = 256 * 1024 * 1024
"""A log of 10,000 resources has a tenth of that."""
LARGEST_DEPTH: Final = 100
"""Nesting of maps and lists in a line: the deepest of ours is 25."""
_LONGEST_NUMBER: Final = 40
"""Digits of a whole number: the engine's are of 64 bits."""


class LogError(Exception):
    """The file is no log of events; the message says why and how to get one."""


def events(path: Path) -> Iterator[dict[str, Any]]:
    """Every event of a log; raises `LogError`."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise LogError(f"{path}: larger than {LARGEST_BYTES // 1024 // 1024} MiB, which no preview writes.")
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from _read(path, lines)
    except OSError as error:
        raise LogError(f"{path}: cannot be read ({error.strerror}).") from error
    except RecursionError as error:
        raise LogError(f"{path}: nested deeper than any log of the engine.") from error


def _read(path: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    number = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line, parse_constant=_number, parse_float=_number, parse_int=_whole)
        except ValueError as error:
            told = " It looks like the document of a plain `pulumi preview --json`." if line.strip() == "{" else ""
            raise LogError(
                f"{path}, line {number}: no event of the engine.{told} Write the log with "
                "`PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log FILE`."
            ) from error
        if not isinstance(event, dict):
            raise LogError(f"{path}, line {number}: an event of the engine is an object.")
        if _too_deep(event, LARGEST_DEPTH):
            raise LogError(f"{path}, line {number}: nested deeper than any event of the engine.")
        yield event
    if number == 0:
        raise LogError(f"{path}: empty: the preview wrote no event.")


def _number(text: str) -> float:
    """A finite number: what is infinite, or none at all, no engine writes, and no sum takes."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(text)
    return found


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(text[:_LONGEST_NUMBER])
    return int(text)


def _too_deep(value: object, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    below = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_too_deep(item, left - 1) for item in below)
