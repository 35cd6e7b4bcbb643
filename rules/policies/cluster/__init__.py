"""Rules of Azure's clusters and of what stands beside them."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = ()
