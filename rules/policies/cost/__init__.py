"""Rules of what a fleet may cost."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.cost import budget_and_tags, ceiling
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (
    ceiling.RULE,
    budget_and_tags.RULE,
)
