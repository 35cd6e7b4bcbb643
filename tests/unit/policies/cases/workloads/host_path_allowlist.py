"""Cases of `host-path-allowlist`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rules.policies.workloads.host_path_allowlist import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.workloads.docker_pipe_confined import mounting
from tests.unit.policies.scenes import FLEET, UNKNOWN, docker_agent, kubernetes, windows_agent, with_spec, workload

SPEC = "spec.template.spec"
MOUNT = f"{SPEC}.volumes[0].hostPath.path"
ROOT = "/var/lib/buildfleet/caches"
WINDOWS_FLEET = replace(FLEET, host_paths=("C:\\ci\\caches\\", ROOT))
CACHES = Case(title="caches", resources=[workload(mounting(f"{ROOT}/dev/app"), "azdo-agents-docker")])
UNTRUSTED = {"agentpool": "pr", "kubernetes.io/os": "linux"}


def devices(*, privileged: bool = True) -> dict[str, Any]:
    """A pod with the node's devices and control groups."""
    volumes = [{"name": path[1:4], "hostPath": {"path": path}} for path in ("/dev", "/sys/fs/cgroup")]
    spec = with_spec(docker_agent(), volumes=volumes)
    spec["initContainers"][0]["securityContext"]["privileged"] = privileged
    return spec


def hook(namespace: str) -> Any:
    """A template of job pods, as mode cached-privileged-kubernetes has it."""
    spec = {
        "containers": [{"name": "$job", "securityContext": {"privileged": True}}],
        "volumes": [*devices()["volumes"], {"name": "cache", "hostPath": {"path": f"{ROOT}/dev/app-1/root-cache"}}],
    }
    data = {"template.json": json.dumps({"spec": spec})}
    return kubernetes("core/v1:ConfigMap", {"metadata": {"name": "hook", "namespace": namespace}, "data": data})


CASES = Cases(
    rule=RULE,
    passes=(
        CACHES,
        Case(title="all caches", resources=[workload(mounting(f"{ROOT}/"), "github-runners-docker")]),
        Case(title="devices of a privileged pod", resources=[workload(devices(), "azdo-agents-docker")]),
        Case(
            title="devices in a patch, which may leave the privileges out",
            resources=[workload(devices(privileged=False), "azdo-agents-docker", "apps/v1:DeploymentPatch")],
        ),
        Case(title="a job's pod with caches", resources=[hook("github-runners-docker")]),
        Case(title="the engine's pipe", resources=[workload(windows_agent(), "azdo-agents-docker")]),
        Case(
            title="caches on Windows, in other capitals",
            resources=[workload(mounting("c:/CI/caches/nuget"), "azdo-agents-docker")],
            fleet=WINDOWS_FLEET,
        ),
    ),
    fails=(
        *(
            Case(title=f"{path}", resources=[workload(mounting(path), "azdo-agents-docker")], at=[MOUNT])
            for path in (
                "/etc",
                "/var/lib/kubelet",
                "/var/lib/buildfleet",
                f"{ROOT}-of-others",
                f"{ROOT}/../../kubelet",
                f"{ROOT}\\..\\..\\kubelet",
                ROOT.upper(),
                "/dev",
                "C:\\",
                "\\\\?\\C:\\",
                "var/lib/buildfleet/caches",
            )
        ),
        *(
            Case(
                title=f"{path} on Windows",
                resources=[workload(mounting(path), "azdo-agents-docker")],
                at=[MOUNT],
                fleet=WINDOWS_FLEET,
            )
            for path in (r"C:\ci", r"c:\ci\caches2", r"C:\ci\caches\..\..\Windows", r"C:\ci\caches\.. \x")
        ),
        Case(
            title="caches in the plain namespace of agents",
            resources=[workload(mounting(f"{ROOT}/x"), "azdo-agents", "apps/v1:DaemonSet")],
            at=[MOUNT],
        ),
        Case(
            title="caches on an untrusted pool",
            resources=[workload(with_spec(mounting(f"{ROOT}/x"), nodeSelector=UNTRUSTED), "azdo-agents-docker")],
            at=[MOUNT],
        ),
        Case(
            title="devices of a pod that is not privileged",
            resources=[workload(devices(privileged=False), "azdo-agents-docker", "core/v1:Pod")],
            at=["spec.volumes[0].hostPath.path", "spec.volumes[1].hostPath.path"],
        ),
        Case(
            title="a job's pod with caches in the plain namespace of runners",
            resources=[hook("github-runners")],
            at=[f'data["template.json"].spec.volumes[{index}].hostPath.path' for index in range(3)],
        ),
    ),
    unknown=(
        Case(title="the path", resources=[workload(mounting(UNKNOWN), "azdo-agents")], at=[MOUNT]),
        Case(
            title="the volumes",
            resources=[workload(with_spec(docker_agent(), volumes=UNKNOWN), "azdo-agents-docker")],
            at=[f"{SPEC}.volumes"],
        ),
        Case(
            title="the pool",
            resources=[
                workload(with_spec(mounting(f"{ROOT}/x"), nodeSelector={"agentpool": UNKNOWN}), "azdo-agents-docker")
            ],
            at=[f"{SPEC}.nodeSelector.agentpool"],
        ),
    ),
    mutations=(
        Mutation(of=CACHES, path=MOUNT, value="/var/lib"),
        Mutation(of=CACHES, path=MOUNT, value=f"{ROOT}/.."),
        Mutation(of=CACHES, path="metadata.namespace", value="github-runners"),
        Mutation(of=CACHES, path=f"{SPEC}.nodeSelector.agentpool", value="pr"),
    ),
)
