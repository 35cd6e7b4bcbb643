"""Rules of Azure's clusters and of what stands beside them."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.cluster import (
    api_server,
    defence_add_ons,
    diagnostics,
    entra_only,
    federated_subject,
    registry,
    role_assignments,
    upgrade_channels,
    version_skew,
    windows_network_policy,
    windows_profile,
    workload_identity,
)
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (
    windows_profile.RULE,
    windows_network_policy.RULE,
    version_skew.RULE,
    entra_only.RULE,
    api_server.RULE,
    workload_identity.RULE,
    role_assignments.RULE,
    federated_subject.RULE,
    registry.RULE,
    defence_add_ons.RULE,
    upgrade_channels.RULE,
    diagnostics.RULE,
)
