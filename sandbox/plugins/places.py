"""Places inside a resource's properties, and the type in a URN: as the engine writes them."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""A place inside properties; `"*"` in a pattern stands for any key or index."""

_TOKEN = re.compile(r'\.?([^.\[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]')


def type_of(urn: str) -> str:
    """The resource type of a URN: for example `kubernetes:apps/v1:Deployment`."""
    return urn.split("::")[2].rpartition("$")[2]


def format_path(path: Path) -> str:
    """As the engine writes it: `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.search(r'[.\[\]"]', part):
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
        else:
            text += f".{part}" if text else part
    return text


def parse_path(text: str) -> Path:
    """The inverse of `format_path`; `[*]` and `*` give the wildcard."""
    parts: list[str | int] = []
    for plain, index, quoted in _TOKEN.findall(text):
        if plain:
            parts.append(plain)
        elif index:
            parts.append(index if index == "*" else int(index))
        else:
            parts.append(re.sub(r"\\(.)", r"\1", quoted))
    return tuple(parts)


def covers(pattern: Path, path: Path) -> bool:
    """Whether `path` is the pattern's place or lies inside it."""
    return len(path) >= len(pattern) and all(want in ("*", have) for want, have in zip(pattern, path, strict=False))
