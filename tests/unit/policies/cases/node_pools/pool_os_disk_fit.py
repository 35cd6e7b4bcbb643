"""Cases of `pool-os-disk-fit`."""

from __future__ import annotations

from rules.policies.node_pools.pool_os_disk_fit import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    in_template,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

WINDOWS = Case(title="256 GB on Windows", resources=[windows_pool()])
EPHEMERAL = Case(title="300 GB of the machine's own", resources=[agent_pool(osDiskType="Ephemeral", osDiskSizeGB=300)])
ENCRYPTED = Case(
    title="encrypted at the host",
    resources=[agent_pool(enableEncryptionAtHost=True)],
    options={"encryptionAtHost": True},
)

CASES = Cases(
    rule=RULE,
    passes=(
        WINDOWS,
        EPHEMERAL,
        ENCRYPTED,
        Case(title="a system pool", resources=[with_system()]),
        Case(title="a Linux pool that says nothing", resources=[without(plain_pool(), "osDiskSizeGB", "osDiskType")]),
        Case(title="Azure Local, which has no such setting", resources=[local_pool()]),
        Case(title="less, as allowed", resources=[windows_pool(osDiskSizeGB=128)], options={"windowsBuildGB": 128}),
    ),
    fails=(
        Case(title="128 GB on Windows", resources=[windows_pool(osDiskSizeGB=128)], at=["osDiskSizeGB"]),
        Case(title="nothing on Windows", resources=[without(windows_pool(), "osDiskSizeGB")], at=["osDiskSizeGB"]),
        Case(
            title="less than the image",
            resources=[in_template(windows_pool(osDiskSizeGB=30))],
            at=[f"{TEMPLATE}.osDiskSizeGB"],
        ),
        Case(
            title="a machine without a disk of its own",
            resources=[agent_pool(osDiskType="Ephemeral", vmSize="Standard_D8s_v5")],
            at=["osDiskType"],
        ),
        Case(
            title="more than the machine has",
            resources=[with_system(osDiskType="Ephemeral", osDiskSizeGB=256)],
            at=[f"{SYSTEM}.osDiskSizeGB"],
        ),
        Case(
            title="not encrypted, where that is asked for",
            resources=[agent_pool()],
            options={"encryptionAtHost": True},
            at=["enableEncryptionAtHost"],
        ),
    ),
    unknown=(
        Case(title="the size of the disk", resources=[windows_pool(osDiskSizeGB=UNKNOWN)], at=["osDiskSizeGB"]),
        Case(title="its kind", resources=[agent_pool(osDiskType=UNKNOWN)], at=["osDiskType"]),
        Case(
            title="the size of the machine",
            resources=[agent_pool(osDiskType="Ephemeral", vmSize=UNKNOWN)],
            at=["vmSize"],
        ),
        Case(title="the system", resources=[agent_pool(osType=UNKNOWN)], at=["osType"]),
    ),
    mutations=(
        Mutation(of=WINDOWS, path="osDiskSizeGB", value=255),
        Mutation(of=EPHEMERAL, path="osDiskSizeGB", value=301),
        Mutation(of=ENCRYPTED, path="enableEncryptionAtHost", value=False),
    ),
)
