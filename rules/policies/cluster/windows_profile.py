"""`windows-cluster-profile`: a cluster with Windows pools was made for them.

Judges a cluster only where the program has a Windows pool of it: by itself none says whether one will come. Azure Local
has no such profile: there an operator enables Windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.azure import Cluster, Pool
from rules.policies.cluster.owners import Told, clusters_and_pools, for_windows
from rules.policies.node import Verdict, each_known
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "windows-cluster-profile"


def _check(subjects: Sequence[tuple[Resource, Cluster | Pool]], context: Context) -> Told:
    yield from for_windows(subjects, ("aks",), _fit)


def _fit(cluster: Cluster, pools: str) -> Iterator[Verdict]:
    def profile(cluster: Cluster) -> Iterator[Verdict]:
        node = cluster.body.get("windowsProfile")
        # What is not known yet is given; the password in it is nobody's to read.
        if not node.is_given:
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{NOTHING}, with the Windows pools {pools}",
                allowed="a profile with adminUsername and adminPassword: Azure adds none to a cluster that is there",
                fix="give windowsProfile before the cluster is made; one that is there must be replaced",
            )

    def plugin(cluster: Cluster) -> Iterator[Verdict]:
        node = cluster.body.get("networkProfile", "networkPlugin")
        if (node.text() or "").casefold() != "azure":
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(node.value) if node.is_given else NOTHING}, with the Windows pools {pools}",
                allowed='"azure": Windows nodes have no other network',
                fix='write networkPlugin "azure" and networkPluginMode "overlay" before the cluster is made',
            )

    def balancer(cluster: Cluster) -> Iterator[Verdict]:
        node = cluster.body.get("networkProfile", "loadBalancerSku")
        if (node.text("standard") or "").casefold() != "standard":
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(node.value)}, with the Windows pools {pools}",
                allowed='"standard", which several pools need',
                fix='write "standard", or leave it out',
            )

    for check in (profile, plugin, balancer):
        yield from each_known([cluster], check)


RULE: Final = Rule[Cluster | Pool](
    id=ID,
    group="cluster",
    title="a cluster with Windows pools has a Windows profile, Azure CNI and a standard load balancer",
    why="All three are fixed when the cluster is made. The first Windows pool is refused hours or months later, and "
    "then the cluster must be replaced.",
    fix="Give windowsProfile, networkPlugin azure and loadBalancerSku standard before the cluster is made.",
    severity="high",
    levels=MANDATORY,
    read=clusters_and_pools,
    check_stack=_check,
    references=(
        Reference(framework="Azure Policy", id="46238e2f-3f6f-4589-9f3f-77bed4116e67"),
        Reference(framework="AKS documentation", id="create-node-pools"),
    ),
)
