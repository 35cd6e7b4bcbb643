"""What a change of inputs comes to: the properties that differ, and whether the resource must be replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.plugins.places import Path

Kind = Literal["add", "delete", "update"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property that differs."""

    path: Path
    kind: Kind
    replaces: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that differs, and the order of a replacement."""

    changes: tuple[Change, ...]
    delete_first: bool

    @property
    def replaces(self) -> bool:
        """Whether any change needs a new resource."""
        return any(change.replaces for change in self.changes)
