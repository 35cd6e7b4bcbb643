"""Cases of `windows-cluster-profile`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.cluster.windows_profile import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    local_cluster,
    local_windows_pool,
    template,
    urn,
    windows_pool,
    with_profile,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool, cluster

OURS = Case(title="our cluster and a Windows pool", resources=[cluster(), agent_pool(), windows_pool()])
AKS = "azure-native:containerservice:ManagedCluster"
FIT = urn(AKS, "fit")
ARM_CLUSTER = {"type": "Microsoft.ContainerService/managedClusters", "name": "fleet"}
ARM_POOL = {
    "type": "Microsoft.ContainerService/managedClusters/agentPools",
    "name": "fleet/win",
    "properties": {"osType": "Windows"},
}

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="a cluster for Linux alone", resources=[without("windowsProfile", "networkProfile"), agent_pool()]),
        Case(title="a Windows pool whose cluster is made elsewhere", resources=[windows_pool()]),
        Case(
            title="a Windows pool of another cluster",
            resources=[without("windowsProfile"), windows_pool(resourceName="other")],
        ),
        Case(
            title="a Windows pool of a cluster of that name in another group",
            resources=[without("windowsProfile"), windows_pool(resourceGroupName="other")],
        ),
        Case(title="a profile that is not known yet", resources=[cluster(windowsProfile=UNKNOWN), windows_pool()]),
        Case(title="Azure Local, which has no profile", resources=[local_cluster(), local_windows_pool()]),
        Case(
            title="a pool of the one of two clusters that is fit, by its output",
            resources=[
                replace(cluster(resourceName=UNKNOWN), urn=FIT),
                replace(without("windowsProfile"), urn=urn(AKS, "unfit")),
                replace(windows_pool(resourceName=UNKNOWN), dependencies={"resourceName": [FIT]}),
            ],
        ),
        Case(
            title="a pool of a cluster that is not known yet, and clusters that are all fit",
            resources=[cluster(), cluster(resourceName="other"), windows_pool(resourceName=UNKNOWN)],
        ),
    ),
    fails=(
        Case(
            title="a Windows pool of a cluster without a profile",
            resources=[without("windowsProfile"), windows_pool()],
            at=["windowsProfile"],
        ),
        Case(
            title="a Windows pool inside of its cluster",
            resources=[
                cluster(
                    windowsProfile=None,
                    agentPoolProfiles=[{"name": "system"}, {"name": "win", "osType": "windows"}],
                )
            ],
            at=["windowsProfile"],
        ),
        Case(
            title="another network, and no load balancer that takes several pools",
            resources=[
                with_profile("networkProfile", networkPlugin="kubenet", loadBalancerSku="basic"),
                windows_pool(),
                windows_pool(agentPoolName="win2"),
            ],
            at=["networkProfile.loadBalancerSku", "networkProfile.networkPlugin"],
        ),
        Case(
            title="no network at all",
            resources=[without("networkProfile"), windows_pool()],
            at=["networkProfile.networkPlugin"],
        ),
        Case(
            title="the only cluster of the program, whose name is not known yet",
            resources=[without("windowsProfile"), windows_pool(resourceName=UNKNOWN)],
            at=["windowsProfile"],
        ),
        Case(
            title="both in a template",
            resources=[
                template(
                    {**ARM_CLUSTER, "properties": {"networkProfile": {"networkPlugin": "azure"}}},
                    ARM_POOL,
                )
            ],
            at=["properties.template.resources[0].properties.windowsProfile"],
        ),
    ),
    unknown=(
        Case(
            title="whether a pool is for Windows, where the cluster is not fit for it",
            resources=[without("windowsProfile"), agent_pool(osType=UNKNOWN)],
            at=["osType"],
        ),
        Case(
            title="which of two clusters a Windows pool is of, and one is not fit",
            resources=[cluster(), without("windowsProfile"), windows_pool(resourceName=UNKNOWN)],
            at=["resourceName"],
        ),
        Case(
            title="the plugin",
            resources=[with_profile("networkProfile", networkPlugin=UNKNOWN), windows_pool()],
            at=["networkProfile.networkPlugin"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="windowsProfile", value=None),
        Mutation(of=OURS, path="networkProfile.networkPlugin", value="none"),
        Mutation(of=OURS, path="networkProfile.loadBalancerSku", value="Basic"),
    ),
)
