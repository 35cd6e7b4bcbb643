"""Cases of `netpol-default-deny`. The policies of ours are those of the component."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.kubernetes.network_policy import NetworkArgs, network_policies
from rules.policies.network.default_deny import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

POLICY = "networking.k8s.io/v1:NetworkPolicy"
NAME = "metadata.name"
PEER = "spec.ingress[0].from[1]"


def namespace(name: object = "azdo-agents") -> Resource:
    return kubernetes("core/v1:Namespace", {"metadata": {"name": name}}, name="namespace")


def policy(spec: object, where: object = "azdo-agents", token: str = POLICY) -> Resource:
    return kubernetes(token, {"metadata": {"name": "thing", "namespace": where}, "spec": spec})


def ours(where: str = "azdo-agents", **more: Any) -> list[Resource]:
    return [policy(spec, where) for spec in network_policies(NetworkArgs(**more)).values()]


OPEN: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
NOBODY_IN: dict[str, Any] = {"podSelector": {}}
OURS = Case(title="ours", resources=[namespace(), *ours()])
TWO = Case(title="ingress and egress in two policies", resources=[namespace(), policy(NOBODY_IN), policy(OPEN)])


def from_(*peers: object, **more: Any) -> Resource:
    """A policy that lets these in to every pod."""
    return policy({"podSelector": {}, "ingress": [{"from": list(peers), **more}]})


def lacking(operator: str, **more: Any) -> dict[str, Any]:
    return {"matchExpressions": [{"key": "team", "operator": operator, **more}]}


SOMEBODY = {"podSelector": {"matchLabels": {"app": "prometheus"}}}
PEERS = Case(
    title="some are let in, by pods, namespaces and addresses",
    resources=[
        *OURS.resources,
        from_(
            {"podSelector": {}},
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
            {"namespaceSelector": lacking("In", values=["a"]), "podSelector": {}},
            {"namespaceSelector": {}, **SOMEBODY},
            {"ipBlock": {"cidr": "10.0.0.0/8"}},
            {"ipBlock": {"cidr": "2001:db8::/32"}},
            *({"ipBlock": {"cidr": cidr}} for cidr in ("fc00::/7", "fd00::/8", "172.16.0.0/12", "192.168.0.0/16")),
        ),
    ],
)

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        TWO,
        PEERS,
        Case(
            title="everybody in the cluster, to some pods",
            resources=[
                *OURS.resources,
                policy(
                    {
                        "podSelector": {"matchLabels": {"app": "cache"}},
                        "ingress": [{"from": [{"namespaceSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
                    }
                ),
            ],
        ),
        Case(title="everybody, somewhere else", resources=[policy({"podSelector": {}, "ingress": [{}]}, "web")]),
        Case(
            title="ours, with the API server closed but for some",
            resources=[
                namespace("github-runners"),
                *ours(
                    "github-runners",
                    api_server_cidrs=["10.0.0.1/32"],
                    api_server_allowed_for={"buildfleet.dev/component": "github-hook-runner"},
                ),
            ],
        ),
        Case(title="a namespace of somebody else", resources=[namespace("web")]),
        Case(
            title="ours, in a cluster that is still to be made",
            resources=[
                replace(namespace(), urn="urn:namespace"),
                replace(policy(NOBODY_IN, UNKNOWN), dependencies={"metadata": ["urn:namespace"]}),
                replace(policy(OPEN, UNKNOWN), dependencies={"metadata": ["urn:namespace"]}),
            ],
        ),
        Case(title="policies of a namespace that is elsewhere", resources=ours()),
        Case(
            title="somebody is let in by name",
            resources=[*OURS.resources, policy({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]})],
        ),
        Case(
            title="a patch that does not say which pods",
            resources=[*OURS.resources, policy({"ingress": [{}]}, token=f"{POLICY}Patch")],
        ),
        Case(
            title="everybody is let in to some pods",
            resources=[
                *OURS.resources,
                policy({"podSelector": {"matchLabels": {"app": "cache"}}, "ingress": [{}]}),
            ],
        ),
    ),
    fails=(
        Case(title="no policy", resources=[namespace()], at=[NAME]),
        Case(title="in another namespace", resources=[namespace(), *ours("github-runners")], at=[NAME]),
        Case(title="ingress alone", resources=[namespace(), policy(NOBODY_IN)], at=[NAME]),
        Case(title="egress alone", resources=[namespace(), policy(OPEN)], at=[NAME]),
        Case(
            title="for some pods",
            resources=[
                namespace(),
                policy({"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Egress", "Ingress"]}),
            ],
            at=[NAME],
        ),
        Case(
            title="one that lets in",
            resources=[
                namespace(),
                policy({"podSelector": {}, "policyTypes": ["Egress", "Ingress"], "ingress": [{}]}),
            ],
            at=[NAME, "spec.ingress[0]"],
        ),
        Case(
            title="another that lets everybody in",
            resources=[*OURS.resources, policy({"podSelector": {}, "ingress": [{"ports": [{"port": 22}]}]})],
            at=["spec.ingress[0]"],
        ),
        *(
            Case(title=f"in comes {title}", resources=[*OURS.resources, from_(SOMEBODY, peer)], at=[f"{PEER}.{at}"])
            for title, peer, at in (
                ("the world", {"ipBlock": {"cidr": "0.0.0.0/0"}}, "ipBlock.cidr"),
                (
                    "the world but for some",
                    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}},
                    "ipBlock.cidr",
                ),
                ("half the world", {"ipBlock": {"cidr": "128.0.0.0/1"}}, "ipBlock.cidr"),
                ("a bit more than a network", {"ipBlock": {"cidr": "10.0.0.0/7"}}, "ipBlock.cidr"),
                ("the world of IPv6", {"ipBlock": {"cidr": "::/0"}}, "ipBlock.cidr"),
                ("what is given out of it", {"ipBlock": {"cidr": "2000::/3"}}, "ipBlock.cidr"),
                ("every namespace", {"namespaceSelector": {}}, "namespaceSelector"),
                ("every pod", {"namespaceSelector": {}, "podSelector": {}}, "namespaceSelector"),
                ("almost every namespace", {"namespaceSelector": lacking("NotIn", values=["a"])}, "namespaceSelector"),
                (
                    "almost every pod",
                    {"namespaceSelector": {}, "podSelector": lacking("DoesNotExist")},
                    "namespaceSelector",
                ),
            )
        ),
        Case(
            title="two of the world, by one port",
            resources=[
                *OURS.resources,
                from_(*({"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/1", "128.0.0.0/1")), ports=[{"port": 22}]),
            ],
            at=["spec.ingress[0].from[0].ipBlock.cidr", "spec.ingress[0].from[1].ipBlock.cidr"],
        ),
        Case(
            title="a patch that lets everybody in",
            resources=[*OURS.resources, policy({"podSelector": {}, "ingress": [{}]}, token=f"{POLICY}Patch")],
            at=["spec.ingress[0]"],
        ),
        Case(
            title="a patch proves nothing",
            resources=[namespace(), policy(NOBODY_IN, token=f"{POLICY}Patch"), policy(OPEN)],
            at=[NAME],
        ),
    ),
    unknown=(
        Case(
            title="where the policies are",
            resources=[namespace(), policy({"podSelector": {}, "policyTypes": ["Egress", "Ingress"]}, UNKNOWN)],
            at=["metadata.namespace"],
        ),
        Case(title="the name of the namespace", resources=[namespace(UNKNOWN)], at=[NAME]),
        *(
            Case(title=f"whom another lets in, by {at}", resources=[*OURS.resources, from_(peer)], at=[at])
            for peer, at in (
                (UNKNOWN, "spec.ingress[0].from[0]"),
                ({"ipBlock": {"cidr": UNKNOWN}}, "spec.ingress[0].from[0].ipBlock.cidr"),
                ({"namespaceSelector": UNKNOWN}, "spec.ingress[0].from[0].namespaceSelector"),
            )
        ),
        Case(
            title="whom another lets in",
            resources=[*OURS.resources, policy({"podSelector": {}, "ingress": [UNKNOWN]})],
            at=["spec.ingress[0]"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, resource=1, path="spec.policyTypes", value=["Egress"]),
        Mutation(of=OURS, resource=1, path="spec.ingress", value=[{}]),
        Mutation(of=OURS, resource=1, path="spec.podSelector", value={"matchLabels": {"app": "agent"}}),
        Mutation(of=OURS, resource=1, path="metadata.namespace", value="azdo-agents-docker"),
        Mutation(of=PEERS, resource=-1, path="spec.ingress[0].from[3].podSelector", value=None),
        Mutation(of=PEERS, resource=-1, path="spec.ingress[0].from[2].namespaceSelector", value={}),
        Mutation(of=PEERS, resource=-1, path="spec.ingress[0].from[4].ipBlock.cidr", value="8.0.0.0/6"),
        Mutation(of=PEERS, resource=-1, path="spec.ingress[0].from[5].ipBlock.cidr", value="2000::/8"),
        Mutation(of=PEERS, resource=-1, path="spec.ingress[0].from[6].ipBlock.cidr", value="fc00::/6"),
        Mutation(of=TWO, resource=2, path="spec.policyTypes", value=["Ingress"]),
    ),
)
