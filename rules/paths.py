"""Paths into a stack file, such as `nodePools[2].labels["example.com/team"]`.

Owns how they are written and read. Keys that hold a dot, a bracket or a quote stand in brackets.
"""

from __future__ import annotations

import json
import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
_SEGMENT: Final = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.\[\]"]+)')


def at(path: str, *segments: str | int) -> str:
    """`path`, and what stands below it: keys and indexes."""
    for segment in segments:
        if isinstance(segment, int):
            path += f"[{segment}]"
        elif _PLAIN.fullmatch(segment):
            path += f".{segment}" if path else segment
        else:
            path += f"[{json.dumps(segment, ensure_ascii=False)}]"
    return path


def split(path: str) -> tuple[str | int, ...]:
    """The keys and indexes of a path that `at` wrote."""
    return tuple(
        int(index) if index else json.loads(quoted) if quoted else plain
        for index, quoted, plain in _SEGMENT.findall(path)
    )
