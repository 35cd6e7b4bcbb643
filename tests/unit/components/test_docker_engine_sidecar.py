"""The Docker daemon beside a Linux agent or runner."""

from __future__ import annotations

from typing import Any

import pytest

from components.docker_engine.linux_sidecar import docker_sidecar
from components.kubernetes.storage import DaemonStorage, EmptyDir, EphemeralClaim, ExistingClaim, HostPath


def sidecar(**args: Any) -> dict[str, Any]:
    return docker_sidecar(**{"image": "docker:dind", "storage": EmptyDir(), "group": 1000, **args})


def test_a_linux_daemon_listens_on_its_socket_only() -> None:
    made = sidecar()
    assert made["args"] == ["dockerd", "--host=unix:///var/run/docker-engine/docker.sock", "--group=1000"]
    assert {"name": "DOCKER_TLS_CERTDIR", "value": ""} in made["env"]


def test_a_linux_daemon_is_a_native_sidecar_that_others_wait_for() -> None:
    made = sidecar()
    assert made["restartPolicy"] == "Always"
    assert made["startupProbe"]["exec"]["command"][-1] == "info"
    assert "livenessProbe" not in made


def test_all_data_of_a_linux_daemon_lies_on_its_volume() -> None:
    mounts = {m["mountPath"]: m for m in sidecar()["volumeMounts"] if m["name"] == "docker-data"}
    assert {path: mount["subPath"] for path, mount in mounts.items()} == {
        "/var/lib/docker": "docker",
        "/var/lib/containerd": "containerd",
    }


def test_on_the_nodes_disk_a_linux_daemon_knows_its_pod() -> None:
    made = sidecar(storage=HostPath(path="/mnt/docker"))
    mounts = [m for m in made["volumeMounts"] if m["name"] == "docker-data"]
    assert all(m["subPathExpr"].startswith("$(POD_NAMESPACE)/$(POD_NAME)/") for m in mounts)
    assert {"POD_NAME", "POD_NAMESPACE"} <= {variable["name"] for variable in made["env"]}


@pytest.mark.parametrize(
    ("storage", "seconds"),
    [
        (EmptyDir(), 120),
        (EphemeralClaim(size="1Gi"), 120),
        (HostPath(path="/mnt/docker"), 300),
        (ExistingClaim(claim_name="data"), 300),
    ],
)
def test_a_daemon_gets_the_time_that_its_data_needs(storage: DaemonStorage, seconds: int) -> None:
    probe = sidecar(storage=storage)["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == seconds
    assert probe["timeoutSeconds"] == 10


def test_the_folder_of_an_owner_is_the_same_for_each_of_its_pods() -> None:
    made = sidecar(storage=HostPath(path="/mnt/docker", owner="prod/app"))
    mounts = {m["mountPath"]: m["subPath"] for m in made["volumeMounts"] if m["name"] == "docker-data"}
    assert mounts == {"/var/lib/docker": "docker", "/var/lib/containerd": "containerd"}
    assert "POD_NAME" not in {variable["name"] for variable in made["env"]}
