"""Cases of `image-digest-pinned`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policies.images.image_digest_pinned import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import hook_runner, hook_template, runner_set, scaled_job
from tests.unit.policies.scenes import (
    DIGEST,
    FLEET,
    UNKNOWN,
    docker_agent,
    engine,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
IMAGE = f"{SPEC}.containers[0].image"
DAEMON = f"{SPEC}.initContainers[0].image"
DOCKER = Case(title="a daemon by digest", resources=[workload(docker_agent(), "azdo-agents-docker")])
ENGINE = Case(
    title="the engine, from a repository of the fleet's own",
    resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")],
)


def privileged(image: object, **security: Any) -> dict[str, Any]:
    spec = docker_agent()
    spec["initContainers"][0] |= {"image": image}
    spec["initContainers"][0]["securityContext"] |= security
    return spec


def plain(image: object) -> dict[str, Any]:
    spec = linux_agent()
    spec["containers"][0]["image"] = image
    return spec


CASES = Cases(
    rule=RULE,
    passes=(
        DOCKER,
        ENGINE,
        Case(title="a runner by tag", resources=[runner_set(hook_runner(), "github-runners-docker")]),
        Case(title="a privileged job, whose image the workflow names", resources=[hook_template()]),
        Case(title="the pipe, by tag", resources=[workload(windows_agent(), "azdo-agents-docker")]),
        Case(title="latest elsewhere", resources=[workload(plain("nginx"), "web")]),
        Case(title="a digest and no tag", resources=[workload(plain(f"nginx@{DIGEST}"), "azdo-agents")]),
        Case(title="a digest and latest", resources=[workload(plain(f"nginx:latest@{DIGEST}"), "azdo-agents")]),
        Case(
            title="a patch of another field",
            resources=[
                workload({"containers": [{"name": "agent"}]}, "azdo-agents", token="apps/v1:DeploymentPatch"),
            ],
        ),
        Case(title="a port and a tag", resources=[workload(plain("registry:5000/agent:1"), "azdo-agents")]),
        Case(
            title="a privileged agent from a repository of the fleet's own",
            resources=[workload(privileged("registry.example.com/buildfleet/agent:1-dind"), "azdo-agents-docker")],
        ),
    ),
    fails=(
        Case(
            title="a privileged daemon by tag",
            resources=[scaled_job(privileged("docker:29.2.1-dind"), "azdo-agents-docker")],
            at=["spec.jobTargetRef.template.spec.initContainers[0].image"],
        ),
        Case(
            title="a repository whose name only begins like the fleet's own",
            resources=[workload(privileged("registry.example.com/buildfleet-evil/agent:1"), "azdo-agents-docker")],
            at=[DAEMON],
        ),
        Case(
            title="half a digest",
            resources=[workload(privileged("docker:29.2.1-dind@sha256:0123"), "azdo-agents-docker")],
            at=[DAEMON],
        ),
        Case(
            title="a HostProcess container by tag",
            resources=[
                workload(
                    with_spec(
                        engine(),
                        securityContext={},
                        containers=[
                            {
                                "name": "engine",
                                "image": "mcr.microsoft.com/oss/kubernetes/windows-host-process:v1.0.0",
                                "securityContext": {"windowsOptions": {"hostProcess": True}},
                            }
                        ],
                    ),
                    "docker-engine",
                    "apps/v1:DaemonSet",
                )
            ],
            at=[IMAGE],
        ),
        Case(title="latest", resources=[workload(plain("nginx:latest"), "azdo-agents")], at=[IMAGE]),
        Case(
            title="no tag, but a port",
            resources=[workload(plain("registry.example.com:5000/agent"), "azdo-agents", "core/v1:Pod")],
            at=["spec.containers[0].image"],
        ),
        Case(
            title="no tag in a hook's template",
            resources=[hook_template(containers=[{"name": "$job"}, {"name": "cache", "image": "redis"}])],
            at=['data["template.json"].spec.containers[1].image'],
        ),
        Case(
            title="a volume of an image without a tag",
            resources=[
                workload(
                    with_spec(
                        linux_agent(), volumes=[{"name": "tools", "image": {"reference": "ghcr.io/actions/tools"}}]
                    ),
                    "azdo-agents",
                )
            ],
            at=[f"{SPEC}.volumes[0].image.reference"],
        ),
        Case(
            title="a patch that sets latest",
            resources=[workload(plain("nginx:latest"), "azdo-agents", "apps/v1:DeploymentPatch")],
            at=[IMAGE],
        ),
        Case(
            title="the fleet's own repository, but nobody's to push to alone",
            resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")],
            fleet=replace(FLEET, own_repositories=()),
            at=[IMAGE],
        ),
    ),
    unknown=(
        Case(title="an image", resources=[workload(plain(UNKNOWN), "azdo-agents")], at=[IMAGE]),
        Case(
            title="whether it is privileged",
            resources=[workload(privileged("docker:29.2.1-dind", privileged=UNKNOWN), "azdo-agents-docker")],
            at=[f"{SPEC}.initContainers[0].securityContext.privileged"],
        ),
    ),
    mutations=(
        Mutation(of=DOCKER, path=DAEMON, value="docker.io/library/docker:29.2.1-dind"),
        Mutation(of=DOCKER, path=IMAGE, value="registry.example.com/buildfleet/azure-devops-agent"),
        Mutation(of=ENGINE, path=IMAGE, value="ghcr.io/somebody/docker-engine:1"),
        Mutation(of=ENGINE, path=IMAGE, value="registry.example.com/buildfleet/docker-engine:latest"),
    ),
)
