"""Cases of `job-survives-drain`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.job_survives_drain import RULE, SAFE_TO_EVICT
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import build, hook_runner, hook_template, job, runner_set, scaled_job
from tests.unit.policies.scenes import (
    UNKNOWN,
    Resource,
    docker_agent,
    engine,
    kubernetes,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
ANNOTATION = f'metadata.annotations["{SAFE_TO_EVICT}"]'
AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
JOB = Case(title="a build", resources=[job(build())])


def budget(namespace: object = "azdo-agents-docker", component: str | None = None, **spec: Any) -> Resource:
    labels = {"app.kubernetes.io/name": "agents"} if component is None else {"buildfleet.dev/component": component}
    body = {
        "metadata": {"name": "budget", "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, **spec},
    }
    return kubernetes("policy/v1:PodDisruptionBudget", body)


OF_JOBS: dict[str, Any] = {
    "component": "github-job",
    "minAvailable": 1_000_000,
    "unhealthyPodEvictionPolicy": "AlwaysAllow",
}
BUDGET = Case(title="half of the agents", resources=[budget(maxUnavailable="50%")])
KEPT = Case(title="jobs' pods, which end by themselves", resources=[budget("github-runners-docker", **OF_JOBS)])

CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        JOB,
        BUDGET,
        KEPT,
        Case(title="one at a time", resources=[budget(maxUnavailable=1)]),
        Case(title="one stays", resources=[budget(minAvailable=1)]),
        Case(title="a budget elsewhere", resources=[budget("web", maxUnavailable=0)]),
        Case(title="an agent for each job", resources=[scaled_job(docker_agent(), "azdo-agents-docker")]),
        Case(title="a runner, and its listener elsewhere", resources=[runner_set(hook_runner(), "github-runners")]),
        Case(title="a job's template", resources=[hook_template()]),
        Case(
            title="a pool's images are pulled ahead, by a DaemonSet",
            resources=[
                workload(
                    with_spec(windows_agent(), terminationGracePeriodSeconds=0), "docker-builds", "apps/v1:DaemonSet"
                ),
            ],
        ),
        Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(
            title="anything elsewhere",
            resources=[
                kubernetes(
                    "apps/v1:Deployment",
                    {"metadata": {"namespace": "web"}, "spec": {"template": {"spec": linux_agent()}}},
                )
            ],
        ),
        Case(
            title="shorter jobs",
            resources=[workload(with_spec(linux_agent(), terminationGracePeriodSeconds=30), "azdo-agents")],
            options={"graceSeconds": 30},
        ),
    ),
    fails=(
        Case(
            title="the autoscaler may take it",
            resources=[
                kubernetes(
                    "keda.sh/v1alpha1:ScaledJob",
                    {
                        "metadata": {"namespace": "azdo-agents"},
                        "spec": {"jobTargetRef": {"template": {"spec": linux_agent()}}},
                    },
                )
            ],
            at=[f"spec.jobTargetRef.template.{ANNOTATION}"],
        ),
        Case(
            title="a truth value is no annotation",
            resources=[
                kubernetes(
                    "core/v1:Pod",
                    {
                        "metadata": {"namespace": "azdo-agents", "annotations": {SAFE_TO_EVICT: "true"}},
                        "spec": linux_agent(),
                    },
                )
            ],
            at=[ANNOTATION],
        ),
        Case(
            title="the time of a web server",
            resources=[runner_set(hook_runner(terminationGracePeriodSeconds=30), "github-runners")],
            at=[f"{SPEC}.terminationGracePeriodSeconds"],
        ),
        Case(
            title="the default time",
            resources=[
                workload(
                    {key: value for key, value in linux_agent().items() if key != "terminationGracePeriodSeconds"},
                    "azdo-agents",
                    "apps/v1:StatefulSet",
                )
            ],
            at=[f"{SPEC}.terminationGracePeriodSeconds"],
        ),
        Case(
            title="a patch to no time at all",
            resources=[
                workload(
                    {"containers": [{"name": "agent"}], "terminationGracePeriodSeconds": 0},
                    "azdo-agents",
                    "apps/v1:DeploymentPatch",
                )
            ],
            at=[f"{SPEC}.terminationGracePeriodSeconds"],
        ),
        Case(
            title="a Job without end",
            resources=[job(build(), activeDeadlineSeconds=None)],
            at=["spec.activeDeadlineSeconds"],
        ),
        Case(title="no agent ever", resources=[budget(maxUnavailable=0)], at=["spec.maxUnavailable"]),
        Case(title="no part of them", resources=[budget(maxUnavailable="0%")], at=["spec.maxUnavailable"]),
        Case(title="all of them stay", resources=[budget(minAvailable="100%")], at=["spec.minAvailable"]),
        Case(title="more stay than there are", resources=[budget(minAvailable=1_000_000)], at=["spec.minAvailable"]),
        Case(
            title="jobs that never began",
            resources=[budget("github-runners", component="github-job", minAvailable=1_000_000)],
            at=["spec.unhealthyPodEvictionPolicy"],
        ),
        Case(
            title="a job's template that says otherwise",
            resources=[
                kubernetes(
                    "core/v1:ConfigMap",
                    {
                        "metadata": {"namespace": "github-runners"},
                        "data": {
                            "template.yaml": "metadata:\n  annotations:\n"
                            f'    {SAFE_TO_EVICT}: "true"\nspec:\n  containers: [{{name: $job}}]\n'
                        },
                    },
                )
            ],
            at=[f'data["template.yaml"].{ANNOTATION}'],
        ),
    ),
    unknown=(
        Case(
            title="the time to finish",
            resources=[workload(with_spec(linux_agent(), terminationGracePeriodSeconds=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.terminationGracePeriodSeconds"],
        ),
        Case(title="what a budget allows", resources=[budget(maxUnavailable=UNKNOWN)], at=["spec.maxUnavailable"]),
        Case(
            title="a Job's end",
            resources=[job(build(), activeDeadlineSeconds=UNKNOWN)],
            at=["spec.activeDeadlineSeconds"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=f"spec.template.{ANNOTATION}", value=None),
        Mutation(of=AGENT, path=f"spec.template.{ANNOTATION}", value="true"),
        Mutation(of=AGENT, path=f"{SPEC}.terminationGracePeriodSeconds", value=59),
        Mutation(of=JOB, path="spec.activeDeadlineSeconds", value=None),
        Mutation(of=BUDGET, path="spec.maxUnavailable", value=0),
        Mutation(of=KEPT, path="spec.unhealthyPodEvictionPolicy", value="IfHealthyBudget"),
        Mutation(of=KEPT, path='spec.selector.matchLabels["buildfleet.dev/component"]', value="azure-devops-agent"),
    ),
)
