"""Rules of the pack itself: its waivers, what it could not check, and its twin in the cluster."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = ()
