"""What a Windows kubelet makes of the engine's pod."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from sandbox.windows_nodes import pod_spec
from sandbox.windows_nodes.pod_spec import Unstartable

COMMAND = [
    r"%CONTAINER_SANDBOX_MOUNT_POINT%\python\python.exe",
    "-m",
    "engine_supervisor",
    "run",
    "--settings",
    r"%CONTAINER_SANDBOX_MOUNT_POINT%\buildfleet\engine\settings.json",
]


def pod(**spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "engine-x", "namespace": "docker-engine", "uid": "u-1"},
        "spec": {
            "nodeName": "akswin22000000",
            "serviceAccountName": "docker-engine",
            "nodeSelector": {"kubernetes.io/os": "windows"},
            "hostNetwork": True,
            "securityContext": {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}},
            "containers": [{"name": "supervisor", "image": "r.example.com/docker-engine:1-29.2.1", "command": COMMAND}],
            **spec,
        },
    }


def with_container(**fields: Any) -> dict[str, Any]:
    made = copy.deepcopy(pod())
    made["spec"]["containers"][0].update(fields)
    return made


def test_a_host_process_pod_on_the_hosts_network_is_taken() -> None:
    assert pod_spec.container(pod())["name"] == "supervisor"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (pod(nodeSelector={}), r"selects its nodes by kubernetes\.io/os: windows"),
        (pod(hostNetwork=False), "needs hostNetwork: true"),
        (pod(securityContext={}), "not a HostProcess container"),
        (
            pod(securityContext={"windowsOptions": {"hostProcess": True, "runAsUserName": "ContainerUser"}}),
            "runAsUserName is 'ContainerUser'",
        ),
        (
            with_container(volumeMounts=[{"name": "pipe", "mountPath": r"\\.\pipe\docker_engine"}]),
            "named pipes cannot be mounted",
        ),
        (
            pod(initContainers=[{"name": "init", "securityContext": {"windowsOptions": {"hostProcess": False}}}]),
            "container init: not a HostProcess container",
        ),
    ],
)
def test_what_would_not_start_on_a_windows_node_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(Unstartable, match=message):
        pod_spec.container(wrong)


def test_the_programs_arguments_are_expanded_to_this_machines_paths() -> None:
    found = pod_spec.arguments(COMMAND, {"CONTAINER_SANDBOX_MOUNT_POINT": "/tmp/pod"})
    assert found == ["run", "--settings", "/tmp/pod/buildfleet/engine/settings.json"]


@pytest.mark.parametrize("command", [["powershell.exe", "-File", "x.ps1"], ["python.exe", "-m", "http.server"], []])
def test_another_program_than_the_supervisor_cannot_be_run(command: list[str]) -> None:
    with pytest.raises(Unstartable, match=r"can only run `\.\.\.\\python\.exe -m engine_supervisor"):
        pod_spec.arguments(command, {})


def test_variables_come_from_the_pods_fields_and_the_nodes_address() -> None:
    fields = {"NODE_NAME": "spec.nodeName", "NODE_IP": "status.hostIP", "POD_UID": "metadata.uid"}
    env = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]
    made = with_container(env=[*env, {"name": "PLAIN", "value": "x"}])
    found = pod_spec.environment(
        made, made["spec"]["containers"][0], address="127.70.1.2", mount_point=Path("/tmp/pod")
    )
    assert found == {
        "CONTAINER_SANDBOX_MOUNT_POINT": "/tmp/pod",
        "NODE_NAME": "akswin22000000",
        "NODE_IP": "127.70.1.2",
        "POD_UID": "u-1",
        "PLAIN": "x",
    }


def test_a_probe_has_kubernetes_defaults_and_finds_its_port_by_name() -> None:
    made = {
        "ports": [{"name": "metrics", "containerPort": 9323}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "metrics"}},
    }
    probe = pod_spec.probe(made, "readinessProbe")
    assert probe is not None
    assert (probe.port, probe.period_seconds, probe.timeout_seconds, probe.failures) == (9323, 10, 1, 3)
    assert pod_spec.probe(made, "livenessProbe") is None


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("registry.example.com/buildfleet/docker-engine:0.1.0-29.2.1", "29.2.1"),
        ("registry.example.com:5000/docker-engine:0.1.0-rc1-29.2.1@sha256:" + "0" * 64, "29.2.1"),
        ("registry.example.com/my-engine:latest", None),
    ],
)
def test_an_images_tag_says_which_engine_it_has(image: str, version: str | None) -> None:
    assert pod_spec.image_version(image) == version
