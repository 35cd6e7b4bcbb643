"""Cases of `persistent-volume-paths`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.persistent_volume_paths import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

HOST = "spec.hostPath.path"
LOCAL = "spec.local.path"


def volume(token: str = "core/v1:PersistentVolume", **source: Any) -> Resource:
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}, **source}
    return kubernetes(token, {"metadata": {"name": "thing"}, "spec": spec})


CACHE = Case(title="a cache", resources=[volume(hostPath={"path": "/var/lib/buildfleet/caches/nuget"})])
DISK = Case(title="a disk of somebody's provisioner", resources=[volume(local={"path": "/mnt/disks/ssd0"})])

CASES = Cases(
    rule=RULE,
    passes=(
        CACHE,
        DISK,
        Case(title="a disk of Azure", resources=[volume(csi={"driver": "disk.csi.azure.com", "volumeHandle": "x"})]),
        Case(title="a block device", resources=[volume(local={"path": "/dev/sdb"})]),
        Case(
            title="a claim",
            resources=[kubernetes("core/v1:PersistentVolumeClaim", {"metadata": {"name": "c"}, "spec": {}})],
        ),
    ),
    fails=(
        *(
            Case(title=f"hostPath {path}", resources=[volume(hostPath={"path": path})], at=[HOST])
            for path in (
                r"\\.\pipe\docker_engine",
                "//./PIPE/docker_engine",
                r"\\.\pipe\containerd-containerd",
                "/var/run",
                "/run/containerd/containerd.sock",
                "/",
                "/etc",
                "/var/lib/buildfleet/caches/../../kubelet",
                "/var/lib/buildfleet",
            )
        ),
        *(
            Case(title=f"local {path}", resources=[volume(local={"path": path})], at=[LOCAL])
            for path in ("/var/run", "/run/docker.sock", r"\\.\pipe\docker_engine", "/mnt/../run")
        ),
        Case(
            title="a patch",
            resources=[volume("core/v1:PersistentVolumePatch", hostPath={"path": "/var/run"})],
            at=[HOST],
        ),
        Case(
            title="one of a list",
            resources=[
                kubernetes(
                    "core/v1:PersistentVolumeList",
                    {"items": [volume(local={"path": "/mnt/a"}).inputs, volume(local={"path": "/run"}).inputs]},
                )
            ],
            at=["items[1].spec.local.path"],
        ),
    ),
    unknown=(
        Case(title="a folder", resources=[volume(hostPath={"path": UNKNOWN})], at=[HOST]),
        Case(title="a disk", resources=[volume(local=UNKNOWN)], at=[LOCAL]),
    ),
    mutations=(
        Mutation(of=CACHE, path=HOST, value="/var/lib/kubelet"),
        Mutation(of=DISK, path=LOCAL, value="/run/containerd"),
        Mutation(of=DISK, path="spec.hostPath", value={"path": "/"}),
    ),
)
