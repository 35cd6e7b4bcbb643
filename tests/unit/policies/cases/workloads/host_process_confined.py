"""Cases of `host-process-confined`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.workloads.host_process_confined import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import (
    DIGEST,
    EXEMPT,
    FLEET,
    OWN,
    UNKNOWN,
    docker_agent,
    engine,
    kubernetes,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
SAID = "securityContext.windowsOptions.hostProcess"
HOST_PROCESS = {"windowsOptions": {"hostProcess": True, "runAsUserName": r"NT AUTHORITY\SYSTEM"}}

ENGINE = Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")])
AGENT = Case(title="a Windows agent with the pipe", resources=[workload(windows_agent(), "azdo-agents-docker")])

HUB = replace(FLEET, own_repositories=("docker.io/contoso",))


def of_image(image: str) -> dict[str, object]:
    return with_spec(engine(), containers=[{"name": "supervisor", "image": image}])


def said_by_container() -> dict[str, object]:
    spec = engine()
    spec["containers"][0]["securityContext"] = spec.pop("securityContext")
    return spec


def of_account(account: str) -> dict[str, object]:
    spec = engine()
    del spec["serviceAccountName"]
    return with_spec(spec, serviceAccount=account)


def ephemeral(image: str) -> dict[str, object]:
    return with_spec(engine(), ephemeralContainers=[{"name": "look", "image": image}])


CASES = Cases(
    rule=RULE,
    passes=(
        ENGINE,
        AGENT,
        Case(
            title="the engine, said by its container",
            resources=[workload(said_by_container(), "docker-engine", "apps/v1:DaemonSet")],
        ),
        Case(
            title="the engine by the older name of the account's field",
            resources=[workload(of_account("docker-engine"), "docker-engine", "apps/v1:DaemonSet")],
        ),
        Case(
            title="a part of the engine's DaemonSet",
            resources=[
                workload(
                    {"containers": [{"name": "supervisor", "image": f"{OWN}/docker-engine:2"}]},
                    "docker-engine",
                    "apps/v1:DaemonSetPatch",
                )
            ],
        ),
        Case(
            title="in a namespace that is exempt on purpose",
            resources=[workload(engine(), "kube-system", "apps/v1:DaemonSet")],
            fleet=EXEMPT,
        ),
        *(
            Case(
                title=f"an image of Docker Hub, {image}",
                resources=[workload(of_image(image), "docker-engine", "apps/v1:DaemonSet")],
                fleet=HUB,
            )
            for image in (
                "contoso/docker-engine:29.2.1",
                "docker.io/contoso/docker-engine:29.2.1",
                f"index.docker.io/contoso/docker-engine@{DIGEST}",
            )
        ),
        Case(title="a Linux agent", resources=[workload(docker_agent(), "azdo-agents-docker")]),
    ),
    fails=(
        Case(
            title="in the agents' namespace",
            resources=[workload(engine(), "azdo-agents-docker")],
            at=[f"{SPEC}.{SAID}"],
        ),
        Case(
            title="in a namespace that is not named",
            resources=[workload(engine(), None, "batch/v1:Job")],
            at=[f"{SPEC}.{SAID}"],
        ),
        Case(
            title="said by a container, in a ScaledJob",
            resources=[workload(said_by_container(), "azdo-agents", "keda.sh/v1alpha1:ScaledJob")],
            at=[f"spec.jobTargetRef.template.spec.containers[0].{SAID}"],
        ),
        Case(
            title="in a patch",
            resources=[workload(said_by_container(), "azdo-agents", "apps/v1:DeploymentPatch")],
            at=[f"{SPEC}.containers[0].{SAID}"],
        ),
        Case(
            title="in a list",
            resources=[
                kubernetes(
                    "apps/v1:DaemonSetList",
                    {"items": [workload(engine(), "default", "apps/v1:DaemonSet").inputs]},
                )
            ],
            at=[f"items[0].{SPEC}.{SAID}"],
        ),
        Case(
            title="by a listener, which is elsewhere",
            resources=[
                kubernetes(
                    "actions.github.com/v1alpha1:AutoscalingRunnerSet",
                    {
                        "metadata": {"name": "app", "namespace": "docker-engine"},
                        "spec": {
                            "listenerTemplate": {
                                "spec": {"containers": [{"name": "listener", "securityContext": HOST_PROCESS}]}
                            }
                        },
                    },
                )
            ],
            at=[f"spec.listenerTemplate.spec.containers[0].{SAID}"],
        ),
        Case(
            title="with somebody else's image and account, outside of the node's network",
            resources=[
                workload(
                    with_spec(
                        engine(),
                        hostNetwork=False,
                        serviceAccountName="default",
                        containers=[{"name": "supervisor", "image": f"{OWN}-evil/engine:1"}],
                    ),
                    "docker-engine",
                    "apps/v1:DaemonSet",
                )
            ],
            at=[f"{SPEC}.serviceAccountName", f"{SPEC}.containers[0].image", f"{SPEC}.hostNetwork"],
        ),
        *(
            Case(
                title=f"an image of somebody else on Docker Hub, {image}",
                resources=[workload(of_image(image), "docker-engine", "apps/v1:DaemonSet")],
                fleet=HUB,
                at=[f"{SPEC}.containers[0].image"],
            )
            for image in ("contoso-evil/docker-engine:1", "docker-engine:1", "registry.example.com/contoso/engine:1")
        ),
        Case(
            title="a debugging container with an image from elsewhere, in a pod of the engine",
            resources=[workload(ephemeral("docker.io/library/debug:1"), "docker-engine", "core/v1:Pod")],
            at=["spec.ephemeralContainers[0].image"],
        ),
        Case(
            title="another pod in the engine's namespace",
            resources=[workload(linux_agent(), "docker-engine")],
            at=[f"{SPEC}.{SAID}"],
        ),
    ),
    unknown=(
        Case(
            title="the namespace",
            resources=[workload(engine(), UNKNOWN)],
            at=["metadata.namespace"],
        ),
        Case(
            title="whether it is one",
            resources=[workload(with_spec(linux_agent(), securityContext={"windowsOptions": UNKNOWN}), "azdo-agents")],
            at=[f"{SPEC}.{SAID}"],
        ),
        Case(
            title="its image",
            resources=[
                workload(
                    with_spec(engine(), containers=[{"name": "supervisor", "image": UNKNOWN}]),
                    "docker-engine",
                    "apps/v1:DaemonSet",
                )
            ],
            at=[f"{SPEC}.containers[0].image"],
        ),
    ),
    mutations=(
        Mutation(of=ENGINE, path="metadata.namespace", value="docker-engine-2"),
        Mutation(of=ENGINE, path=f"{SPEC}.serviceAccountName", value=None),
        Mutation(of=ENGINE, path=f"{SPEC}.hostNetwork", value=None),
        Mutation(of=ENGINE, path=f"{SPEC}.containers[0].image", value="docker.io/library/docker:29"),
        Mutation(of=ENGINE, path=f"{SPEC}.{SAID}", value=False),
        Mutation(of=AGENT, path=f"{SPEC}.securityContext", value=HOST_PROCESS),
        Mutation(of=AGENT, path=f"{SPEC}.containers[0].{SAID}", value=True),
    ),
)
