"""Rules of what reaches whom."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.network import default_deny, metadata_service, public_exposure
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (default_deny.RULE, metadata_service.RULE, public_exposure.RULE)
