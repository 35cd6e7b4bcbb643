"""Cases of `in-cluster-twin-present`."""

from __future__ import annotations

from components.contract import LABEL_POLICY_FAMILY
from rules.policies.pack.in_cluster_twin import BINDING, FAMILIES, POLICY, RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, docker_agent, engine, kubernetes, linux_agent, workload

ADMISSION = "admissionregistration.k8s.io/v1"


def policy(family: str, **spec: object) -> Resource:
    metadata = {"name": f"buildfleet-dev-{family}", "labels": {LABEL_POLICY_FAMILY: family}}
    validation = {"expression": "true", "message": "any"}
    return kubernetes(
        f"{ADMISSION}:{POLICY}", {"metadata": metadata, "spec": {"validations": [validation], **spec}}, name=family
    )


def binding(family: str, *actions: object, name: object = None) -> Resource:
    spec = {"policyName": name or f"buildfleet-dev-{family}", "validationActions": list(actions)}
    return kubernetes(f"{ADMISSION}:{BINDING}", {"metadata": {"name": family}, "spec": spec})


def both(family: str) -> list[Resource]:
    return [policy(family, failurePolicy="Fail"), binding(family, "Audit", "Deny")]


AGENT = workload(docker_agent(), "azdo-agents-docker")
ALL = [one for family in FAMILIES for one in both(family)]
OURS = Case(title="agents with Docker and all three", resources=[AGENT, *ALL])
NAME = "metadata.name"

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="the engine", resources=[*ALL, workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(title="nothing that is privileged", resources=[workload(linux_agent(), "azdo-agents")]),
        Case(title="nothing at all", resources=[]),
        Case(title="pods somewhere, and all three", resources=[workload(linux_agent(), UNKNOWN), *ALL]),
        Case(
            title="what is given by default",
            resources=[AGENT, *ALL[2:], policy("confinement"), binding("confinement", "Deny")],
        ),
    ),
    fails=(
        Case(title="none", resources=[AGENT], at=[""]),
        Case(
            title="none of the engine's",
            resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet"), *ALL[2:]],
            at=[""],
        ),
        Case(title="one of them", resources=[AGENT, *both("confinement")], at=[""]),
        Case(
            title="not bound",
            resources=[AGENT, *ALL[2:], policy("confinement")],
            at=[NAME],
        ),
        Case(
            title="bound to warn",
            resources=[AGENT, *ALL[2:], policy("confinement"), binding("confinement", "Audit", "Warn")],
            at=[NAME],
        ),
        Case(
            title="open where it fails",
            resources=[AGENT, *ALL[2:], policy("confinement", failurePolicy="Ignore"), ALL[1]],
            at=["spec.failurePolicy"],
        ),
        Case(
            title="a reason that previews pass over",
            resources=[
                AGENT,
                *ALL[2:],
                policy("confinement", validations=[{"expression": "true", "reason": "Forbidden"}]),
                ALL[1],
            ],
            at=["spec.validations[0].reason"],
        ),
    ),
    unknown=(
        Case(
            title="where pods are",
            resources=[workload(linux_agent(), UNKNOWN)],
            at=["metadata.namespace"],
        ),
        Case(
            title="what is bound",
            resources=[AGENT, *ALL[2:], policy("confinement"), binding("confinement", "Deny", name=UNKNOWN)],
            at=["spec.policyName"],
        ),
        Case(
            title="what a binding does",
            resources=[AGENT, *ALL[2:], policy("confinement"), binding("confinement", UNKNOWN)],
            at=["spec.validationActions[0]"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, resource=1, path=f'metadata.labels["{LABEL_POLICY_FAMILY}"]', value="rbac"),
        Mutation(of=OURS, resource=1, path="spec.failurePolicy", value="Ignore"),
        Mutation(of=OURS, resource=1, path="spec.validations[0].reason", value="Forbidden"),
        Mutation(of=OURS, resource=2, path="spec.validationActions", value=["Audit"]),
        Mutation(of=OURS, resource=2, path="spec.policyName", value="another"),
    ),
)
