"""Windows build pools on a control plane of their own, each with its engine, made without Pulumi.

The component's own pod, rights and admission policy are applied directly, with settings whose minutes are shortened.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from components import contract
from components.docker_engine.rights import binding_spec, cluster_rules, event_rules, namespace_rules, policy_spec
from components.docker_engine.supervisor_pod import supervisor_pod
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool, Taint
from sandbox.control_plane import Api, ApiError, Binaries, ControlPlane
from sandbox.control_plane.components import ENGINE, WORK_ANNOTATION
from sandbox.nodes import SimulatedPool, simulate
from sandbox.windows_nodes import faults, places, reports
from sandbox.windows_nodes.pod_status import is_ready
from sandbox.windows_nodes.store import Store

NAMESPACE = "docker-engine"
AGENTS = "agents"
VERSION = "29.2.1"
NEXT = "29.3.0"
LONG = 3600
HASTE = 10.0
SMOKE = "mcr.microsoft.com/windows/nanoserver:ltsc2022"
GIB = 1024**3
MERGE = "application/merge-patch+json"


def settings(pool: str, **changes: Any) -> dict[str, Any]:
    """What a stack file would make, with minutes shortened to seconds."""
    return {
        "format": 1,
        "stack": "test",
        "pool": pool,
        "daemon_set": f"{ENGINE}-{pool}",
        "slots": [f"{ENGINE}-{pool}-0"],
        "version": VERSION,
        "daemon": {"data-root": "C:\\ProgramData\\docker", "exec-opts": ["isolation=process"]},
        "data_root": "C:\\ProgramData\\docker",
        "install_root": "C:\\Program Files\\buildfleet\\docker",
        "feature": "require",
        "existing": "refuse",
        "keep_data": False,
        "rollout": {"wait_minutes": 30, "at_limit": "postpone", "pause_minutes": 0.05},
        "smoke_images": {"20348": SMOKE},
        "prepull": {},
        "prepull_blocks": False,
        "prune": {"every_hours": 0, "unused_hours": 0, "below_bytes": 10 * GIB, "floor_bytes": 5 * GIB},
        "credential_specs": {},
        "port": 9323,
        "engine_metrics_port": None,
        "firewall": True,
        "build_slots": 2,
        **changes,
    }


class Windows:
    """A control plane whose pools come and go."""

    def __init__(self, directory: Path, binaries: Binaries) -> None:
        self.plane = ControlPlane(directory, binaries, context="windows")
        self.directory = directory
        self._pools: dict[str, int] = {}

    def start(self) -> None:
        self.plane.start()
        self.api = Api(self.plane.kubeconfig)
        for namespace in (NAMESPACE, AGENTS):
            labels = {"pod-security.kubernetes.io/enforce": "privileged"}
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
            self.api.create("/api/v1/namespaces", body)
        eventually(lambda: self.api.find(f"/api/v1/namespaces/{AGENTS}/serviceaccounts/default"), "service accounts")
        self._grant()

    def stop(self) -> None:
        self.api.__exit__(None, None, None)
        self.plane.stop(erase=True)

    # Nodes

    def scale(self, pool: str, count: int, *, haste: float = HASTE) -> list[str]:
        """Make the pool so large; its nodes by name. `haste` is that of their supervisors' rounds."""
        self._pools[pool] = count
        simulate(
            self.plane.kubeconfig,
            [
                SimulatedPool(
                    name=name,
                    os="windows",
                    os_sku="Windows2022",
                    count=count,
                    vm_size="Standard_D8ds_v5",
                    labels={contract.LABEL_POOL: name},
                    taints=[("sku", "Windows", "NoSchedule")],
                )
                for name, count in self._pools.items()
            ],
        )
        names = self.nodes(pool)
        for name in names:
            eventually(self.store(name).exists, f"the host of {name}")
            faults.lie_in_wait(self.store(name), {"haste": haste})
        return names

    def nodes(self, pool: str) -> list[str]:
        items = self._items("/api/v1/nodes", labelSelector=f"agentpool={pool}")
        return sorted(item["metadata"]["name"] for item in items)

    def supervisor(self, node: str) -> int:
        """Pid of the node's supervisor, from its command line."""
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(FileNotFoundError, ProcessLookupError):
                words = entry.read_bytes().decode(errors="replace").split("\0")
                if (
                    f"--stores={places.stores(self.directory)}" in words
                    and f"--node={node}" in words
                    and "run" in words
                ):
                    return int(entry.parent.name)
        raise AssertionError(f"{node} has no supervisor")

    def store(self, node: str) -> Store:
        return places.store(self.directory, node)

    def state(self, node: str) -> dict[str, Any]:
        return self.store(node).read()

    def node(self, name: str) -> dict[str, Any]:
        return self.api.get(f"/api/v1/nodes/{name}")

    # The engine

    def deploy(self, pool: str, given: Mapping[str, Any] | None = None) -> None:
        """Make or change the engine of a pool, as an `up` would: the settings' hash makes new pods."""
        wanted = settings(pool) if given is None else dict(given)
        name = wanted["daemon_set"]
        text = json.dumps(wanted)
        labels = {contract.LABEL_COMPONENT: ENGINE, contract.LABEL_POOL: pool, "app": name}
        core, apps = f"/api/v1/namespaces/{NAMESPACE}", f"/apis/apps/v1/namespaces/{NAMESPACE}"
        self.api.apply(
            f"{core}/configmaps/{name}",
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"settings.json": text}},
        )
        self._role(NAMESPACE, name, namespace_rules(leases=wanted["slots"], daemon_set=name))
        for slot in wanted["slots"]:
            self.api.apply(
                f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/{slot}",
                {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": slot}},
            )
        self.api.apply(
            f"{apps}/daemonsets/{name}",
            {
                "apiVersion": "apps/v1",
                "kind": "DaemonSet",
                "metadata": {"name": name, "labels": labels},
                "spec": {
                    "selector": {"matchLabels": {"app": name}},
                    "updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}},
                    "template": {
                        "metadata": {"labels": labels, "annotations": {"hash": f"{hash(text)}"}},
                        "spec": _pod(name, pool, wanted["version"], wanted["port"]),
                    },
                },
            },
        )

    def remove(self, pool: str) -> None:
        """Take the engine of a pool away, as a destroy does, and wait for its pods."""
        name = f"{ENGINE}-{pool}"
        self.api.delete(f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/{name}")
        eventually(lambda: not self.engine_pods(pool), f"pods of {name} are gone")

    def new_pool(self, of: str) -> str:
        """A pool's name of its own for whatever is told."""
        return f"p{zlib.crc32(of.encode()) % 100000:05}"

    def discard(self, pool: str) -> None:
        """Take a pool away with all that is on it, at once."""
        for path in (
            f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/{ENGINE}-{pool}",
            f"/apis/apps/v1/namespaces/{AGENTS}/deployments/{pool}",
            f"/apis/batch/v1/namespaces/{AGENTS}/jobs/{pool}",
        ):
            self.api.delete(path)
        self.scale(pool, 0)

    def engine_pods(self, pool: str) -> dict[str, dict[str, Any]]:
        """The engine's pods, by node."""
        items = self._items(f"/api/v1/namespaces/{NAMESPACE}/pods", labelSelector=f"app={ENGINE}-{pool}")
        return {item["spec"].get("nodeName", ""): item for item in items}

    def restarts(self, node: str) -> int:
        """Restarts of the container of the node's engine pod."""
        pool = self.node(node)["metadata"]["labels"]["agentpool"]
        return int(self.engine_pods(pool)[node]["status"]["containerStatuses"][0]["restartCount"])

    def ready(self, node: str) -> bool:
        """Whether the supervisor of this node says that its engine is ready, by its pod's status."""
        pool = self.node(node)["metadata"]["labels"]["agentpool"]
        pod = self.engine_pods(pool).get(node)
        return pod is not None and _is_ready(pod)

    def await_ready(self, *nodes: str, version: str = VERSION, seconds: float = 60) -> None:
        """Until each node is ready with this version, and nothing of ours is under way on it."""

        def settled(node: dict[str, Any], pods: set[str]) -> bool:
            name, labels = node["metadata"]["name"], node["metadata"]["labels"]
            if (labels.get(contract.NODE_ENGINE), labels.get(contract.NODE_ENGINE_VERSION)) != ("ready", version):
                return False
            journal = self.state(name)["journal"]
            return name in pods and journal is not None and json.loads(journal)["operation"] is None

        waiting = set(nodes)

        def all_settled() -> bool:
            pods = {
                pod["spec"]["nodeName"] for pod in self._items(f"/api/v1/namespaces/{NAMESPACE}/pods") if _is_ready(pod)
            }
            for node in self._items("/api/v1/nodes"):
                if node["metadata"]["name"] in waiting and settled(node, pods):
                    waiting.discard(node["metadata"]["name"])
            return not waiting

        eventually(all_settled, lambda: "\n".join(f"{node}: {self.tell(node)}" for node in sorted(waiting)), seconds)

    def tell(self, node: str) -> str:
        """Why a node is not where it should be."""
        pool = self.node(node)["metadata"]["labels"]["agentpool"]
        pod = self.engine_pods(pool).get(node)
        said = "no pod" if pod is None else reports.tell(self.directory, pod)
        return "\n".join([said, *self.log(node).splitlines()[-8:]])

    def log(self, node: str) -> str:
        log = places.log(self.directory, node)
        return log.read_text() if log.exists() else ""

    # Agents and builds

    def agents(self, name: str, pool: str, replicas: int) -> None:
        """Agents that wait for work, and end at once when they are asked to: a Deployment."""
        self._await_next_second(pool)
        template = _worker(pool, None)
        template["metadata"]["labels"] = {"app": name}
        self.api.apply(
            f"/apis/apps/v1/namespaces/{AGENTS}/deployments/{name}",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name},
                "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
            },
        )

    def build(self, name: str, pool: str) -> None:
        """A build that runs until `end_build`: a Job."""
        self._await_next_second(pool)
        template = _worker(pool, LONG)
        template["spec"]["restartPolicy"] = "Never"
        self.api.create(
            f"/apis/batch/v1/namespaces/{AGENTS}/jobs",
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": name},
                "spec": {"backoffLimit": 0, "template": template},
            },
        )

    def end_build(self, name: str) -> None:
        for pod in self.pods(f"batch.kubernetes.io/job-name={name}"):
            body = {"metadata": {"annotations": {WORK_ANNOTATION: "0"}}}
            path = f"/api/v1/namespaces/{AGENTS}/pods/{pod['metadata']['name']}"
            self.api.request("PATCH", path, body=body, content_type=MERGE)

    def pods(self, selector: str) -> list[dict[str, Any]]:
        return self._items(f"/api/v1/namespaces/{AGENTS}/pods", labelSelector=selector)

    def running(self, selector: str) -> dict[str, str]:
        """Name and node of the pods that run and are not asked to end."""
        return {
            pod["metadata"]["name"]: pod["spec"]["nodeName"]
            for pod in self.pods(selector)
            if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
        }

    # What holds after every scenario

    def dead_but_running(self, *nodes: str) -> list[str]:
        """Pods that a start of the engine cut off, and that still run."""
        running = {
            pod["metadata"]["uid"]
            for pod in self._items("/api/v1/pods")
            if pod["status"].get("phase") not in ("Succeeded", "Failed")
        }
        lost = {uid: one["pod"] for node in nodes for uid, one in self.state(node)["lost"].items()}
        return sorted(lost[uid] for uid in lost.keys() & running)

    def cordoned(self, *nodes: str) -> list[str]:
        """Nodes with a cordon or its mark."""
        return [
            node
            for node in nodes
            if self.node(node)["spec"].get("unschedulable")
            or contract.NODE_ENGINE_CORDON in self.node(node)["metadata"]["annotations"]
        ]

    def check(self, *nodes: str) -> None:
        """Nobody runs on a dead endpoint, nothing is cordoned by us, nobody holds a slot."""
        eventually(lambda: not self.dead_but_running(*nodes), lambda: f"run on: {self.dead_but_running(*nodes)}")
        assert self.cordoned(*nodes) == []
        leases = self._items(f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases")
        holders = {lease["spec"].get("holderIdentity") for lease in leases if "spec" in lease}
        assert not holders & set(nodes)

    @contextmanager
    def watching_cordons(self) -> Iterator[list[set[str]]]:
        """Every set of nodes that were cordoned at a time, as the watch tells them."""
        listed = self.api.get("/api/v1/nodes")
        now = {item["metadata"]["name"] for item in listed["items"] if item["spec"].get("unschedulable")}
        seen = [set(now)]
        ended = threading.Event()

        def follow() -> None:
            for event in self.api.watch("/api/v1/nodes", since=listed["metadata"]["resourceVersion"]):
                if ended.is_set():
                    return
                item = event["object"]
                name = item["metadata"]["name"]
                if event["type"] != "DELETED" and item["spec"].get("unschedulable"):
                    now.add(name)
                else:
                    now.discard(name)
                seen.append(set(now))

        threading.Thread(target=follow, daemon=True).start()
        try:
            yield seen
        finally:
            ended.set()

    # Parts

    def _await_next_second(self, pool: str) -> None:
        """Pods of the very second in which an engine answered count as older than its start: it is not known better."""
        journals = [self.state(node)["journal"] for node in self.nodes(pool)]
        starts = [json.loads(journal)["start"] for journal in journals if journal]
        last = max((start["answered_at"] for start in starts if start and start["answered_at"]), default=0.0)
        eventually(lambda: time.time() > last + 1, "the next second")

    def _items(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        return list(self.api.get(path, **parameters)["items"])

    def _grant(self) -> None:
        self.api.apply(
            f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{ENGINE}",
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ENGINE}},
        )
        self._role(None, ENGINE, cluster_rules())
        self._role("default", ENGINE, event_rules())
        group = "/apis/admissionregistration.k8s.io/v1"
        for plural, kind, spec in (
            ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", policy_spec(namespace=NAMESPACE)),
            ("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", binding_spec(policy=ENGINE)),
        ):
            body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": ENGINE}}
            self.api.apply(f"{group}/{plural}/{ENGINE}", {**body, "spec": spec})

    def _role(self, namespace: str | None, name: str, rules: list[dict[str, Any]]) -> None:
        """A role of this name, of the cluster without a namespace, bound to the supervisors' account."""
        group = "/apis/rbac.authorization.k8s.io/v1"
        where, prefix = (f"{group}/namespaces/{namespace}", "") if namespace else (group, "Cluster")
        body = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
        self.api.apply(f"{where}/{prefix.lower()}roles/{name}", {**body, "kind": f"{prefix}Role", "rules": rules})
        self.api.apply(
            f"{where}/{prefix.lower()}rolebindings/{name}",
            {
                **body,
                "kind": f"{prefix}RoleBinding",
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": f"{prefix}Role", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": ENGINE, "namespace": NAMESPACE}],
            },
        )


def eventually(condition: Callable[[], Any], what: str | Callable[[], str], seconds: float = 30) -> Any:
    """Wait until a condition holds; its value. An API server that is away does not fulfil any."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if value := condition():
                return value
        except ApiError as error:
            if error.code:
                raise
        assert time.monotonic() < deadline, f"not within {seconds} s: {what if isinstance(what, str) else what()}"
        time.sleep(0.1)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and is_ready(pod)


def _pod(name: str, pool: str, version: str, port: int) -> dict[str, Any]:
    """The component's pod, asked every second."""
    spec = supervisor_pod(
        pool=NodePool(
            name=pool,
            os="windows",
            purpose="build",
            trust="trusted",
            node_selector={"agentpool": pool},
            taints=(Taint(key="sku", value="Windows", effect="NoSchedule"),),
            os_sku="Windows2022",
        ),
        image=f"registry.example.com/buildfleet/docker-engine:0.1.0-{version}",
        port=port,
        service_account=ENGINE,
        config_map=name,
        priority_class="system-node-critical",
        pull_secret_names=[],
        resources=ContainerResources(cpu="50m", memory="128Mi"),
    )
    spec["containers"][0]["readinessProbe"]["periodSeconds"] = 1
    return spec


def _worker(pool: str, seconds: int | None) -> dict[str, Any]:
    return {
        "metadata": {"annotations": {} if seconds is None else {WORK_ANNOTATION: f"{seconds}"}},
        "spec": {
            "nodeSelector": {"agentpool": pool},
            "tolerations": [{"key": "sku", "operator": "Exists"}],
            "containers": [{"name": "agent", "image": "registry.example.com/buildfleet/agent:1"}],
        },
    }
