"""What a Windows kubelet reads from the engine's pod: pure functions over the Pod object.

Refuses, in the words of the kubelet or the runtime where they have some, what would not start on a Windows node. The
one program that there is to run is the supervisor's: a pod that runs another is refused too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Object = Mapping[str, Any]
Kind = Literal["startupProbe", "readinessProbe", "livenessProbe"]

PROBES: Final[tuple[Kind, ...]] = ("startupProbe", "readinessProbe", "livenessProbe")

MOUNT_POINT: Final = "CONTAINER_SANDBOX_MOUNT_POINT"
"""Variable with the folder below which a HostProcess container finds its image and volumes:
https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/"""
PROGRAM: Final = "engine_supervisor"
USERS: Final = ("NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\Local service", "NT AUTHORITY\\NetworkService")

_VERSION = re.compile(r"-(\d+\.\d+\.\d+)$")


class Unstartable(Exception):
    """The container cannot be made; the message is what its status says."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """An httpGet probe, with Kubernetes' defaults."""

    path: str
    port: int
    period_seconds: float
    timeout_seconds: float
    failures: int
    delay_seconds: float


def container(pod: Object) -> Object:
    """The container that is run. Raises `Unstartable` for a pod that a Windows node would not run."""
    spec = pod["spec"]
    options = (spec.get("securityContext") or {}).get("windowsOptions") or {}
    if (spec.get("nodeSelector") or {}).get("kubernetes.io/os") != "windows" and (spec.get("os") or {}).get(
        "name"
    ) != "windows":
        raise Unstartable("a HostProcess pod selects its nodes by kubernetes.io/os: windows")
    if not spec.get("hostNetwork"):
        raise Unstartable("a HostProcess pod needs hostNetwork: true")
    if len(spec["containers"]) != 1:
        raise Unstartable(f"the simulated node runs one container a pod, not {len(spec['containers'])}")
    found: Object = spec["containers"][0]
    for one in (*(spec.get("initContainers") or ()), found):
        own = (one.get("securityContext") or {}).get("windowsOptions") or {}
        if not own.get("hostProcess", options.get("hostProcess")):
            raise Unstartable(f"container {one['name']}: not a HostProcess container; it would not see the host")
        user = own.get("runAsUserName", options.get("runAsUserName"))
        if user not in USERS:
            raise Unstartable(f"container {one['name']}: runAsUserName is {user!r}; must be one of {', '.join(USERS)}")
        for mount in one.get("volumeMounts") or ():
            if mount["mountPath"].startswith("\\\\.\\pipe"):
                raise Unstartable(f"container {one['name']}: named pipes cannot be mounted into HostProcess containers")
    return found


def arguments(command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """What follows the program's name in `command`, as paths of this machine."""
    words = [_expand(word, environment) for word in command]
    if len(words) < 3 or not words[0].endswith("python.exe") or words[1:3] != ["-m", PROGRAM]:
        raise Unstartable(
            f"the simulated node can only run `...\\python.exe -m {PROGRAM} ...`, not `{' '.join(command)}`"
        )
    return words[3:]


def _expand(word: str, environment: Mapping[str, str]) -> str:
    """With the runtime's expansion of variables; a path below the mount point in this machine's form."""
    marked = word.startswith(f"%{MOUNT_POINT}%")
    word = re.sub(r"%([A-Za-z_]+)%", lambda found: environment.get(found[1], found[0]), word)
    return word.replace("\\", "/") if marked else word


def environment(pod: Object, made: Object, *, address: str, mount_point: Path) -> dict[str, str]:
    """The container's variables, with fieldRefs resolved; `address` is the node's."""
    fields = {
        "metadata.name": pod["metadata"]["name"],
        "metadata.namespace": pod["metadata"]["namespace"],
        "metadata.uid": pod["metadata"]["uid"],
        "spec.nodeName": pod["spec"]["nodeName"],
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", "default"),
        "status.hostIP": address,
        "status.podIP": address,
    }
    found = {MOUNT_POINT: str(mount_point)}
    for entry in made.get("env") or ():
        if "valueFrom" not in entry:
            found[entry["name"]] = entry.get("value", "")
            continue
        path = (entry["valueFrom"].get("fieldRef") or {}).get("fieldPath")
        if path not in fields:
            raise Unstartable(f"variable {entry['name']}: the simulated node knows values from the fields {fields}")
        found[entry["name"]] = fields[path]
    return found


def volumes(pod: Object, made: Object) -> list[tuple[str, Object]]:
    """Mount path and volume of each mount of the container."""
    known = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    return [(mount["mountPath"], known[mount["name"]]) for mount in made.get("volumeMounts") or ()]


def probe(made: Object, kind: Kind) -> Probe | None:
    """The container's probe of this kind, if it has one."""
    found = made.get(kind)
    if found is None:
        return None
    if "httpGet" not in found:
        raise Unstartable(f"{kind}: the simulated node knows httpGet alone")
    port = found["httpGet"]["port"]
    ports = {one.get("name"): one["containerPort"] for one in made.get("ports") or ()}
    return Probe(
        path=found["httpGet"].get("path", "/"),
        port=int(ports.get(port, port)),
        period_seconds=float(found.get("periodSeconds", 10)),
        timeout_seconds=float(found.get("timeoutSeconds", 1)),
        failures=int(found.get("failureThreshold", 3)),
        delay_seconds=float(found.get("initialDelaySeconds", 0)),
    )


def image_version(image: str) -> str | None:
    """The engine that an image of ours has, by its tag: `REPOSITORY/docker-engine:TAG-29.2.1`."""
    found = _VERSION.search(image.partition("@")[0])
    return found[1] if found else None
