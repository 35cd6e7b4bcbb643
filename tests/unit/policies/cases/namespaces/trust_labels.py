"""Cases of `trust-labels-protected`."""

from __future__ import annotations

from typing import Any

from rules.policies.namespaces.trust_labels import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.namespaces.pod_security import (
    IN_TEMPLATE,
    MANAGED,
    NAMESPACE,
    managed,
    managed_elsewhere,
    namespace,
)
from tests.unit.policies.scenes import EXEMPT, UNKNOWN, Resource, kubernetes

LABEL = "buildfleet.dev/confinement"
AT = f'metadata.labels["{LABEL}"]'
STACK = "buildfleet.dev/stack"
TRUST = "buildfleet.dev/trust"


def at(key: str) -> str:
    return f'metadata.labels["{key}"]'


def node(labels: Any, token: str = "core/v1:NodePatch") -> Resource:
    return kubernetes(token, {"metadata": {"name": "node-0", "labels": labels}})


UNTRUSTED = Case(
    title="a node's trust, as its pool has it",
    resources=[
        node({"agentpool": "pr", TRUST: "untrusted", "buildfleet.dev/purpose": "build", "buildfleet.dev/pool": "pr"})
    ],
)

ENGINE = Case(title="the engine's", resources=[namespace("docker-engine", {LABEL: "engine"})])
AGENTS = Case(title="of agents", resources=[namespace("github-runners", {LABEL: "agents"})])
BY_AKS = Case(title="of agents, through AKS", resources=[managed("github-runners", {LABEL: "agents"})])
OTHER = Case(title="somebody else's", resources=[namespace("web", {"team": "web"})])

CASES = Cases(
    rule=RULE,
    passes=(
        ENGINE,
        AGENTS,
        BY_AKS,
        OTHER,
        Case(title="with Docker", resources=[namespace("docker-builds", {LABEL: "agents-docker"})]),
        Case(title="an operator's", resources=[namespace("keda", {"buildfleet.dev/stack": "dev"})]),
        UNTRUSTED,
        Case(title="a node, whole", resources=[node({"agentpool": "lin", STACK: "dev"}, "core/v1:Node")]),
        Case(title="other labels of a node", resources=[node({"rack": "7"})]),
        Case(title="a taint of a node", resources=[kubernetes("core/v1:NodePatch", {"spec": {"taints": []}})]),
        Case(title="a patch of others", resources=[namespace("docker-engine", {"a": "b"}, f"{NAMESPACE}Patch")]),
    ),
    fails=(
        Case(title="somebody else's", resources=[namespace("web", {LABEL: "engine"})], at=[AT]),
        Case(title="more than it is", resources=[namespace("azdo-agents", {LABEL: "agents-docker"})], at=[AT]),
        Case(title="none on one of the fleet's", resources=[namespace("azdo-agents", {"a": "b"})], at=[AT]),
        Case(title="no labels at all", resources=[namespace("azdo-agents", None)], at=[AT]),
        Case(title="a name made by Pulumi", resources=[namespace(None, {LABEL: "agents"})], at=[AT]),
        Case(title="a patch", resources=[namespace("web", {LABEL: "agents"}, f"{NAMESPACE}Patch")], at=[AT]),
        Case(title="of another stack", resources=[namespace("web", {STACK: "another"})], at=[at(STACK)]),
        Case(
            title="both",
            resources=[namespace("web", {LABEL: "engine", STACK: "another"})],
            at=[AT, at(STACK)],
        ),
        Case(title="a node's trust alone", resources=[node({TRUST: "trusted"})], at=[at(TRUST)]),
        Case(title="a pool's trust", resources=[node({"agentpool": "pr", TRUST: "trusted"})], at=[at(TRUST)]),
        Case(
            title="a node of a pool that nobody knows",
            resources=[node({"agentpool": "other", "buildfleet.dev/pool": "lin"}, "core/v1:Node")],
            at=[at("buildfleet.dev/pool")],
        ),
        Case(
            title="one of the cluster's own",
            resources=[namespace("kube-system", {LABEL: "engine"}, f"{NAMESPACE}Patch")],
            at=[AT],
        ),
        Case(
            title="one of a list",
            resources=[
                kubernetes(
                    "core/v1:NamespaceList",
                    {"items": [{"metadata": {"name": "web", "labels": {LABEL: "engine"}}}]},
                )
            ],
            at=[f"items[0].{AT}"],
        ),
        Case(
            title="somebody else's, through AKS",
            resources=[managed("web", {LABEL: "engine", STACK: "another"})],
            at=[f'{MANAGED}["{LABEL}"]', f'{MANAGED}["{STACK}"]'],
        ),
        Case(
            title="somebody else's, by a generic resource",
            resources=managed_elsewhere("web", {LABEL: "engine"})[:1],
            at=[f'{MANAGED}["{LABEL}"]'],
        ),
        Case(
            title="somebody else's, in a template",
            resources=managed_elsewhere("web", {LABEL: "engine"})[1:],
            at=[f'{IN_TEMPLATE}["{LABEL}"]'],
        ),
        Case(
            title="a node that says that it is in an exempt namespace",
            resources=[
                kubernetes(
                    "core/v1:NodePatch",
                    {"metadata": {"name": "node-0", "namespace": "kube-system", "labels": {TRUST: "trusted"}}},
                )
            ],
            fleet=EXEMPT,
            at=[at(TRUST)],
        ),
    ),
    unknown=(
        Case(title="the label", resources=[namespace("web", {LABEL: UNKNOWN})], at=[AT]),
        Case(title="the name", resources=[namespace(UNKNOWN, {LABEL: "engine"})], at=["metadata.name"]),
        Case(title="all labels", resources=[namespace("azdo-agents", UNKNOWN)], at=[AT, at(STACK)]),
        Case(title="the stack", resources=[namespace("web", {STACK: UNKNOWN})], at=[at(STACK)]),
        Case(title="the name of AKS's", resources=[managed(UNKNOWN, {LABEL: "engine"})], at=["managedNamespaceName"]),
        Case(title="a node's labels", resources=[node(UNKNOWN)], at=["metadata.labels"]),
        Case(title="a node's trust", resources=[node({"agentpool": "pr", TRUST: UNKNOWN})], at=[at(TRUST)]),
    ),
    mutations=(
        Mutation(of=ENGINE, path="metadata.name", value="web"),
        Mutation(of=AGENTS, path=AT, value="engine"),
        Mutation(of=AGENTS, path=AT, value=None),
        Mutation(of=BY_AKS, path="managedNamespaceName", value="web"),
        Mutation(of=BY_AKS, path=f'{MANAGED}["{LABEL}"]', value="engine"),
        Mutation(of=OTHER, path=AT, value="agents"),
        Mutation(of=OTHER, path=at(STACK), value="another"),
        Mutation(of=UNTRUSTED, path=at(TRUST), value="trusted"),
        Mutation(of=UNTRUSTED, path=at("buildfleet.dev/purpose"), value="system"),
        Mutation(of=UNTRUSTED, path=at("buildfleet.dev/pool"), value="lin"),
        Mutation(of=UNTRUSTED, path="metadata.labels.agentpool", value="lin"),
    ),
)
