"""Cases of `windows-image-matches-pool`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policies.fleet import FleetPool
from rules.policies.workloads.windows_image_matches_pool import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import build, job, runner_set
from tests.unit.policies.scenes import (
    DIGEST,
    FLEET,
    OWN,
    UNKNOWN,
    WINDOWS_TAINT,
    engine,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
IMAGE = f"{SPEC}.containers[0].image"
WIN25 = FleetPool(
    name="win25",
    os="windows",
    selector={"agentpool": "win25", "kubernetes.io/os": "windows"},
    taints=(WINDOWS_TAINT,),
    os_sku="Windows2025",
)
BOTH = replace(FLEET, pools=(*FLEET.pools, WIN25))
NO_POOLS = replace(FLEET, pools=())
AGENT = Case(title="an agent", resources=[workload(windows_agent(), "azdo-agents-docker")])


def of(image: object, **selector: str) -> dict[str, Any]:
    spec = windows_agent()
    spec["containers"][0]["image"] = image
    return with_spec(spec, nodeSelector={**spec["nodeSelector"], **selector})


def asking(label: str, value: str, image: str) -> dict[str, Any]:
    return with_spec(of(image), nodeSelector={"kubernetes.io/os": "windows", label: value})


CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        Case(title="a build", resources=[job(build())]),
        Case(
            title="an older image on Windows Server 2025, which runs it",
            resources=[runner_set(of(f"{OWN}/runner:1-ltsc2022", agentpool="win25"), "github-runners-docker")],
            fleet=BOTH,
        ),
        Case(title="the engine, on any", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(
            title="a HostProcess image of another Windows",
            resources=[
                workload(
                    with_spec(engine(), containers=[{"name": "engine", "image": f"{OWN}/docker-engine:1-ltsc2019"}]),
                    "docker-engine",
                    "apps/v1:DaemonSet",
                )
            ],
        ),
        Case(title="an image that does not tell", resources=[workload(of(f"{OWN}/agent:1"), "azdo-agents-docker")]),
        Case(title="an agent on Linux", resources=[workload(linux_agent(), "azdo-agents")]),
        Case(
            title="a build of the pool's own Windows",
            resources=[
                workload(of("mcr.microsoft.com/windows/servercore:10.0.20348.1547"), "azdo-agents-docker"),
            ],
        ),
        Case(
            title="nothing is known of the pool",
            resources=[workload(of(f"{OWN}/agent:1-ltsc2025"), "azdo-agents-docker")],
            fleet=NO_POOLS,
        ),
        Case(title="anything elsewhere", resources=[workload(of(f"{OWN}/agent:1-ltsc2025"), "web")]),
    ),
    fails=(
        Case(
            title="a newer image than the pool",
            resources=[workload(of(f"{OWN}/agent:1-ltsc2025"), "azdo-agents-docker")],
            at=[IMAGE],
        ),
        Case(
            title="an image of Windows Server 2019, by its build",
            resources=[workload(of(f"mcr.microsoft.com/windows/nanoserver:10.0.17763.1@{DIGEST}"), "docker-builds")],
            at=[IMAGE],
        ),
        Case(
            title="by its release",
            resources=[
                runner_set(of("mcr.microsoft.com/windows/nanoserver:1809", agentpool="win25"), "github-runners-docker")
            ],
            fleet=BOTH,
            at=[IMAGE],
        ),
        Case(
            title="by its repository",
            resources=[workload(of(f"{OWN}/agent-ltsc2019:1"), "azdo-agents-docker", "apps/v1:DaemonSet")],
            at=[IMAGE],
        ),
        Case(
            title="an init container",
            resources=[
                workload(
                    with_spec(windows_agent(), initContainers=[{"name": "init", "image": f"{OWN}/init:1-ltsc2025"}]),
                    "azdo-agents-docker",
                )
            ],
            at=[f"{SPEC}.initContainers[0].image"],
        ),
        Case(
            title="a selector that tells the Windows Server, where no pools are known",
            resources=[
                workload(
                    asking("kubernetes.azure.com/os-sku", "Windows2022", f"{OWN}/agent:1-ltsc2025"),
                    "azdo-agents-docker",
                )
            ],
            fleet=NO_POOLS,
            at=[IMAGE],
        ),
        Case(
            title="a selector that tells the build",
            resources=[
                workload(
                    asking("node.kubernetes.io/windows-build", "10.0.20348", f"{OWN}/agent:1-ltsc2025"),
                    "azdo-agents-docker",
                )
            ],
            fleet=NO_POOLS,
            at=[IMAGE],
        ),
    ),
    unknown=(
        Case(title="the image", resources=[workload(of(UNKNOWN), "azdo-agents-docker")], at=[IMAGE]),
        Case(
            title="the pool",
            resources=[workload(with_spec(windows_agent(), nodeSelector=UNKNOWN), "azdo-agents-docker")],
            at=[f"{SPEC}.nodeSelector"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=IMAGE, value=f"{OWN}/azure-devops-agent:1-ltsc2025"),
        Mutation(of=AGENT, path=IMAGE, value="mcr.microsoft.com/windows/servercore:ltsc2019-amd64"),
    ),
)
