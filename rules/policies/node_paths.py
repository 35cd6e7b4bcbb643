r"""Paths of nodes, however they are written: one normal form, in Python and in CEL.

Owns what `\\.\pipe\docker_engine`, `//./PIPE//docker_engine/` and `npipe:////./pipe/docker_engine` have in common, and
which paths lead to a container runtime. The two forms are built from the same patterns (`rules.tables.node_doors`).

Refuses to follow links, to expand `$(VARIABLES)` and to know the file system: it compares texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from rules.tables.node_doors import (
    ENGINE_PIPE,
    ENGINE_PIPE_DEFAULT,
    RUNTIME_FOLDERS,
    RUNTIME_PARENTS,
    RUNTIME_PIPES,
    RUNTIME_SOCKETS,
)

# A UNC path leads to pipes, too, and so does the kernel's own name for them.
_PIPE: Final = r"^//([^/]+/)?pipe/|/device/namedpipe/"
# Windows takes segments of dots with blanks behind for `..`, after Kubernetes has found none.
_UPWARD: Final = r"/ *\.[. ]+/"
_DRIVE: Final = r"^[a-z]:"
_END: Final = r""" \t\r\n"',;)&|`"""
_MENTION: Final = rf"npipe:[^{_END}]*|//+[.?]/+pipe[^{_END}]*"
_IGNORED: Final = ("", ".", "?")
_LOWER: Final = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def lower(text: str) -> str:
    """ASCII letters in lower case, and no others: as `lowerAscii` of CEL."""
    return text.translate(_LOWER)


def normal(path: str) -> str:
    r"""A path with slashes only, none of them twice or at the end, and without `.` and `?`, capitals kept.

    What begins with two slashes still does, as it may be a pipe: `//pipe/docker_engine`.
    """
    slashes = path.replace("\\", "/")
    root = "//" if slashes.startswith("//") else "/" if slashes.startswith("/") else ""
    return root + "/".join(part for part in slashes.split("/") if part not in _IGNORED)


def is_pipe(path: str) -> bool:
    """Whether a normal path is that of a named pipe of Windows, or holds all of them."""
    return re.search(_PIPE, f"{lower(path)}/") is not None


def is_runtime(path: str) -> bool:
    """Whether a normal path leads to a container runtime of the node, other than by the engine's own pipe."""
    text = f"{lower(path)}/"
    if is_pipe(path):
        return re.search(RUNTIME_PIPES, text) is not None
    below = text.lstrip("/") or "/"
    return (
        below in RUNTIME_PARENTS
        or re.search(RUNTIME_FOLDERS, below) is not None
        or re.search(RUNTIME_SOCKETS, below) is not None
    )


def is_engine_pipe(path: str) -> bool:
    """Whether a normal path is the pipe of the Docker Engine."""
    return lower(path) == ENGINE_PIPE


def goes_up(path: str) -> bool:
    """Whether a normal path has a segment that Linux or Windows takes for `..`."""
    return re.search(_UPWARD, f"/{path}/") is not None


def is_below(path: str, folders: Sequence[str]) -> bool:
    """Whether a normal path is one of these folders or in one. Windows does not tell capitals apart, Linux does."""
    for folder in map(normal, folders):
        on_drive = re.search(_DRIVE, lower(folder)) is not None
        one, other = (lower(path), lower(folder)) if on_drive else (path, folder)
        if one == other or one.startswith(f"{other}/"):
            return True
    return False


def pipes_named(text: str) -> list[str]:
    """The pipes that a command line, or the value of a variable, names; as normal paths in lower case."""
    found: list[str] = re.findall(_MENTION, lower(text.replace("\\", "/")))
    return [normal(one.replace("npipe:", "")) for one in found]


def is_runtime_mention(path: str) -> bool:
    """Whether what `pipes_named` found is the pipe of another runtime."""
    return re.search(RUNTIME_PIPES, path) is not None


def is_engine_mention(path: str) -> bool:
    """Whether what `pipes_named` found is the pipe of the Docker Engine."""
    return path in (ENGINE_PIPE, ENGINE_PIPE_DEFAULT)


# The same in CEL. Each takes an expression; those on paths take one of a normal path in lower case.


def _literal(value: str | Sequence[str]) -> str:
    # Texts and lists of texts are written in JSON and in CEL alike.
    return json.dumps(value, ensure_ascii=False)


def normal_cel(text: str) -> str:
    """CEL: `normal` of a text."""
    slashes = f"{text}.replace('\\\\', '/')"
    parts = f"{slashes}.split('/').filter(s, !(s in {_literal(_IGNORED)})).join('/')"
    return f"(({slashes}.startsWith('//') ? '//' : {slashes}.startsWith('/') ? '/' : '') + {parts})"


def is_pipe_cel(path: str) -> str:
    """CEL: `is_pipe`."""
    return f"({path} + '/').matches({_literal(_PIPE)})"


def is_runtime_cel(path: str) -> str:
    """CEL: `is_runtime`."""
    # Slashes in front are taken away by what they are followed by: there are two at most.
    below = f"(({path}.startsWith('//') ? {path}.substring(2) : {path}.startsWith('/') ? {path}.substring(1) : {path})"
    below = f"{below} + '/')"
    return (
        f"({is_pipe_cel(path)} ? {path}.matches({_literal(RUNTIME_PIPES)}) : "
        f"({below} in {_literal(RUNTIME_PARENTS)} || {below}.matches({_literal(RUNTIME_FOLDERS)}) || "
        f"{below}.matches({_literal(RUNTIME_SOCKETS)})))"
    )


def is_engine_pipe_cel(path: str) -> str:
    """CEL: `is_engine_pipe`."""
    return f"{path} == {_literal(ENGINE_PIPE)}"


def goes_up_cel(path: str) -> str:
    """CEL: `goes_up`; capitals do not matter."""
    return f"('/' + {path} + '/').matches({_literal(_UPWARD)})"


def is_below_cel(path: str, folders: str) -> str:
    """CEL: `is_below` of a normal path with its capitals; `folders` are normal, too."""
    drive = f"h.lowerAscii().matches({_literal(_DRIVE)})"
    return (
        f"{folders}.exists(h, {path} == h || {path}.startsWith(h + '/') || ({drive} && "
        f"({path}.lowerAscii() == h.lowerAscii() || {path}.lowerAscii().startsWith(h.lowerAscii() + '/'))))"
    )


def pipes_named_cel(text: str) -> str:
    """CEL: `pipes_named` of a text in lower case with slashes only, as in `variables.texts`."""
    # Most texts name none, and looking for a word is cheaper than the pattern.
    found = f"{text}.findAll({_literal(_MENTION)})"
    return f"(!{text}.contains('pipe') ? [] : {found}.map(m, m.replace('npipe:', '')).map(m, {normal_cel('m')}))"


def is_runtime_mention_cel(path: str) -> str:
    """CEL: `is_runtime_mention`."""
    return f"{path}.matches({_literal(RUNTIME_PIPES)})"


def is_engine_mention_cel(path: str) -> str:
    """CEL: `is_engine_mention`."""
    return f"{path} in {_literal((ENGINE_PIPE, ENGINE_PIPE_DEFAULT))}"
