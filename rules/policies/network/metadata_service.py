"""`netpol-blocks-metadata`: no policy of the fleet's namespaces opens the way to a node's identity.

The instance metadata service hands out tokens of the node's identities, and Azure's wire server what the node was made
with. A policy opens what it names and cannot forbid, so what must stay closed is left out: by `except`, or by naming
smaller blocks. A rule without `to` is for every address. Peers by label are pods, which those two are not.

The cluster's form uses CEL's functions for addresses, which are there from Kubernetes 1.31 on, the oldest that AKS has
(`rules.tables.kubernetes`): https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library, read
2026-11. An older API server takes no policy with them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from rules.policies.network.selection import governs
from rules.policies.node import Node, Verdict, each_known
from rules.policies.objects import Object, of_kind
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "netpol-blocks-metadata"
METADATA: Final = "169.254.169.254"
WIRESERVER: Final = "168.63.129.16"
CLOSED: Final = (METADATA, WIRESERVER)


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    if not item.partial and not governs(item, "Egress"):
        return

    def rule(node: Node) -> Iterator[Verdict]:
        node.known()
        peers = node.get("to").items()
        if not peers:
            yield _problem(node, "a rule without `to`, which is for every address", listed(CLOSED, "and"))
        yield from each_known(peers, _peer)

    found = list(each_known(item.body.get("spec", "egress").items(), rule))
    # Where it is matters, and has to be known, only if something is open.
    if found and context.fleet.confinement(item.namespace()) is not None:
        yield from found


def _peer(node: Node) -> Iterator[Verdict]:
    block = node.get("ipBlock")
    cidr = block.get("cidr")
    opened = [address for address in CLOSED if _covers(cidr.text(), address)]
    if not opened:
        return
    excepted = [one.text() for one in block.get("except").items()]
    opened = [address for address in opened if not any(_covers(one, address) for one in excepted)]
    if opened:
        yield _problem(cidr, given(cidr.value), listed(opened, "and"))


def _covers(cidr: str | None, address: str) -> bool:
    try:
        return cidr is not None and ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


def _problem(node: Node, found: str, opened: str) -> Problem:
    return Problem(
        rule=ID,
        path=node.path,
        given=found,
        allowed=f"blocks without {opened}",
        fix=f"add {METADATA}/32 and {WIRESERVER}/32 to the block's `except`, or name smaller blocks",
    )


def _twin() -> Twin:
    peers = " && ".join(
        f"(!cidr(p.ipBlock.cidr).containsIP('{address}') || "
        f"p.ipBlock.?except.orValue([]).exists(e, cidr(e).containsIP('{address}')))"
        for address in CLOSED
    )
    return Twin(
        family="network",
        expression="request.kind.kind != 'NetworkPolicy' || "
        "!('Egress' in dyn(object).spec.?policyTypes.orValue([])) || "
        "dyn(object).spec.?egress.orValue([]).all(r, r.?to.orValue([]).size() > 0 && "
        f"r.to.all(p, !has(p.ipBlock) || ({peers})))",
        message=f"egress is open to {listed(CLOSED, 'or')}, which hand out the node's identity",
    )


RULE: Final = Rule[Object](
    id=ID,
    group="network",
    title="no NetworkPolicy of the fleet opens egress to the metadata service or to Azure's wire server",
    why="Whoever reaches them acts as the node: pulls every image, and whatever else the node's identity may do.",
    fix=f"Add {METADATA}/32 and {WIRESERVER}/32 to the block's `except`.",
    severity="high",
    levels=MANDATORY,
    read=of_kind("NetworkPolicy"),
    check=_check,
    references=(
        Reference(framework="Microsoft Learn", id="aks/operator-best-practices-cluster-security"),
        Reference(framework="Microsoft Learn", id="aks/imds-restriction"),
    ),
    twins=(_twin(),),
)
