"""Cases of `in-cluster-twin-present`."""

from __future__ import annotations

from components.contract import LABEL_POLICY_FAMILY
from rules.policies.catalogue import RULES
from rules.policies.pack.in_cluster_twin import BINDING, FAMILIES, POLICY, RULE
from rules.policies.rule import Level
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, docker_agent, engine, kubernetes, linux_agent, workload

ADMISSION = "admissionregistration.k8s.io/v1"


def policy(family: str, **spec: object) -> Resource:
    metadata = {"name": f"buildfleet-dev-{family}", "labels": {LABEL_POLICY_FAMILY: family}}
    return kubernetes(
        f"{ADMISSION}:{POLICY}",
        {"metadata": metadata, "spec": {"validations": validations(family), **spec}},
        name=family,
    )


def validations(family: str, *levels: Level) -> list[dict[str, object]]:
    """One for each rule of a family with such a level in production, by default those that are mandatory."""
    return [
        {"expression": f"asks(object, {rule.id!r})", "message": f"{rule.id}: {rule.title}"}
        for rule in RULES
        if rule.levels.production in (levels or ("mandatory",)) and any(twin.family == family for twin in rule.twins)
    ]


def binding(family: str, *actions: object, name: object = None, **more: object) -> Resource:
    spec = {"policyName": name or f"buildfleet-dev-{family}", "validationActions": list(actions), **more}
    return kubernetes(f"{ADMISSION}:{BINDING}", {"metadata": {"name": family}, "spec": spec})


def both(family: str) -> list[Resource]:
    return [policy(family, failurePolicy="Fail"), binding(family, "Audit", "Deny")]


AGENT = workload(docker_agent(), "azdo-agents-docker")
ALL = [one for family in FAMILIES for one in both(family)]
OURS = Case(title="agents with Docker and all three", resources=[AGENT, *ALL])
NAME = "metadata.name"
FIRST = validations("confinement")
ALWAYS = [{**one, "expression": " true"} for one in FIRST]
NEVER = [{"name": "never", "expression": "false"}]
NARROW = {"namespaceSelector": {"matchLabels": {"never": "true"}}}

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
        Case(
            title="a binding for some resources beside one for all",
            resources=[AGENT, *ALL, binding("confinement", "Deny", matchResources=NARROW)],
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
                policy("confinement", validations=[{**one, "reason": "Forbidden"} for one in FIRST[:1]] + FIRST[1:]),
                ALL[1],
            ],
            at=["spec.validations[0].reason"],
        ),
        Case(
            title="bound for some resources",
            resources=[AGENT, *ALL[2:], ALL[0], binding("confinement", "Deny", matchResources=NARROW)],
            at=[NAME],
        ),
        Case(
            title="a policy of the family that asks nothing of the rules",
            resources=[
                AGENT,
                *ALL[2:],
                policy("confinement", validations=[{"expression": "object != null", "message": "any"}]),
                ALL[1],
            ],
            at=["spec.validations"],
        ),
        Case(
            title="one rule left out",
            resources=[AGENT, *ALL[2:], policy("confinement", validations=FIRST[1:]), ALL[1]],
            at=["spec.validations"],
        ),
        Case(
            title="what is only advised",
            resources=[
                AGENT,
                *ALL[2:],
                policy("confinement", validations=validations("workloads", "advisory")),
                ALL[1],
            ],
            at=["spec.validations"],
        ),
        Case(
            title="validations that are always met",
            resources=[AGENT, *ALL[2:], policy("confinement", validations=ALWAYS), ALL[1]],
            at=[f"spec.validations[{index}].expression" for index in range(len(ALWAYS))],
        ),
        Case(
            title="a condition that is never met",
            resources=[AGENT, *ALL[2:], policy("confinement", matchConditions=NEVER), ALL[1]],
            at=["spec.matchConditions[0].expression"],
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
        Case(
            title="what is asked",
            resources=[AGENT, *ALL[2:], policy("confinement", validations=UNKNOWN), ALL[1]],
            at=["spec.validations"],
        ),
        Case(
            title="what a binding is for",
            resources=[AGENT, *ALL[2:], ALL[0], binding("confinement", "Deny", matchResources=UNKNOWN)],
            at=["spec.matchResources"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, resource=1, path=f'metadata.labels["{LABEL_POLICY_FAMILY}"]', value="rbac"),
        Mutation(of=OURS, resource=1, path="spec.failurePolicy", value="Ignore"),
        Mutation(of=OURS, resource=1, path="spec.validations[0].reason", value="Forbidden"),
        Mutation(of=OURS, resource=2, path="spec.validationActions", value=["Audit"]),
        Mutation(of=OURS, resource=2, path="spec.policyName", value="another"),
        Mutation(of=OURS, resource=2, path="spec.matchResources", value=NARROW),
        Mutation(of=OURS, resource=1, path="spec.validations[0].message", value="any"),
        Mutation(of=OURS, resource=1, path="spec.validations[0].expression", value="true"),
        Mutation(of=OURS, resource=1, path="spec.matchConditions", value=NEVER),
    ),
)
