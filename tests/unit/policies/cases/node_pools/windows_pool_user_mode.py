"""Cases of `windows-pool-user-mode`."""

from __future__ import annotations

from rules.policies.node_pools.windows_pool_user_mode import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    in_template,
    local_cluster,
    local_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

WINDOWS = Case(title="a Windows pool", resources=[windows_pool()])
LINUX = Case(title="a Linux system pool", resources=[with_system()])

CASES = Cases(
    rule=RULE,
    passes=(
        WINDOWS,
        LINUX,
        Case(title="no mode, which is User", resources=[without(windows_pool(), "mode")]),
        Case(title="Azure Local, which has no modes", resources=[local_pool()]),
        Case(title="Windows as the first pool on Azure Local", resources=[local_cluster(osType="Windows")]),
        Case(title="a user pool of a system that is not known yet", resources=[agent_pool(osType=UNKNOWN)]),
        Case(title="a Linux pool whose mode is not known yet", resources=[agent_pool(mode=UNKNOWN)]),
    ),
    fails=(
        Case(title="Windows in mode System", resources=[windows_pool(mode="System")], at=["mode"]),
        Case(
            title="the same in a cluster, in other capitals",
            resources=[with_system(osType="windows", mode="system")],
            at=[f"{SYSTEM}.mode"],
        ),
        Case(
            title="the same in a template",
            resources=[in_template(windows_pool(mode="System"))],
            at=[f"{TEMPLATE}.mode"],
        ),
    ),
    unknown=(
        Case(title="the mode of a Windows pool", resources=[windows_pool(mode=UNKNOWN)], at=["mode"]),
        Case(title="the operating system", resources=[with_system(osType=UNKNOWN)], at=[f"{SYSTEM}.osType"]),
    ),
    mutations=(
        Mutation(of=WINDOWS, path="mode", value="System"),
        Mutation(of=LINUX, path=f"{SYSTEM}.osType", value="Windows"),
    ),
)
