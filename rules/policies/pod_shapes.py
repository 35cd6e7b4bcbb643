"""Pods, and pieces of pods, in objects of any kind: found by their shape.

Owns three shapes. A spec is a map with a list `containers`. A piece has some fields of a pod and lacks the others:
workflows and tasks write volumes in one map and each container in another, and some operators put both into one. And
an unknown part is where either may stand in a custom resource.

Pieces are looked for in custom resources alone: Kubernetes' own kinds have their pods where it says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, Literal

from rules.policies.node import UNKNOWN

Shape = Literal["spec", "piece", "unknown"]
Keys = tuple[str | int, ...]

CONTAINERS: Final = ("container", "script", "stepTemplate")
"""Fields of a piece that are one container: of Argo's templates and Tekton's tasks."""
CONTAINER_LISTS: Final = ("ephemeralContainers", "initContainers", "sidecarContainers", "sidecars", "steps")
"""Fields of a piece that may be a list of them."""
_PARTS: Final = frozenset(
    {
        *CONTAINERS,
        *CONTAINER_LISTS,
        "jobTemplate",
        "pipelineSpec",
        "podSpec",
        "podSpecPatch",
        "podTemplate",
        "spec",
        "taskSpec",
        "tasks",
        "template",
        "templateDefaults",
        "templates",
        "volumes",
        "workflowSpec",
    }
)
"""Fields below which a pod, or a piece of one, may stand."""
_OF_A_CONTAINER: Final = frozenset({"args", "command", "env", "image", "securityContext"})
_HOST: Final = ("hostIPC", "hostNetwork", "hostPID")
_NO_PARTS: Final = ("metadata", "status")


def search(value: object, known: Collection[Keys], *, custom: bool, at: Keys = ()) -> Iterator[tuple[Shape, Keys]]:
    """What a value holds, and the keys that lead there; `known` are places that are not looked into."""
    if at in known:
        return
    if isinstance(value, dict):
        if is_spec(value):
            yield "spec", at
            return
        taken: Collection[str] = ()
        if custom and _is_piece(value):
            yield "piece", at
            taken = _taken(value)
        for key, item in value.items():
            if custom and (key in _NO_PARTS or key in taken):
                continue
            yield from search(item, known, custom=custom, at=(*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from search(item, known, custom=custom, at=(*at, index))
    elif custom and value is UNKNOWN and _may_be_pods(at):
        yield "unknown", at


def is_spec(value: dict[str, Any]) -> bool:
    """Whether a map is the spec of a pod."""
    containers = value.get("containers")
    if isinstance(containers, list):
        return bool(containers) and all(isinstance(one, dict) or one is UNKNOWN for one in containers)
    return containers is UNKNOWN


def is_itself_a_container(value: object) -> bool:
    """Whether a map has, beside what a pod may have, the privileges that only a container can."""
    security = value.get("securityContext") if isinstance(value, dict) else None
    if not isinstance(security, dict):
        return False
    capabilities = security.get("capabilities")
    return (
        security.get("privileged") in (True, UNKNOWN)
        or capabilities is UNKNOWN
        or (isinstance(capabilities, dict) and bool(capabilities.get("add")))
    )


def _is_piece(value: dict[str, Any]) -> bool:
    if any(value.get(key) in (True, UNKNOWN) for key in _HOST):
        return True
    volumes = value.get("volumes")
    if isinstance(volumes, list) and any(one is UNKNOWN or "hostPath" in _map(one) for one in volumes):
        return True
    windows = _map(value.get("securityContext")).get("windowsOptions")
    if windows is UNKNOWN or _map(windows).get("hostProcess") in (True, UNKNOWN):
        return True
    return is_itself_a_container(value) or bool(_containers(value))


def _containers(value: dict[str, Any]) -> list[str]:
    """Fields of a map that hold containers."""
    single = [key for key in CONTAINERS if _OF_A_CONTAINER & _map(value.get(key)).keys()]
    lists = [(key, value[key]) for key in CONTAINER_LISTS if isinstance(value.get(key), list)]
    return [*single, *(key for key, items in lists if any(_OF_A_CONTAINER & _map(one).keys() for one in items))]


def _taken(value: dict[str, Any]) -> list[str]:
    """Fields that are judged with the piece."""
    return [*_containers(value), *(["volumes"] if isinstance(value.get("volumes"), list) else [])]


def _may_be_pods(at: Keys) -> bool:
    names = [key for key in at if isinstance(key, str)]
    return not names or names[-1] in _PARTS


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
