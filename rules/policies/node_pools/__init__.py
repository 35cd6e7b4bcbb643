"""Rules of node pools: what Azure takes, what keeps a build pool apart, and how its nodes are replaced."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = ()
