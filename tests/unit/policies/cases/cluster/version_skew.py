"""Cases of `pool-version-skew`."""

from __future__ import annotations

from rules.policies.cluster.version_skew import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import local_cluster, local_windows_pool
from tests.unit.policies.scenes import UNKNOWN, agent_pool, cluster

PLAIN = [{"name": "system"}]
OURS = Case(title="our cluster and pool", resources=[cluster(), agent_pool()])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="Azure Local, with a calendar of its own", resources=[local_cluster(), local_windows_pool()]),
        Case(title="a patch of the same minor", resources=[cluster(), agent_pool(orchestratorVersion="1.36.2")]),
        Case(title="a pool with its cluster's version", resources=[cluster(), agent_pool(orchestratorVersion=None)]),
        Case(title="a pool whose cluster is made elsewhere", resources=[agent_pool(orchestratorVersion="1.33")]),
        Case(
            title="a pool that an upgrade has not reached yet",
            resources=[cluster(), agent_pool(orchestratorVersion="1.35")],
            options={"minorsBehind": 1},
        ),
        Case(
            title="long-term support, paid for",
            resources=[
                cluster(kubernetesVersion="1.33", agentPoolProfiles=PLAIN, sku={"name": "Base", "tier": "Premium"})
            ],
        ),
    ),
    fails=(
        Case(
            title="a pool behind its cluster",
            resources=[cluster(), agent_pool(orchestratorVersion="1.35")],
            at=["orchestratorVersion"],
        ),
        Case(
            title="a pool before its cluster",
            resources=[cluster(), agent_pool(orchestratorVersion="1.37")],
            at=["orchestratorVersion"],
            options={"minorsBehind": 1},
        ),
        Case(
            title="another patch",
            resources=[cluster(kubernetesVersion="1.36.2"), agent_pool(orchestratorVersion="1.36.1")],
            at=["orchestratorVersion"],
        ),
        Case(
            title="a pool inside of its cluster",
            resources=[cluster(agentPoolProfiles=[{"name": "system", "orchestratorVersion": "1.34"}])],
            at=["agentPoolProfiles[0].orchestratorVersion"],
        ),
        Case(
            title="a version that is gone",
            resources=[cluster(kubernetesVersion="1.29", agentPoolProfiles=PLAIN)],
            at=["kubernetesVersion"],
        ),
        Case(
            title="one that is not there yet",
            resources=[cluster(kubernetesVersion="1.49", agentPoolProfiles=PLAIN)],
            at=["kubernetesVersion"],
        ),
        Case(
            title="long-term support on another tier",
            resources=[cluster(kubernetesVersion="1.33", agentPoolProfiles=PLAIN)],
            at=["kubernetesVersion"],
        ),
    ),
    unknown=(
        Case(
            title="the cluster's version",
            resources=[cluster(kubernetesVersion=UNKNOWN), agent_pool()],
            at=["kubernetesVersion"],
        ),
        Case(
            title="a pool's version",
            resources=[cluster(), agent_pool(orchestratorVersion=UNKNOWN)],
            at=["orchestratorVersion"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="orchestratorVersion", value="1.34", resource=1),
        Mutation(of=OURS, path="kubernetesVersion", value="1.35"),
    ),
)
