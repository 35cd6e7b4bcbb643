"""Mistakes in a hook template that the hooks or the API server would only tell in the log of a failed job.

Owns one rule for each way in which a template breaks jobs; the rules look at the pod that the merge makes. Every
scale set checks its own template before it is deployed.

Refuses nothing by itself: `lint` reports, its caller decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from components.github.hook_merge import JOB, job_pod
from components.github.hook_template import RUNNER_POD_LABEL
from components.github.modes import HookVersion
from rules.problem import Problem

_NULLABLE: Final = ("containers", "volumes")
_HOOK_FS_GROUP: Final = 1001
_HOOK_VOLUMES: Final[Mapping[HookVersion, tuple[str, ...]]] = {
    "0.7.0": ("work",),
    "0.8.1": ("externals", "github", "work"),
}
_EXAMPLE_SERVICE: Final = "registry.example/a-service:1"
"""Any service: 0.8.1 gives it what the template gives the job."""


def lint(template: Mapping[str, Any], *, version: HookVersion, services: Sequence[str] = ()) -> list[Problem]:
    """All mistakes of a template (as plain data), for jobs whose workflows name `services` (images).

    Without `services` a template for 0.8.1 is judged by jobs that have none: see `service_problems`.
    """
    spec = template.get("spec")
    if not isinstance(spec, Mapping) or not spec:
        return [
            Problem(
                rule="hook-template-empty",
                path="spec",
                given=repr(spec),
                allowed="a mapping with the parts of a pod's spec",
                fix="leave the template out, or give it a spec: with an empty one every job fails",
            )
        ]
    problems = [*_null_lists(spec)]
    if problems:
        return problems
    problems += [*_replaced_parts(template, spec, version), *_containers(spec), *_volumes(spec, version)]
    return [*problems, *_mounts(job_pod(template, version=version, services=services))]


def service_problems(template: Mapping[str, Any], *, version: HookVersion) -> list[Problem]:
    """The mistakes that only show in jobs with a service container, whatever the service."""
    alone = lint(template, version=version)
    return [each for each in lint(template, version=version, services=[_EXAMPLE_SERVICE]) if each not in alone]


def _null_lists(spec: Mapping[str, Any]) -> Iterator[Problem]:
    places = [(f"spec.{key}", spec[key]) for key in _NULLABLE if key in spec]
    for index, part in enumerate(spec.get("containers") or []):
        places += [(f"spec.containers[{index}].{key}", part[key]) for key in ("volumeMounts", "ports") if key in part]
    for path, value in places:
        if value is None:
            yield Problem(
                rule="hook-template-null-list",
                path=path,
                given="null",
                allowed="a list, or nothing",
                fix="remove the key: null makes the hooks fail or drop their own entries",
            )


def _replaced_parts(template: Mapping[str, Any], spec: Mapping[str, Any], version: HookVersion) -> Iterator[Problem]:
    labels = (template.get("metadata") or {}).get("labels") or {}
    if RUNNER_POD_LABEL in labels:
        yield Problem(
            rule="hook-template-runner-label",
            path=f"metadata.labels.{RUNNER_POD_LABEL}",
            given=repr(labels[RUNNER_POD_LABEL]),
            allowed="any other label",
            fix="remove the label: the controller deletes the pods of a dead runner by the hooks' own value",
        )
    if version == "0.8.1" and "initContainers" in spec:
        yield Problem(
            rule="hook-template-init-containers",
            path="spec.initContainers",
            given=f"{len(spec['initContainers'] or [])} init containers",
            allowed="none",
            fix="prepare what is needed in the job's image: the list replaces the hooks' fs-init, "
            "and without it actions in JavaScript cannot start",
        )
    security = spec.get("securityContext", {"fsGroup": _HOOK_FS_GROUP})
    if version == "0.8.1" and (security or {}).get("fsGroup") != _HOOK_FS_GROUP:
        yield Problem(
            rule="hook-template-fs-group",
            path="spec.securityContext",
            given=repr(security),
            allowed=f"one with fsGroup {_HOOK_FS_GROUP}",
            fix="set security in the part $job, or repeat the fsGroup: this one replaces the hooks', "
            "and then the workspace cannot be written",
        )
    if "imagePullSecrets" in spec:
        yield Problem(
            rule="hook-template-pull-secrets",
            path="spec.imagePullSecrets",
            given=repr(spec["imagePullSecrets"]),
            allowed="nothing",
            fix="put the secrets on the job pods' service account: "
            "these replace the one made from the credentials in the workflow",
        )
    pins = ["nodeName", "restartPolicy"]
    # 0.7.0 binds the job to the runner's node by affinity, since both use one claim.
    pins += ["affinity"] if version == "0.7.0" else []
    for key in pins:
        if key in spec:
            yield Problem(
                rule="hook-template-replaces-hook",
                path=f"spec.{key}",
                given=repr(spec[key]),
                allowed="nothing",
                fix=f"remove it: it replaces what hooks {version} set themselves",
            )


def _containers(spec: Mapping[str, Any]) -> Iterator[Problem]:
    for index, part in enumerate(spec.get("containers", [])):
        path = f"spec.containers[{index}]"
        name = str(part.get("name", ""))
        if ("command" in part) != ("args" in part) and name == JOB:
            yield Problem(
                rule="hook-template-command-args",
                path=path,
                given="command without args" if "command" in part else "args without command",
                allowed="both or neither",
                fix="give both: the hooks' own half (tail, -f /dev/null) would be mixed with yours",
            )
        if not name.startswith("$") and not part.get("image"):
            yield Problem(
                rule="hook-template-sidecar-image",
                path=path,
                given=f"container {name!r} without image",
                allowed="$job, $SERVICE, or a container with an image",
                fix="name an image, or write '$' before the name of the container to change",
            )


def _volumes(spec: Mapping[str, Any], version: HookVersion) -> Iterator[Problem]:
    taken = _HOOK_VOLUMES[version]
    counts = Counter([*taken, *(str(volume.get("name")) for volume in spec.get("volumes", []))])
    for index, volume in enumerate(spec.get("volumes", [])):
        if counts[str(volume.get("name"))] > 1:
            yield Problem(
                rule="hook-template-volume-name",
                path=f"spec.volumes[{index}].name",
                given=repr(volume.get("name")),
                allowed=f"a name used once, and none of {', '.join(taken)}",
                fix="rename the volume and its mounts: the API server refuses two volumes of one name",
            )


def _mounts(pod: Mapping[str, Any]) -> Iterator[Problem]:
    volumes = {volume.get("name") for volume in pod["spec"].get("volumes") or []}
    for container in pod["spec"]["containers"]:
        mounts = container.get("volumeMounts") or []
        path = f"job pod, container {container['name']!r}"
        for place, count in sorted(Counter(mount.get("mountPath") for mount in mounts).items()):
            if count > 1:
                yield Problem(
                    rule="hook-template-mount-path",
                    path=path,
                    given=f"{count} mounts at {place!r}",
                    allowed="one mount for each path",
                    fix="mount elsewhere; hooks 0.8.1 give the mounts of $job to all services, and the other way round",
                )
        privileged = bool((container.get("securityContext") or {}).get("privileged"))
        for mount in mounts:
            if mount.get("name") not in volumes:
                yield Problem(
                    rule="hook-template-mount-volume",
                    path=path,
                    given=f"a mount of the volume {mount.get('name')!r}",
                    allowed=f"one of {', '.join(sorted(map(str, volumes)))}",
                    fix="add the volume to the template, or remove the mount",
                )
            if mount.get("mountPropagation") == "Bidirectional" and not privileged:
                yield Problem(
                    rule="hook-template-propagation",
                    path=path,
                    given=f"a Bidirectional mount at {mount.get('mountPath')!r}",
                    allowed="Bidirectional only in privileged containers; hooks 0.8.1 give it to services, too",
                    fix="use HostToContainer, or workflows without services",
                )
