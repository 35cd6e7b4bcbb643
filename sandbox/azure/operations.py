"""Operations that take time: what is under way, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["create", "update", "delete"]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A handle of an operation that was accepted. It ends by itself, whether or not anyone waits for it."""

    number: int
    kind: Kind
    token: str
    resource_id: str
