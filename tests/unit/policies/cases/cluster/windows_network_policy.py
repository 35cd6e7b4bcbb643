"""Cases of `windows-netpol-engine`."""

from __future__ import annotations

from rules.policies.cluster.windows_network_policy import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    local_cluster,
    local_windows_pool,
    windows_pool,
    with_profile,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool, cluster

OURS = Case(title="our cluster and a Windows pool", resources=[cluster(), windows_pool()])
LOCAL = Case(title="Azure Local", resources=[local_cluster(), local_windows_pool()])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        LOCAL,
        Case(
            title="Cilium for Linux alone",
            resources=[
                with_profile("networkProfile", networkPolicy="cilium", networkDataplane="cilium"),
                agent_pool(),
            ],
        ),
        Case(
            title="Azure Local, which has Calico where nothing is said",
            resources=[local_cluster(networkPolicy=None), local_windows_pool()],
        ),
    ),
    fails=(
        Case(
            title="Azure's own engine",
            resources=[with_profile("networkProfile", networkPolicy="azure"), windows_pool()],
            at=["networkProfile.networkPolicy"],
        ),
        Case(
            title="no engine, with a pool that was written for an older API",
            resources=[
                with_profile("networkProfile", networkPolicy=None),
                type(windows_pool())(
                    type="azure-native:containerservice/v20250901:AgentPool", name="w", inputs=windows_pool().inputs
                ),
            ],
            at=["networkProfile.networkPolicy"],
        ),
        Case(
            title="Cilium's dataplane",
            resources=[with_profile("networkProfile", networkDataplane="cilium"), windows_pool()],
            at=["networkProfile.networkDataplane"],
        ),
        Case(
            title="another engine on Azure Local",
            resources=[local_cluster(networkPolicy="cilium"), local_windows_pool()],
            at=["properties.networkProfile.networkPolicy"],
        ),
    ),
    unknown=(
        Case(
            title="the engine",
            resources=[with_profile("networkProfile", networkPolicy=UNKNOWN), windows_pool()],
            at=["networkProfile.networkPolicy"],
        ),
        Case(
            title="the pools inside of a cluster with another engine",
            resources=[
                cluster(networkProfile={"networkPlugin": "azure", "networkPolicy": "cilium"}, agentPoolProfiles=UNKNOWN)
            ],
            at=["agentPoolProfiles.osType"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="networkProfile.networkPolicy", value="cilium"),
        Mutation(of=OURS, path="networkProfile.networkPolicy", value=None),
        Mutation(of=OURS, path="networkProfile.networkDataplane", value="cilium"),
        Mutation(of=LOCAL, path="properties.networkProfile.networkPolicy", value="none"),
    ),
)
