"""Cases of `docker-pipe-confined`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.docker_pipe_confined import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, docker_agent, engine, linux_agent, windows_agent, with_spec, workload

SPEC = "spec.template.spec"
MOUNT = f"{SPEC}.volumes[0].hostPath.path"
HOST = f"{SPEC}.containers[0].env[0].value"
AGENT = Case(title="a Windows agent", resources=[workload(windows_agent(), "azdo-agents-docker")])
PLAIN = Case(title="an agent without Docker", resources=[workload(linux_agent(), "azdo-agents")])

SPELLINGS = (
    r"\\.\pipe\docker_engine",
    "//./pipe/docker_engine",
    r"\\?\pipe\docker_engine",
    r"\\.\PIPE\Docker_Engine",
    r"\\.\pipe/docker_engine",
    r"\\.\\pipe\\docker_engine",
    "\\\\.\\pipe\\docker_engine\\",
    "////.//pipe//docker_engine//",
    r"/\./pipe\docker_engine",
)
OTHER_PIPES = (
    r"\\.\pipe\docker_engine_windows",
    r"\\.\pipe",
    r"\\.\pipe\a\docker_engine",
    r"\\localhost\pipe\docker_engine",
    r"\\.\GLOBALROOT\Device\NamedPipe\docker_engine",
)


def mounting(path: object) -> dict[str, Any]:
    """A Linux agent's spec with a volume of the node, which no environment variable tells of."""
    return with_spec(linux_agent(), volumes=[{"name": "pipe", "hostPath": {"path": path}}])


def telling(key: str, value: object) -> dict[str, Any]:
    spec = linux_agent()
    spec["containers"][0][key] = value
    return spec


def variable(value: object, name: str = "DOCKER_HOST") -> list[dict[str, object]]:
    return [{"name": name, "value": value}]


CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        PLAIN,
        Case(
            title="a runner of GitHub",
            resources=[
                workload(windows_agent(), "github-runners-docker", "actions.github.com/v1alpha1:AutoscalingRunnerSet")
            ],
        ),
        Case(title="a build", resources=[workload(windows_agent(), "docker-builds", "batch/v1:Job")]),
        Case(title="a daemon beside the agent", resources=[workload(docker_agent(), "azdo-agents-docker")]),
        *(
            Case(title=f"where it may be, written {path}", resources=[workload(mounting(path), "azdo-agents-docker")])
            for path in SPELLINGS
        ),
        Case(
            title="the engine, which serves the pipe",
            resources=[
                workload(
                    with_spec(engine(), containers=[{"name": "engine", "command": ["dockerd.exe", "-H", "npipe://"]}]),
                    "docker-engine",
                    "apps/v1:DaemonSet",
                )
            ],
        ),
        Case(
            title="a variable that is not known and no engine's address",
            resources=[workload(telling("env", variable(UNKNOWN, "ORGANIZATION")), "azdo-agents")],
        ),
        Case(
            title="a page of a web site",
            resources=[workload(telling("args", ["https://example.com/pipe/docker_engine"]), "azdo-agents")],
        ),
    ),
    fails=(
        *(
            Case(
                title=f"elsewhere, written {path}",
                resources=[workload(mounting(path), "azdo-agents")],
                at=[MOUNT],
            )
            for path in SPELLINGS
        ),
        *(
            Case(
                title=f"another pipe: {path}",
                resources=[workload(mounting(path), "azdo-agents-docker")],
                at=[MOUNT],
            )
            for path in OTHER_PIPES
        ),
        Case(
            title="together with HostProcess",
            resources=[
                workload(
                    with_spec(windows_agent(), hostNetwork=True, securityContext=engine()["securityContext"]),
                    "azdo-agents-docker",
                )
            ],
            at=[MOUNT, HOST],
        ),
        Case(
            title="in the engine's own pod",
            resources=[
                workload(with_spec(engine(), volumes=windows_agent()["volumes"]), "docker-engine", "apps/v1:DaemonSet")
            ],
            at=[MOUNT],
        ),
        Case(
            title="on an untrusted pool",
            resources=[
                workload(
                    with_spec(mounting(SPELLINGS[0]), nodeSelector={"agentpool": "pr", "kubernetes.io/os": "linux"}),
                    "azdo-agents-docker",
                )
            ],
            at=[MOUNT],
        ),
        Case(
            title="by DOCKER_HOST",
            resources=[workload(telling("env", variable("npipe:////./pipe/docker_engine")), "default", "core/v1:Pod")],
            at=["spec.containers[0].env[0].value"],
        ),
        Case(
            title="by an argument",
            resources=[
                workload(telling("args", ["-H", "npipe:////./pipe/docker_engine", "ps"]), "a", "batch/v1:CronJob")
            ],
            at=["spec.jobTemplate.spec.template.spec.containers[0].args[1]"],
        ),
        Case(
            title="by a script",
            resources=[
                workload(
                    telling("command", ["powershell", "-c", r"docker -H 'NPIPE:\\\\.\\pipe\\docker_engine' ps"]), "a"
                )
            ],
            at=[f"{SPEC}.containers[0].command[2]"],
        ),
        Case(
            title="by an argument that names another one",
            resources=[workload(telling("args", [r"--pipe=\\.\pipe\other"]), "azdo-agents-docker")],
            at=[f"{SPEC}.containers[0].args[0]"],
        ),
    ),
    unknown=(
        Case(title="the path", resources=[workload(mounting(UNKNOWN), "azdo-agents")], at=[MOUNT]),
        Case(
            title="the namespace",
            resources=[workload(mounting(SPELLINGS[0]), UNKNOWN)],
            at=["metadata.namespace"],
        ),
        Case(
            title="where the engine is",
            resources=[workload(telling("env", variable(UNKNOWN)), "azdo-agents")],
            at=[HOST],
        ),
        Case(
            title="the pool",
            resources=[workload(with_spec(mounting(SPELLINGS[0]), nodeSelector=UNKNOWN), "azdo-agents-docker")],
            at=[f"{SPEC}.nodeSelector"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path="metadata.namespace", value="azdo-agents"),
        Mutation(of=AGENT, path="metadata.namespace", value="docker-engine"),
        Mutation(of=AGENT, path=MOUNT, value=r"\\.\pipe\docker_engine_linux"),
        Mutation(of=AGENT, path=HOST, value="npipe:////./pipe/docker"),
        Mutation(of=AGENT, path=f"{SPEC}.containers[0].securityContext.windowsOptions.hostProcess", value=True),
        Mutation(
            of=PLAIN, path=f"{SPEC}.volumes", value=[{"name": "a", "hostPath": {"path": "//./pipe/docker_engine"}}]
        ),
    ),
)
