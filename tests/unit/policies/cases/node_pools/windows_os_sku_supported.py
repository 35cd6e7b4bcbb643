"""Cases of `windows-os-sku-supported`."""

from __future__ import annotations

from rules.policies.node_pools.windows_os_sku_supported import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    foreign_windows_pool,
    in_template,
    local_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool, cluster

W22 = Case(title="Windows2022 with 1.36", resources=[windows_pool()])
W25 = Case(title="Windows2025 with FIPS", resources=[windows_pool(osSKU="Windows2025", enableFIPS=True)])
LOCAL = Case(title="Azure Local", resources=[local_pool()])

CASES = Cases(
    rule=RULE,
    passes=(
        W22,
        W25,
        LOCAL,
        Case(title="Linux", resources=[without(agent_pool(), "osSKU", "osType")]),
        Case(title="a version that the pool does not say", resources=[without(windows_pool(), "orchestratorVersion")]),
        Case(title="a template", resources=[in_template(windows_pool())]),
        Case(
            title="the first version that has it",
            resources=[windows_pool(osSKU="Windows2025", enableFIPS=True, orchestratorVersion="1.32")],
        ),
        Case(title="a patch", resources=[windows_pool(orchestratorVersion="1.36.2")]),
    ),
    fails=(
        Case(title="none", resources=[without(foreign_windows_pool(), "osSKU")], at=["osSKU"]),
        Case(title="one that has ended", resources=[windows_pool(osSKU="Windows2019")], at=["osSKU"]),
        Case(title="the annual channel", resources=[windows_pool(osSKU="WindowsAnnual")], at=["osSKU"]),
        Case(title="Windows2022 with 1.37", resources=[windows_pool(orchestratorVersion="1.37")], at=["osSKU"]),
        Case(
            title="Windows2025 with 1.31",
            resources=[windows_pool(osSKU="Windows2025", enableFIPS=True, orchestratorVersion="1.31")],
            at=["osSKU"],
        ),
        Case(
            title="by the version of the cluster that the pool stands in",
            resources=[
                cluster(
                    kubernetesVersion="1.37",
                    agentPoolProfiles=[{"name": "w22", "osType": "Windows", "osSKU": "Windows2022"}],
                )
            ],
            at=[f"{SYSTEM}.osSKU"],
        ),
        Case(title="Windows2025 without FIPS", resources=[windows_pool(osSKU="Windows2025")], at=["enableFIPS"]),
        Case(
            title="Windows2025 and nothing of FIPS",
            resources=[without(windows_pool(osSKU="Windows2025"), "enableFIPS")],
            at=["enableFIPS"],
        ),
        Case(
            title="Windows2025 on Azure Local",
            resources=[local_pool(osSKU="Windows2025")],
            at=["properties.osSKU"],
        ),
        Case(
            title="a Windows Server on a pool that does not say it is of Windows",
            resources=[without(windows_pool(), "osType")],
            at=["osType"],
        ),
        Case(
            title="a template",
            resources=[in_template(windows_pool(osSKU="Windows2019"))],
            at=[f"{TEMPLATE}.osSKU"],
        ),
        Case(
            title="one that has ended, in a cluster",
            resources=[with_system(osSKU="WindowsAnnual", osType="Windows")],
            at=[f"{SYSTEM}.osSKU"],
        ),
    ),
    unknown=(
        Case(title="which", resources=[windows_pool(osSKU=UNKNOWN)], at=["osSKU"]),
        Case(title="the version", resources=[windows_pool(orchestratorVersion=UNKNOWN)], at=["orchestratorVersion"]),
        Case(title="the system", resources=[agent_pool(osType=UNKNOWN)], at=["osType"]),
        Case(
            title="FIPS",
            resources=[windows_pool(osSKU="Windows2025", enableFIPS=UNKNOWN)],
            at=["enableFIPS"],
        ),
    ),
    mutations=(
        Mutation(of=W22, path="osSKU", value="Windows2019"),
        Mutation(of=W22, path="osSKU", value=None),
        Mutation(of=W22, path="orchestratorVersion", value="1.37.0"),
        Mutation(of=W25, path="enableFIPS", value=False),
        Mutation(of=LOCAL, path="properties.osSKU", value="Windows2019"),
    ),
)
