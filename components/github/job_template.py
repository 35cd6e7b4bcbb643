"""The hook template of a scale set: which mode's jobs get what.

Owns the choice of resources, place and privileges for job pods. In mode `kubernetes` runner and job share a node, and
the runner's pod reserves the job's share there; otherwise runners would fill a node on which none of their jobs fits.
In the other modes the job's pod reserves its own share, wherever in the pool it lands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components import contract
from components.github.hook_template import HookTemplate, JobPart, one_job_per_node, privileged_job
from components.github.modes import HOOKS, RunnerMode

JOB_COMPONENT: Final = "github-job"
"""Value of the component label on job pods; runners carry another."""

COORDINATOR_RESOURCES: Final[Mapping[str, Any]] = {
    "requests": {"cpu": "250m", "memory": "1Gi"},
    "limits": {"memory": "1Gi"},
}
"""Of a runner whose job reserves its own share elsewhere: it relays logs and copies the workspace."""


def runner_resources(mode: RunnerMode, resources: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the container `runner` gets, if jobs of the mode are meant to have `resources`."""
    hooks = HOOKS.get(mode)
    return resources if hooks is None or hooks.shares_volume else COORDINATOR_RESOURCES


def job_resources(mode: RunnerMode, resources: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the container of a job pod gets, if jobs of the mode are meant to have `resources`."""
    if not HOOKS[mode].shares_volume:
        return resources
    limits = dict(resources.get("limits", {}))
    # Explicit small requests: without them Kubernetes takes the limits, and the share would be reserved twice.
    return {"requests": {"cpu": "10m"} | dict.fromkeys(sorted(limits.keys() - {"cpu"}), "16Mi"), "limits": limits}


def job_labels(scale_set: str) -> dict[str, str]:
    """Labels of every pod of a scale set's jobs."""
    return {contract.LABEL_COMPONENT: JOB_COMPONENT, contract.LABEL_RUNNER_SET: scale_set}


def job_template(
    mode: RunnerMode,
    *,
    stack: str,
    scale_set: str,
    service_account: str,
    node_selector: Mapping[str, str],
    tolerations: Sequence[Mapping[str, Any]],
    resources: Mapping[str, Any],
    caches: Sequence[str] = (),
    services: bool = False,
    extra_labels: Mapping[str, str] | None = None,
) -> HookTemplate:
    """The template for a mode with hooks.

    Args:
        mode: one of `HOOKS`.
        stack: names the cache folders, so that two stacks on one cluster share none.
        scale_set: owner of the caches.
        service_account: of job pods.
        node_selector: of the pool: jobs run where the runners do.
        tolerations: of the pool.
        resources: what a job is meant to have.
        caches: folders of the job kept on the node; only in mode `cached-privileged-kubernetes`.
        services: whether workflows may have `services:` in mode `cached-privileged-kubernetes`; see `hook_template`.
        extra_labels: of job pods; nothing selects by them.
    """
    labels = job_labels(scale_set)
    part = JobPart(resources=job_resources(mode, resources))
    volumes: list[dict[str, Any]] = []
    if mode == "cached-privileged-kubernetes":
        part, volumes = privileged_job(
            stack=stack, scale_set=scale_set, caches=caches, resources=resources, services=services
        )
    return HookTemplate(
        job=part,
        labels={**labels, **(extra_labels or {})},
        annotations={contract.ANNOTATION_SAFE_TO_EVICT: "false"},
        service_account=service_account,
        node_selector=node_selector,
        tolerations=tolerations,
        affinity=one_job_per_node(labels) if caches else None,
        volumes=volumes,
    )
