"""Jobs that use the engine of their node: the pod of the docker-cli image, and how its failures count.

An ordinary pod, no HostProcess: it mounts the pipe as agents do and runs as ContainerAdministrator, since the pipe
admits administrators only. Whoever can reach the pipe is administrator of the node, so such pods belong on pools of
their own level of trust.

- A pod that is evicted does not count as a failure: every start of the engine cuts off the pods that are older, and the
  supervisor evicts them (moby/moby#45462).
- Exit code 2 of the program means that no further try can help; the Job ends at once.
- A Job that has failed, or that an interrupted `up` left behind unfinished, is deleted and made again by the next `up`:
  nothing else would try it again, since its name and its spec stay the same.
- No `ttlSecondsAfterFinished`: a Job that Kubernetes removes would be missing at the next `up`, and be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components import contract
from components.docker_engine import clients
from components.docker_engine.build_request import FOLDER, REQUEST_FILE
from components.kubernetes.placement import placement
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

PYTHON: Final = r"C:\python\python.exe"
"""In the docker-cli image; its package `image_build` is on the path."""
BACKOFF_LIMIT: Final = 2
REPLACE_UNREADY: Final = {"pulumi.com/replaceUnready": "true"}
"""Annotations of the Job. Without them Pulumi waits again for a Job that has failed already.
Source: the provider's documentation of `Job`, and its Diff (pulumi-kubernetes, provider.go), read 2026-11."""
_REQUEST_FOLDER: Final = rf"{FOLDER}\request"
_NEVER: Final = 2
"""The program's exit code for what no further try can mend."""
_PIPE_VOLUME: Final = "docker-pipe"


def engine_pod(
    *,
    pool: NodePool,
    command: str,
    image: str,
    config_map: pulumi.Input[str],
    service_account: pulumi.Input[str],
    resources: ContainerResources,
    token: bool = False,
    most_per_node: int | None = None,
    mounts: Sequence[Mapping[str, Any]] = (),
    volumes: Sequence[Mapping[str, Any]] = (),
    pull_secret_names: Sequence[str] = (),
) -> dict[str, Any]:
    """The pod spec.

    `command` is the program's. `token` lets it reach the API server. `most_per_node` is the cap of pods that use the
    engine of one node; `None` leaves it to CPU and memory.
    """
    spec: dict[str, Any] = {
        **placement(pool),
        **clients.affinity(most_per_node),
        "restartPolicy": "Never",
        "serviceAccountName": service_account,
        "automountServiceAccountToken": token,
        "enableServiceLinks": False,
        "containers": [
            {
                "name": command,
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": [PYTHON],
                "args": ["-m", "image_build", command, "--request", rf"{_REQUEST_FOLDER}\{REQUEST_FILE}"],
                "env": [{"name": "DOCKER_HOST", "value": contract.DOCKER_PIPE_URL}],
                "resources": clients.resources(resources.to_spec(), most_per_node),
                "securityContext": {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}},
                # Without a message of the program's own, the end of the log tells why.
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": [
                    {"name": _PIPE_VOLUME, "mountPath": contract.DOCKER_PIPE},
                    {"name": "request", "mountPath": _REQUEST_FOLDER, "readOnly": True},
                    *({**mount} for mount in mounts),
                ],
            }
        ],
        "volumes": [
            # Without a type: the kubelet's checks know files, folders and sockets, and a pipe is none of them.
            {"name": _PIPE_VOLUME, "hostPath": {"path": contract.DOCKER_PIPE}},
            {
                "name": "request",
                "configMap": {"name": config_map, "items": [{"key": REQUEST_FILE, "path": REQUEST_FILE}]},
            },
            *({**volume} for volume in volumes),
        ],
    }
    if pull_secret_names:
        spec["imagePullSecrets"] = [{"name": secret} for secret in sorted(pull_secret_names)]
    return spec


def job_spec(*, pod: Mapping[str, Any], labels: Mapping[str, str], deadline_minutes: int) -> dict[str, Any]:
    """The Job's spec. `deadline_minutes` bounds all tries together, and the wait for a node."""
    return {
        "backoffLimit": BACKOFF_LIMIT,
        "activeDeadlineSeconds": deadline_minutes * 60,
        "podFailurePolicy": {
            "rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [_NEVER]}},
            ]
        },
        "template": {
            "metadata": {
                "labels": dict(labels),
                # A scaler that removes the node would end the build.
                "annotations": {contract.ANNOTATION_SAFE_TO_EVICT: "false"},
            },
            "spec": dict(pod),
        },
    }
