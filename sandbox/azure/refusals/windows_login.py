"""The administrator of Windows nodes: names and passwords that Azure takes. Never shows a password.

Facts: `rules.tables.windows_admin`. Lengths and characters of names: https://learn.microsoft.com/azure/virtual-machines/
windows/faq, read 2026-08-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.tables.windows_admin import BANNED_PASSWORDS, PASSWORD_CLASSES, PASSWORD_LENGTHS, RESERVED_NAMES
from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import refused
from sandbox.azure.values import UNKNOWN

_CLASSES: Final = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")


def username(path: str, value: object) -> Iterator[Refusal]:
    """1 to 20 characters, not ending in a period, none of the reserved names."""
    if value is None:
        yield refused(path, None, "a name", "give one, for example buildfleet")
    if not isinstance(value, str):
        return
    if not 1 <= len(value) <= 20 or value.endswith(".") or re.search(r"[\\/\"\[\]:|<>+=;,?*@&\s]", value):
        allowed = 'at most 20 characters, no blank, none of \\/"[]:|<>+=;,?*@&, no final period'
        yield refused(path, value, allowed, "rename it")
    elif value.lower() in RESERVED_NAMES:
        yield refused(path, value, "a name that Windows does not reserve", "write, for example, buildfleet")


def password(path: str, value: object) -> Iterator[Refusal]:
    """14 to 123 characters of three kinds, none that everybody tries first."""
    if value is None or value is UNKNOWN:
        return
    text = value if isinstance(value, str) else ""
    low, high = PASSWORD_LENGTHS
    kinds = sum(re.search(pattern, text) is not None for pattern in _CLASSES)
    if not low <= len(text) <= high or kinds < PASSWORD_CLASSES or text in BANNED_PASSWORDS:
        yield Refusal(
            path,
            f"is not shown, as it is a secret; allowed: {low} to {high} characters of {PASSWORD_CLASSES} of lower-case "
            "letters, upper-case letters, digits and others, and no well-known password. Fix: set another secret.",
        )
