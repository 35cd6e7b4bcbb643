"""Folders of a job that stay on the node from one job to the next.

Owns where they lie on the node and how they are mounted. A cache belongs to exactly one scale set, and that set runs
one job at a time: two Docker daemons on one data root destroy it. With several nodes in the pool each node has a
cache of its own; which one a job meets depends on where its pod lands.

Refuses paths that would hide what the container hooks, the kubelet or the job's own tools need.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Sequence
from typing import Any, Final

from components import contract
from rules.runners import RESERVED_CACHE_PATHS

RESERVED_PATHS: Final = ("/", *RESERVED_CACHE_PATHS)

_SLUG_LENGTH: Final = 40
_PLAIN_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def check_caches(caches: Sequence[str]) -> None:
    """Refuse caches that cannot be mounted into a job.

    Raises:
        ValueError: a path is relative, not in its shortest form, reserved, or stands twice or inside another.
    """
    for path in caches:
        if not path.startswith("/") or posixpath.normpath(path) != path or path.startswith("//"):
            raise ValueError(
                f"the cache {path!r} is not allowed: give an absolute path without '.', '..', '//' and final '/', "
                "for example '/var/lib/docker'"
            )
        for reserved in RESERVED_PATHS:
            if path == reserved or (reserved != "/" and path.startswith(f"{reserved}/")):
                raise ValueError(
                    f"the cache {path!r} is not allowed: {reserved!r} is needed by the runner's hooks or the system, "
                    f"reserved are {', '.join(RESERVED_PATHS)}; choose another folder"
                )
    ordered = sorted(caches)
    for index, path in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other == path or other.startswith(f"{path}/"):
                raise ValueError(f"the cache {other!r} is the same as or inside {path!r}: keep one of the two")


def slug(path: str) -> str:
    """A path as part of a name: readable, at most 49 characters, and different for different paths."""
    words = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    return f"{words}-{digest}" if words else digest


def cache_directory(*, stack: str, scale_set: str, path: str) -> str:
    """The folder on the node that holds the cache `path` of one scale set.

    Raises:
        ValueError: the stack or scale set is no plain name, so that the folder would lie elsewhere.
    """
    for what, name in (("stack", stack), ("scale set", scale_set)):
        if not _PLAIN_NAME.fullmatch(name):
            raise ValueError(
                f"the {what} name {name!r} cannot be part of a path on the node: "
                "use lower-case letters, digits and hyphens"
            )
    return f"{contract.CACHE_ROOT}/{stack}/{scale_set}/{slug(path)}"


def cache_volumes(*, stack: str, scale_set: str, caches: Sequence[str]) -> list[dict[str, Any]]:
    """Pod volumes for the caches, in the order of their paths."""
    return [
        {
            "name": f"cache-{slug(path)}",
            "hostPath": {
                "path": cache_directory(stack=stack, scale_set=scale_set, path=path),
                "type": "DirectoryOrCreate",
            },
        }
        for path in sorted(caches)
    ]


def cache_mounts(caches: Sequence[str]) -> list[dict[str, Any]]:
    """The mounts that belong to `cache_volumes`."""
    return [{"name": f"cache-{slug(path)}", "mountPath": path} for path in sorted(caches)]
