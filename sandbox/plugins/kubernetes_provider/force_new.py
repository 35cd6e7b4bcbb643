"""Which fields of which kinds cannot be changed in an object that exists.

Owns one table, that of the official provider, so that both plan the same replacements (pulumi-kubernetes
`provider/pkg/provider/diff.go`, `forceNew`, read 2026-11). Kinds that are not in it, custom resources among them, are
replaced for a new name or namespace only; what else is immutable, the API server refuses in preview.
"""

from __future__ import annotations

from typing import Final

from sandbox.plugins.places import Path, covers, parse_path

IDENTITY: Final = ("metadata.name", "metadata.namespace")

_VOLUME_SOURCES = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
]
_POD = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
]
_CONTAINER = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
]

_TABLE: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("", "PersistentVolume"): tuple(f"spec.{source}" for source in _VOLUME_SOURCES),
    ("", "PersistentVolumeClaim"): ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
    ("", "Pod"): (
        *(f"spec.{field}" for field in _POD),
        *(f"spec.{list_}[*].{field}" for list_ in ("containers", "initContainers") for field in _CONTAINER),
    ),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}

_DATA: Final = {"ConfigMap": ("binaryData", "data"), "Secret": ("stringData", "data")}
"""New contents make a new object: what reads the old one keeps what it started with. An option switches it off."""


def patterns(group: str, kind: str, *, immutable_data: bool) -> tuple[Path, ...]:
    """The places whose change replaces an object of this kind; `immutable_data` is about ConfigMap and Secret."""
    fields = IDENTITY + _TABLE.get((group, kind), ())
    if group == "" and immutable_data:
        fields += _DATA.get(kind, ())
    return tuple(parse_path(field) for field in fields)


def replaces(path: Path, places: tuple[Path, ...]) -> bool:
    """Whether a change at `path` touches one of `places`: at it, inside it, or around it."""
    return any(covers(place, path) or _around(path, place) for place in places)


def _around(path: Path, place: Path) -> bool:
    return len(path) < len(place) and all(want in ("*", have) for want, have in zip(place, path, strict=False))
