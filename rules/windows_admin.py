"""The administrator of Windows nodes. Azure tells of a wrong one when half of the environment is there.

Refuses to repeat a password: what is wrong with it is told by counts and kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.problem import Problem
from rules.tables.windows_admin import BANNED_PASSWORDS, PASSWORD_CLASSES, PASSWORD_LENGTHS, RESERVED_NAMES
from rules.words import given

_CLASSES = (
    ("lower-case letters", "[a-z]"),
    ("upper-case letters", "[A-Z]"),
    ("digits", "[0-9]"),
    ("others", "[^a-zA-Z0-9]"),
)


def password(path: str, text: str) -> Problem | None:
    """What is wrong with a password of Windows nodes. `path` is the key of the secret."""
    low, high = PASSWORD_LENGTHS
    kinds = [name for name, pattern in _CLASSES if re.search(pattern, text)]
    if text in BANNED_PASSWORDS:
        shown = "a password that everybody tries first"
    elif not low <= len(text) <= high:
        shown = f"a password of {len(text)} characters"
    elif len(kinds) < PASSWORD_CLASSES:
        shown = f"a password of {' and '.join(kinds)} alone"
    elif any(ord(character) < 32 for character in text):
        shown = "a password with a line break or another control character"
    else:
        return None
    return Problem(
        rule="windows-password",
        path=path,
        given=f"{shown} (not shown)",
        allowed=f"{low} to {high} characters of at least {PASSWORD_CLASSES} of: lower-case letters, upper-case "
        "letters, digits, others (Windows Server)",
        fix=f"`pulumi config set --secret {path}` with a longer one, for example of a password generator",
    )


def username(path: str, name: str) -> Iterator[Problem]:
    """Azure takes the name."""
    if name.lower() in RESERVED_NAMES:
        yield Problem(
            rule="windows-admin-name",
            path=path,
            given=given(name),
            allowed=f"names other than the {len(RESERVED_NAMES)} that Azure refuses, such as admin and root",
            fix="leave adminUsername out for buildfleet, or choose another; it cannot be changed later",
        )
