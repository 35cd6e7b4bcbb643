"""`cri-socket-forbidden`: nobody gets the socket or pipe of a container runtime, nor an engine over the network.

containerd, CRI-O and the node's own Docker socket give their user every container of the node, the cluster's own among
them, and no purpose of a fleet needs them: agents have the pipe of the fleet's engine, or a daemon of their own. A
folder that holds such a socket (`/run`, `/`) is as good as the socket. Ports 2375 and 2376 are an engine for whoever
finds it.

Many programs have an option `--host` and take a URL. So besides the ports and the variable `DOCKER_HOST` an address is
one of an engine where docker or dockerd is told it, or where it is `tcp://` without a port, which means Docker's. An
address without `://` is one over TCP, unless it is a path, and blanks in front of it do not count (docker/cli,
opts/hosts.go, `ParseHost`, read 2026-11). What is nothing but a reference to another variable is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.policies.container_texts import ENGINE_VARIABLES, Text, texts_of
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.node_access import node_paths
from rules.policies.node_paths import (
    is_runtime,
    is_runtime_cel,
    is_runtime_mention,
    is_runtime_mention_cel,
    lower,
    normal,
    pipes_named,
    pipes_named_cel,
)
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.node_doors import ENGINE_PORTS
from rules.words import given, listed

ID: Final = "cri-socket-forbidden"
# A blank stands at the end of each text: `$` means different things to RE2 and to Python.
_PORT: Final = r":(2375|2376)[^0-9a-z]"
_OPTION: Final = r"(-h|--host)[ =]*tcp://"
_NO_PORT: Final = r"(\[[0-9a-f:.]*\]|[^ :/]*)[ /]"
# Options of docker stand before its command; what stands behind may be for the program in a container.
_DOCKER: Final = r"(^|[ /])dockerd?(\.exe)? (-[^ ]+ ([^- ][^ ]* )?)*"
_HOST_ALONE: Final = r"(-h|--host)[ =]*[0-9a-z:\[][0-9a-z._:\[\]-]* "
_ENGINE: Final = rf"{_PORT}|(^| ){_OPTION}{_NO_PORT}|{_DOCKER}{_OPTION}|{_DOCKER}{_HOST_ALONE}"
_BLANKS: Final = r"[\t\n\x0b\x0c\r \x85\xa0]*"
_TCP: Final = rf"^{_BLANKS}(tcp|https?)://"
_NO_HOST: Final = rf"://|^{_BLANKS}(\.?[/\\]|\$\([^()]*\){_BLANKS}$|$)"
"""What is no name or number of a host: an address with its scheme, a path, another variable, nothing."""
# Every branch of the pattern asks for one of these, and to look for a word costs the API server a twentieth of it.
_MAY_NAME_ENGINE: Final = "(t.contains(':237') || t.contains('tcp://') || (t.contains('docker') && t.contains('-h')))"
_PORTS: Final = listed(map(str, ENGINE_PORTS))
_OVER_TCP: Final = "an engine over TCP"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    yield from each_known(node_paths(pod), _mount)
    yield from each_known(pod.containers, _container)


def _mount(node: Node) -> Iterator[Verdict]:
    text = node.text()
    if text is not None and is_runtime(normal(text)):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(text),
            allowed="no socket or pipe of the node's container runtime, and no folder that holds one",
            fix="remove the volume; a daemon of the pod's own puts its socket in an emptyDir",
        )


def _container(container: Container) -> Iterator[Verdict]:
    every = texts_of(container)
    yield from each_known(every, _mention)
    yield from guarded(_command_line([text for text in every if text.variable is None]))
    yield from each_known(container.node.get("ports").items(), _port)


def _mention(text: Text) -> Iterator[Verdict]:
    words = text.read()
    for pipe in pipes_named(words):
        if is_runtime_mention(pipe):
            yield _problem(text.path, given(pipe), "no pipe of the node's container runtime")
            return
    # Only the port is shown: an address may hold a password.
    if lower(text.variable or "") in ENGINE_VARIABLES and _is_tcp(lower(words)):
        yield _problem(text.path, f"{_OVER_TCP}, by {text.variable}", "a pipe or a socket")
    elif text.variable is not None and (found := _engine(f"{_slashes(words)} ")):
        yield _problem(text.path, found, "a pipe or a socket")


def _is_tcp(address: str) -> bool:
    return re.search(_TCP, address) is not None or re.search(_NO_HOST, address) is None


def _command_line(words: list[Text]) -> Iterator[Verdict]:
    """An option may be one word, and its value the next."""
    line = ""
    for text in words:
        line += f"{_slashes(text.node.value if isinstance(text.node.value, str) else '')} "
        if found := _engine(line):
            yield _problem(text.path, found, "a pipe or a socket")
            return


def _engine(line: str) -> str | None:
    """What a text in lower case, with a blank at its end, says of an engine over TCP."""
    if not re.search(_ENGINE, line):
        return None
    port = re.search(_PORT, line)
    return f"{_OVER_TCP}, port {port[1]}" if port else f"{_OVER_TCP}, by the option -H"


def _port(node: Node) -> Iterator[Verdict]:
    number = node.get("containerPort")
    if number.number() in ENGINE_PORTS:
        allowed = "no port of a Docker Engine: there is no sign-in, or one that every pod could try"
        yield _problem(number.path, given(number.value), allowed)


def _slashes(text: str) -> str:
    return lower(text.replace("\\", "/"))


def _problem(path: str, what: str, allowed: str) -> Problem:
    fix = "use the pipe of the fleet's engine, or a socket (unix:///PATH) of a daemon in the same pod"
    return Problem(rule=ID, path=path, given=what, allowed=allowed, fix=fix)


RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="no pod reaches the node's container runtime or an engine over TCP",
    why="A runtime's socket is every container of the node, the cluster's own among them; an engine over TCP is the "
    "node for whoever finds the port.",
    fix="Remove the volume or the address; use the fleet's engine by its pipe, or a daemon in the same pod.",
    severity="critical",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Checkov", id="CKV_K8S_27"),
        Reference(framework="Trivy", id="KSV-0006"),
        Reference(framework="Kyverno", id="disallow-cri-sock-mount"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression=f"variables.nodePaths.map(p, p.lowerAscii()).all(p, !{is_runtime_cel('p')}) && "
            f"variables.texts.all(some, some.all(t, !({_MAY_NAME_ENGINE} && (t + ' ').matches({literal(_ENGINE)})) && "
            f"!{pipes_named_cel('t')}.exists(p, {is_runtime_mention_cel('p')}))) && "
            "variables.containers.all(c, "
            f"c.?env.orValue([]).all(e, !(e.name.lowerAscii() in {literal(ENGINE_VARIABLES)}) || "
            "[string(e.?value.orValue('')).lowerAscii()].all(v, "
            f"!v.matches({literal(_TCP)}) && v.matches({literal(_NO_HOST)}))) && "
            f"c.?ports.orValue([]).all(p, !(p.?containerPort.orValue(0) in {literal(ENGINE_PORTS)})))",
            message="no socket, pipe or parent folder of the node's container runtime, and no Docker Engine over TCP "
            f"(DOCKER_HOST, -H, port {_PORTS})",
        ),
    ),
)
