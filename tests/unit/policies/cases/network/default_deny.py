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

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        TWO,
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
        Mutation(of=TWO, resource=2, path="spec.policyTypes", value=["Ingress"]),
    ),
)
