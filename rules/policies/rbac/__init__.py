"""Rules of rights in the cluster."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rbac import cluster_admin, escalation
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (cluster_admin.RULE, escalation.RULE)
