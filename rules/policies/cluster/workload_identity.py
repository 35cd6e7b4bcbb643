"""`cluster-workload-identity`: neither the cluster nor its pods hold a secret to log in to Azure with.

Judges AKS. On Azure Local these are of the connected cluster, in previews of its API, and fixed when it is made. The
remedy turns on the issuer and workload identity, which add to what is there; it gives no cluster another identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.mending import with_flags
from rules.policies.node import Node, Verdict, each_known
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "cluster-workload-identity"
_MANAGED: Final = ("systemassigned", "userassigned")


def _flags(cluster: Cluster) -> list[Node]:
    body = cluster.body
    return [body.get("oidcIssuerProfile", "enabled"), body.get("securityProfile", "workloadIdentity", "enabled")]


def _check(cluster: Cluster, context: Context) -> Iterator[Verdict]:
    def managed(node: Node) -> Iterator[Verdict]:
        if (node.text() or "").casefold() not in _MANAGED:
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(node.value) if node.is_given else NOTHING,
                allowed='"SystemAssigned" or "UserAssigned"',
                fix="give the cluster a user-assigned identity, and remove servicePrincipalProfile",
            )

    def on(node: Node) -> Iterator[Verdict]:
        if node.flag() is not True:
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(node.value) if node.is_given else NOTHING,
                allowed="true",
                fix="write true; nothing that is there changes",
            )

    if cluster.platform == "aks":
        yield from each_known([cluster.outer.get("identity", "type")], managed)
        yield from each_known(_flags(cluster), on)


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    made = [one for one in clusters(resource) if one.platform == "aks" and one.typed]
    nodes = [node for one in made for node in _flags(one)]
    return with_flags(resource, [node.path for node in nodes if node.is_known and node.value is not True])


RULE: Final = Rule[Cluster](
    id=ID,
    group="cluster",
    title="a cluster has a managed identity, and its pods log in by workload identity",
    why="A service principal's password expires and takes the cluster down, or leaks. Without workload identity pods "
    "need secrets, or use the identity of their node, which is everybody's there.",
    fix="Use a managed identity; turn on oidcIssuerProfile and securityProfile.workloadIdentity.",
    severity="high",
    levels=MANDATORY,
    read=clusters,
    check=_check,
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000025"),
        Reference(framework="Azure Policy", id="2cc2e023-0dac-4046-875b-178f683929d5"),
        Reference(framework="Azure Policy", id="da6e2401-19da-4532-9141-fb8fbde08431"),
    ),
    remedy=_remedy,
)
