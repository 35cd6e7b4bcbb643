"""`cluster-defence-addons`: Defender watches the cluster, and Azure Policy its objects.

Judges AKS. The restriction of the metadata service (`podLinkLocalAccess` None) does not go with the policy add-on:
MicrosoftDocs/azure-aks-docs, imds-restriction, read 2026-08-21. A cluster that has it needs no add-on.

No remedy: Defender needs a workspace, which costs, and Azure Policy may refuse pods that run today.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.add_ons import add_on
from rules.policies.node import Verdict, each_known
from rules.policies.rule import ADVISORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "cluster-defence-addons"


def _check(cluster: Cluster, context: Context) -> Iterator[Verdict]:
    if cluster.platform == "aks":
        for check in (_defender, _policy):
            yield from each_known([cluster], check)


def _defender(cluster: Cluster) -> Iterator[Verdict]:
    node = cluster.body.get("securityProfile", "defender", "securityMonitoring", "enabled")
    if node.flag() is not True:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="true, with logAnalyticsWorkspaceResourceId beside it",
            fix="turn Defender on and name a workspace",
        )


def _policy(cluster: Cluster) -> Iterator[Verdict]:
    node = add_on(cluster, "azurepolicy").get("enabled")
    if node.value is True:
        return
    link = cluster.body.get("networkProfile", "podLinkLocalAccess")
    if (link.text() or "").casefold() != "none" and node.flag() is not True:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="true, unless pods cannot reach the metadata service at all (podLinkLocalAccess None)",
            fix="turn the add-on azurepolicy on",
        )


RULE: Final = Rule[Cluster](
    id=ID,
    group="cluster",
    title="Defender and the add-on of Azure Policy are on",
    why="Builds run what others wrote. Defender tells of a container that breaks out, Azure Policy of objects that "
    "somebody made by hand.",
    fix="Turn on securityProfile.defender and the add-on azurepolicy.",
    severity="medium",
    levels=ADVISORY,
    read=clusters,
    check=_check,
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000028"),
        Reference(framework="PSRule for Azure", id="AZR-000370"),
        Reference(framework="Azure Policy", id="a1840de2-8088-4ea8-b153-b4c723e9cb01"),
        Reference(framework="Azure Policy", id="0a15ec92-a229-4763-bb14-0ea34a568f8d"),
        Reference(framework="Checkov", id="CKV_AZURE_116"),
    ),
)
