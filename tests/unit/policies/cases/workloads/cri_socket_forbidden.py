"""Cases of `cri-socket-forbidden`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.cri_socket_forbidden import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.workloads.docker_pipe_confined import mounting, telling, variable
from tests.unit.policies.scenes import UNKNOWN, docker_agent, kubernetes, linux_agent, windows_agent, workload

SPEC = "spec.template.spec"
MOUNT = f"{SPEC}.volumes[0].hostPath.path"
FIRST = f"{SPEC}.containers[0]"
DOCKER = Case(title="an agent with a daemon of its own", resources=[workload(docker_agent(), "azdo-agents-docker")])
WINDOWS = Case(title="a Windows agent", resources=[workload(windows_agent(), "azdo-agents-docker")])

DOORS = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "//run//docker.sock/",
    "/var/run",
    "/run/",
    "/run/.",
    "/",
    "//",
    "/run/containerd/containerd.sock",
    "/run/containerd",
    "/run/k3s/containerd/containerd.sock",
    "/var/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/podman",
    "/run/user/1000/docker.sock",
    "/proc/1/root/run/containerd",
    r"\\.\pipe\containerd-containerd",
    r"\\.\PIPE\Docker-Containerd",
    r"//?/pipe/crio",
    r"\\.\pipe\cri-dockerd",
)
PROGRAMS = (
    ("locust", "--host", "https://shop.example.com"),
    ("kibana", "--host=http://elasticsearch:9200"),
    ("psql", "-h", "database", "-p", "5432"),
    ("broker", "--host", "tcp://0.0.0.0:1883"),
    ("docker", "run", "locust", "--host", "https://shop.example.com"),
    ("docker", "run", "broker", "--host", "tcp://0.0.0.0:1883"),
    ("/opt/docker-exporter", "--host=https://metrics.example.com"),
)
"""Command lines that have an address, and none of an engine."""
ENGINES = (
    "dockerd --tls=false -H tcp://0.0.0.0:4243",
    "C:/docker/dockerd.exe --log-level debug -H tcp://0.0.0.0:4243",
    "cd /x; /usr/bin/docker --tls --tlscacert ca.pem -H=tcp://host:4243 ps",
    "docker --host tcp://[::1] ps",
    "docker -H tcp://10.0.0.4/ ps",
    "curl http://10.0.0.4:2375/containers/json",
    "docker -H 10.0.0.4:12375 ps",
    "dockerd --host=[::]:12375",
)
ADDRESSES = ("1.2.3.4:12375", " tcp://1.2.3.4:99", "\t1.2.3.4:12375", "engine", ":12375", "[::1]:99", "$(NODE):12375")
"""Values of DOCKER_HOST that Docker's client takes for one over TCP."""
NO_ADDRESSES = (
    "",
    " ",
    "unix:///run/docker-engine/docker.sock",
    " npipe:////./pipe/docker_engine ",
    "ssh://builder@host",
    "/run/docker-engine/docker.sock",
    "./docker.sock",
    r"\\.\pipe\docker_engine",
    "$(ENGINE)",
    " $(ENGINE) ",
)
"""Values that it takes for another, or that are not followed."""


def own_daemon() -> dict[str, Any]:
    """A daemon and its client as ARC's own mode has them: the socket in an emptyDir."""
    spec = docker_agent()
    spec["volumes"] = [{"name": "socket", "emptyDir": {}}]
    spec["initContainers"][0]["args"] = ["dockerd", "--host=unix:///var/run/docker.sock", "--group=123"]
    spec["containers"][0]["env"] = variable("unix:///var/run/docker.sock")
    spec["containers"][0]["volumeMounts"] = [{"name": "socket", "mountPath": "/var/run"}]
    return spec


CASES = Cases(
    rule=RULE,
    passes=(
        DOCKER,
        WINDOWS,
        Case(title="a socket in an emptyDir", resources=[workload(own_daemon(), "github-runners-docker")]),
        Case(title="the engine's pipe", resources=[workload(mounting(r"\\.\pipe\docker_engine"), "azdo-agents")]),
        Case(title="caches", resources=[workload(mounting("/var/lib/buildfleet/caches/run/x"), "azdo-agents")]),
        Case(
            title="BuildKit at a port of its own",
            resources=[workload(telling("args", ["--addr=tcp://0.0.0.0:1234", "sha256:2375ab"]), "azdo-agents-docker")],
        ),
        *(
            Case(title=f"{' '.join(words)}", resources=[workload(telling("command", list(words)), "web")])
            for words in PROGRAMS
        ),
        *(
            Case(
                title=f"no engine over TCP, {address!r}",
                resources=[workload(telling("env", variable(address)), "azdo-agents-docker")],
            )
            for address in NO_ADDRESSES
        ),
        Case(
            title="addresses of other programs in variables",
            resources=[
                workload(telling("env", variable("--host=https://vault", "VAULT_OPTIONS")), "web"),
            ],
        ),
    ),
    fails=(
        *(
            Case(title=f"{path}", resources=[workload(mounting(path), "azdo-agents-docker")], at=[MOUNT])
            for path in DOORS
        ),
        Case(
            title="in a custom resource that nobody here knows",
            resources=[
                kubernetes(
                    "example.com/v1:Fleet",
                    {"metadata": {"name": "x"}, "spec": {"a": [{"pod": {"spec": mounting("/run/docker.sock")}}]}},
                )
            ],
            at=["spec.a[0].pod.spec.volumes[0].hostPath.path"],
        ),
        Case(
            title="an engine over TCP, by variable",
            resources=[workload(telling("env", variable("tcp://10.0.0.4:2376")), "azdo-agents-docker")],
            at=[f"{FIRST}.env[0].value"],
        ),
        *(
            Case(
                title=f"an engine over TCP, {address!r}",
                resources=[workload(telling("env", variable(address)), "azdo-agents-docker")],
                at=[f"{FIRST}.env[0].value"],
            )
            for address in ADDRESSES
        ),
        Case(
            title="an engine over TCP at another port, by variable",
            resources=[workload(telling("env", variable("TCP://docker:9999", "docker_host")), "azdo-agents-docker")],
            at=[f"{FIRST}.env[0].value"],
        ),
        Case(
            title="an engine's port in a variable of another name",
            resources=[workload(telling("env", variable("docker -H 10.0.0.4:2375 ps", "STEP")), "azdo-agents-docker")],
            at=[f"{FIRST}.env[0].value"],
        ),
        Case(
            title="a daemon that listens, in one word",
            resources=[workload(telling("args", ["--host=tcp://0.0.0.0", "--tls=false"]), "azdo-agents-docker")],
            at=[f"{FIRST}.args[0]"],
        ),
        Case(
            title="a daemon that listens, in two words",
            resources=[workload(telling("command", ["dockerd", "-H", "tcp://0.0.0.0"]), "azdo-agents-docker")],
            at=[f"{FIRST}.command[2]"],
        ),
        *(
            Case(
                title=f"{words}",
                resources=[workload(telling("command", ["sh", "-c", words]), "azdo-agents-docker")],
                at=[f"{FIRST}.command[2]"],
            )
            for words in ENGINES
        ),
        Case(
            title="a daemon that listens on every address",
            resources=[workload(telling("command", ["sh", "-c", "dockerd -H :2375"]), "azdo-agents-docker")],
            at=[f"{FIRST}.command[2]"],
        ),
        Case(
            title="a port of Docker",
            resources=[workload(telling("ports", [{"containerPort": 2375}]), "azdo-agents-docker")],
            at=[f"{FIRST}.ports[0].containerPort"],
        ),
        Case(
            title="containerd by an argument",
            resources=[workload(telling("args", ["npipe:////./pipe/containerd-containerd"]), "azdo-agents-docker")],
            at=[f"{FIRST}.args[0]"],
        ),
    ),
    unknown=(
        Case(title="the path", resources=[workload(mounting(UNKNOWN), "azdo-agents")], at=[MOUNT]),
        Case(
            title="an argument",
            resources=[workload(telling("args", ["-v", UNKNOWN]), "azdo-agents")],
            at=[f"{FIRST}.args[1]"],
        ),
        Case(
            title="the containers",
            resources=[workload({**linux_agent(), "containers": UNKNOWN}, "azdo-agents")],
            at=[f"{SPEC}.containers"],
        ),
    ),
    mutations=(
        Mutation(of=DOCKER, path=f"{SPEC}.volumes", value=[{"name": "a", "hostPath": {"path": "/var/run"}}]),
        Mutation(of=DOCKER, path=f"{SPEC}.initContainers[0].args", value=["--host", "tcp://0.0.0.0"]),
        Mutation(of=WINDOWS, path=MOUNT, value=r"\\.\pipe\containerd-containerd"),
        Mutation(of=WINDOWS, path=f"{FIRST}.env[0].value", value="tcp://docker:2375"),
    ),
)
