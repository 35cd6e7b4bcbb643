r"""The command line of a Windows service: its program and arguments, and whose it is.

The service control manager stores one string. Docker's own registration quotes it; other installers do not, so
`C:\Program Files\Docker\dockerd.exe --run-service` has to be understood too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PureWindowsPath

from engine_supervisor.world import Owner, Target

_CONFIGURATION = re.compile(r"daemon-([0-9a-z]+)\.json", re.IGNORECASE)
_UNQUOTED_PROGRAM = re.compile(r"\s*([^\"]+?\.exe)(?=\s|$)", re.IGNORECASE)


def configuration_name(target: Target) -> str:
    """File name of a target's `daemon.json`, so that a service's command line tells its target."""
    return f"daemon-{target.configuration}.json"


def split(line: str) -> list[str]:
    """Program and arguments, by the rules of `CommandLineToArgvW` and, for an unquoted program, of `CreateProcess`."""
    words: list[str] = []
    unquoted = _UNQUOTED_PROGRAM.match(line)
    if unquoted:
        words.append(unquoted.group(1))
        line = line[unquoted.end() :]
    elif line.lstrip().startswith('"'):
        # In the program a backslash is never an escape.
        program, _, line = line.lstrip()[1:].partition('"')
        words.append(program)
    word, quoted, started, position = "", False, False, 0
    while position < len(line):
        backslashes = len(line) - position - len(line[position:].lstrip("\\"))
        position += backslashes
        following = line[position] if position < len(line) else ""
        if following == '"':
            word += "\\" * (backslashes // 2)
            started = True
            if backslashes % 2:
                word += '"'
            else:
                quoted = not quoted
            position += 1
            continue
        word += "\\" * backslashes
        started = started or bool(backslashes)
        if not following:
            break
        if following in " \t" and not quoted:
            if started:
                words.append(word)
            word, started = "", False
        else:
            word += following
            started = True
        position += 1
    return [*words, word] if started else words


def expand(text: str, environment: Mapping[str, str]) -> str:
    """`%NAME%` replaced as Windows does: regardless of case, and left as it is when there is no such variable."""
    known = {name.lower(): value for name, value in environment.items()}
    return re.sub(r"%([^%]+)%", lambda found: known.get(found.group(1).lower(), found.group(0)), text)


def owner(
    line: str,
    *,
    install_root: str,
    environment: Mapping[str, str],
    long_path: Callable[[str], str],
) -> tuple[Owner, Target | None]:
    """Whose service this is, and for which target it is registered.

    Ours is one whose program is below `install_root`, however the path is written: quoted or not, in any case, with
    short names. One of ours whose arguments tell no target, as an interrupted change may leave it, has none.
    """
    words = [expand(word, environment) for word in split(line)]
    root = PureWindowsPath(long_path(install_root))
    program = PureWindowsPath(long_path(words[0])) if words else PureWindowsPath()
    if not program.is_relative_to(root) or program == root:
        return Owner.OTHER, None
    version = program.relative_to(root).parts[0]
    file = PureWindowsPath(long_path(_option(words, "--config-file")))
    named = _CONFIGURATION.fullmatch(file.name)
    if not named or file.parent != root / version:
        return Owner.US, None
    return Owner.US, Target(version=version, configuration=named.group(1).lower())


def _option(words: list[str], name: str) -> str:
    for position, word in enumerate(words):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and position + 1 < len(words):
            return words[position + 1]
    return ""
