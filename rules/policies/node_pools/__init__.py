"""Rules of node pools: what Azure takes, what keeps a build pool apart, and how its nodes are replaced."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.node_pools import (
    build_pool_dedicated_taint,
    no_spot_for_stateful,
    pool_autoscale_bounds,
    pool_max_pods,
    pool_name_valid,
    pool_no_public_access,
    pool_os_disk_fit,
    pool_own_subnet,
    pool_upgrade_settings,
    pool_vm_size_allowed,
    pool_zones,
    protect_replace_prone,
    single_trust_level,
    system_pool_critical_only,
    system_pool_redundant,
    windows_os_sku_supported,
    windows_pool_user_mode,
)
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (
    pool_name_valid.RULE,
    windows_pool_user_mode.RULE,
    system_pool_redundant.RULE,
    windows_os_sku_supported.RULE,
    build_pool_dedicated_taint.RULE,
    single_trust_level.RULE,
    system_pool_critical_only.RULE,
    pool_vm_size_allowed.RULE,
    pool_os_disk_fit.RULE,
    pool_autoscale_bounds.RULE,
    pool_max_pods.RULE,
    pool_upgrade_settings.RULE,
    pool_zones.RULE,
    no_spot_for_stateful.RULE,
    pool_no_public_access.RULE,
    pool_own_subnet.RULE,
    protect_replace_prone.RULE,
)
