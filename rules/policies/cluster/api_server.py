"""`cluster-api-restricted`: not everybody in the world can talk to the API server.

Judges AKS. Public addresses that the program itself makes, as those of a NAT gateway, are not known in its first
preview. An element of the list that is made of nothing else is one address, and passes; a list that is unknown as a
whole may hold anything, and is reported. Refuses service tags: AzureCloud is everybody who rents a machine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.grants import kind_of
from rules.policies.cluster.owners import Told
from rules.policies.node import Node, Verdict, each_known
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "cluster-api-restricted"
_BITS: Final = {4: 32, 6: 128}
_ADDRESSES: Final = frozenset({"azure-native:network:PublicIPAddress", "azure-native:network:PublicIPPrefix"})


def _check(subjects: Sequence[tuple[Resource, Cluster]], context: Context) -> Told:
    for resource, cluster in subjects:
        if cluster.platform != "aks":
            continue
        yield from ((resource, verdict) for verdict in each_known([cluster], _run_command))
        yield from ((resource, verdict) for verdict in each_known([(cluster, context)], _reach))


def _run_command(cluster: Cluster) -> Iterator[Verdict]:
    node = cluster.body.get("apiServerAccessProfile", "disableRunCommand")
    if node.flag() is not True:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="true: `az aks command invoke` runs as cluster admin, past the network and past Kubernetes' RBAC",
            fix="write disableRunCommand: true",
        )


def _reach(judged: tuple[Cluster, Context]) -> Iterator[Verdict]:
    cluster, context = judged
    profile = cluster.body.get("apiServerAccessProfile")
    if profile.get("enablePrivateCluster").flag():
        return
    ranges = profile.get("authorizedIPRanges")
    items = ranges.items()
    if not items:
        yield Problem(
            rule=ID,
            path=ranges.path,
            given=f"{NOTHING}: everybody",
            allowed="a private cluster, or the networks that work with this one",
            fix="list the networks of your people and pipelines, and the addresses of the cluster's own nodes",
        )
        return
    made_of = {kind_of(urn) for urn in cluster.resource.dependencies.get("apiServerAccessProfile", ())}
    known = [item for item in items if item.is_known or not made_of or made_of - _ADDRESSES]
    shortest = int(context.options["shortestPrefix"])

    def narrow(item: Node) -> Iterator[Verdict]:
        if not _narrow(item.text() or "", shortest):
            yield Problem(
                rule=ID,
                path=item.path,
                given=given(item.value),
                allowed=f"a network of yours, with a prefix of {shortest} or more bits",
                fix="write the networks that people and pipelines come from",
            )

    yield from each_known(known, narrow)


def _narrow(text: str, shortest: int) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    # An address of IPv6 has four times the bits, and a network of it is as large as its share.
    return network.prefixlen * _BITS[4] >= shortest * _BITS[network.version]


RULE: Final = Rule[Cluster](
    id=ID,
    group="cluster",
    title="the API server is private or open to named networks, and run command is off",
    why="A leaked token is worth nothing to somebody who cannot reach the API server. Run command is a way in that "
    "passes by all of it.",
    fix="Make the cluster private or list authorizedIPRanges, and set disableRunCommand.",
    severity="high",
    levels=MANDATORY,
    read=clusters,
    check_stack=_check,
    options={
        "shortestPrefix": Option(
            default=8,
            schema={
                "type": "integer",
                "minimum": 1,
                "maximum": 32,
                "description": "bits that the prefix of an authorized IPv4 network has at least, so that two halves of "
                "the Internet are refused as the whole is; of IPv6 four times as many",
            },
        )
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000030"),
        Reference(framework="Azure Policy", id="040732e8-d947-40b8-95d6-854c95024bf8"),
        Reference(framework="Azure Policy", id="89f2d532-c53c-4f8f-9afa-4927b1114a0d"),
        Reference(framework="Checkov", id="CKV_AZURE_6"),
        Reference(framework="Checkov", id="CKV_AZURE_115"),
    ),
)
