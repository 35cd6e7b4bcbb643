"""The pod of one agent, as a plain spec.

Owns how the image contract, the ways to get containers and the confinement meet in a pod: who runs as which user, which
volumes and variables there are. It decides neither how many pods there are nor what makes them.

Common to all: a service account without rights and without a token, no service variables, no probes (a failed probe
would restart a container in the middle of a job), and a grace period as long as a job: on SIGTERM an agent takes no
further job and finishes the one it has. A preStop hook holds that signal back while a job runs, so that jobs finish
even with an image that does not keep this promise. On Linux only the daemon's container is privileged, if there is
one; the agent beside it could run in a namespace that is restricted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components import contract
from components.azure_devops.auth import Auth, Pat, WorkloadIdentity
from components.azure_devops.buildkit import SOCKET_URL, buildkit_sidecar, buildkit_socket_mount, buildkit_volumes
from components.azure_devops.docker_mode import Docker
from components.azure_devops.image_contract import (
    DOCKER_WAIT_SECONDS,
    EXTERNALS_FOLDER,
    IDENTITY_VARIABLES,
    IDLE_MINUTES,
    LINUX_UID,
    TOKEN_FILE,
    TOKEN_FOLDER,
    VARIABLES,
    WORK_FOLDER,
    WORKER_PROCESS,
)
from components.docker_engine import clients
from components.docker_engine.linux_sidecar import (
    data_mounts,
    data_volume,
    docker_sidecar,
    socket_mount,
    socket_volume,
)
from components.kubernetes.lifecycle import finish_first
from components.kubernetes.placement import placement
from components.kubernetes.probes import daemon_start_seconds
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, EmptyDir, identity_env, outlives_pod
from components.platform import NodePool, OperatingSystem


@dataclass(frozen=True, kw_only=True)
class AgentImages:
    """Container images of an agent's pod."""

    agent: str
    """Follows `image_contract`; with `in-agent` the variant that has dockerd."""
    docker: str | None = None
    """Docker in Docker, for `sidecar`."""
    buildkit: str | None = None
    """Rootless BuildKit, for `buildkit`."""


@dataclass(frozen=True, kw_only=True)
class AgentPod:
    """Everything that decides an agent's pod."""

    organization_url: pulumi.Input[str]
    pool: str
    """Agent pool in Azure DevOps."""
    node_pool: NodePool
    docker: Docker
    images: AgentImages
    auth: Auth
    service_account: pulumi.Input[str]
    resources: ContainerResources
    job_timeout_minutes: int
    run_once: bool
    spread: Mapping[str, str]
    """Selector of the pods to spread over the nodes."""
    daemon_resources: ContainerResources | None = None
    storage: DaemonStorage = field(default_factory=EmptyDir)
    capabilities: Mapping[str, str] = field(default_factory=dict)
    pull_secret_names: Sequence[str] = ()
    most_per_node: int | None = None
    """With `host-engine`: most pods that use the engine of one node; `None` leaves it to CPU and memory."""


def agent_pod_spec(pod: AgentPod) -> dict[str, Any]:
    """The pod spec, without `restartPolicy`: that is the workload's."""
    sidecars = _sidecars(pod)
    spec: dict[str, Any] = {
        **placement(pod.node_pool, spread=pod.spread),
        **clients.affinity(_cap(pod)),
        "serviceAccountName": pod.service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": pod.job_timeout_minutes * 60,
        "containers": [_agent(pod)],
        "volumes": _volumes(pod),
    }
    if sidecars:
        spec["initContainers"] = sidecars
    if pod.pull_secret_names:
        spec["imagePullSecrets"] = [{"name": secret} for secret in sorted(pod.pull_secret_names)]
    return spec


def docker_labels(docker: Docker) -> dict[str, str]:
    """The label of pods that use the engine of their node."""
    return dict(clients.LABELS) if docker == clients.HOST_ENGINE else {}


def identity_labels(auth: Auth) -> dict[str, str]:
    """The label by which the workload identity webhook finds a pod; it adds the token's volume and variables itself."""
    return {"azure.workload.identity/use": "true"} if isinstance(auth, WorkloadIdentity) else {}


def identity_annotations(auth: Auth, spec: Mapping[str, Any]) -> dict[str, str]:
    """Keeps the webhook from giving the identity's token to the containers beside the agent, which need none."""
    others = sorted(container["name"] for container in spec.get("initContainers", ()))
    if not others or not isinstance(auth, WorkloadIdentity):
        return {}
    return {"azure.workload.identity/skip-containers": ";".join(others)}


def _agent(pod: AgentPod) -> dict[str, Any]:
    return {
        "name": "agent",
        "image": pod.images.agent,
        "imagePullPolicy": "IfNotPresent",
        "env": _environment(pod),
        "lifecycle": finish_first(pod.node_pool.os, WORKER_PROCESS),
        "resources": clients.resources(pod.resources.to_spec(), _cap(pod)),
        "securityContext": _security_context(pod.node_pool.os, pod.docker),
        "volumeMounts": _mounts(pod),
    }


def _cap(pod: AgentPod) -> int | None:
    return pod.most_per_node if pod.docker == clients.HOST_ENGINE else None


def _environment(pod: AgentPod) -> list[dict[str, Any]]:
    os = pod.node_pool.os
    values: dict[str, Any] = {
        "AZP_URL": pod.organization_url,
        "AZP_POOL": pod.pool,
        "AZP_WORK": WORK_FOLDER[os],
        "BUILDFLEET_AUTH": "pat" if isinstance(pod.auth, Pat) else "workload-identity",
        "BUILDFLEET_DOCKER": pod.docker,
        "BUILDFLEET_JOB_MINUTES": str(pod.job_timeout_minutes),
        "BUILDFLEET_RUN_ONCE": "1" if pod.run_once else "0",
    }
    if isinstance(pod.auth, Pat):
        separator = "\\" if os == "windows" else "/"
        values["AZP_TOKEN_FILE"] = f"{TOKEN_FOLDER[os]}{separator}{TOKEN_FILE}"
    if pod.run_once:
        values["BUILDFLEET_IDLE_MINUTES"] = str(IDLE_MINUTES)
    if pod.docker != "none":
        # A sidecar has answered before the agent starts; with `in-agent` this is all the time that the daemon gets.
        own = daemon_start_seconds(keeps_data=outlives_pod(pod.storage)) if pod.docker == "in-agent" else 0
        values["BUILDFLEET_DOCKER_WAIT_SECONDS"] = str(max(DOCKER_WAIT_SECONDS[os], own))
    match pod.docker:
        case "sidecar":
            values["DOCKER_HOST"] = contract.DOCKER_SOCKET_URL
            values["AZP_AGENT_DEFAULT_MAP_DOCKER_SOCKET_TO_FALSE"] = "true"
        case "in-agent":
            # Root starts dockerd, and the agent's own scripts refuse root without this.
            values["AGENT_ALLOW_RUNASROOT"] = "1"
        case "buildkit":
            values["BUILDKIT_HOST"] = SOCKET_URL
        case "host-engine":
            values["DOCKER_HOST"] = contract.DOCKER_PIPE_URL
    variables: list[dict[str, Any]] = [
        {"name": "AZP_AGENT_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    ]
    if pod.docker == "in-agent":
        variables += identity_env(pod.storage)
    values["VSO_AGENT_IGNORE"] = ",".join(sorted({*VARIABLES, *IDENTITY_VARIABLES}))
    variables += [{"name": name, "value": value} for name, value in values.items()]
    variables += [{"name": name, "value": value} for name, value in pod.capabilities.items()]
    return sorted(variables, key=lambda variable: str(variable["name"]))


def _security_context(os: OperatingSystem, docker: Docker) -> dict[str, Any]:
    if os == "windows":
        # The pipe admits administrators only. Without it an agent is an ordinary user.
        if docker == "host-engine":
            return {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}}
        return {"windowsOptions": {"runAsUserName": "ContainerUser"}, "runAsNonRoot": True}
    if docker == "in-agent":
        return {"privileged": True, "runAsUser": 0, "runAsNonRoot": False}
    return _restricted()


def _restricted() -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": LINUX_UID,
        "runAsGroup": LINUX_UID,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _mounts(pod: AgentPod) -> list[dict[str, Any]]:
    os = pod.node_pool.os
    mounts: list[dict[str, Any]] = [{"name": "work", "mountPath": WORK_FOLDER[os]}]
    if isinstance(pod.auth, Pat):
        mounts.append({"name": "token", "mountPath": TOKEN_FOLDER[os], "readOnly": True})
    match pod.docker:
        case "sidecar":
            mounts.append(socket_mount())
        case "in-agent":
            mounts += data_mounts(pod.storage)
        case "buildkit":
            mounts.append(buildkit_socket_mount())
        case "host-engine":
            mounts.append({"name": "docker-pipe", "mountPath": contract.DOCKER_PIPE})
    return mounts


def _volumes(pod: AgentPod) -> list[dict[str, Any]]:
    # An emptyDir is writable for every user of the pod. No fsGroup, which would also be applied to the daemon's data.
    volumes: list[dict[str, Any]] = [{"name": "work", "emptyDir": {}}]
    if isinstance(pod.auth, Pat):
        volumes.append(
            {
                "name": "token",
                "secret": {
                    "secretName": pod.auth.secret_name,
                    "items": [{"key": pod.auth.key, "path": TOKEN_FILE}],
                    "defaultMode": 0o444,
                },
            }
        )
    match pod.docker:
        case "sidecar":
            volumes += [{"name": "externals", "emptyDir": {}}, socket_volume(), data_volume(pod.storage)]
        case "in-agent":
            volumes.append(data_volume(pod.storage))
        case "buildkit":
            volumes += buildkit_volumes()
        case "host-engine":
            # Without a type: the kubelet's checks know files, folders and sockets, and a pipe is none of them.
            volumes.append({"name": "docker-pipe", "hostPath": {"path": contract.DOCKER_PIPE}})
    return volumes


def _sidecars(pod: AgentPod) -> list[dict[str, Any]]:
    if pod.docker == "sidecar":
        # Container jobs mount the agent's own tools and the work folder, and the daemon looks for both in its own
        # filesystem: so it gets them at the same paths.
        shared: list[dict[str, Any]] = [
            {"name": "work", "mountPath": WORK_FOLDER["linux"]},
            {"name": "externals", "mountPath": EXTERNALS_FOLDER, "readOnly": True},
        ]
        externals = {
            "name": "externals",
            "image": pod.images.agent,
            "imagePullPolicy": "IfNotPresent",
            # Not -a: the volume's root is not the agent's, so its times and mode cannot be set and cp would fail.
            "command": ["cp", "-dR", f"{EXTERNALS_FOLDER}/.", "/externals/"],
            "securityContext": _restricted(),
            # No more than the agent, which starts after it has ended, so the pod needs nothing on top.
            "resources": pod.resources.to_spec(),
            "volumeMounts": [{"name": "externals", "mountPath": "/externals"}],
        }
        daemon = docker_sidecar(
            image=_needed(pod.images.docker, "docker", pod),
            storage=pod.storage,
            group=LINUX_UID,
            shared=shared,
            resources=pod.daemon_resources,
        )
        return [externals, daemon]
    if pod.docker == "buildkit":
        image = _needed(pod.images.buildkit, "buildkit", pod)
        return [buildkit_sidecar(image=image, resources=pod.daemon_resources)]
    return []


def _needed(image: str | None, which: str, pod: AgentPod) -> str:
    if image is None:
        raise ValueError(
            f"agents of {pod.pool!r}: docker {pod.docker!r} needs the image {which!r}; give images.{which}"
        )
    return image
