"""Texts of others, made fit to be shown.

Owns what every name, value and message of a log goes through before it is printed: nothing that may be a secret, no
control or invisible characters, nothing that the machine which prints it takes as a command, a length that a person
reads. The engine masks what a program called secret; a token that somebody wrote into a plain field it does not know.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from typing import Final

from rules.tables.engine_marks import UNKNOWNS
from rules.words import may_be_secret

HIDDEN: Final = "[hidden: may be a secret]"
SECRET: Final = "[secret]"
"""What the engine writes for a value that is secret."""

UNKNOWN: Final = "(known after the update)"

_CONTEXT: Final = 16
"""Characters before the first difference of two long texts."""
_UNKNOWN: Final = re.compile("|".join(sorted(UNKNOWNS)))
_COLOUR: Final = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*[A-Za-z]")
"""The engine's own colours, and a terminal's."""
_WORD: Final = re.compile(r"""[^\s"'`,;:=<>()\[\]{}|]+""")
_AUTHORITY: Final = re.compile(r"(://)[^/@\s]*@")
# Beside those of rules.words: JSON web tokens, keys and signatures in connection strings and URLs, long base64 keys.
_MORE: Final = (
    # From the beginning of a run on, and only where a dot ends it: tried at each of its characters the time is squared.
    re.compile(
        r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]{13,}\.)[A-Za-z0-9_-]*?"
        r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"
    ),
    re.compile(r"(?i)(?<=accountkey=)[^;\s\"']+"),
    re.compile(r"(?i)(?<=accesskey=)[^;\s\"']+"),
    re.compile(r"(?i)(?<=[?&]sig=)[^&\s\"']+"),
    re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}={1,2}"),
)
_COMMAND: Final = re.compile(r"(?i)##(?=(vso)?\[)")
_COMMAND_LINE: Final = re.compile(r"(?m)^([^\S\n]*):(?=:)")
"""Lines in a log that the machine of a run takes as a command: of Azure Pipelines, and of GitHub's runner, which knows
`##[` anywhere in a line and `::` where one begins."""
_PEM: Final = re.compile(r"-----BEGIN[\s\S]*?(-----END[^-\n]*-----|\Z)")


def is_unknown(value: object) -> bool:
    """Whether a value, or a part of a text, is not known yet."""
    return isinstance(value, str) and _UNKNOWN.search(value) is not None


@lru_cache(maxsize=65536)
def clean(text: str) -> str:
    """A text without colours, invisible characters, commands to a run's machine and what may be a secret; its lines
    stay."""
    plain = _COLOUR.sub("", text).replace("\r\n", "\n")
    shown = plain if plain.isprintable() else "".join(each for each in plain if each == "\n" or not _invisible(each))
    shown = _UNKNOWN.sub(UNKNOWN, _PEM.sub(HIDDEN, _AUTHORITY.sub(r"\1***@", shown)))
    for pattern in _MORE:
        shown = pattern.sub(HIDDEN, shown)
    shown = _WORD.sub(lambda word: HIDDEN if may_be_secret(word[0]) else word[0], shown)
    return _COMMAND_LINE.sub(r"\1: ", _COMMAND.sub("## ", shown))


def line(text: str, longest: int = 120) -> str:
    """A text in one line, cleaned and cut."""
    words = " ".join(clean(text).split())
    return words if len(words) <= longest else f"{words[: longest - 3]}..."


def value(given: object, longest: int = 80) -> str:
    """A value as it may be shown: short, in one line, with nothing that may be secret."""
    if given == SECRET:
        return SECRET
    if isinstance(given, str):
        return line(given, longest) if given else '""'
    return line(json.dumps(given, ensure_ascii=False, sort_keys=True, default=str), longest)


def pair(old: object, new: object, longest: int = 80) -> tuple[str, str]:
    """Two values as they may be shown side by side: of long texts the part in which they differ."""
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > longest:
        one, two = line(old, len(old)), line(new, len(new))
        same = next((at for at, each in enumerate(zip(one, two, strict=False)) if each[0] != each[1]), 0)
        begin = max(0, same - _CONTEXT)
        # Cut after the cleaning, so that no half of a secret is left.
        return _part(one, begin, longest), _part(two, begin, longest)
    return value(old, longest), value(new, longest)


def _part(text: str, begin: int, longest: int) -> str:
    shown = text[begin : begin + longest]
    return f"{'...' if begin else ''}{shown}{'...' if begin + longest < len(text) else ''}"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 node pool`, `2 node pools`; what is a plural already, such as `diagnostics`, has no number of one."""
    if not many and one.endswith("s") and not one.endswith("ss"):
        return one if count == 1 else f"{count} {one}"
    return f"{count} {one if count == 1 else many or plural(one)}"


def plural(one: str) -> str:
    """The plural of a noun: `policies`, `classes`, `node pools`."""
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}es" if one.endswith(("s", "x", "ch", "sh")) else f"{one}s"


def joined(parts: list[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _invisible(each: str) -> bool:
    # Control characters, and the format characters by which text can be shown in another order than it is read.
    return unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co") and each != "\t"
