"""`netpol-default-deny`: in the fleet's namespaces nobody may connect to a pod, and what pods connect to is governed.

Ingress is denied: a policy for all pods that lets nobody in. Others may let somebody in, by name: not all namespaces,
and no block of addresses that is a good part of the world, whatever is excepted from it. A private range is none.
Egress cannot be denied to builds: they pull, push and download from everywhere. So what is asked is that some policy
for all pods governs egress; what it must keep closed is `netpol-blocks-metadata`'s to say. Policies add up, so the one
that denies does not have to be the one that governs.

Judges namespaces and policies of one stack together. Patches prove nothing, as the rest of the policy is not seen. In
the first preview of a cluster that is still to be made, a policy's namespace is unknown, but not whose output it is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.network.selection import Direction, governs, is_narrow, selects_all
from rules.policies.node import Node, NotKnown, Unchecked, Verdict, each_known, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "netpol-default-deny"
_CLOSED: Final[tuple[tuple[Direction, str], ...]] = (
    ("Ingress", "one that lets nobody in"),
    ("Egress", "one that governs egress"),
)

_NARROW: Final = {4: 8, 6: 16}
"""Shortest prefixes that are somebody's network, and not a good part of the world, by IP version: 10.0.0.0/8 is one."""
_PRIVATE: Final = ipaddress.IPv6Network("fc00::/7")
"""What nobody routes (RFC 4193, section 3.1). The private ranges of IPv4 (RFC 1918, section 3) are narrow by length."""

Found = Sequence[tuple[Resource, Object]]


def _check_stack(subjects: Found, context: Context) -> Iterator[tuple[Resource | None, Verdict]]:
    policies = [item for _, item in subjects if item.kind == "NetworkPolicy" and not item.partial]
    for resource, item in subjects:
        checked = _namespace(item, policies, context) if item.kind == "Namespace" else _policy(item, context)
        yield from ((resource, verdict) for verdict in guarded(checked))


def _namespace(item: Object, policies: Sequence[Object], context: Context) -> Iterator[Verdict]:
    name = item.meta.get("name").text()
    if item.partial or context.fleet.confinement(name) is None:
        return
    missing: list[str] = []
    unclear: list[str] = []
    for direction, words in _CLOSED:
        unknown: list[str] = []
        if not any(_does(policy, direction, item, unknown) for policy in policies):
            (unclear if unknown else missing).extend(unknown[:1] or [words])
    if missing:
        yield Problem(
            rule=ID,
            path=item.meta.get("name").path,
            given=f"{given(name)}, without {listed(missing, 'and')}",
            allowed="a namespace with NetworkPolicies for all its pods (podSelector: {}): one of type Ingress without "
            "a rule, one of type Egress",
            fix="add a NetworkPolicy with podSelector {} and policyTypes [Egress, Ingress], and open what is needed",
        )
    elif unclear:
        yield Unchecked(path=unclear[0])


def _does(policy: Object, direction: Direction, namespace: Object, unknown: list[str]) -> bool:
    """Whether a policy closes a direction of a namespace. Where that is unknown, notes the path."""
    try:
        if not _is_in(policy, namespace) or not governs(policy, direction) or not selects_all(policy):
            return False
        return direction == "Egress" or not policy.body.get("spec", "ingress").items()
    except NotKnown as error:
        unknown.append(error.path)
        return False


def _is_in(policy: Object, namespace: Object) -> bool:
    place = policy.meta.get("namespace")
    if not place.is_known and namespace.resource.urn in policy.resource.dependencies.get("metadata", ()):
        return True
    return place.text() == namespace.meta.get("name").text()


def _policy(item: Object, context: Context) -> Iterator[Verdict]:
    """No other policy lets everybody in again."""
    if item.partial:
        if not item.body.get("spec", "podSelector").is_given:
            return
    elif not governs(item, "Ingress"):
        return
    found = list(each_known(item.body.get("spec", "ingress").items(), _open))
    if found and selects_all(item) and context.fleet.confinement(item.namespace()) is not None:
        yield from found


def _open(rule: Node) -> Iterator[Verdict]:
    rule.known()
    peers = rule.get("from").items()
    if not peers:
        yield _problem(rule, "a rule that lets everybody in to every pod")
    yield from each_known(peers, _peer)


def _peer(node: Node) -> Iterator[Verdict]:
    node.known()
    cidr = node.get("ipBlock", "cidr")
    if _is_wide(cidr.text()):
        yield _problem(cidr, f"every pod is open to {given(cidr.value)}")
    namespaces = node.get("namespaceSelector")
    if namespaces.is_given and not is_narrow(namespaces) and not is_narrow(node.get("podSelector")):
        yield _problem(namespaces, "every pod is open to the pods of all namespaces")


def _is_wide(cidr: str | None) -> bool:
    try:
        network = ipaddress.ip_network(cidr or "", strict=False)
    except ValueError:
        return False
    return network.prefixlen < _NARROW[network.version] and not (
        isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_PRIVATE)
    )


def _problem(node: Node, found: str) -> Problem:
    return Problem(
        rule=ID,
        path=node.path,
        given=found,
        allowed="rules that name who may connect, in `from`: pods, namespaces by a label, or blocks of addresses from "
        f"/{_NARROW[4]}, of IPv6 /{_NARROW[6]} or {_PRIVATE}, on",
        fix="name the peers, and the pods in podSelector; agents need nobody to connect to them",
    )


RULE: Final = Rule[Object](
    id=ID,
    group="network",
    title="each namespace of the fleet lets nobody in, and governs what its pods connect to",
    why="A job that runs what a pull request says looks for other jobs' daemons, caches and debuggers first.",
    fix="Add a NetworkPolicy for all pods (podSelector: {}) with policyTypes [Egress, Ingress], and one that opens "
    "egress but for the metadata service.",
    severity="high",
    levels=MANDATORY,
    read=of_kind("Namespace", "NetworkPolicy"),
    check_stack=_check_stack,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.3.2"),
        Reference(framework="Checkov", id="CKV2_K8S_6"),
        Reference(framework="kube-score", id="pod-networkpolicy"),
    ),
)
