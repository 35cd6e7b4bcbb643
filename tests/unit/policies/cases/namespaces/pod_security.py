"""Cases of `namespace-pss-labels`."""

from __future__ import annotations

from typing import Any

from rules.policies.namespaces.pod_security import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

NAMESPACE = "core/v1:Namespace"
PSA = "pod-security.kubernetes.io/"


def at(label: str) -> str:
    return f'metadata.labels["{PSA}{label}"]'


def levels(enforce: object, audit: object = "restricted") -> dict[str, Any]:
    return {
        f"{PSA}audit": audit,
        f"{PSA}audit-version": "v1.36",
        f"{PSA}enforce": enforce,
        f"{PSA}enforce-version": "v1.36",
        f"{PSA}warn": enforce,
        f"{PSA}warn-version": "v1.36",
    }


def namespace(name: object, labels: object, token: str = NAMESPACE) -> Resource:
    metadata = {key: value for key, value in (("name", name), ("labels", labels)) if value is not None}
    return kubernetes(token, {"metadata": metadata})


AGENTS = Case(title="agents", resources=[namespace("azdo-agents", levels("baseline"))])
ENGINE = Case(title="the engine", resources=[namespace("docker-engine", levels("privileged", "privileged"))])
OPERATOR = Case(title="an operator's", resources=[namespace("keda", levels("restricted"))])

CASES = Cases(
    rule=RULE,
    passes=(
        AGENTS,
        ENGINE,
        OPERATOR,
        Case(title="agents with Docker", resources=[namespace("github-runners-docker", levels("privileged"))]),
        Case(title="somebody else's, with a level alone", resources=[namespace("web", {f"{PSA}enforce": "baseline"})]),
        Case(title="of the cluster itself", resources=[namespace("kube-system", {"a": "b"}, f"{NAMESPACE}Patch")]),
        Case(
            title="somebody else's without a level, where that is allowed",
            resources=[namespace("web", None)],
            options={"otherNamespaces": False},
        ),
        Case(title="a patch of something else", resources=[namespace("azdo-agents", {"a": "b"}, f"{NAMESPACE}Patch")]),
        Case(title="a patch without labels", resources=[namespace("azdo-agents", None, f"{NAMESPACE}Patch")]),
        Case(title="another kind", resources=[kubernetes("core/v1:ConfigMap", {"metadata": {"name": "web"}})]),
    ),
    fails=(
        Case(title="no labels", resources=[namespace("web", None)], at=[at("enforce")]),
        Case(title="a name made by Pulumi", resources=[namespace(None, {"a": "b"})], at=[at("enforce")]),
        Case(
            title="agents without any",
            resources=[namespace("azdo-agents", {"a": "b"})],
            at=[at(key.removeprefix(PSA)) for key in levels("baseline")],
        ),
        Case(
            title="privileged for agents without Docker",
            resources=[namespace("azdo-agents", levels("privileged"))],
            at=[at("enforce")],
        ),
        Case(
            title="privileged for somebody else, where a level is not asked for",
            resources=[namespace("web", {f"{PSA}enforce": "privileged"})],
            options={"otherNamespaces": False},
            at=[at("enforce")],
        ),
        Case(
            title="a level that is none",
            resources=[namespace("docker-engine", {**levels("privileged"), f"{PSA}enforce": "Baseline"})],
            at=[at("enforce")],
        ),
        Case(
            title="a version that is none",
            resources=[namespace("docker-engine", {**levels("privileged"), f"{PSA}warn-version": "1.36"})],
            at=[at("warn-version")],
        ),
        Case(
            title="privileged by a patch",
            resources=[namespace("azdo-agents", {f"{PSA}enforce": "privileged"}, f"{NAMESPACE}Patch")],
            at=[at("enforce")],
        ),
        Case(
            title="one of a list",
            resources=[
                kubernetes(
                    "core/v1:NamespaceList",
                    {
                        "items": [
                            {"metadata": {"name": "web", "labels": levels("restricted")}},
                            {"metadata": {"name": "shop", "labels": levels("privileged")}},
                        ]
                    },
                )
            ],
            at=[f"items[1].{at('enforce')}"],
        ),
    ),
    unknown=(
        Case(title="the level", resources=[namespace("web", levels(UNKNOWN))], at=[at("enforce")]),
        Case(title="the labels", resources=[namespace("web", UNKNOWN)], at=["metadata.labels"]),
        Case(title="the name", resources=[namespace(UNKNOWN, levels("baseline"))], at=["metadata.name"]),
    ),
    mutations=(
        Mutation(of=AGENTS, path=at("enforce"), value="privileged"),
        Mutation(of=AGENTS, path=at("enforce"), value=None),
        Mutation(of=AGENTS, path=at("audit"), value=None),
        Mutation(of=AGENTS, path=at("warn"), value="Restricted"),
        Mutation(of=AGENTS, path=at("enforce-version"), value=None),
        Mutation(of=ENGINE, path="metadata.name", value="web"),
        Mutation(of=OPERATOR, path=at("enforce"), value="privileged"),
    ),
)
