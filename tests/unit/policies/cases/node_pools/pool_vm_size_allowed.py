"""Cases of `pool-vm-size-allowed`."""

from __future__ import annotations

from rules.policies.node_pools.pool_vm_size_allowed import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    DEV,
    SYSTEM,
    TEMPLATE,
    in_template,
    local_cluster,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

SYSTEM_POOL = Case(title="a system pool", resources=[with_system()])
WINDOWS = Case(title="a Windows build pool", resources=[windows_pool()])
LOCAL = Case(title="Azure Local", resources=[local_pool()])
LISTED = Case(
    title="one of the sizes that are allowed",
    resources=[windows_pool()],
    options={"windowsBuild": ["Standard_D8ds_v5"], "linuxBuild": ["Standard_D4ds_v5"]},
)

CASES = Cases(
    rule=RULE,
    passes=(
        SYSTEM_POOL,
        WINDOWS,
        LOCAL,
        LISTED,
        Case(title="the first pool on Azure Local", resources=[local_cluster()]),
        Case(title="two vCPUs for a user pool, of Arm", resources=[plain_pool(vmSize="Standard_D2pds_v5")]),
        Case(title="lent by credit, for a user pool", resources=[plain_pool(vmSize="Standard_B4ms")]),
        Case(title="two vCPUs for Windows in dev", resources=[windows_pool(vmSize="Standard_D2s_v5")], fleet=DEV),
        Case(
            title="Windows2025 on the newest sizes",
            resources=[windows_pool(osSKU="Windows2025", vmSize="Standard_D8ds_v6")],
        ),
        Case(title="enough vCPUs", resources=[agent_pool()], options={"leastBuildVcpus": 8}),
    ),
    fails=(
        Case(title="no size", resources=[without(agent_pool(), "vmSize")], at=["vmSize"]),
        Case(title="no name of a size", resources=[agent_pool(vmSize="D8ds_v5")], at=["vmSize"]),
        Case(title="lent by credit", resources=[with_system(vmSize="Standard_B4ms")], at=[f"{SYSTEM}.vmSize"]),
        Case(title="a small system pool", resources=[with_system(vmSize="Standard_D2ds_v5")], at=[f"{SYSTEM}.vmSize"]),
        Case(title="Arm for Windows", resources=[windows_pool(vmSize="Standard_D8pds_v5")], at=["vmSize"]),
        Case(title="confidential for Windows", resources=[windows_pool(vmSize="Standard_DC8as_v5")], at=["vmSize"]),
        Case(title="too new for Windows2022", resources=[windows_pool(vmSize="Standard_D8ds_v6")], at=["vmSize"]),
        Case(title="a small Windows pool", resources=[windows_pool(vmSize="Standard_D2s_v5")], at=["vmSize"]),
        Case(title="one vCPU", resources=[plain_pool(vmSize="Standard_F1s")], at=["vmSize"]),
        Case(
            title="a size that Azure Local does not have",
            resources=[local_pool(vmSize="Standard_D8ds_v5")],
            at=["properties.vmSize"],
        ),
        Case(
            title="the first pool on Azure Local",
            resources=[local_cluster(vmSize="Standard_A4")],
            at=["properties.agentPoolProfiles[0].vmSize"],
        ),
        Case(
            title="a template",
            resources=[in_template(windows_pool(vmSize="Standard_D8pds_v5"))],
            at=[f"{TEMPLATE}.vmSize"],
        ),
        Case(
            title="none of the sizes that are allowed",
            resources=[agent_pool()],
            options={"linuxBuild": ["Standard_D4ds_v5"]},
            at=["vmSize"],
        ),
        Case(
            title="fewer vCPUs than are asked for",
            resources=[agent_pool()],
            options={"leastBuildVcpus": 16},
            at=["vmSize"],
        ),
    ),
    unknown=(
        Case(title="the size", resources=[agent_pool(vmSize=UNKNOWN)], at=["vmSize"]),
        Case(title="the system", resources=[agent_pool(osType=UNKNOWN)], at=["osType"]),
        Case(title="the mode", resources=[agent_pool(mode=UNKNOWN)], at=["mode"]),
        Case(
            title="a parameter",
            resources=[in_template(agent_pool(vmSize="[parameters('size')]"))],
            at=[f"{TEMPLATE}.vmSize"],
        ),
        Case(title="on Azure Local", resources=[local_pool(vmSize=UNKNOWN)], at=["properties.vmSize"]),
    ),
    mutations=(
        Mutation(of=SYSTEM_POOL, path=f"{SYSTEM}.vmSize", value="Standard_B4ms"),
        Mutation(of=WINDOWS, path="vmSize", value="Standard_D8pds_v5"),
        Mutation(of=LOCAL, path="properties.vmSize", value="Standard_D8s_v5"),
        Mutation(of=LISTED, path="vmSize", value="Standard_D16ds_v5"),
    ),
)
