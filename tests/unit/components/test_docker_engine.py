"""Docker Engine on Windows nodes: what is made, that nothing of it can restart an engine, and the Linux sidecar."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from components import contract
from components.docker_engine import windows_docker_engine
from components.docker_engine.configuration import daemon_configuration
from components.docker_engine.linux_sidecar import docker_sidecar
from components.docker_engine.release import EngineRelease
from components.docker_engine.windows_docker_engine import WindowsDockerEngine, WindowsDockerEngineArgs
from components.kubernetes.storage import DaemonStorage, EmptyDir, EphemeralClaim, ExistingClaim, HostPath
from components.platform import NodePool, Taint
from rules.tables.docker_engine import RESERVED_KEYS
from tests.unit.components.mocks import RecordingMonitor, deploy

RELEASE = EngineRelease(version="29.2.1", url="https://example.org/docker-29.2.1.zip", sha256="5a" * 32)
TAINT = Taint(key="sku", value="Windows", effect="NoSchedule")
DOCKER = r"C:\Program Files\buildfleet\docker\29.2.1-5a5a5a5a5a5a\docker\docker.exe"


def pool(name: str = "win22", **facts: Any) -> NodePool:
    given: dict[str, Any] = {
        "os": "windows",
        "purpose": "build",
        "trust": "trusted",
        "node_selector": {"agentpool": name},
        "taints": (TAINT,),
        "os_sku": "Windows2022",
        **facts,
    }
    return NodePool(name=name, **given)


def engine(**args: Any) -> RecordingMonitor:
    given: dict[str, Any] = {
        "stack": "dev",
        "namespace": "docker-engine",
        "image": "example.org/hpc:v1",
        "release": RELEASE,
        "pools": [pool()],
        **args,
    }
    return deploy(lambda: WindowsDockerEngine("engine", WindowsDockerEngineArgs(**given)))


def pod(monitor: RecordingMonitor) -> dict[str, Any]:
    spec: dict[str, Any] = monitor.only("kubernetes:apps/v1:DaemonSet").inputs["spec"]["template"]["spec"]
    return spec


def test_each_pool_has_its_own_daemon_set_and_all_share_files_and_account() -> None:
    monitor = engine(pools=[pool("win25"), pool("win22")])
    assert monitor.summary() == [
        ("buildfleet:index:WindowsDockerEngine", "engine"),
        ("kubernetes:apps/v1:DaemonSet", "engine-win22"),
        ("kubernetes:apps/v1:DaemonSet", "engine-win25"),
        ("kubernetes:core/v1:ConfigMap", "engine-files"),
        ("kubernetes:core/v1:ServiceAccount", "engine-account"),
    ]
    assert {r.parent_name for r in monitor.registrations if r.custom} == {"engine"}
    assert monitor.outputs_of("engine") == {
        "daemonSetNames": {"win22": "docker-engine-win22", "win25": "docker-engine-win25"}
    }


def test_the_selectors_of_two_pools_never_meet() -> None:
    monitor = engine(pools=[pool("win25"), pool("win22")])
    one, other = (r.inputs["spec"] for r in monitor.of_type("kubernetes:apps/v1:DaemonSet"))
    assert one["selector"] != other["selector"]
    assert one["selector"]["matchLabels"].items() <= one["template"]["metadata"]["labels"].items()
    assert not one["selector"]["matchLabels"].items() <= other["template"]["metadata"]["labels"].items()


def test_the_pod_is_a_host_process_on_its_pool_without_any_right_in_the_cluster() -> None:
    spec = pod(engine())
    assert spec["securityContext"] == {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}}
    assert spec["hostNetwork"] is True
    assert spec["os"] == {"name": "windows"}
    assert spec["nodeSelector"] == {"agentpool": "win22", "kubernetes.io/os": "windows"}
    assert spec["tolerations"] == [{"key": "sku", "operator": "Equal", "value": "Windows", "effect": "NoSchedule"}]
    assert spec["automountServiceAccountToken"] is False
    assert spec["serviceAccountName"] == "docker-engine"
    assert all("hostPath" not in volume for volume in spec["volumes"])


def test_nothing_can_restart_a_running_engine() -> None:
    (container,) = pod(engine())["containers"]
    assert "livenessProbe" not in container
    assert "startupProbe" not in container, "a failed startup probe restarts the container"
    assert "lifecycle" not in container
    script = (Path(windows_docker_engine.__file__).parent / "install_engine.ps1").read_text()
    assert "Restart-Service" not in script
    assert "Restart-Computer" not in script
    assert "Stop-Service" not in script
    assert len(re.findall(r"^\s*Start-Service", script, re.MULTILINE)) == 1


def body(function: str) -> str:
    """The text of one function of the script, without comments."""
    script = (Path(windows_docker_engine.__file__).parent / "install_engine.ps1").read_text()
    found = re.search(rf"^function {function} \{{\n(.*?)^\}}", script, re.MULTILINE | re.DOTALL)
    assert found, function
    return "\n".join(line for line in found[1].splitlines() if not line.lstrip().startswith("#"))


def test_an_engine_that_does_not_start_is_not_tried_again_before_the_node_restarts() -> None:
    """Each attempt that gets far enough removes the network of the pods on the node."""
    start = body("Start-EngineOnce")
    asked, marked, started = (start.index(text) for text in ("Test-RanSinceBoot", "Set-RanMarker", "Start-Service"))
    assert asked < marked < started
    guard = start[asked : start.index("}", start.index("return", asked))]
    assert "if (Test-RanSinceBoot $Settings) {" in start, "whatever service there is"
    assert "return" in guard
    attempt = re.search(r"try \{\s*Start-Service -Name \$name\s*\} catch \{(.*?)\n    \}", start, re.DOTALL)
    assert attempt, "what it throws would be repeated"
    assert "return" in attempt[1]
    assert "throw" not in attempt[1]


def test_a_registered_service_keeps_the_configuration_it_was_registered_with() -> None:
    def file(**args: Any) -> str:
        data = engine(**args).only("kubernetes:core/v1:ConfigMap").inputs["data"]
        return str(json.loads(data["settings.json"])["configurationFile"])

    assert file() == file(configuration={}, pools=[pool("win25")])
    assert len({file(), file(configuration={"debug": True}), file(data_root=r"D:\docker")}) == 3
    assert "'--config-file', $Configuration" in body("Register-Engine")


def test_a_node_with_a_stopped_engine_does_not_hold_up_the_update_of_the_others() -> None:
    strategy = engine().only("kubernetes:apps/v1:DaemonSet").inputs["spec"]["updateStrategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": "25%"}


def test_ready_means_that_an_engine_answers_on_the_pipe() -> None:
    (container,) = pod(engine())["containers"]
    assert container["readinessProbe"]["exec"]["command"][:3] == [DOCKER, "--host", contract.DOCKER_PIPE_URL]


def test_the_programs_are_named_in_full_and_parameters_come_from_a_file() -> None:
    (container,) = pod(engine())["containers"]
    assert container["command"] == [r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"]
    assert container["args"][-2:] == ["-SettingsFolder", r"%CONTAINER_SANDBOX_MOUNT_POINT%\buildfleet\engine"]
    assert not [argument for argument in container["args"] if "29.2.1" in argument or "example.org" in argument]


def test_memory_is_promised_once() -> None:
    (container,) = pod(engine())["containers"]
    assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]


def test_the_files_are_the_script_and_all_it_is_told() -> None:
    data = engine(configuration={"debug": True}).only("kubernetes:core/v1:ConfigMap").inputs["data"]
    assert sorted(data) == ["daemon.json", "install_engine.ps1", "settings.json"]
    assert json.loads(data["settings.json"]) == {
        "version": "29.2.1",
        "url": "https://example.org/docker-29.2.1.zip",
        "sha256": "5a" * 32,
        "folder": "29.2.1-5a5a5a5a5a5a",
        "configurationFile": "daemon-606796806cd82d20.json",
        "installRoot": r"C:\Program Files\buildfleet\docker",
        "serviceName": "docker",
        "host": "npipe:////./pipe/docker_engine",
        "watchSeconds": 30,
    }
    assert json.loads(data["daemon.json"]) == {
        "exec-opts": ["isolation=process"],
        "debug": True,
        "hosts": ["npipe:////./pipe/docker_engine"],
        "data-root": r"C:\ProgramData\docker",
    }


def test_each_setting_that_the_script_reads_is_given() -> None:
    data = engine().only("kubernetes:core/v1:ConfigMap").inputs["data"]
    used = set(re.findall(r"\$Settings\.(\w+)", data["install_engine.ps1"], re.IGNORECASE))
    assert used == set(json.loads(data["settings.json"]))


def test_each_function_that_the_script_calls_exists() -> None:
    script = engine().only("kubernetes:core/v1:ConfigMap").inputs["data"]["install_engine.ps1"]
    defined = set(re.findall(r"^function ([A-Z][A-Za-z]+-\w+)", script, re.MULTILINE))
    called = {
        name
        for line in script.splitlines()
        if not line.lstrip().startswith("#")
        for name in re.findall(r"(?<![\w.'-])[A-Z][A-Za-z]+-[A-Z]\w+", line)
    }
    cmdlets = {
        "ConvertFrom-Json",
        "ConvertTo-Json",
        "Expand-Archive",
        "Get-CimInstance",
        "Get-FileHash",
        "Get-ItemProperty",
        "Get-Service",
        "Join-Path",
        "Move-Item",
        "New-Item",
        "New-Object",
        "Remove-Item",
        "Set-StrictMode",
        "Start-Service",
        "Start-Sleep",
        "Sort-Object",
        "ForEach-Object",
        "Test-Path",
    }
    assert called == defined | cmdlets, "either a typing error, or a function that nobody calls"


def test_a_change_of_the_configuration_makes_new_pods() -> None:
    def annotation(**args: Any) -> str:
        spec = engine(**args).only("kubernetes:apps/v1:DaemonSet").inputs["spec"]
        return str(spec["template"]["metadata"]["annotations"][contract.ANNOTATION_CONFIG_HASH])

    assert annotation() == annotation()
    assert annotation() != annotation(configuration={"debug": True})
    assert annotation() != annotation(data_root=r"D:\docker")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (pool("lin", os="linux"), "it is a linux build pool"),
        (pool("winsys", purpose="system"), "it is a windows system pool"),
        (pool("bare", taints=()), "the pool has no taint"),
    ],
)
def test_a_pool_that_is_no_tainted_windows_build_pool_is_refused(wrong: NodePool, reason: str) -> None:
    with pytest.raises(ValueError, match=f"node pool {wrong.name}: .*{reason}"):
        engine(pools=[pool(), wrong])


def test_a_pool_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a node pool is given twice"):
        engine(pools=[pool(), pool()])


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_a_configuration_cannot_open_another_door(key: str) -> None:
    with pytest.raises(ValueError, match=f"'{key}' cannot be set here"):
        daemon_configuration({key: "tcp://0.0.0.0:2375"}, data_root=r"C:\ProgramData\docker")


def test_isolation_is_the_users_to_choose() -> None:
    made = daemon_configuration({"exec-opts": ["isolation=hyperv"]}, data_root=r"C:\x")
    assert made["exec-opts"] == ["isolation=hyperv"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sha256": ""}, "give the 64 lower-case hexadecimal digits"),
        ({"sha256": "5A" * 32}, "give the 64 lower-case hexadecimal digits"),
        ({"url": "http://example.org/docker.zip"}, "is not an https:// address"),
        ({"version": "latest"}, "give three numbers"),
    ],
)
def test_a_release_is_exact_or_refused(change: dict[str, str], reason: str) -> None:
    given = {"version": RELEASE.version, "url": RELEASE.url, "sha256": RELEASE.sha256, **change}
    with pytest.raises(ValueError, match=reason):
        EngineRelease(**given)


def test_two_archives_of_one_version_have_two_folders() -> None:
    other = EngineRelease(version=RELEASE.version, url=RELEASE.url, sha256="b" * 64)
    assert RELEASE.folder != other.folder


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
