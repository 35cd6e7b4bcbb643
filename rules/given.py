"""Three states of a fact: known, known to be absent, and unknown.

A rule reads facts of which some may be unknown (`None`): a stack file with a mistake elsewhere, an output in a preview.
It then says nothing. "Not given" is knowledge, and some rules refuse it; so it has a value of its own.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""The author gave no value, and there is no default."""
