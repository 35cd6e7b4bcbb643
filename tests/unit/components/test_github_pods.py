"""The pods of runners, mode by mode, as plain data."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import contract
from components.github.arguments import ArcController, RunnerImages, RunnerScaleSetArgs, WorkVolume
from components.github.modes import HOOKS, RunnerMode, needs_docker_namespace, operating_systems
from components.github.scale_set_template import hook_template, pod_template
from components.kubernetes.lifecycle import finish_first
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, EmptyDir, EphemeralClaim, ExistingClaim, HostPath
from components.platform import NodePool, OperatingSystem, Taint
from rules.runners import MODES_BY_OS
from tests.unit.components.copying import check_copy
from tests.unit.components.pod_security import restricted_problems

MODES: tuple[RunnerMode, ...] = get_args(RunnerMode)
LINUX = NodePool(
    name="lin",
    os="linux",
    purpose="build",
    trust="trusted",
    node_selector={"agentpool": "lin"},
    taints=(Taint(key="buildfleet.dev/purpose", value="build", effect="NoSchedule"),),
)
WINDOWS = NodePool(
    name="win22",
    os="windows",
    purpose="build",
    trust="trusted",
    node_selector={"agentpool": "win22"},
    taints=(Taint(key="sku", value="Windows", effect="NoSchedule"),),
    os_sku="Windows2022",
)
CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsGroup": 1001,
    "runAsNonRoot": True,
    "runAsUser": 1001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
FULL = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "8Gi"}}
SMALL = {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}


def arguments(mode: RunnerMode, **changes: Any) -> RunnerScaleSetArgs:
    values: dict[str, Any] = {
        "stack": "prod",
        "namespace": "runners",
        "url": "https://github.com/contoso/app",
        "credentials_secret": "github",
        "arc": ArcController(version="0.14.2", namespace="arc-systems", service_account="arc-gha-rs-controller"),
        "mode": mode,
        "node_pool": LINUX if "linux" in operating_systems(mode) else WINDOWS,
        "images": RunnerImages(runner="runner:1", docker="docker:1-dind"),
        "resources": ContainerResources(cpu="2", memory="8Gi"),
        "scale_set": "app",
        "job_timeout_minutes": 90,
    }
    return RunnerScaleSetArgs(**(values | changes))


def pod(mode: RunnerMode, **changes: Any) -> dict[str, Any]:
    args = arguments(mode, **changes)
    return pod_template(args, hook_template(args))


def runner(template: dict[str, Any]) -> dict[str, Any]:
    [container] = template["spec"]["containers"]
    assert container["name"] == "runner"
    return dict(container)


def env(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def mounts(container: dict[str, Any]) -> dict[str, str]:
    return {each["mountPath"]: each["name"] for each in container["volumeMounts"]}


def volumes(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        each["name"]: {key: value for key, value in each.items() if key != "name"}
        for each in template["spec"]["volumes"]
    }


def data_volume(storage: DaemonStorage | None) -> dict[str, Any]:
    return volumes(pod("dind", storage=storage, max_runners=1))["docker-data"]


@pytest.mark.parametrize("mode", MODES)
def test_every_runner_has_the_same_frame(mode: RunnerMode) -> None:
    template = pod(mode, pull_secret_names=["b", "a"])
    spec = template["spec"]
    os = operating_systems(mode)[0]
    taint = (
        {"key": "sku", "operator": "Equal", "value": "Windows", "effect": "NoSchedule"}
        if os == "windows"
        else {"key": "buildfleet.dev/purpose", "operator": "Equal", "value": "build", "effect": "NoSchedule"}
    )
    assert spec["os"] == {"name": os}
    assert spec["nodeSelector"] == {"agentpool": "win22" if os == "windows" else "lin", "kubernetes.io/os": os}
    assert spec["tolerations"] == [taint]
    assert spec["terminationGracePeriodSeconds"] == 90 * 60
    assert spec["restartPolicy"] == "Never"
    assert spec["enableServiceLinks"] is False
    assert spec["serviceAccountName"] == "app-runner"
    assert spec["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]
    assert template["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"
    assert template["metadata"]["labels"]["buildfleet.dev/runner-set"] == "app"
    assert runner(template)["image"] == "runner:1"
    assert "preStop" in runner(template)["lifecycle"]


@pytest.mark.parametrize("mode", MODES)
def test_only_runners_with_hooks_reach_the_api_server(mode: RunnerMode) -> None:
    template = pod(mode)
    assert template["spec"]["automountServiceAccountToken"] is (mode in HOOKS)
    component = template["metadata"]["labels"][contract.LABEL_COMPONENT]
    assert (component == contract.COMPONENT_HOOK_RUNNER) is (mode in HOOKS)


@given(
    mode=st.sampled_from(MODES),
    storage=st.sampled_from([None, EmptyDir(), HostPath(path="/d"), EphemeralClaim(size="1Gi")]),
    cached=st.booleans(),
)
def test_no_runner_is_ever_privileged(mode: RunnerMode, storage: DaemonStorage | None, cached: bool) -> None:
    changes: dict[str, Any] = {"max_runners": 1}
    if mode == "dind":
        changes["storage"] = storage
    if mode == "cached-privileged-kubernetes" and cached:
        changes["caches"] = ["/var/lib/docker"]
    spec = pod(mode, **changes)["spec"]
    security = spec["containers"][0]["securityContext"]
    assert "privileged" not in security
    assert "hostProcess" not in security.get("windowsOptions", {})
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    if "linux" in operating_systems(mode):
        assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (1001, 1001, True)
        assert security["allowPrivilegeEscalation"] is (mode == "dind")
    privileged = [each["name"] for each in spec.get("initContainers", []) if each["securityContext"].get("privileged")]
    assert privileged == (["dind"] if mode == "dind" else [])


@pytest.mark.parametrize("mode", [mode for mode in MODES if not needs_docker_namespace(mode)])
def test_runners_of_the_plain_modes_pass_the_restricted_level(mode: RunnerMode) -> None:
    template = pod(mode)
    assert restricted_problems(template["spec"]) == []
    assert runner(template)["securityContext"] == CONFINED
    assert {key for volume in volumes(template).values() for key in volume} <= {"configMap", "emptyDir", "ephemeral"}


def test_mode_none_is_exactly_a_runner() -> None:
    template = pod("none")
    container = runner(template)
    assert container["command"] == ["/home/runner/run.sh"]
    assert container["resources"] == FULL
    assert "env" not in container
    assert mounts(container) == {"/home/runner/_work": "work"}
    assert volumes(template) == {"work": {"emptyDir": {}}}
    assert "initContainers" not in template["spec"]
    assert "securityContext" not in template["spec"]
    assert "buildfleet.dev/config-hash" not in template["metadata"]["annotations"]


def test_mode_dind_has_a_daemon_as_a_sidecar_on_the_socket_of_the_published_chart() -> None:
    template = pod("dind")
    externals, daemon = template["spec"]["initContainers"]
    assert (externals["name"], externals["image"]) == ("init-dind-externals", "runner:1")
    assert externals["command"] == ["cp", "-dR", "/home/runner/externals/.", "/home/runner/tmpDir/"]
    assert mounts(externals) == {"/home/runner/tmpDir": "dind-externals"}
    assert externals["securityContext"] == CONFINED
    assert daemon == {
        "name": "dind",
        "image": "docker:1-dind",
        "args": ["dockerd", "--host=unix:///var/run/docker.sock", "--group=123"],
        "env": [{"name": "DOCKER_TLS_CERTDIR", "value": ""}],
        "resources": FULL,
        "restartPolicy": "Always",
        "securityContext": {"privileged": True, "runAsUser": 0, "runAsNonRoot": False},
        "startupProbe": {
            "exec": {"command": ["docker", "--host=unix:///var/run/docker.sock", "info"]},
            "failureThreshold": 24,
            "periodSeconds": 5,
            "timeoutSeconds": 10,
        },
        "volumeMounts": [
            {"name": "docker-data", "mountPath": "/var/lib/docker", "subPath": "docker"},
            {"name": "docker-data", "mountPath": "/var/lib/containerd", "subPath": "containerd"},
            {"name": "docker-socket", "mountPath": "/var/run"},
            {"name": "work", "mountPath": "/home/runner/_work"},
            {"name": "dind-externals", "mountPath": "/home/runner/externals"},
        ],
    }
    container = runner(template)
    assert env(container) == {
        "DOCKER_HOST": "unix:///var/run/docker.sock",
        "RUNNER_WAIT_FOR_DOCKER_IN_SECONDS": "120",
    }
    assert mounts(container) == {"/home/runner/_work": "work", "/var/run": "docker-socket"}
    assert container["resources"] == FULL
    assert template["spec"]["securityContext"] == {"supplementalGroups": [123]}
    assert volumes(template) == {
        name: {"emptyDir": {}} for name in ("work", "docker-socket", "dind-externals", "docker-data")
    }


@pytest.mark.parametrize(
    ("storage", "source"),
    [
        (EmptyDir(size_limit="50Gi"), {"emptyDir": {"sizeLimit": "50Gi"}}),
        (
            HostPath(path="/mnt/docker"),
            {"hostPath": {"path": "/mnt/docker/prod/app", "type": "DirectoryOrCreate"}},
        ),
        (ExistingClaim(claim_name="data"), {"persistentVolumeClaim": {"claimName": "data"}}),
        (
            EphemeralClaim(size="50Gi", storage_class="fast"),
            {
                "ephemeral": {
                    "volumeClaimTemplate": {
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "50Gi"}},
                            "storageClassName": "fast",
                        }
                    }
                }
            },
        ),
    ],
)
def test_the_data_root_is_on_the_storage_that_was_asked_for(storage: DaemonStorage, source: dict[str, Any]) -> None:
    assert data_volume(storage) == source


def test_a_data_root_that_outlives_its_pod_never_meets_two_daemons_on_a_node() -> None:
    kept = pod("dind", storage=HostPath(path="/d"), max_runners=1)
    [term] = kept["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"].items() <= kept["metadata"]["labels"].items()
    assert "affinity" not in pod("dind")["spec"]


def test_mode_kubernetes_shares_a_claim_that_the_runner_can_write() -> None:
    template = pod("kubernetes", work_volume=WorkVolume(size="20Gi", storage_class="fast"))
    container = runner(template)
    assert env(container) == {
        "ACTIONS_RUNNER_CONTAINER_HOOKS": "/home/runner/k8s/index.js",
        "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE": "/etc/buildfleet/hook-template/template.json",
        "ACTIONS_RUNNER_POD_NAME": {"fieldRef": {"fieldPath": "metadata.name"}},
        "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER": "true",
        "ACTIONS_RUNNER_USE_KUBE_SCHEDULER": "true",
    }
    assert volumes(template)["work"] == {
        "ephemeral": {
            "volumeClaimTemplate": {
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "20Gi"}},
                    "storageClassName": "fast",
                }
            }
        }
    }
    assert template["spec"]["securityContext"] == {"fsGroup": 1001, "fsGroupChangePolicy": "OnRootMismatch"}
    assert container["resources"] == FULL


def test_a_work_volume_without_class_leaves_it_to_the_cluster() -> None:
    claim = volumes(pod("kubernetes"))["work"]["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert claim == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}


@pytest.mark.parametrize("mode", ["kubernetes-novolume", "cached-privileged-kubernetes"])
def test_modes_without_volume_have_the_other_hooks_and_name_their_image(mode: RunnerMode) -> None:
    template = pod(mode)
    container = runner(template)
    assert env(container) == {
        "ACTIONS_RUNNER_CONTAINER_HOOKS": "/home/runner/k8s-novolume/index.js",
        "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE": "/etc/buildfleet/hook-template/template.json",
        "ACTIONS_RUNNER_IMAGE": "runner:1",
        "ACTIONS_RUNNER_POD_NAME": {"fieldRef": {"fieldPath": "metadata.name"}},
        "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER": "true",
    }
    assert volumes(template) == {"hook-template": {"configMap": {"name": "app-hook-template"}}}
    assert container["securityContext"] == CONFINED
    assert container["resources"] == SMALL
    assert "securityContext" not in template["spec"]


@pytest.mark.parametrize("mode", list(HOOKS))
def test_the_hook_template_is_mounted_as_a_directory_so_that_changes_arrive(mode: RunnerMode) -> None:
    [mount] = [each for each in runner(pod(mode))["volumeMounts"] if each["name"] == "hook-template"]
    assert mount == {"name": "hook-template", "mountPath": "/etc/buildfleet/hook-template", "readOnly": True}


@pytest.mark.parametrize("mode", list(HOOKS))
def test_a_new_hook_template_makes_new_runners(mode: RunnerMode) -> None:
    def config_hash(memory: str) -> str:
        made = pod(mode, resources=ContainerResources(cpu="2", memory=memory))
        return str(made["metadata"]["annotations"]["buildfleet.dev/config-hash"])

    assert config_hash("8Gi") == config_hash("8Gi")
    assert config_hash("8Gi") != config_hash("9Gi")


def test_mode_windows_host_engine_has_the_pipe_and_nothing_of_linux() -> None:
    template = pod("windows-host-engine")
    container = runner(template)
    assert container["command"] == ["cmd.exe", "/S", "/C", r"C:\actions-runner\run.cmd"]
    assert env(container) == {"DOCKER_HOST": "npipe:////./pipe/docker_engine"}
    assert mounts(container) == {r"C:\actions-runner\_work": "work", r"\\.\pipe\docker_engine": "docker-engine"}
    # Exactly the path: with a type the kubelet would look for a file or directory and find neither.
    assert volumes(template)["docker-engine"] == {"hostPath": {"path": r"\\.\pipe\docker_engine"}}
    assert container["securityContext"] == {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}}
    assert "securityContext" not in template["spec"]
    assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]


def test_each_mode_exists_on_some_operating_system_and_the_rules_know_no_other() -> None:
    assert {mode for modes in MODES_BY_OS.values() for mode in modes} == set(MODES)
    assert all(operating_systems(mode) for mode in MODES)
    assert operating_systems("windows-host-engine") == ("windows",)


def test_the_runners_externals_are_copied_into_a_folder_of_somebody_else() -> None:
    check_copy(pod("dind")["spec"]["initContainers"][0]["command"])


@pytest.mark.parametrize(("mode", "os"), [(mode, os) for mode in MODES for os in operating_systems(mode)])
def test_a_runner_is_told_to_stop_only_when_its_job_is_over(mode: RunnerMode, os: OperatingSystem) -> None:
    template = pod(mode, node_pool=LINUX if os == "linux" else WINDOWS)
    assert runner(template)["lifecycle"] == finish_first(os, "Runner.Worker")
