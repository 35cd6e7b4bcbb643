"""Rules of rights in the cluster."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rbac import bound_cluster_role, cluster_admin, escalation
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (bound_cluster_role.RULE, cluster_admin.RULE, escalation.RULE)
