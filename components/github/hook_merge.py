"""What the container hooks make of a template: the pod of a job, computed without a cluster.

Owns a model of the merge in actions/runner-container-hooks v0.7.0 and v0.8.1, bugs included, so that `hook_lint` and
tests can look at the result instead of guessing. Sources: `packages/k8s/src/k8s/{index,utils}.ts` and
`hooks/prepare-job.ts` of both tags (2025-04-17 and 2026-02-04).

Refuses to be complete: names, images and mounts that come from the workflow are stood in for by short examples.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.github.modes import HookVersion

JOB: Final = "$job"
RUNNER_NAME: Final = "runner-abcde"
"""Stands in for the runner's name."""
NODE_NAME: Final = "node-of-the-runner"
"""Stands in for the node of the runner's pod, to which 0.7.0 binds the job."""


class HookError(Exception):
    """The hooks would fail on the template: every job of the scale set would."""


def service_container_name(image: str) -> str:
    """The name that the hooks give a service's container: the last part of its image, up to the tag."""
    return image.split("/")[-1].split(":")[0]


def job_pod(template: Mapping[str, Any], *, version: HookVersion, services: Sequence[str] = ()) -> dict[str, Any]:
    """The pod of a job whose workflow names `services` (images), after the merge with the template.

    Raises:
        HookError: the hooks would throw instead of making a pod.
    """
    template = copy.deepcopy(dict(template))
    spec: Mapping[str, Any] = template.get("spec") or {}
    parts = _parts(spec)
    shared = _mounts_without_volume() if version == "0.8.1" else None

    containers = []
    for name in ("job", *(service_container_name(image) for image in services)):
        is_job = name == "job"
        # One array for all containers of the pod: what is appended for one, all have (upstream issue 442).
        mounts = shared if shared is not None else _mounts_with_volume(is_job)
        container: dict[str, Any] = {
            "name": name,
            "env": [{"name": "GITHUB_ACTIONS", "value": "true"}, {"name": "CI", "value": "true"}],
            "volumeMounts": mounts,
        }
        if is_job:
            container |= {"command": ["tail"], "args": ["-f", "/dev/null"]}
        for part in parts:
            if part.get("name") == f"${name}":
                _merge_container(container, part)
                break
        containers.append(container)

    pod: dict[str, Any] = {
        "metadata": {
            "name": f"{RUNNER_NAME}-workflow",
            "labels": {"runner-pod": RUNNER_NAME},
            "annotations": {},
        },
        "spec": {"containers": containers, "restartPolicy": "Never"} | _base_spec(version),
    }
    metadata = template.get("metadata") or {}
    for kind in ("labels", "annotations"):
        pod["metadata"][kind] |= metadata.get(kind) or {}
    _merge_spec(pod["spec"], spec)
    return copy.deepcopy(pod)


def _parts(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "containers" in spec and spec["containers"] is None:
        raise HookError("spec.containers is null")
    return list(spec.get("containers", []))


def _mounts_without_volume() -> list[dict[str, Any]]:
    return [
        {"name": "externals", "mountPath": "/__e"},
        {"name": "work", "mountPath": "/__w"},
        {"name": "github", "mountPath": "/github"},
    ]


def _mounts_with_volume(is_job: bool) -> list[dict[str, Any]]:
    mounts = [{"name": "work", "mountPath": "/__w"}]
    if is_job:
        mounts += [
            {"name": "work", "mountPath": "/__e", "subPath": "externals"},
            {"name": "work", "mountPath": "/github/home", "subPath": "_temp/_github_home"},
            {"name": "work", "mountPath": "/github/workflow", "subPath": "_temp/_github_workflow"},
        ]
    return mounts


def _base_spec(version: HookVersion) -> dict[str, Any]:
    if version == "0.7.0":
        term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE_NAME]}]}
        return {
            # What ACTIONS_RUNNER_USE_KUBE_SCHEDULER=true makes, which the modes of this package always set.
            "affinity": {
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
            },
            "volumes": [{"name": "work", "persistentVolumeClaim": {"claimName": f"{RUNNER_NAME}-work"}}],
        }
    return {
        "initContainers": [{"name": "fs-init", "securityContext": {"runAsGroup": 1001, "runAsUser": 1001}}],
        "securityContext": {"fsGroup": 1001},
        "volumes": [{"name": name, "emptyDir": {}} for name in ("externals", "github", "work")],
    }


def _merge_container(base: dict[str, Any], part: Mapping[str, Any]) -> None:
    for key, value in part.items():
        if key in ("name", "image"):
            continue
        # A null `env` is skipped; a null list of the others falls through and replaces the hooks' own.
        if key == "env" or (key in ("volumeMounts", "ports") and value is not None):
            base.setdefault(key, []).extend(value or [])
        else:
            base[key] = value


def _merge_spec(base: dict[str, Any], spec: Mapping[str, Any]) -> None:
    for key, value in spec.items():
        if key == "containers":
            base["containers"].extend(part for part in value if not str(part.get("name", "")).startswith("$"))
        elif key == "volumes" and value is not None:
            base["volumes"].extend(value)
        else:
            base[key] = value
