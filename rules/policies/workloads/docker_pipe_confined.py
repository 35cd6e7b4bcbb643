r"""`docker-pipe-confined`: the pipe of the node's Docker Engine is for agents and builds that are trusted with a node.

Whoever writes to `\\.\pipe\docker_engine` can start a container with the node's disk in it. A mount of a pipe counts
however it is written, and so does its name in a command line or an environment variable: `npipe:////./pipe/...`.

HostProcess pods mount no pipe; they are on the node already. Those of the engine may name the pipe they serve.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.container_texts import Text, texts
from rules.policies.fleet import Fleet
from rules.policies.node import Node, Verdict, each_known
from rules.policies.node_access import MAY_TAKE_NODE, allowed_places, hindrance, node_paths
from rules.policies.node_paths import (
    is_engine_mention,
    is_engine_mention_cel,
    is_engine_pipe,
    is_engine_pipe_cel,
    is_pipe,
    is_pipe_cel,
    is_runtime,
    is_runtime_cel,
    is_runtime_mention,
    is_runtime_mention_cel,
    normal,
    pipes_named,
    pipes_named_cel,
)
from rules.policies.pods import Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given

ID: Final = "docker-pipe-confined"
_EXACT: Final = r"\\.\pipe\docker_engine"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    yield from each_known(node_paths(pod), lambda node: _mount(pod, node, fleet))
    yield from each_known(texts(pod), lambda text: _mention(pod, text, fleet))


def _mount(pod: Pod, node: Node, fleet: Fleet) -> Iterator[Verdict]:
    text = node.text()
    path = normal(text or "")
    # Pipes of other runtimes are for cri-socket-forbidden.
    if text is None or not is_pipe(path) or is_runtime(path):
        return
    if not is_engine_pipe(path):
        yield _problem(node.path, given(text), f"the pipe {_EXACT} and no other", f"mount {_EXACT}, or nothing")
    elif pod.host_process():
        allowed = "no pipe in a HostProcess pod, which is on the node already"
        yield _problem(node.path, given(text), allowed, "remove the volume, or hostProcess")
    elif why := hindrance(pod, fleet):
        yield _confined(node.path, f"{given(text)} {why}", fleet)


def _mention(pod: Pod, text: Text, fleet: Fleet) -> Iterator[Verdict]:
    for pipe in pipes_named(text.read()):
        if is_runtime_mention(pipe):
            continue
        # Of a command line nothing else is shown: there may be a password in it.
        if not is_engine_mention(pipe):
            yield _problem(text.path, given(pipe), f"the pipe {_EXACT} and no other", f"name {_EXACT}, or nothing")
        elif not _serves(pod, fleet) and (why := _no_client(pod, fleet)):
            yield _confined(text.path, f"the engine's pipe {why}", fleet)
        else:
            continue
        return


def _serves(pod: Pod, fleet: Fleet) -> bool:
    return fleet.confinement(pod.namespace()) == "engine" and pod.host_process()


def _no_client(pod: Pod, fleet: Fleet) -> str | None:
    return "in a HostProcess pod" if pod.host_process() else hindrance(pod, fleet)


def _confined(path: str, what: str, fleet: Fleet) -> Problem:
    fix = "remove it, or move the pod to such a namespace and pool; untrusted code builds with BuildKit on Linux"
    return _problem(path, what, f"the engine's pipe in {allowed_places(fleet)}", fix)


def _problem(path: str, what: str, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=path, given=what, allowed=allowed, fix=fix)


_MOUNTS: Final = (
    f"variables.nodePaths.map(p, p.lowerAscii()).all(p, !{is_pipe_cel('p')} || {is_runtime_cel('p')} || "
    f"({is_engine_pipe_cel('p')} && {MAY_TAKE_NODE} && !variables.hostProcess))"
)
_CLIENTS: Final = f"(variables.hostProcess ? variables.confinement == 'engine' : {MAY_TAKE_NODE})"
_MENTIONS: Final = (
    f"variables.texts.all(some, some.all(t, {pipes_named_cel('t')}.all(p, {is_runtime_mention_cel('p')} || "
    f"({is_engine_mention_cel('p')} && {_CLIENTS}))))"
)

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="the pipe of the node's Docker Engine is used in namespaces for Docker, on trusted pools",
    why="Whoever reaches the pipe is an administrator of the node and sees every other job on it.",
    fix=rf"Mount {_EXACT} in namespaces for Docker only, on trusted pools, and no other pipe.",
    severity="critical",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Azure Policy", id="098fc59e-46c7-4d99-9b16-64990e543d75"),
        Reference(framework="Trivy", id="KSV-0023"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression=f"{_MOUNTS} && {_MENTIONS}",
            message="of the node's pipes a pod may use the Docker Engine's alone, in a namespace for Docker, on a "
            "trusted pool and not as a HostProcess pod",
        ),
    ),
)
