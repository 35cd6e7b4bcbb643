"""`windows-netpol-engine`: network policies hold on Windows nodes, too.

Judges a cluster only where the program has a Windows pool of it. Source: MicrosoftDocs/azure-aks-docs
(use-network-policies, azure-cni-powered-by-cilium), read 2026-08-21: Azure's own engine left Windows on 2026-09-30,
and Cilium has never been there. Azure Local has Calico where nothing is said.
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

ID: Final = "windows-netpol-engine"
_ENGINE: Final = "calico"


def _check(subjects: Sequence[tuple[Resource, Cluster | Pool]], context: Context) -> Told:
    yield from for_windows(subjects, ("aks", "azure-local"), _fit)


def _fit(cluster: Cluster, pools: str) -> Iterator[Verdict]:
    def engine(cluster: Cluster) -> Iterator[Verdict]:
        node = cluster.body.get("networkProfile", "networkPolicy")
        default = _ENGINE if cluster.platform == "azure-local" else None
        if (node.text(default) or "").casefold() != _ENGINE:
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(node.value) if node.is_given else NOTHING}, with the Windows pools {pools}",
                allowed='"calico", the one engine that Windows nodes have',
                fix='write networkPolicy "calico"',
            )

    def dataplane(cluster: Cluster) -> Iterator[Verdict]:
        node = cluster.body.get("networkProfile", "networkDataplane")
        if (node.text("azure") or "").casefold() == "cilium":
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(node.value)}, with the Windows pools {pools}",
                allowed='"azure": Cilium is for Linux nodes alone',
                fix='write networkDataplane "azure"',
            )

    for check in (engine, dataplane):
        yield from each_known([cluster], check)


RULE: Final = Rule[Cluster | Pool](
    id=ID,
    group="cluster",
    title="network policies of a cluster with Windows pools are Calico's",
    why="With any other engine the API server takes NetworkPolicies and Windows nodes ignore them: jobs reach the "
    "metadata service, each other and the network around them, and nothing says so.",
    fix="Set networkPolicy to calico, with the azure dataplane.",
    severity="high",
    levels=MANDATORY,
    read=clusters_and_pools,
    check_stack=_check,
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000027"),
        Reference(framework="Checkov", id="CKV_AZURE_7"),
        Reference(framework="AKS documentation", id="use-network-policies"),
    ),
)
