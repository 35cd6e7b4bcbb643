"""Messages without secrets.

Owns that no piece of a secret reaches a log through a message of ours, whatever a rule writes into it: not the value,
not its beginning in a shortened text, not a part in a name derived from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

IN_VALUES: Final = 4
"""Characters of a secret that may not stand together where a message shows a value. Shorter secrets are like `yes`."""
IN_SENTENCES: Final = 8
"""The same where a rule speaks in its own words and seldom in a value's: fewer would take words like `image` out of it,
which says more of the secret than it hides. A secret that is shorter is looked for as a whole."""
HIDDEN: Final = "a secret (not shown)"
_STARS: Final = "***"


class Mask:
    """Takes out of texts what they have in common with secrets, where it has at least `length` characters."""

    def __init__(self, secrets: Iterable[str], length: int) -> None:
        self._pieces: dict[int, set[str]] = {}
        for secret in secrets:
            size = min(length, len(secret))
            if size >= IN_VALUES:
                starts = range(len(secret) - size + 1)
                self._pieces.setdefault(size, set()).update(secret[start : start + size] for start in starts)

    def __call__(self, text: str) -> str:
        """The text, with stars for each run of characters that is in a secret, too."""
        if not self._pieces:
            return text
        hidden = [False] * len(text)
        for size, pieces in self._pieces.items():
            for start in range(len(text) - size + 1):
                if text[start : start + size] in pieces:
                    hidden[start : start + size] = [True] * size
        if not any(hidden):
            return text
        shown: list[str] = []
        for character, hide in zip(text, hidden, strict=True):
            if not hide:
                shown.append(character)
            elif not shown or shown[-1] != _STARS:
                shown.append(_STARS)
        return "".join(shown)


class Masks:
    """Both masks of the same secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [*secrets]
        self.value = Mask(known, IN_VALUES)
        self.sentence = Mask(known, IN_SENTENCES)
