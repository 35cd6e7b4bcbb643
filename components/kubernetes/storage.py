"""Where a daemon inside a pod keeps its data.

Owns the four kinds of storage and how each becomes a volume. The invariant: a data root has one daemon at a time. Two
daemons on one folder corrupt it, so a folder of the node is divided by namespace and pod, and `outlives_pod` tells
callers which kinds need a workload that never runs two pods of one name (a StatefulSet).

What it does not do: clean up folders of the node. With `HostPath` each pod name leaves a folder behind, also after the
workload is gone; remove `PATH/NAMESPACE` on the nodes by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class EmptyDir:
    """On the node's disk, gone with the pod."""

    size_limit: str | None = None
    """The pod is evicted when it uses more."""


@dataclass(frozen=True, kw_only=True)
class HostPath:
    """A folder of the node, kept between pods of the same name, or of the same owner, on the same node."""

    path: str
    owner: str | None = None
    """Folder below `path`, for an owner whose pods have a new name each time and of which one runs at a time. `None`:
    each pod has its own, by namespace and name."""


@dataclass(frozen=True, kw_only=True)
class ExistingClaim:
    """A claim that exists, for one pod only."""

    claim_name: str


@dataclass(frozen=True, kw_only=True)
class EphemeralClaim:
    """A claim that is made with the pod and deleted with it."""

    size: str
    storage_class: str | None = None
    """`None`: the cluster's default class."""


DaemonStorage = EmptyDir | HostPath | ExistingClaim | EphemeralClaim


def outlives_pod(storage: DaemonStorage) -> bool:
    """Whether the data is still there for the next pod, so that the next must not start before this one ended."""
    return isinstance(storage, HostPath | ExistingClaim)


def volume(name: str, storage: DaemonStorage, *, folder: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A pod's volume, and what to add to each `volumeMounts` entry for it besides `name` and `mountPath`.

    `folder` mounts a folder of the volume, so that one volume can hold several trees of one daemon.
    With a `HostPath` without an owner the mount is `PATH/$(POD_NAMESPACE)/$(POD_NAME)`, so the container also needs
    `identity_env(storage)`: the kubelet takes the names from the container's own environment.
    """
    match storage:
        case EmptyDir(size_limit=size_limit):
            source: dict[str, Any] = {"emptyDir": {} if size_limit is None else {"sizeLimit": size_limit}}
        case HostPath(path=path, owner=owner):
            root = path if owner is None else f"{path}/{owner}"
            source = {"hostPath": {"path": root, "type": "DirectoryOrCreate"}}
        case ExistingClaim(claim_name=claim_name):
            source = {"persistentVolumeClaim": {"claimName": claim_name}}
        case EphemeralClaim(size=size, storage_class=storage_class):
            claim: dict[str, Any] = {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
            }
            if storage_class is not None:
                claim["storageClassName"] = storage_class
            source = {"ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
    if _divided_by_pod(storage):
        own = "$(POD_NAMESPACE)/$(POD_NAME)"
        extras = {"subPathExpr": own if folder is None else f"{own}/{folder}"}
    else:
        extras = {} if folder is None else {"subPath": folder}
    return {"name": name, **source}, extras


def identity_env(storage: DaemonStorage) -> list[dict[str, Any]]:
    """What a container that mounts `storage` needs in its environment: `POD_NAME` and `POD_NAMESPACE`, or nothing."""
    if not _divided_by_pod(storage):
        return []
    return [
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
    ]


def _divided_by_pod(storage: DaemonStorage) -> bool:
    return isinstance(storage, HostPath) and storage.owner is None
