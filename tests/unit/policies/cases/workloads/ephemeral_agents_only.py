"""Cases of `ephemeral-agents-only`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.workloads.ephemeral_agents_only import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import ON_PR, RUNNER_SET, SCALED_JOB, hook_runner, runner_set, scaled_job
from tests.unit.policies.scenes import (
    FLEET,
    UNKNOWN,
    docker_agent,
    engine,
    kubernetes,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SELECTOR = "spec.template.spec.nodeSelector"
FIXED = Case(title="a fixed agent with a daemon, trusted", resources=[workload(docker_agent(), "azdo-agents-docker")])
RUNNERS = Case(title="runners for each job", resources=[runner_set(hook_runner(), "github-runners")])
AGENTS = Case(title="agents for each job", resources=[scaled_job(docker_agent(), "azdo-agents-docker", low=1)])

CASES = Cases(
    rule=RULE,
    passes=(
        FIXED,
        RUNNERS,
        AGENTS,
        Case(title="a fixed agent with the pipe", resources=[workload(windows_agent(), "azdo-agents-docker")]),
        Case(
            title="a fixed agent without Docker, for pull requests",
            resources=[workload(with_spec(linux_agent(), nodeSelector=ON_PR), "azdo-agents")],
        ),
        Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(
            title="no pools are known",
            resources=[workload(docker_agent(), "azdo-agents-docker")],
            fleet=replace(FLEET, pools=()),
        ),
        Case(
            title="a patch that does not place",
            resources=[
                workload(
                    {"containers": [{"name": "docker", "securityContext": {"privileged": True}}]},
                    "azdo-agents-docker",
                    "apps/v1:DeploymentPatch",
                )
            ],
        ),
        Case(
            title="KEDA's own bound",
            resources=[
                kubernetes(SCALED_JOB, {"metadata": {"namespace": "azdo-agents"}, "spec": {"minReplicaCount": 1}}),
            ],
        ),
        Case(
            title="more of them",
            resources=[runner_set(hook_runner(), "github-runners", high=500)],
            options={"maxAgents": 500},
        ),
        Case(title="any number elsewhere", resources=[runner_set(hook_runner(), "elsewhere", high=5000)]),
    ),
    fails=(
        Case(
            title="a daemon that stays, for pull requests",
            resources=[workload(with_spec(docker_agent(), nodeSelector=ON_PR), "azdo-agents-docker")],
            at=[SELECTOR],
        ),
        Case(
            title="the pipe that stays, on no pool of the fleet",
            resources=[
                workload(
                    with_spec(windows_agent(), nodeSelector={"kubernetes.io/os": "windows"}),
                    "azdo-agents-docker",
                    "apps/v1:StatefulSet",
                )
            ],
            at=[SELECTOR],
        ),
        Case(
            title="a patch that moves it",
            resources=[
                workload(
                    with_spec(docker_agent(), nodeSelector=ON_PR), "azdo-agents-docker", "apps/v1:StatefulSetPatch"
                )
            ],
            at=[SELECTOR],
        ),
        Case(
            title="runners without a bound",
            resources=[
                kubernetes(
                    RUNNER_SET,
                    {"metadata": {"namespace": "github-runners"}, "spec": {"template": {"spec": hook_runner()}}},
                )
            ],
            at=["spec.maxRunners"],
        ),
        Case(
            title="too many runners",
            resources=[runner_set(hook_runner(), "github-runners", high=101)],
            at=["spec.maxRunners"],
        ),
        Case(
            title="more at least than at most",
            resources=[runner_set(hook_runner(), "github-runners", low=5)],
            at=["spec.minRunners"],
        ),
        Case(
            title="too many agents",
            resources=[scaled_job(linux_agent(), "azdo-agents", high=1000)],
            at=["spec.maxReplicaCount"],
        ),
        Case(
            title="a bound below KEDA's own",
            resources=[
                kubernetes(SCALED_JOB, {"metadata": {"namespace": "azdo-agents"}, "spec": {"minReplicaCount": 1}}),
            ],
            options={"maxAgents": 20},
            at=["spec.maxReplicaCount"],
        ),
    ),
    unknown=(
        Case(
            title="how many",
            resources=[runner_set(hook_runner(), "github-runners", high=UNKNOWN)],
            at=["spec.maxRunners"],
        ),
        Case(
            title="its pool",
            resources=[workload(with_spec(docker_agent(), nodeSelector=UNKNOWN), "azdo-agents-docker")],
            at=[SELECTOR],
        ),
    ),
    mutations=(
        Mutation(of=FIXED, path=f"{SELECTOR}.agentpool", value="pr"),
        Mutation(of=FIXED, path=f"{SELECTOR}.agentpool", value=None),
        Mutation(of=RUNNERS, path="spec.maxRunners", value=None),
        Mutation(of=RUNNERS, path="spec.minRunners", value=-1),
        Mutation(of=AGENTS, path="spec.maxReplicaCount", value=0),
    ),
)
