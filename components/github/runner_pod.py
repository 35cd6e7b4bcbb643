"""The pod template of a runner, from the parts of its mode and what all modes have in common.

Owns the container `runner` (the controller finds it by that name), the pod's protection from eviction and its end.
Refuses nothing; it is given what has been checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components import contract
from components.github.parts import RunnerParts


def runner_pod(
    parts: RunnerParts,
    *,
    image: pulumi.Input[str],
    resources: Mapping[str, Any],
    placement: Mapping[str, Any],
    service_account: str,
    uses_api: bool,
    job_timeout_minutes: int,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    config_hash: str | None,
    pull_secret_names: Sequence[str],
) -> dict[str, Any]:
    """The template, as plain data in camelCase.

    Args:
        parts: of the mode.
        image: of the runner.
        resources: of the container `runner`.
        placement: what `components.kubernetes.placement` made of the pool, and affinity, if any.
        service_account: name of the pod's account.
        uses_api: whether the runner gets the account's token.
        job_timeout_minutes: how long a runner that is told to end waits for its job.
        labels: of the pod.
        annotations: of the pod, beside those that all runners have.
        config_hash: of the configuration that the pod reads, if any; a new one makes new runners.
        pull_secret_names: Secrets of the namespace with registry credentials.
    """
    every = {contract.ANNOTATION_SAFE_TO_EVICT: "false", **annotations}
    if config_hash:
        every[contract.ANNOTATION_CONFIG_HASH] = config_hash
    runner = {
        "name": "runner",
        "image": image,
        "command": list(parts.command),
        "env": list(parts.env),
        "lifecycle": parts.lifecycle,
        "resources": dict(resources),
        "securityContext": parts.security,
        "volumeMounts": list(parts.mounts),
    }
    spec = {
        "automountServiceAccountToken": uses_api,
        "containers": [{key: value for key, value in runner.items() if value}],
        "enableServiceLinks": False,
        "imagePullSecrets": [{"name": name} for name in sorted(pull_secret_names)],
        "initContainers": list(parts.init_containers),
        "restartPolicy": "Never",
        "securityContext": dict(parts.pod_security),
        "serviceAccountName": service_account,
        "terminationGracePeriodSeconds": job_timeout_minutes * 60,
        "volumes": list(parts.volumes),
        **placement,
    }
    return {
        "metadata": {"labels": dict(labels), "annotations": every},
        "spec": {key: value for key, value in spec.items() if value or value is False},
    }
