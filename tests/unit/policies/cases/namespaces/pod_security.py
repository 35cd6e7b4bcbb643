"""Cases of `namespace-pss-labels`."""

from __future__ import annotations

from typing import Any

from rules.policies.namespaces.pod_security import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import EXEMPT, UNKNOWN, Resource, kubernetes

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


def managed(name: object, labels: object) -> Resource:
    """A namespace that is made through AKS."""
    return Resource(
        type="azure-native:containerservice:ManagedNamespace",
        name="managed",
        inputs={
            "managedNamespaceName": name,
            "properties": {"adoptionPolicy": "Never", "deletePolicy": "Keep", "labels": labels},
            "resourceGroupName": "fleet",
            "resourceName": "fleet",
        },
    )


def managed_elsewhere(name: object, labels: object) -> tuple[Resource, Resource]:
    """The same as a generic resource, and in a template."""
    body = {"properties": {"labels": labels}}
    parts = {"resourceProviderNamespace": "Microsoft.ContainerService", "parentResourcePath": "managedClusters/fleet"}
    generic = {**parts, "resourceType": "managedNamespaces", "resourceName": name, **body}
    arm = "Microsoft.ContainerService/managedClusters/managedNamespaces"
    template = {"resources": [{"type": arm, "name": f"fleet/{name}", **body}]}
    return (
        Resource(type="azure-native:resources:Resource", name="generic", inputs=generic),
        Resource(
            type="azure-native:resources:Deployment", name="template", inputs={"properties": {"template": template}}
        ),
    )


MANAGED = "properties.labels"
IN_TEMPLATE = "properties.template.resources[0].properties.labels"


AGENTS = Case(title="agents", resources=[namespace("azdo-agents", levels("baseline"))])
ENGINE = Case(title="the engine", resources=[namespace("docker-engine", levels("privileged", "privileged"))])
BY_AKS = Case(title="of agents, through AKS", resources=[managed("azdo-agents", levels("baseline"))])
OPERATOR = Case(title="an operator's", resources=[namespace("keda", levels("restricted"))])

CASES = Cases(
    rule=RULE,
    passes=(
        AGENTS,
        ENGINE,
        OPERATOR,
        BY_AKS,
        Case(title="a generic one", resources=managed_elsewhere("azdo-agents", levels("baseline"))[:1]),
        Case(title="one in a template", resources=managed_elsewhere("azdo-agents", levels("baseline"))[1:]),
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
        Case(
            title="privileged, through AKS",
            resources=[managed("evil", levels("privileged"))],
            at=[f'{MANAGED}["{PSA}enforce"]'],
        ),
        Case(title="no level, through AKS", resources=[managed("web", None)], at=[f'{MANAGED}["{PSA}enforce"]']),
        Case(
            title="privileged, by a generic resource",
            resources=managed_elsewhere("evil", levels("privileged"))[:1],
            at=[f'{MANAGED}["{PSA}enforce"]'],
        ),
        Case(
            title="privileged, in a template",
            resources=managed_elsewhere("evil", levels("privileged"))[1:],
            at=[f'{IN_TEMPLATE}["{PSA}enforce"]'],
        ),
        Case(
            title="one that says that it is in an exempt namespace",
            resources=[kubernetes(NAMESPACE, {"metadata": {"name": "web", "namespace": "kube-system"}})],
            fleet=EXEMPT,
            at=[at("enforce")],
        ),
    ),
    unknown=(
        Case(title="the level", resources=[namespace("web", levels(UNKNOWN))], at=[at("enforce")]),
        Case(title="the labels", resources=[namespace("web", UNKNOWN)], at=["metadata.labels"]),
        Case(title="the name", resources=[namespace(UNKNOWN, levels("baseline"))], at=["metadata.name"]),
        Case(title="labels of AKS's", resources=[managed("web", UNKNOWN)], at=[MANAGED]),
        Case(
            title="the name of AKS's",
            resources=[managed(UNKNOWN, levels("baseline"))],
            at=["managedNamespaceName"],
        ),
    ),
    mutations=(
        Mutation(of=AGENTS, path=at("enforce"), value="privileged"),
        Mutation(of=AGENTS, path=at("enforce"), value=None),
        Mutation(of=AGENTS, path=at("audit"), value=None),
        Mutation(of=AGENTS, path=at("warn"), value="Restricted"),
        Mutation(of=AGENTS, path=at("enforce-version"), value=None),
        Mutation(of=ENGINE, path="metadata.name", value="web"),
        Mutation(of=OPERATOR, path=at("enforce"), value="privileged"),
        Mutation(of=BY_AKS, path=f'{MANAGED}["{PSA}enforce"]', value="privileged"),
        Mutation(of=BY_AKS, path=f'{MANAGED}["{PSA}warn"]', value=None),
    ),
)
