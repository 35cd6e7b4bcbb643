"""Pods by chance, from a seed: those of this project, with some of what the rules look at changed.

A pod without any rhyme breaks every rule at once and tells nothing about each. So a pod begins as one that is allowed,
and a few things about it become others: some still right, some spelt strangely, some wrong.

What the API server itself refuses is avoided for the kinds that it looks into. Custom resources may hold anything.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from rules.policies.fleet import Fleet, FleetPool
from rules.policies.workloads.quantity import amount
from tests.unit.policies.scenes import DIGEST, OWN, docker_agent, engine, linux_agent, windows_agent

Spec = dict[str, Any]

TOKENS: Final = (
    *("core/v1:Pod",) * 8,
    "apps/v1:Deployment",
    "apps/v1:DaemonSet",
    "apps/v1:ReplicaSet",
    "apps/v1:StatefulSet",
    "core/v1:ReplicationController",
    "batch/v1:Job",
    "batch/v1:CronJob",
    "keda.sh/v1alpha1:ScaledJob",
    "actions.github.com/v1alpha1:AutoscalingRunnerSet",
    "actions.github.com/v1alpha1:EphemeralRunnerSet",
    "actions.github.com/v1alpha1:EphemeralRunner",
)
CUSTOM: Final = ("ScaledJob", "AutoscalingRunnerSet", "EphemeralRunnerSet", "EphemeralRunner")
ACCOUNTS: Final = ("azdo-agent", "docker-engine", "runner")
OTHERS: Final = ("default", "somewhere")
"""Namespaces that are not the fleet's."""

_PIPES: Final = (
    r"\\.\pipe\docker_engine",
    "//./pipe/docker_engine",
    r"\\.\PIPE\Docker_Engine",
    r"//./pipe//docker_engine/",
    r"\\?\pipe\docker_engine",
    r"\\localhost\pipe\docker_engine",
    r"\\.\pipe\docker_engine_linux",
    r"\\.\pipe",
    r"\\.\pipe\containerd-containerd",
    r"\\.\pipe\other",
    r"\\.\\pipe\\docker_engine",
    r"\\./pipe/docker_engine",
    r"\\pipe\docker_engine",
    r"\Device\NamedPipe\docker_engine",
)
_FOLDERS: Final = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/var/run//docker.sock",
    "/var/run/./docker.sock",
    "/run/k3s/containerd",
    "/var/run",
    "/run/",
    "/",
    "//",
    "/var/lib/docker",
    "/var/lib/buildfleet/caches",
    "/var/lib/buildfleet/caches/dev/app",
    "/var/lib/buildfleet/caches-of-others",
    "/var/lib/buildfleet//caches/x/",
    "/VAR/lib/buildfleet/caches",
    "/dev",
    "/dev/",
    "/sys/fs/cgroup",
    "/etc/kubernetes",
    "C:\\",
    r"C:\ProgramData\docker",
    "c:/windows",
)
_IMAGES: Final = (
    f"{OWN}/azure-devops-agent:1-linux",
    f"{OWN}/azure-devops-agent",
    f"{OWN}/azure-devops-agent:latest",
    f"{OWN}-other/agent:1",
    f"{OWN}/agent@{DIGEST}",
    f"{OWN}/agent:latest@{DIGEST}",
    "docker",
    "docker:29",
    "library/docker:29",
    "docker.io/docker:29",
    f"docker.io/library/docker:29.2.1-dind@{DIGEST}",
    f"index.docker.io/library/docker@{DIGEST}",
    "docker.io/moby/buildkit:v0.28.0-rootless",
    "moby/buildkit:v0.28.0-rootless",
    "ghcr.io/actions/actions-runner:2.336.0",
    "ghcr.io/actions-evil/runner:1",
    "localhost/agent:1",
    "registry.example.com:5000/buildfleet/agent:1",
    "mcr.microsoft.com/windows/servercore:ltsc2022",
    "mcr.microsoft.com/windows/nanoserver:ltsc2025",
    "mcr.microsoft.com/dotnet/framework/sdk:4.8-windowsservercore-ltsc2019",
    "mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2",
)
_TEXTS: Final = (
    "npipe:////./pipe/docker_engine",
    "npipe:////./PIPE/docker_engine",
    r"npipe:\\.\pipe\docker_engine",
    "npipe:////./pipe/containerd-containerd",
    "npipe:////./pipe/other",
    "npipe://",
    "unix:///var/run/docker-engine/docker.sock",
    "unix:///var/run/docker.sock",
    "unix:///run/containerd/containerd.sock",
    "tcp://localhost:2375",
    "tcp://10.0.0.1:2376",
    "tcp://0.0.0.0:2375",
    "tcp://host:23750",
    "2375",
    r"\\.\pipe\docker_engine",
    "--host=tcp://127.0.0.1:2375",
    "1.2.3.4:12375",
    " tcp://1.2.3.4:99",
    "\t[::1]:99",
    "\xa0tcp://1.2.3.4:99\n",
    "$(OTHER)",
    "$(OTHER):12375\n",
    " /run/docker.sock",
    "docker -H 10.0.0.4:12375 ps",
    "docker -H=[::1]:12375",
    "nothing in particular",
    "",
)
_NAMES: Final = ("DOCKER_HOST", "CONTAINER_HOST", "AZP_TOKEN", "AZP_URL", "GITHUB_TOKEN", "PASSWORD", "HOME")
_SECRETS: Final = ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "hunter2", "$(OTHER)", "", "AKIA0123456789ABCDEF")
_KEYS: Final = (
    "sku",
    "buildfleet.dev/purpose",
    "CriticalAddonsOnly",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/memory-pressure",
    "node-role.kubernetes.io/control-plane",
    "node.kubernetes.io/unschedulable",
    "other",
)
_USERS: Final = ("ContainerUser", "ContainerAdministrator", r"NT AUTHORITY\SYSTEM", r"nt authority\local service", "me")
_QUANTITIES: Final = ("1", "500m", "4Gi", "4096Mi", "4294967296", "2Gi", "0", "1e3", "0.5")


@dataclass
class Draft:
    """A pod in the making."""

    random: Random
    fleet: Fleet
    namespace: str
    spec: Spec
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    owners: list[dict[str, Any]] = field(default_factory=list)

    @property
    def containers(self) -> list[Spec]:
        """All containers of the draft."""
        return [*self.spec["containers"], *self.spec.get("initContainers", [])]

    def container(self) -> Spec:
        """One of them."""
        return self.random.choice(self.containers)

    def maybe(self, chance: float = 0.5) -> bool:
        """Whether something with a chance happens."""
        return self.random.random() < chance

    def put(self, where: Spec, key: str, values: Sequence[Any]) -> None:
        """Set a key to one of some values, or take it away."""
        value = self.random.choice((*values, None))
        if value is None:
            where.pop(key, None)
        else:
            where[key] = copy.deepcopy(value)


@dataclass(frozen=True, kw_only=True)
class Generated:
    """An object with a pod in it, whole."""

    token: str
    namespace: str
    body: dict[str, Any]


def _namespace(draft: Draft) -> None:
    draft.namespace = draft.random.choice((*draft.fleet.own_namespaces, *OTHERS))


def _pool(draft: Draft) -> None:
    pool = draft.random.choice(list(draft.fleet.pools))
    draft.spec["nodeSelector"] = dict(pool.selector)
    if draft.maybe():
        draft.spec["tolerations"] = _tolerations(pool)
    if draft.maybe():
        draft.spec["os"] = {"name": pool.os}


def _tolerations(pool: FleetPool) -> list[Spec]:
    return [{"key": t.key, "operator": "Equal", "value": t.value, "effect": t.effect} for t in pool.taints]


def _selector(draft: Draft) -> None:
    selector = draft.spec.setdefault("nodeSelector", {})
    match draft.random.randrange(4):
        case 0:
            draft.spec.pop("nodeSelector")
        case 1 if selector:
            selector.pop(draft.random.choice(sorted(selector)))
        case 2:
            selector["agentpool"] = draft.random.choice(("lin", "pr", "system", "win22", "unknown", ""))
        case _:
            selector["kubernetes.io/os"] = draft.random.choice(("linux", "windows"))


def _affinity(draft: Draft) -> None:
    """What a selector says, said by an affinity, or almost."""
    selector = draft.spec.get("nodeSelector", {})
    if draft.maybe(0.7):
        draft.spec.pop("nodeSelector", None)
    expressions = []
    for key, value in sorted(selector.items()):
        values = [value] if draft.maybe(0.8) else [value, draft.random.choice(("linux", "lin", "windows"))]
        operator = draft.random.choice(("In", "In", "In", "NotIn", "Exists"))
        expressions.append({"key": key, "operator": operator, **({} if operator == "Exists" else {"values": values})})
    if expressions and draft.maybe(0.2):
        expressions.append({"key": expressions[0]["key"], "operator": "In", "values": ["lin"]})
    term: Spec = {"matchExpressions": expressions} if expressions else {}
    if draft.maybe(0.1):
        term["matchFields"] = [{"key": "metadata.name", "operator": "In", "values": ["node"]}]
    terms = [term] if term else [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]
    if draft.maybe(0.2):
        terms = [*terms, copy.deepcopy(terms[0])]
    draft.spec["affinity"] = {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    }


def _toleration(draft: Draft) -> None:
    tolerations = draft.spec.setdefault("tolerations", [])
    if tolerations and draft.maybe(0.3):
        tolerations.pop()
        return
    one: Spec = {}
    if draft.maybe(0.7):
        one["key"] = draft.random.choice(_KEYS)
    if "key" not in one or draft.maybe(0.4):
        one["operator"] = "Exists"
    else:
        draft.put(one, "operator", ("Equal",))
        draft.put(one, "value", ("Windows", "windows", "build", "true", "linux"))
    draft.put(one, "effect", ("NoSchedule", "NoExecute", "PreferNoSchedule"))
    if one.get("effect") == "NoExecute" and draft.maybe():
        one["tolerationSeconds"] = 300
    tolerations.append(one)


def _os(draft: Draft) -> None:
    draft.put(draft.spec, "os", ({"name": "linux"}, {"name": "windows"}))


def _host_process(draft: Draft) -> None:
    where = draft.random.choice((draft.spec, draft.container()))
    options = where.setdefault("securityContext", {}).setdefault("windowsOptions", {})
    draft.put(options, "hostProcess", (True, True, False))


def _host_namespaces(draft: Draft) -> None:
    key = draft.random.choice(("hostNetwork", "hostNetwork", "hostPID", "hostIPC", "hostUsers"))
    draft.put(draft.spec, key, (True, True, False))


def _port(draft: Draft) -> None:
    port: Spec = {"containerPort": 8080}
    draft.put(port, "hostPort", (0, 8080))
    draft.container()["ports"] = [port]


def _host_path(draft: Draft) -> None:
    path = draft.random.choice(_PIPES if draft.maybe() else _FOLDERS)
    _mount(draft, {"hostPath": {"path": path}})


def _volume(draft: Draft) -> None:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    source: Spec = draft.random.choice(
        (
            {"emptyDir": {}},
            {"emptyDir": {"medium": "Memory"}},
            {"configMap": {"name": "c"}},
            {"secret": {"secretName": "s"}},
            {"persistentVolumeClaim": {"claimName": "c"}},
            {"ephemeral": {"volumeClaimTemplate": {"spec": claim}}},
            {"csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}},
            {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
            {"projected": {"sources": [{"configMap": {"name": "c"}}]}},
            {"projected": {}},
            {"image": {"reference": draft.random.choice(_IMAGES)}},
        )
    )
    _mount(draft, source)


def _mount(draft: Draft, source: Spec) -> None:
    volumes = draft.spec.setdefault("volumes", [])
    name = f"v{len(volumes)}"
    volumes.append({"name": name, **copy.deepcopy(source)})
    mount: Spec = {"name": name, "mountPath": f"/mnt/{name}"}
    draft.put(mount, "readOnly", (True, False))
    draft.container().setdefault("volumeMounts", []).append(mount)


def _image(draft: Draft) -> None:
    draft.container()["image"] = draft.random.choice(_IMAGES)


def _windows_image(draft: Draft) -> None:
    name = draft.random.choice((f"{OWN}/azure-devops-agent:1-", "mcr.microsoft.com/windows/servercore:"))
    tags = ("ltsc2019", "ltsc2022", "LTSC2025", "10.0.20348.2113", "10.0.26100.1", "1809", "nanoserver-1809-amd64")
    draft.container()["image"] = name + draft.random.choice(tags)


def _security(draft: Draft) -> None:
    context = draft.container().setdefault("securityContext", {})
    match draft.random.randrange(9):
        case 0 | 1 | 2:
            draft.put(context, "privileged", (True, True, False))
        case 3:
            draft.put(context, "allowPrivilegeEscalation", (True, False))
        case 4 | 5:
            added = draft.random.choice((["NET_ADMIN"], ["SYS_ADMIN"], ["CHOWN"], ["ALL"], ["NET_BIND_SERVICE"], []))
            context["capabilities"] = {"add": added, "drop": draft.random.choice((["ALL"], ["NET_RAW"], []))}
        case 6:
            context["procMount"] = "Default"
        case 7:
            draft.put(context, "seccompProfile", ({"type": "Unconfined"}, {"type": "RuntimeDefault"}))
            draft.put(context, "appArmorProfile", ({"type": "Unconfined"}, {"type": "RuntimeDefault"}))
        case _:
            where = draft.random.choice((context, draft.spec.setdefault("securityContext", {})))
            draft.put(where, "runAsUser", (0, 1000))
            draft.put(where, "runAsNonRoot", (True, False))


def _windows_user(draft: Draft) -> None:
    where = draft.random.choice((draft.spec, draft.container()))
    options = where.setdefault("securityContext", {}).setdefault("windowsOptions", {})
    draft.put(options, "runAsUserName", _USERS)
    if draft.maybe(0.2):
        options["gmsaCredentialSpecName"] = "builds"


def _resources(draft: Draft) -> None:
    where = draft.random.choice((*draft.containers, draft.container()))
    kind = draft.random.choice(("requests", "limits"))
    resources = where.setdefault("resources", {})
    if draft.maybe(0.3):
        resources.pop(kind, None)
        return
    name = draft.random.choice(("cpu", "memory", "ephemeral-storage"))
    draft.put(resources.setdefault(kind, {}), name, _QUANTITIES)


def _account(draft: Draft) -> None:
    draft.put(draft.spec, "serviceAccountName", (*ACCOUNTS, "default"))
    draft.put(draft.spec, "automountServiceAccountToken", (True, False))


def _environment(draft: Draft) -> None:
    environment = draft.container().setdefault("env", [])
    match draft.random.randrange(4):
        case 0:
            environment.append({"name": draft.random.choice(_NAMES), "value": draft.random.choice(_SECRETS)})
        case 1:
            reference = {"name": "s", "key": "k"}
            environment.append({"name": draft.random.choice(_NAMES), "valueFrom": {"secretKeyRef": reference}})
        case _:
            environment.append({"name": draft.random.choice(_NAMES), "value": draft.random.choice(_TEXTS)})


def _hooks(draft: Draft) -> None:
    environment = draft.container().setdefault("env", [])
    values = {
        "ACTIONS_RUNNER_CONTAINER_HOOKS": "/home/runner/k8s/index.js",
        "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER": draft.random.choice(("true", "false", "True")),
        "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE": draft.random.choice(("/etc/template.yaml", "")),
    }
    environment += [{"name": name, "value": value} for name, value in values.items() if draft.maybe(0.8)]


def _command(draft: Draft) -> None:
    text = draft.random.choice(_TEXTS) or "x"
    container = draft.container()
    match draft.random.randrange(3):
        case 0:
            container["args"] = ["run", text]
        case 1:
            container["command"] = ["sh", "-c", f"DOCKER_HOST={text} docker ps"]
        case _:
            container["lifecycle"] = {"preStop": {"exec": {"command": ["docker", "-H", text, "ps"]}}}


def _time(draft: Draft) -> None:
    draft.put(draft.spec, "terminationGracePeriodSeconds", (0, 30, 59, 60, 3600))
    draft.put(draft.spec, "activeDeadlineSeconds", (60, 86400, 864000))


def _safe_to_evict(draft: Draft) -> None:
    draft.put(draft.annotations, "cluster-autoscaler.kubernetes.io/safe-to-evict", ("false", "true", "False"))


def _label(draft: Draft) -> None:
    components = ("github-hook-runner", "image-build", "github-job", "docker-engine", "azure-devops-agent")
    draft.put(draft.labels, "buildfleet.dev/component", components)
    draft.put(draft.labels, "buildfleet.dev/trust", ("trusted", "untrusted"))


def _owner(draft: Draft) -> None:
    kind = draft.random.choice(("DaemonSet", "ReplicaSet", "Job"))
    version = "batch/v1" if kind == "Job" else "apps/v1"
    draft.owners = [{"apiVersion": version, "kind": kind, "name": "owner", "uid": "1", "controller": True}]


def _init_container(draft: Draft) -> None:
    added = copy.deepcopy(draft.random.choice(draft.spec["containers"]))
    added["name"] = f"i{len(draft.containers)}"
    added.pop("ports", None)
    added.pop("lifecycle", None)
    if draft.maybe():
        added["restartPolicy"] = "Always"
    draft.spec.setdefault("initContainers", []).append(added)


CHANGES: Final[Sequence[Callable[[Draft], None]]] = (
    _namespace,
    _namespace,
    _pool,
    _pool,
    _selector,
    _affinity,
    _toleration,
    _toleration,
    _os,
    _host_process,
    _host_process,
    _host_namespaces,
    _port,
    _host_path,
    _host_path,
    _host_path,
    _volume,
    _image,
    _image,
    _windows_image,
    _security,
    _security,
    _windows_user,
    _resources,
    _resources,
    _account,
    _environment,
    _environment,
    _hooks,
    _command,
    _time,
    _safe_to_evict,
    _label,
    _owner,
    _init_container,
)
BASES: Final[Mapping[str, tuple[Callable[[], Spec], Sequence[str]]]] = {
    "linux": (linux_agent, ("azdo-agents", "github-runners")),
    "docker": (docker_agent, ("azdo-agents-docker", "github-runners-docker")),
    "windows": (windows_agent, ("azdo-agents-docker", "docker-builds")),
    "engine": (engine, ("docker-engine",)),
}


def generate(random: Random, fleet: Fleet) -> Generated:
    """The next object of a sequence that the seed of `random` decides."""
    base, namespaces = BASES[random.choice(sorted(BASES))]
    draft = Draft(random=random, fleet=fleet, namespace=random.choice(list(namespaces)), spec=copy.deepcopy(base()))
    draft.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false"
    for change in random.choices(CHANGES, k=random.choice((0, 1, 1, 2, 2, 3, 4, 6))):
        change(draft)
    token = random.choice(TOKENS)
    kind = token.partition(":")[2]
    if kind not in CUSTOM:
        _make_legal(draft)
    return Generated(token=token, namespace=draft.namespace, body=_object(draft, token, kind))


def _make_legal(draft: Draft) -> None:
    """What the API server asks of pods by itself: kubernetes/pkg/apis/core/validation, read 2026-11."""
    spec = draft.spec
    contexts = [
        spec.setdefault("securityContext", {}),
        *(c.setdefault("securityContext", {}) for c in draft.containers),
    ]
    wanted = [c.get("windowsOptions", {}).get("hostProcess") for c in contexts]
    if True in wanted:
        # All or none, and in the node's network; said once for all, or of each.
        said = wanted[0] is True
        for context in contexts[1:] if not said else contexts:
            context.setdefault("windowsOptions", {})["hostProcess"] = True
        spec["hostNetwork"] = True
        if said and draft.maybe():
            for context in contexts[1:]:
                context["windowsOptions"].pop("hostProcess")
        if not said:
            contexts[0].get("windowsOptions", {}).pop("hostProcess", None)
        spec.pop("hostUsers", None)
    if spec.get("hostUsers") is False:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            spec.pop(key, None)
    if spec.get("hostNetwork"):
        for container in draft.containers:
            for port in container.get("ports", []):
                if "hostPort" in port:
                    port["hostPort"] = port["containerPort"]
    os = spec.get("os", {}).get("name")
    if os == "windows":
        for key in ("hostPID", "hostIPC", "hostUsers"):
            spec.pop(key, None)
        for context in contexts:
            for key in [key for key in context if key not in ("windowsOptions", "runAsNonRoot")]:
                context.pop(key)
    elif os == "linux":
        for context in contexts:
            context.pop("windowsOptions", None)
    for context in contexts:
        escalates = context.get("privileged") or "SYS_ADMIN" in context.get("capabilities", {}).get("add", [])
        if escalates and context.get("allowPrivilegeEscalation") is False:
            context.pop("allowPrivilegeEscalation")
    for container in draft.containers:
        _make_resources_legal(container)


def _make_resources_legal(container: Spec) -> None:
    resources = container.get("resources", {})
    limits = resources.get("limits", {})
    for name, value in list(resources.get("requests", {}).items()):
        if name in limits and (amount(value) or 0) > (amount(limits[name]) or 0):
            limits[name] = value


def _object(draft: Draft, token: str, kind: str) -> dict[str, Any]:
    version = token.partition(":")[0].removeprefix("core/")
    head: dict[str, Any] = {"apiVersion": version, "kind": kind}
    meta: dict[str, Any] = {"name": "thing", "namespace": draft.namespace}
    spec, selected = draft.spec, {"app": "thing"}
    template = {"metadata": {"annotations": draft.annotations, "labels": {**draft.labels, **selected}}, "spec": spec}
    if kind == "Pod":
        owners = {"ownerReferences": draft.owners} if draft.owners else {}
        return {**head, "metadata": {**meta, **template["metadata"], **owners}, "spec": spec}
    if kind in ("Job", "CronJob", "ScaledJob"):
        spec["restartPolicy"] = "Never"
    else:
        spec.pop("activeDeadlineSeconds", None)
    inner: dict[str, Any] = {"template": template}
    if kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"):
        inner["selector"] = {"matchLabels": selected}
    if kind == "StatefulSet":
        inner["serviceName"] = "thing"
    if kind == "ReplicationController":
        inner["selector"] = selected
    if kind in ("Job", "CronJob") and draft.maybe():
        inner["activeDeadlineSeconds"] = draft.random.choice((60, 3600, 86400, 864000))
    if kind == "CronJob":
        inner = {"schedule": "@daily", "jobTemplate": {"spec": inner}}
    if kind == "ScaledJob":
        inner = {"jobTargetRef": inner, "triggers": [{"type": "cron", "metadata": {}}]}
    if kind == "EphemeralRunnerSet":
        inner = {"ephemeralRunnerSpec": template}
    if kind == "EphemeralRunner":
        inner = template
    return {**head, "metadata": meta, "spec": inner}
