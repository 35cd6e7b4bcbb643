"""Cases of `image-registry-allowlist`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policies.images.image_registry_allowlist import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import hook_runner, hook_template, runner_set, scaled_job
from tests.unit.policies.scenes import (
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
AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
DOCKER = Case(title="Docker's own image", resources=[scaled_job(docker_agent(), "azdo-agents-docker")])


def plain(image: object) -> dict[str, Any]:
    spec = linux_agent()
    spec["containers"][0]["image"] = image
    return spec


CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        DOCKER,
        Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(title="the pipe", resources=[workload(windows_agent(), "azdo-agents-docker", "apps/v1:StatefulSet")]),
        Case(title="a runner", resources=[runner_set(hook_runner(), "github-runners")]),
        Case(title="jobs, whose image the workflow names", resources=[hook_template()]),
        Case(title="a short name", resources=[workload(plain("docker:29-dind"), "azdo-agents")]),
        Case(title="Docker Hub's other name", resources=[workload(plain("index.docker.io/docker:29"), "azdo-agents")]),
        Case(title="anything elsewhere", resources=[workload(plain("evil.example.com/x:1"), "web")]),
        Case(
            title="no registries are known",
            resources=[workload(plain("evil.example.com/x:1"), "azdo-agents")],
            fleet=replace(FLEET, registries=()),
        ),
    ),
    fails=(
        Case(title="another registry", resources=[workload(plain("evil.example.com/x:1"), "azdo-agents")], at=[IMAGE]),
        Case(
            title="another repository of the same registry",
            resources=[workload(plain("registry.example.com/other/agent:1"), "azdo-agents")],
            at=[IMAGE],
        ),
        Case(
            title="a repository whose name only begins alike",
            resources=[workload(plain("docker.io/library/docker-evil:1"), "azdo-agents", "batch/v1:CronJob")],
            at=["spec.jobTemplate.spec.template.spec.containers[0].image"],
        ),
        Case(
            title="a short name that is Docker Hub's",
            resources=[workload(plain("registry/buildfleet:1"), "azdo-agents", "core/v1:Pod")],
            at=["spec.containers[0].image"],
        ),
        Case(
            title="the same host on another port",
            resources=[workload(plain("registry.example.com:5000/buildfleet/agent:1"), "azdo-agents")],
            at=[IMAGE],
        ),
        Case(
            title="an init container and an ephemeral one",
            resources=[
                workload(
                    with_spec(
                        linux_agent(),
                        initContainers=[{"name": "init", "image": "busybox:1"}],
                        ephemeralContainers=[{"name": "debug", "image": "quay.io/debug:1"}],
                    ),
                    "azdo-agents",
                )
            ],
            at=[f"{SPEC}.ephemeralContainers[0].image", f"{SPEC}.initContainers[0].image"],
        ),
        Case(
            title="a container beside a job",
            resources=[hook_template(containers=[{"name": "$job"}, {"name": "cache", "image": "redis:8"}])],
            at=['data["template.json"].spec.containers[1].image'],
        ),
    ),
    unknown=(
        Case(title="an image", resources=[workload(plain(UNKNOWN), "azdo-agents")], at=[IMAGE]),
        Case(
            title="the namespace",
            resources=[workload(linux_agent(), UNKNOWN)],
            at=["metadata.namespace"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=IMAGE, value="registry.example.com/buildfleets/azure-devops-agent:1-linux"),
        Mutation(of=AGENT, path=IMAGE, value="azure-devops-agent:1-linux"),
        Mutation(
            of=DOCKER,
            path="spec.jobTargetRef.template.spec.initContainers[0].image",
            value="docker.io/docker/docker:29",
        ),
    ),
)
