"""Cases of `privileged-confined`."""

from __future__ import annotations

import json
from typing import Any

from rules.policies.fleet import Fleet
from rules.policies.workloads.privileged_confined import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import (
    UNKNOWN,
    docker_agent,
    kubernetes,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
FIRST = f"{SPEC}.containers[0].securityContext"
DAEMON = f"{SPEC}.initContainers[0].securityContext"
UNTRUSTED = {"agentpool": "pr", "kubernetes.io/os": "linux"}
DOCKER = Case(title="an agent with a daemon", resources=[workload(docker_agent(), "azdo-agents-docker")])
AGENT = Case(title="an agent without", resources=[workload(linux_agent(), "azdo-agents")])


def secured(**settings: Any) -> dict[str, Any]:
    """A Linux agent's spec, its container with these security settings."""
    spec = linux_agent()
    spec["containers"][0]["securityContext"] = settings
    return spec


def buildkit() -> dict[str, Any]:
    """An agent with BuildKit beside it, rootless."""
    security = {
        "appArmorProfile": {"type": "Unconfined"},
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "Unconfined"},
    }
    daemon = {"name": "buildkit", "image": "docker.io/moby/buildkit:v0.28.0-rootless", "securityContext": security}
    return with_spec(linux_agent(), initContainers=[daemon])


def hook(namespace: object, **security: Any) -> Any:
    """A template of job pods, as mode cached-privileged-kubernetes has it."""
    selector = {"agentpool": "lin", "kubernetes.io/os": "linux"}
    spec = {"nodeSelector": selector, "containers": [{"name": "$job", "securityContext": security}]}
    data = {"template.json": json.dumps({"spec": spec})}
    return kubernetes("core/v1:ConfigMap", {"metadata": {"name": "hook", "namespace": namespace}, "data": data})


CASES = Cases(
    rule=RULE,
    passes=(
        DOCKER,
        AGENT,
        Case(title="rootless BuildKit", resources=[workload(buildkit(), "azdo-agents-docker")]),
        Case(
            title="rootless BuildKit for untrusted code",
            resources=[workload(with_spec(buildkit(), nodeSelector=UNTRUSTED), "azdo-agents-docker")],
        ),
        Case(title="a privileged job", resources=[hook("github-runners-docker", privileged=True, runAsUser=0)]),
        Case(
            title="a runner with a daemon that changes groups",
            resources=[
                workload(
                    secured(allowPrivilegeEscalation=True),
                    "github-runners-docker",
                    "actions.github.com/v1alpha1:AutoscalingRunnerSet",
                )
            ],
        ),
        *(
            Case(
                title=f"an escalation in {namespace}, as it would be where nothing is said",
                resources=[workload(secured(allowPrivilegeEscalation=True), namespace)],
            )
            for namespace in ("default", "web")
        ),
        Case(
            title="capabilities that every container has",
            resources=[workload(secured(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}), "ingress")],
        ),
        Case(
            title="in a program without a table of pools",
            resources=[workload(docker_agent(), "azdo-agents-docker")],
            fleet=Fleet(),
        ),
    ),
    fails=(
        Case(
            title="outside of Docker's namespaces",
            resources=[workload(docker_agent(), "azdo-agents", "apps/v1:StatefulSet")],
            at=[f"{DAEMON}.privileged"],
        ),
        Case(
            title="on an untrusted pool",
            resources=[workload(with_spec(docker_agent(), nodeSelector=UNTRUSTED), "azdo-agents-docker")],
            at=[f"{DAEMON}.privileged"],
        ),
        Case(
            title="on an untrusted pool, named by affinity",
            resources=[
                workload(
                    with_spec(
                        docker_agent(),
                        nodeSelector={"kubernetes.io/os": "linux"},
                        affinity={
                            "nodeAffinity": {
                                "requiredDuringSchedulingIgnoredDuringExecution": {
                                    "nodeSelectorTerms": [
                                        {"matchExpressions": [{"key": "agentpool", "operator": "In", "values": ["pr"]}]}
                                    ]
                                }
                            }
                        },
                    ),
                    "azdo-agents-docker",
                )
            ],
            at=[f"{DAEMON}.privileged"],
        ),
        Case(
            title="a job's pod in the runners' plain namespace",
            resources=[hook("github-runners", privileged=True)],
            at=['data["template.json"].spec.containers[0].securityContext.privileged'],
        ),
        Case(
            title="capabilities, where an escalation is nobody's concern",
            resources=[
                workload(
                    secured(capabilities={"add": ["CHOWN", "SYS_ADMIN", "ALL"]}, allowPrivilegeEscalation=True),
                    "default",
                    "core/v1:Pod",
                )
            ],
            at=[
                "spec.containers[0].securityContext.capabilities.add[1]",
                "spec.containers[0].securityContext.capabilities.add[2]",
            ],
        ),
        *(
            Case(
                title=f"an escalation in {namespace}",
                resources=[workload(secured(allowPrivilegeEscalation=True), namespace)],
                at=[f"{FIRST}.allowPrivilegeEscalation"],
            )
            for namespace in ("azdo-agents", "docker-engine")
        ),
        Case(
            title="without seccomp, AppArmor or a masked /proc",
            resources=[
                workload(
                    with_spec(
                        secured(procMount="Unmasked", appArmorProfile={"type": "Unconfined"}),
                        securityContext={"seccompProfile": {"type": "Unconfined"}},
                    ),
                    "azdo-agents",
                )
            ],
            at=[
                f"{SPEC}.securityContext.seccompProfile.type",
                f"{FIRST}.appArmorProfile.type",
                f"{FIRST}.procMount",
            ],
        ),
        Case(
            title="without AppArmor, by annotation",
            resources=[
                kubernetes(
                    "apps/v1:Deployment",
                    {
                        "metadata": {"name": "x", "namespace": "azdo-agents"},
                        "spec": {
                            "template": {
                                "metadata": {
                                    "annotations": {
                                        "container.apparmor.security.beta.kubernetes.io/agent": "unconfined"
                                    }
                                },
                                "spec": linux_agent(),
                            }
                        },
                    },
                )
            ],
            at=['spec.template.metadata.annotations["container.apparmor.security.beta.kubernetes.io/agent"]'],
        ),
        Case(
            title="in a pod for Windows",
            resources=[
                workload(
                    with_spec(windows_agent(), initContainers=docker_agent()["initContainers"]), "azdo-agents-docker"
                )
            ],
            at=[f"{DAEMON}.privileged"],
        ),
    ),
    unknown=(
        Case(
            title="whether it is privileged, where a capability is not hidden by it",
            resources=[workload(secured(privileged=UNKNOWN, capabilities={"add": ["CHOWN"]}), "azdo-agents")],
            at=[f"{FIRST}.privileged"],
        ),
        Case(
            title="the namespace",
            resources=[workload(secured(privileged=True), UNKNOWN)],
            at=["metadata.namespace"],
        ),
        Case(
            title="the namespace of an escalation",
            resources=[workload(secured(allowPrivilegeEscalation=True), UNKNOWN)],
            at=["metadata.namespace"],
        ),
    ),
    mutations=(
        Mutation(of=DOCKER, path="metadata.namespace", value="github-runners"),
        Mutation(of=DOCKER, path="metadata.namespace", value=None),
        Mutation(of=DOCKER, path=f"{SPEC}.nodeSelector.agentpool", value="pr"),
        Mutation(of=DOCKER, path=f"{SPEC}.os.name", value="windows"),
        Mutation(of=AGENT, path=f"{FIRST}.privileged", value=True),
        Mutation(of=AGENT, path=f"{FIRST}.allowPrivilegeEscalation", value=True),
        Mutation(of=AGENT, path=f"{FIRST}.capabilities.add", value=["SYS_PTRACE"]),
        Mutation(of=AGENT, path=f"{FIRST}.seccompProfile.type", value="Unconfined"),
    ),
)
