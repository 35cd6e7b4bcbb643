"""The sandbox's control plane, run for real: its processes, its nodes, its resource definitions."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.control_plane import Api, ApiError, Binaries, ControlPlane, ControlPlaneError
from sandbox.control_plane.processes import Record
from sandbox.crds import install
from sandbox.nodes import SimulatedPool, simulate

pytestmark = pytest.mark.engine

WINDOWS_TAINT = ("sku", "Windows", "NoSchedule")
LINUX_TAINT = ("buildfleet.dev/purpose", "build", "NoSchedule")
POOLS = (
    SimulatedPool(name="system", os="linux", count=1, vm_size="Standard_D4ds_v5"),
    SimulatedPool(name="lin", os="linux", count=2, vm_size="Standard_D8ds_v5", taints=[LINUX_TAINT]),
    SimulatedPool(
        name="win22", os="windows", os_sku="Windows2022", count=2, vm_size="Standard_D8ds_v5", taints=[WINDOWS_TAINT]
    ),
)


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return value


def processes_of(directory: Path) -> dict[int, str]:
    """Every process whose command line names the folder, by pid; found without the sandbox's own record."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(entry.name) != os.getpid() and any(f"{directory}/" in argument for argument in arguments):
            found[int(entry.name)] = arguments[0]
    return found


def listening_addresses(pid: int) -> set[str]:
    """Hexadecimal local addresses of the TCP sockets on which a process listens."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
        except FileNotFoundError:
            continue
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


@pytest.fixture
def plane(tmp_path: Path, binaries: Binaries) -> Iterator[ControlPlane]:
    made = ControlPlane(tmp_path / "sandbox", binaries, context="kind-dev")
    yield made
    made.stop(erase=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[ControlPlane]:
    """A control plane with nodes and resource definitions that the tests of its behaviour share."""
    made = ControlPlane(tmp_path_factory.mktemp("cluster") / "sandbox", binaries, context="kind-dev")
    made.start()
    try:
        simulate(made.kubeconfig, POOLS)
        install(made.kubeconfig, binaries)
        yield made
    finally:
        made.stop(erase=True)


@pytest.fixture
def api(cluster: ControlPlane) -> Iterator[Api]:
    with Api(cluster.kubeconfig) as connection:
        yield connection


def new_namespace(api: Api, name: str, **labels: str) -> str:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    api.create("/api/v1/namespaces", body)
    wait_until(lambda: api.find(f"/api/v1/namespaces/{name}/serviceaccounts/default"), "a default service account")
    return name


def pods(api: Api, namespace: str) -> list[dict[str, Any]]:
    return list(api.get(f"/api/v1/namespaces/{namespace}/pods")["items"])


def pod_spec(**more: Any) -> dict[str, Any]:
    return {"containers": [{"name": "main", "image": "example.invalid/main:1"}], **more}


def workload(kind: str, name: str, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
            **more,
        },
    }


def test_a_healthy_control_plane_is_left_alone_and_a_stopped_one_keeps_its_data(plane: ControlPlane) -> None:
    assert not plane.status().running
    plane.start()
    first = plane.status()
    assert first.healthy
    plane.start()
    assert plane.status() == first
    with Api(plane.kubeconfig) as api:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}, "data": {"a": "b"}}
        api.create("/api/v1/namespaces/default/configmaps", body)
    server = plane.kubeconfig.read_text()

    plane.stop(erase=False)
    assert processes_of(plane.kubeconfig.parent) == {}
    assert not plane.status().running

    plane.start()
    assert plane.kubeconfig.read_text() == server
    with Api(plane.kubeconfig) as api:
        assert api.get("/api/v1/namespaces/default/configmaps/kept")["data"] == {"a": "b"}

    plane.stop(erase=True)
    assert processes_of(plane.kubeconfig.parent) == {}
    assert not plane.kubeconfig.parent.exists()


def test_every_listener_is_on_loopback_and_secrets_are_their_owners_alone(cluster: ControlPlane) -> None:
    for component in cluster.status().components:
        assert component.pid is not None
        assert listening_addresses(component.pid) == {"0100007F"}, component.name
    folder = cluster.kubeconfig.parent
    assert folder.stat().st_mode & 0o077 == 0
    for path in [*folder.iterdir(), *(folder / "credentials").iterdir()]:
        assert path.is_dir() or path.stat().st_mode & 0o077 == 0, path


def test_two_sandboxes_run_side_by_side(cluster: ControlPlane, plane: ControlPlane) -> None:
    plane.start()
    mine = {component.port for component in plane.status().components}
    assert mine.isdisjoint({component.port for component in cluster.status().components})
    with Api(plane.kubeconfig) as api:
        assert api.get("/api/v1/nodes")["items"] == []
    plane.stop(erase=True)
    assert cluster.status().healthy


@pytest.mark.parametrize("victim", ["etcd", "kube-controller-manager"])
def test_a_half_dead_control_plane_is_started_anew_on_its_data(plane: ControlPlane, victim: str) -> None:
    plane.start()
    with Api(plane.kubeconfig) as api:
        new_namespace(api, "kept")
    before = plane.status()
    os.kill(before[victim].pid or 0, signal.SIGKILL)
    wait_until(lambda: not plane.status()[victim].running, f"{victim} is gone")

    hurt = plane.status()
    assert hurt.running
    assert not hurt.healthy
    if victim == "etcd":
        assert [component.name for component in hurt.components if component.healthy] == []

    plane.start()
    after = plane.status()
    assert after.healthy
    assert {one.pid for one in after.components}.isdisjoint({one.pid for one in before.components})
    with Api(plane.kubeconfig) as api:
        assert api.find("/api/v1/namespaces/kept") is not None


def test_a_failed_start_names_component_and_log_and_leaves_no_process(tmp_path: Path, binaries: Binaries) -> None:
    broken = tmp_path / "kube-scheduler"
    broken.write_text("#!/bin/sh\necho 'no such flag: --secure-port' >&2\nexit 1\n")
    broken.chmod(0o755)
    directory = tmp_path / "sandbox"
    plane = ControlPlane(directory, dataclasses.replace(binaries, kube_scheduler=broken), context="kind-dev")
    with pytest.raises(ControlPlaneError) as caught:
        plane.start()
    message = str(caught.value)
    assert "kube-scheduler ended" in message
    assert "no such flag: --secure-port" in message
    assert str(directory / "logs" / "kube-scheduler.log") in message
    assert processes_of(directory) == {}
    assert not plane.status().running


STARTER = """
import sys
from pathlib import Path
from sandbox.control_plane import Binaries, ControlPlane
names = ["etcd", "kube_apiserver", "kube_controller_manager", "kube_scheduler", "kubectl", "kwok", "kwok_module"]
paths = dict(zip(names, map(Path, sys.argv[2:])))
ControlPlane(Path(sys.argv[1]), Binaries(**paths), context="kind-dev").start()
"""


def starter(directory: Path, binaries: Binaries) -> subprocess.Popen[str]:
    paths = [getattr(binaries, field.name) for field in dataclasses.fields(Binaries) if field.name != "keda_module"]
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, directory, *paths],
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_an_interrupted_start_leaves_no_process(tmp_path: Path, binaries: Binaries) -> None:
    directory = tmp_path / "sandbox"
    with starter(directory, binaries) as process:
        wait_until(lambda: "kube-apiserver" in Record(directory / "processes.json").read(), "the API server begins")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert processes_of(directory) == {}


def test_a_killed_starter_leaves_nothing_that_the_next_does_not_know(tmp_path: Path, binaries: Binaries) -> None:
    directory = tmp_path / "sandbox"
    with starter(directory, binaries) as process:
        wait_until(lambda: "kube-apiserver" in Record(directory / "processes.json").read(), "the API server begins")
        process.kill()
    plane = ControlPlane(directory, binaries, context="kind-dev")
    running = {pid for pid in processes_of(directory) if pid != process.pid}
    assert running
    assert running == {identity.pid for identity in Record(directory / "processes.json").read().values()}
    plane.start()
    assert plane.status().healthy
    assert running.isdisjoint(processes_of(directory))
    plane.stop(erase=True)
    assert processes_of(directory) == {}


def test_two_starters_of_one_folder_make_one_control_plane(plane: ControlPlane, binaries: Binaries) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            ControlPlane(plane.kubeconfig.parent, binaries, context="kind-dev").start()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(processes_of(plane.kubeconfig.parent)) == len(plane.status().components)


def test_components_have_no_more_rights_than_their_own(cluster: ControlPlane) -> None:
    with Api(cluster.kubeconfig.parent / "credentials" / "kwok.kubeconfig") as kwok:
        assert len(kwok.get("/api/v1/nodes")["items"]) == 5
        with pytest.raises(ApiError) as caught:
            kwok.get("/api/v1/secrets")
    assert caught.value.code == 403


def test_nodes_follow_their_pools_and_others_are_left_alone(plane: ControlPlane) -> None:
    plane.start()
    with Api(plane.kubeconfig) as api:
        api.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "not-ours"}})

        def nodes() -> dict[str, dict[str, Any]]:
            return {item["metadata"]["name"]: item for item in api.get("/api/v1/nodes")["items"]}

        simulate(plane.kubeconfig, POOLS)
        first = nodes()
        assert sorted(first) == [
            "aks-lin-12345678-vmss000000",
            "aks-lin-12345678-vmss000001",
            "aks-system-12345678-vmss000000",
            "akswin22000000",
            "akswin22000001",
            "not-ours",
        ]
        windows = first["akswin22000000"]
        assert windows["spec"]["taints"] == [{"key": "sku", "value": "Windows", "effect": "NoSchedule"}]
        assert windows["status"]["addresses"][1]["address"].startswith("10.224.")
        assert windows["status"]["capacity"]["cpu"] == "8"
        assert windows["status"]["nodeInfo"]["kubeletVersion"] == api.get("/version")["gitVersion"]

        simulate(plane.kubeconfig, POOLS)
        again = nodes()
        assert [again[name]["spec"] for name in first] == [first[name]["spec"] for name in first]
        assert [again[name]["metadata"]["uid"] for name in first] == [first[name]["metadata"]["uid"] for name in first]

        cordoned = "/api/v1/nodes/akswin22000000"
        api.request(
            "PATCH", cordoned, body={"spec": {"unschedulable": True}}, content_type="application/merge-patch+json"
        )
        wait_until(lambda: len(api.get(cordoned)["spec"]["taints"]) == 2, "the taint of a cordon")
        less = dataclasses.replace(POOLS[2], count=1, taints=[], labels={"buildfleet.dev/pool": "win22"})
        simulate(plane.kubeconfig, [POOLS[0], less])
        last = nodes()
        assert sorted(last) == ["aks-system-12345678-vmss000000", "akswin22000000", "not-ours"]
        assert last["akswin22000000"]["metadata"]["labels"]["buildfleet.dev/pool"] == "win22"
        assert [taint["key"] for taint in last["akswin22000000"]["spec"]["taints"]] == [
            "node.kubernetes.io/unschedulable"
        ]


def test_pods_of_a_removed_node_are_gone_with_it(cluster: ControlPlane, api: Api) -> None:
    namespace = new_namespace(api, "removed-node")
    extra = SimulatedPool(name="extra", os="linux", count=1)
    simulate(cluster.kubeconfig, [*POOLS, extra])
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "lost", "finalizers": []},
        "spec": pod_spec(nodeSelector={"agentpool": "extra"}),
    }
    api.create(f"/api/v1/namespaces/{namespace}/pods", body)
    wait_until(lambda: pods(api, namespace)[0]["status"]["phase"] == "Running", "the pod runs")
    simulate(cluster.kubeconfig, POOLS)
    assert pods(api, namespace) == []


def test_a_windows_daemon_set_runs_on_each_windows_node_and_no_other(api: Api) -> None:
    namespace = new_namespace(api, "daemons")
    spec = pod_spec(
        nodeSelector={"kubernetes.io/os": "windows"},
        tolerations=[{"key": "sku", "operator": "Equal", "value": "Windows", "effect": "NoSchedule"}],
    )
    api.create(f"/apis/apps/v1/namespaces/{namespace}/daemonsets", workload("DaemonSet", "engine", spec))
    wait_until(
        lambda: api.get(f"/apis/apps/v1/namespaces/{namespace}/daemonsets/engine")["status"].get("numberReady") == 2,
        "two ready pods",
    )
    assert sorted(pod["spec"]["nodeName"] for pod in pods(api, namespace)) == ["akswin22000000", "akswin22000001"]
    assert {pod["status"]["phase"] for pod in pods(api, namespace)} == {"Running"}


def test_a_deployment_with_a_native_sidecar_becomes_ready(api: Api) -> None:
    namespace = new_namespace(api, "sidecars")
    spec = pod_spec(
        initContainers=[
            {"name": "prepare", "image": "example.invalid/prepare:1"},
            {
                "name": "dockerd",
                "image": "example.invalid/dockerd:1",
                "restartPolicy": "Always",
                "startupProbe": {"exec": {"command": ["docker", "info"]}},
            },
        ]
    )
    api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", workload("Deployment", "agent", spec, replicas=2))
    wait_until(
        lambda: api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/agent")["status"].get("readyReplicas") == 2,
        "two ready replicas",
    )
    for pod in pods(api, namespace):
        prepare, dockerd = pod["status"]["initContainerStatuses"]
        assert prepare["state"]["terminated"]["exitCode"] == 0
        assert dockerd["started"]
        assert "running" in dockerd["state"]


def test_a_job_completes(api: Api) -> None:
    namespace = new_namespace(api, "jobs")
    body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "build"},
        "spec": {"template": {"spec": pod_spec(restartPolicy="Never")}},
    }
    api.create(f"/apis/batch/v1/namespaces/{namespace}/jobs", body)
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs/build"
    wait_until(lambda: api.get(path)["status"].get("succeeded") == 1, "the job succeeds")


def test_a_pod_with_a_claim_of_the_default_class_runs_and_its_volume_goes_with_it(api: Api) -> None:
    namespace = new_namespace(api, "claims")
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    volume = {"name": "work", "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "agent"}, "spec": pod_spec(volumes=[volume])}
    api.create(f"/api/v1/namespaces/{namespace}/pods", body)
    wait_until(lambda: pods(api, namespace)[0]["status"]["phase"] == "Running", "the pod runs")
    assert len(api.get("/api/v1/persistentvolumes")["items"]) == 1
    api.delete(f"/api/v1/namespaces/{namespace}/pods/agent")
    wait_until(lambda: api.get("/api/v1/persistentvolumes")["items"] == [], "the volume is gone")


def test_a_deleted_pod_has_ended_before_it_is_gone(api: Api) -> None:
    """As a kubelet has it; else what waits for a pod to end, above all the protection of its claims, waits for ever."""
    namespace = new_namespace(api, "ended")
    path = f"/api/v1/namespaces/{namespace}/pods/agent"
    metadata = {"name": "agent", "finalizers": ["buildfleet.dev/look-first"]}
    api.create(
        f"/api/v1/namespaces/{namespace}/pods",
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod_spec()},
    )
    wait_until(lambda: api.get(path)["status"]["phase"] == "Running", "the pod runs")
    api.delete(path)
    wait_until(lambda: api.get(path)["metadata"].get("deletionGracePeriodSeconds") == 0, "the node lets go of it")
    status = api.get(path)["status"]
    assert status["phase"] == "Failed"
    assert [one["state"]["terminated"]["exitCode"] for one in status["containerStatuses"]] == [143]
    unfinal = {"metadata": {"finalizers": None}}
    api.request("PATCH", path, body=unfinal, content_type="application/merge-patch+json")
    wait_until(lambda: api.find(path) is None, "the pod is gone")


def test_a_deployment_with_claims_that_is_deleted_in_the_foreground_is_gone(api: Api) -> None:
    namespace = new_namespace(api, "foreground")
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    spec = pod_spec(volumes=[{"name": "work", "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}])
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    api.create(deployments, workload("Deployment", "agent", spec, replicas=20))
    wait_until(lambda: [one["status"]["phase"] for one in pods(api, namespace)] == ["Running"] * 20, "pods run")
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}
    api.request("DELETE", f"{deployments}/agent", body=body)
    wait_until(lambda: api.find(f"{deployments}/agent") is None, "the deployment is gone, and all that it owned")
    assert pods(api, namespace) == []


def test_a_namespace_with_pods_is_deleted(api: Api) -> None:
    namespace = new_namespace(api, "short-lived")
    api.create(
        f"/apis/apps/v1/namespaces/{namespace}/deployments", workload("Deployment", "agent", pod_spec(), replicas=2)
    )
    wait_until(lambda: [pod["status"]["phase"] for pod in pods(api, namespace)] == ["Running"] * 2, "pods run")
    api.delete(f"/api/v1/namespaces/{namespace}")
    wait_until(lambda: api.find(f"/api/v1/namespaces/{namespace}") is None, "the namespace is gone")


def test_an_eviction_respects_a_disruption_budget_and_ends_the_pod(api: Api) -> None:
    namespace = new_namespace(api, "evictions")
    api.create(
        f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets",
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "agent"},
            "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "agent"}}},
        },
    )
    api.create(
        f"/apis/apps/v1/namespaces/{namespace}/deployments", workload("Deployment", "agent", pod_spec(), replicas=1)
    )
    budget = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/agent"
    wait_until(lambda: api.get(budget).get("status", {}).get("currentHealthy") == 1, "the budget counts the pod")
    name = pods(api, namespace)[0]["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    with pytest.raises(ApiError) as caught:
        api.create(f"{path}/eviction", eviction)
    assert caught.value.code == 429

    api.request("PATCH", budget, body={"spec": {"maxUnavailable": 1}}, content_type="application/merge-patch+json")
    wait_until(lambda: api.get(budget)["status"]["disruptionsAllowed"] == 1, "the budget allows one")
    api.create(f"{path}/eviction", eviction)
    wait_until(lambda: api.find(path) is None, "the evicted pod is gone")


def test_pod_security_refuses_a_host_path_in_a_baseline_namespace(api: Api) -> None:
    namespace = new_namespace(api, "baseline", **{"pod-security.kubernetes.io/enforce": "baseline"})
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "escape"},
        "spec": pod_spec(volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
    }
    with pytest.raises(ApiError) as caught:
        api.create(f"/api/v1/namespaces/{namespace}/pods", body)
    assert caught.value.code == 403
    assert "hostPath" in caught.value.message


def test_an_admission_policy_refuses_what_it_names(api: Api) -> None:
    namespace = new_namespace(api, "policed")
    group = "/apis/admissionregistration.k8s.io/v1"
    api.create(
        f"{group}/validatingadmissionpolicies",
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "no-latest"},
            "spec": {
                "matchConstraints": {
                    "resourceRules": [
                        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
                    ]
                },
                "validations": [
                    {"expression": "!object.spec.containers.exists(c, c.image.endsWith(':latest'))", "message": "no"}
                ],
            },
        },
    )
    api.create(
        f"{group}/validatingadmissionpolicybindings",
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "no-latest"},
            "spec": {
                "policyName": "no-latest",
                "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}},
            },
        },
    )
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "probe-"},
        "spec": {"containers": [{"name": "main", "image": "example.invalid/main:latest"}]},
    }

    def refusal() -> ApiError | None:
        try:
            api.create(f"/api/v1/namespaces/{namespace}/pods", body)
        except ApiError as error:
            return error
        return None

    # A policy takes effect a moment after it has been created.
    error = wait_until(refusal, "the policy refuses")
    assert error.code == 422
    assert "no-latest" in error.message


RUNNER_SETS = "/apis/actions.github.com/v1alpha1/namespaces/default/autoscalingrunnersets"


def runner_set(**spec: Any) -> dict[str, Any]:
    container = {
        "name": "runner",
        "image": "ghcr.io/actions/actions-runner:2.330.0",
        "ports": [{"containerPort": 8080}],
        "resources": {"limits": {"cpu": 2, "memory": "4Gi"}},
        "startupProbe": {"httpGet": {"port": "http"}},
    }
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    volume = {"name": "work", "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
    return {
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "AutoscalingRunnerSet",
        "metadata": {"generateName": "app-"},
        "spec": {
            "githubConfigUrl": "https://github.com/contoso/app",
            "githubConfigSecret": "app",
            "minRunners": 0,
            "maxRunners": 3,
            "template": {
                "metadata": {"labels": {"app": "runner"}},
                "spec": {"containers": [container], "volumes": [volume]},
            },
            **spec,
        },
    }


def test_a_runner_set_is_stored_as_it_was_given(api: Api) -> None:
    given = runner_set()
    stored = api.create(RUNNER_SETS, given)
    given["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"] = "TCP"
    assert stored["spec"] == given["spec"]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"minRuners": 1}, "spec.minRuners"),
        ({"template": {"spec": {"containers": [], "contianers": []}}}, "spec.template.spec.contianers"),
        (
            {"template": {"spec": {"containers": [{"name": "runner", "imagee": "x"}]}}},
            "spec.template.spec.containers[0].imagee",
        ),
        ({"minRunners": -1}, "spec.minRunners"),
        (
            {"template": {"spec": {"containers": [{"name": "runner", "resources": {"limits": {"cpu": "lots"}}}]}}},
            "spec.template.spec.containers[0].resources.limits.cpu",
        ),
    ],
)
def test_a_mistake_in_a_runner_set_is_refused_with_its_path(api: Api, wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(ApiError) as caught:
        api.create(RUNNER_SETS, runner_set(**wrong))
    assert caught.value.code in {400, 422}
    assert path in caught.value.message


def test_keda_takes_a_scaled_job_and_refuses_a_misspelt_one(api: Api) -> None:
    path = "/apis/keda.sh/v1alpha1/namespaces/default/scaledjobs"
    body: dict[str, Any] = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledJob",
        "metadata": {"name": "agents"},
        "spec": {
            "jobTargetRef": {"template": {"spec": pod_spec(restartPolicy="Never")}},
            "maxReplicaCount": 3,
            "triggers": [{"type": "azure-pipelines", "metadata": {"poolName": "linux"}}],
        },
    }
    api.create(path, body)
    with pytest.raises(ApiError, match=r"spec\.pollingIntervall"):
        api.create(path, {**body, "spec": {**body["spec"], "pollingIntervall": 5}})


def test_definitions_can_be_installed_again_without_a_change(
    cluster: ControlPlane, api: Api, binaries: Binaries
) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    def versions() -> dict[str, str]:
        return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in api.get(path)["items"]}

    before = versions()
    install(cluster.kubeconfig, binaries)
    assert versions() == before
    assert {"autoscalingrunnersets.actions.github.com", "scaledjobs.keda.sh"} <= before.keys()
