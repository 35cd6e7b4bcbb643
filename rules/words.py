"""How rules speak: values, lists and near misses in plain words.

Owns the rendering of a given value. Refuses to show what may be a secret: a token that somebody pasted into the
wrong field must not reach a log through our own error message.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

NOTHING: Final = "nothing"

_LONGEST: Final = 60
_HIDDEN: Final = "not shown, as it may be a secret"
# Tokens of GitHub (ghp_, gho_, ghs_, github_pat_, ...), PEM keys, Azure DevOps tokens (52 characters of base32, or 84).
_TOKEN: Final = re.compile(
    r"gh[a-z]_[A-Za-z0-9]{10}|github_pat_|-----BEGIN|^(?=.*[0-9])(?![0-9a-fA-F]+$)[A-Za-z0-9]{50,}$"
)
_URL_PASSWORD: Final = re.compile(r"(://)[^/@\s]*@")


def may_be_secret(text: str) -> bool:
    """Whether a text looks like a token or key rather than a name."""
    return _TOKEN.search(text) is not None


def given(value: object) -> str:
    """A value as it may stand in a message: short, unambiguous, and without anything that may be a secret."""
    match value:
        case None:
            return NOTHING
        case str() if may_be_secret(value):
            return f"a text of {len(value)} characters ({_HIDDEN})"
        case str():
            shown = json.dumps(_URL_PASSWORD.sub(r"\1***@", value), ensure_ascii=False)
            return shown if len(shown) <= _LONGEST else f'{shown[: _LONGEST - 4]}..."'
        case Mapping():
            keys = sorted(str(key) for key in value)
            return f"a map with the keys {listed(keys, 'and')}" if keys else "an empty map"
        case list() | tuple():
            return f"a list of {len(value)}" if value else "an empty list"
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            return f"a {type(value).__name__}"


def listed(items: Iterable[str], last: str = "or") -> str:
    """`a, b or c`, in the order given; at most twenty."""
    every = list(items)
    if len(every) > 20:
        every = [*every[:20], f"{len(every) - 20} more"]
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} {last} {every[-1]}"


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, or `None`."""
    by_folded = {candidate.casefold().replace("_", "").replace("-", ""): candidate for candidate in sorted(candidates)}
    folded = word.casefold().replace("_", "").replace("-", "")
    found = difflib.get_close_matches(folded, list(by_folded), n=1, cutoff=0.75)
    return by_folded[found[0]] if found else None


def meant(word: str, candidates: Iterable[str], otherwise: str) -> str:
    """The fix for a name that is not there: the near miss, else `otherwise`."""
    near = nearest(word, candidates)
    return f'did you mean "{near}"?' if near else otherwise
