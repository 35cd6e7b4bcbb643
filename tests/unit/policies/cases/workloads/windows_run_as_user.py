"""Cases of `windows-run-as-user`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.windows_run_as_user import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, engine, linux_agent, windows_agent, with_spec, workload

SPEC = "spec.template.spec"
USER = "securityContext.windowsOptions.runAsUserName"
FIRST = f"{SPEC}.containers[0].{USER}"


def plain(user: object = "ContainerUser") -> dict[str, Any]:
    """A Windows agent without the pipe."""
    spec = windows_agent()
    del spec["volumes"]
    spec["containers"][0]["securityContext"] = {"windowsOptions": {"runAsUserName": user}}
    return spec


def of_pod(user: str) -> dict[str, Any]:
    """One whose user is named for all its two containers together."""
    spec = plain()
    containers = [{"name": name, "image": "a/b:1"} for name in ("one", "two")]
    return with_spec(spec, containers=containers, securityContext={"windowsOptions": {"runAsUserName": user}})


PLAIN = Case(title="an agent", resources=[workload(plain(), "azdo-agents")])
DOCKER = Case(title="an agent with the pipe", resources=[workload(windows_agent(), "azdo-agents-docker")])
ENGINE = Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")])

CASES = Cases(
    rule=RULE,
    passes=(
        PLAIN,
        DOCKER,
        ENGINE,
        Case(
            title="said of the pod", resources=[workload(of_pod("ContainerUser"), "docker-builds", "apps/v1:DaemonSet")]
        ),
        Case(title="a Linux agent", resources=[workload(linux_agent(), "azdo-agents")]),
        Case(title="a pod of others", resources=[workload(of_pod("ContainerAdministrator"), "shop")]),
        Case(
            title="a part of an agent",
            resources=[
                workload(
                    {"os": {"name": "windows"}, "containers": [{"name": "agent"}]},
                    "azdo-agents",
                    "apps/v1:DeploymentPatch",
                )
            ],
        ),
        Case(
            title="a part of an agent, which may have the pipe",
            resources=[
                workload(
                    {"os": {"name": "windows"}, "containers": plain("ContainerAdministrator")["containers"]},
                    "azdo-agents-docker",
                    "apps/v1:DeploymentPatch",
                )
            ],
        ),
    ),
    fails=(
        *(
            Case(title=f"{user} without need", resources=[workload(plain(user), "azdo-agents")], at=[FIRST])
            for user in (
                "ContainerAdministrator",
                r"User Manager\containeradministrator",
                r".\Administrator",
                r"NT AUTHORITY\SYSTEM",
            )
        ),
        Case(
            title="said of the pod, once",
            resources=[workload(of_pod("ContainerAdministrator"), "azdo-agents", "core/v1:Pod")],
            at=[f"spec.{USER}"],
        ),
        Case(title="nobody", resources=[workload(plain(None), "azdo-agents", "batch/v1:Job")], at=[FIRST]),
        Case(
            title="nobody, in the engine",
            resources=[
                workload(
                    with_spec(engine(), securityContext={"windowsOptions": {"hostProcess": True}}), "docker-engine"
                )
            ],
            at=[FIRST],
        ),
    ),
    unknown=(
        Case(title="the user", resources=[workload(plain(UNKNOWN), "azdo-agents")], at=[FIRST]),
        Case(
            title="whether it uses the pipe",
            resources=[workload(with_spec(windows_agent(), volumes=UNKNOWN), "azdo-agents-docker")],
            at=[f"{SPEC}.volumes"],
        ),
    ),
    mutations=(
        Mutation(of=PLAIN, path=FIRST, value="ContainerAdministrator"),
        Mutation(of=PLAIN, path=FIRST, value=None),
        Mutation(of=DOCKER, path=f"{SPEC}.volumes", value=None),
        Mutation(of=ENGINE, path=f"{SPEC}.{USER}", value=None),
    ),
)
