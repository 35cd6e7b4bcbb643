"""Cases of `trust-labels-protected`."""

from __future__ import annotations

from rules.policies.namespaces.trust_labels import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.namespaces.pod_security import NAMESPACE, namespace
from tests.unit.policies.scenes import UNKNOWN, kubernetes

LABEL = "buildfleet.dev/confinement"
AT = f'metadata.labels["{LABEL}"]'

ENGINE = Case(title="the engine's", resources=[namespace("docker-engine", {LABEL: "engine"})])
AGENTS = Case(title="of agents", resources=[namespace("github-runners", {LABEL: "agents"})])
OTHER = Case(title="somebody else's", resources=[namespace("web", {"team": "web"})])

CASES = Cases(
    rule=RULE,
    passes=(
        ENGINE,
        AGENTS,
        OTHER,
        Case(title="with Docker", resources=[namespace("docker-builds", {LABEL: "agents-docker"})]),
        Case(title="an operator's", resources=[namespace("keda", {"buildfleet.dev/stack": "dev"})]),
        Case(title="a patch of others", resources=[namespace("docker-engine", {"a": "b"}, f"{NAMESPACE}Patch")]),
    ),
    fails=(
        Case(title="somebody else's", resources=[namespace("web", {LABEL: "engine"})], at=[AT]),
        Case(title="more than it is", resources=[namespace("azdo-agents", {LABEL: "agents-docker"})], at=[AT]),
        Case(title="none on one of the fleet's", resources=[namespace("azdo-agents", {"a": "b"})], at=[AT]),
        Case(title="no labels at all", resources=[namespace("azdo-agents", None)], at=[AT]),
        Case(title="a name made by Pulumi", resources=[namespace(None, {LABEL: "agents"})], at=[AT]),
        Case(title="a patch", resources=[namespace("web", {LABEL: "agents"}, f"{NAMESPACE}Patch")], at=[AT]),
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
    ),
    unknown=(
        Case(title="the label", resources=[namespace("web", {LABEL: UNKNOWN})], at=[AT]),
        Case(title="the name", resources=[namespace(UNKNOWN, {LABEL: "engine"})], at=["metadata.name"]),
        Case(title="all labels", resources=[namespace("azdo-agents", UNKNOWN)], at=[AT]),
    ),
    mutations=(
        Mutation(of=ENGINE, path="metadata.name", value="web"),
        Mutation(of=AGENTS, path=AT, value="engine"),
        Mutation(of=AGENTS, path=AT, value=None),
        Mutation(of=OTHER, path=AT, value="agents"),
    ),
)
