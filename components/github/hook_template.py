"""The template that the container hooks merge into the pods of jobs.

Owns what a job's pod gets beyond what the workflow says: its place, its resources, its protection from eviction and,
in mode `cached-privileged-kubernetes`, its privileges and caches. Every mode with hooks needs one: a job pod of the
generation 0.8.1 may land on any node that its selector and tolerations allow, and without a template it has neither.

Security: in mode `cached-privileged-kubernetes` the code of a job is root on the node that runs it, and can read what
other pods on that node keep there. Use pools that only trusted repositories reach. The runner itself stays
unprivileged, because it holds the token that may create pods.

Refuses, by not having a field for it, what breaks jobs: init containers, security settings of the whole pod, pull
secrets, commands, and volumes named like those of the hooks. `hook_lint` tells why.

Services in the cached mode: generation 0.8.1 mounts everything of the job's container into each service container
too (https://github.com/actions/runner-container-hooks/issues/442). The API server refuses a `Bidirectional` mount in a
container that is not privileged, so a workflow with `services:` cannot start unless `services=True` makes the control
groups' mount `HostToContainer`. Then services start, and see the caches and devices, without the right to use devices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.github.caches import cache_mounts, cache_volumes
from components.github.exclusive import alone_on_node

TEMPLATE_DIRECTORY: Final = "/etc/buildfleet/hook-template"
"""In the runner container. A directory, never a `subPath` mount: those keep the old file when the ConfigMap changes."""
TEMPLATE_KEY: Final = "template.json"
TEMPLATE_PATH: Final = f"{TEMPLATE_DIRECTORY}/{TEMPLATE_KEY}"

RUNNER_POD_LABEL: Final = "runner-pod"
"""Set by the hooks on every pod of a job, with the runner's name; the controller cleans up by it."""

GRACE_SECONDS: Final = 30
"""Between SIGTERM and SIGKILL of a job's pod. Its main process, `tail -f /dev/null`, ignores SIGTERM, so a pod that is
deleted always stays for the whole of it. The hooks delete with 0. The controller deletes the pods of a runner that died
with this one, and until they are gone they hold their share of the node and the caches; a job's length here would block
its successor for that long.

An eviction is another matter: the scale set's PodDisruptionBudget refuses it while the job runs, so a drain waits."""


@dataclass(frozen=True, kw_only=True)
class JobPart:
    """The part `$job`: what is merged into the job's container, and into that of a container action."""

    resources: Mapping[str, Any] | None = None
    security_context: Mapping[str, Any] | None = None
    volume_mounts: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class HookTemplate:
    """A hook template that cannot hold what breaks jobs. Empty parts are left out: the hooks choke on null."""

    job: JobPart
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    service_account: str
    """Of job pods. Its pull secrets fetch the job's images, unless the workflow names credentials."""
    node_selector: Mapping[str, str]
    tolerations: Sequence[Mapping[str, Any]]
    affinity: Mapping[str, Any] | None = None
    volumes: Sequence[Mapping[str, Any]] = ()

    def document(self) -> dict[str, Any]:
        """The template as plain data."""
        job = {
            "name": "$job",
            "resources": self.job.resources,
            "securityContext": self.job.security_context,
            "volumeMounts": list(self.job.volume_mounts),
        }
        spec = {
            "affinity": self.affinity,
            # A job has no business with the API server; the hooks would leave the account's token mounted.
            "automountServiceAccountToken": False,
            "containers": [{key: value for key, value in job.items() if value}],
            "enableServiceLinks": False,
            "nodeSelector": dict(self.node_selector),
            "serviceAccountName": self.service_account,
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            "tolerations": list(self.tolerations),
            "volumes": list(self.volumes),
        }
        kept = {key: value for key, value in spec.items() if value or value is False}
        metadata = {"labels": dict(self.labels), "annotations": dict(self.annotations)}
        return {"metadata": {key: value for key, value in metadata.items() if value}, "spec": kept}

    def text(self) -> str:
        """The template as JSON, which the hooks read as the YAML it also is; same template, same bytes."""
        return json.dumps(self.document(), indent=2, sort_keys=True) + "\n"


def privileged_job(
    *, stack: str, scale_set: str, caches: Sequence[str], resources: Mapping[str, Any], services: bool
) -> tuple[JobPart, list[dict[str, Any]]]:
    """The part `$job` that can run a Docker daemon, and the volumes it needs.

    A cache on `/var/lib/docker` gives that daemon a real volume as data root; on the container's own overlay it could
    only use the slow `vfs` driver.
    """
    cgroup_mount = {
        "name": "cgroup",
        "mountPath": "/sys/fs/cgroup",
        "mountPropagation": "HostToContainer" if services else "Bidirectional",
    }
    part = JobPart(
        resources=resources,
        # Root, whatever user the job's image names: a daemon needs it.
        security_context={"privileged": True, "runAsGroup": 0, "runAsUser": 0},
        volume_mounts=[cgroup_mount, {"name": "devices", "mountPath": "/dev"}, *cache_mounts(caches)],
    )
    volumes = [
        {"name": "cgroup", "hostPath": {"path": "/sys/fs/cgroup", "type": "Directory"}},
        {"name": "devices", "hostPath": {"path": "/dev", "type": "Directory"}},
        *cache_volumes(stack=stack, scale_set=scale_set, caches=caches),
    ]
    return part, volumes


def one_job_per_node(labels: Mapping[str, str]) -> dict[str, Any]:
    """Affinity that keeps job pods of other runners with the same labels off the node, even terminating ones.

    A runner that died leaves its job pod behind for a while, and the daemon in it still has the data root open. Pods
    of the same job, such as container actions, carry the same `runner-pod` and may share the node.
    """
    affinity = alone_on_node(labels)
    [term] = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    # On by default since Kubernetes 1.31.
    term["mismatchLabelKeys"] = [RUNNER_POD_LABEL]
    return affinity
