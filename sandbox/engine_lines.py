"""Which lines of the engine's output a log needs.

Owns the reading of what `pulumi` prints off a terminal: a line when it begins with a resource and one when it is done,
in an update, in the refresh before it, and for those that stay as they are. It has no option that leaves out the latter
(3.256.0: `--show-sames` concerns other displays). What a refresh finds changed, every change and every message stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_RESOURCE = r"\S+:\S*:\S+[ ]\S+"
_UNCHANGED = re.compile(
    rf"""
      [ ]~[ ][ ]{_RESOURCE}[ ]refreshing[ ]\(\d+s\)\s*  # the refresh has begun with it
    | [ ]~[ ][ ]{_RESOURCE}[ ]refresh[ ]\([\d.]+s\)\s*  # and has found it as it was
    | [ ]{{4}}{_RESOURCE}\s*                            # the update leaves it as it is
    | [ ]{{4}}{_RESOURCE}[ ]running\s*                  # the program has begun
    """,
    re.VERBOSE,
)
_FAILED = re.compile(rf"(.{{4}}{_RESOURCE}[ ]\*\*[^*]+[ ]failed\*\*.*?)[ ]error:[ ].*\n")


def of_interest(lines: Iterable[str]) -> Iterator[str]:
    """The lines, without those on resources that neither the refresh nor the update changes.

    Beside the resource an error is left out: the diagnostics at the end have it, whole.
    """
    return (_FAILED.sub(r"\1\n", line) for line in lines if not _UNCHANGED.fullmatch(line))
