"""Cases of `workload-resources`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.workload_resources import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import build, hook_runner, hook_template, job, runner_set
from tests.unit.policies.scenes import UNKNOWN, docker_agent, engine, linux_agent, windows_agent, with_spec, workload

SPEC = "spec.template.spec"
RESOURCES = f"{SPEC}.containers[0].resources"
STORAGE = {"ephemeralStorage": True}
AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
WINDOWS = Case(title="a Windows agent", resources=[workload(windows_agent(), "azdo-agents-docker")])


def of(resources: object, spec: dict[str, Any] | None = None) -> dict[str, Any]:
    found = spec or linux_agent()
    found["containers"][0]["resources"] = resources
    return found


CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        WINDOWS,
        Case(title="a daemon beside it", resources=[workload(docker_agent(), "azdo-agents-docker")]),
        Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(title="a runner, and its listener elsewhere", resources=[runner_set(hook_runner(), "github-runners")]),
        Case(title="a job's template", resources=[hook_template()]),
        Case(
            title="a job whose share the runner reserves",
            resources=[
                hook_template(
                    containers=[
                        {
                            "name": "$job",
                            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "4Gi"}},
                        }
                    ]
                )
            ],
        ),
        Case(title="a build", resources=[job(build())]),
        Case(title="limits alone", resources=[workload(of({"limits": {"cpu": 2, "memory": "4Gi"}}), "azdo-agents")]),
        Case(
            title="resources of the whole pod",
            resources=[
                workload(
                    with_spec(of({}), resources={"requests": {"cpu": "1"}, "limits": {"memory": "4Gi"}}), "azdo-agents"
                )
            ],
        ),
        Case(
            title="limits of the whole pod, which then has what its containers request",
            resources=[
                workload(
                    with_spec(
                        linux_agent(), initContainers=[{"name": "init"}], resources={"limits": {"memory": "8Gi"}}
                    ),
                    "azdo-agents",
                )
            ],
        ),
        Case(
            title="the same memory, written twice",
            resources=[
                workload(
                    of({"requests": {"cpu": 1, "memory": "4096Mi"}, "limits": {"memory": "4Gi"}}, windows_agent()),
                    "azdo-agents-docker",
                )
            ],
        ),
        Case(
            title="a patch of one request",
            resources=[workload(of({"requests": {"cpu": "2"}}), "azdo-agents", "apps/v1:DeploymentPatch")],
        ),
        Case(
            title="an ephemeral container, which can have none",
            resources=[workload(with_spec(linux_agent(), ephemeralContainers=[{"name": "debug"}]), "azdo-agents")],
        ),
        Case(title="anything elsewhere", resources=[workload(of(None), "web")]),
        Case(
            title="storage too",
            resources=[
                workload(
                    of(
                        {
                            "requests": {"cpu": "1", "memory": "4Gi", "ephemeral-storage": "10Gi"},
                            "limits": {"memory": "4Gi", "ephemeral-storage": "10Gi"},
                        }
                    ),
                    "azdo-agents",
                )
            ],
            options=STORAGE,
        ),
    ),
    fails=(
        Case(
            title="nothing at all",
            resources=[workload(of({}), "azdo-agents", "batch/v1:CronJob")],
            at=[
                f"spec.jobTemplate.spec.template.spec.containers[0].resources.{path}"
                for path in ("requests.cpu", "requests.memory", "limits.memory")
            ],
        ),
        Case(
            title="a limit is no request of something else",
            resources=[workload(of({"limits": {"memory": "4Gi"}}), "azdo-agents")],
            at=[f"{RESOURCES}.requests.cpu"],
        ),
        Case(
            title="no bound",
            resources=[workload(of({"requests": {"cpu": "1", "memory": "4Gi"}}), "azdo-agents")],
            at=[f"{RESOURCES}.limits.memory"],
        ),
        Case(
            title="nothing is nothing",
            resources=[
                workload(of({"requests": {"cpu": "0", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}), "azdo-agents")
            ],
            at=[f"{RESOURCES}.requests.cpu"],
        ),
        Case(
            title="no quantity",
            resources=[
                workload(of({"requests": {"cpu": "one", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}), "azdo-agents")
            ],
            at=[f"{RESOURCES}.requests.cpu"],
        ),
        Case(
            title="less memory promised than taken, on Windows",
            resources=[
                workload(
                    of({"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "4Gi"}}, windows_agent()),
                    "azdo-agents-docker",
                )
            ],
            at=[f"{RESOURCES}.requests.memory"],
        ),
        Case(
            title="a patch that promises less than is taken",
            resources=[
                workload(
                    of({"requests": {"memory": "2Gi"}, "limits": {"memory": "4Gi"}}, windows_agent()),
                    "azdo-agents-docker",
                    "apps/v1:DeploymentPatch",
                )
            ],
            at=[f"{RESOURCES}.requests.memory"],
        ),
        Case(
            title="an init container",
            resources=[
                workload(
                    with_spec(
                        linux_agent(),
                        initContainers=[{"name": "init", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
                    ),
                    "azdo-agents",
                )
            ],
            at=[f"{SPEC}.initContainers[0].resources.limits.memory"],
        ),
        Case(
            title="requests of the whole pod are those that it names",
            resources=[
                workload(
                    with_spec(of({}), resources={"requests": {"memory": "4Gi"}, "limits": {"memory": "4Gi"}}),
                    "azdo-agents",
                )
            ],
            at=[f"{RESOURCES}.requests.cpu"],
        ),
        Case(
            title="storage, where it is asked for",
            resources=[workload(linux_agent(), "azdo-agents")],
            at=[f"{RESOURCES}.limits.ephemeral-storage", f"{RESOURCES}.requests.ephemeral-storage"],
            options=STORAGE,
        ),
    ),
    unknown=(
        Case(
            title="a request",
            resources=[
                workload(
                    of({"requests": {"cpu": UNKNOWN, "memory": "4Gi"}, "limits": {"memory": "4Gi"}}), "azdo-agents"
                )
            ],
            at=[f"{RESOURCES}.requests.cpu"],
        ),
        Case(
            title="the request that must equal the limit",
            resources=[
                workload(
                    of({"requests": {"cpu": "1", "memory": UNKNOWN}, "limits": {"memory": "4Gi"}}, windows_agent()),
                    "azdo-agents-docker",
                )
            ],
            at=[f"{RESOURCES}.requests.memory"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=f"{RESOURCES}.requests.cpu", value=None),
        Mutation(of=AGENT, path=f"{RESOURCES}.limits", value=None),
        Mutation(of=WINDOWS, path=f"{RESOURCES}.limits.memory", value="8Gi"),
        Mutation(of=WINDOWS, path=f"{RESOURCES}.requests.memory", value="3Gi"),
    ),
)
