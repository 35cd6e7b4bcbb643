"""Rules of what reaches whom."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = ()
