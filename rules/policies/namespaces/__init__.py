"""Rules of namespaces: what each admits, and who says what it is for."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.namespaces import pod_security, trust_labels
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (pod_security.RULE, trust_labels.RULE)
