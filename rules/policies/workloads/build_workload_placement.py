"""`build-workload-placement`: what is in the fleet's namespaces says on which operating system and which pool it runs.

Agents, builds and the engine reach into their nodes or run other people's code, so the scheduler must not choose
freely: a pod without a pool may land where the cluster's own parts are. A Windows pod says `spec.os.name` too, since
only then the API server and Pod Security judge it as one.

`nodeName` is refused: it goes past the scheduler, and so past taints. The scheduler itself binds pods by another way,
and DaemonSets choose nodes by affinity. On a pod that is there nothing of this can get looser, so the API server asks
when it is made; and of a DaemonSet it asks the template, as its controller replaces a required affinity in the pods.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, Final

from rules.paths import split
from rules.policies.fleet import Fleet, FleetPool
from rules.policies.node import Node, NotKnown, Verdict, each_known
from rules.policies.pods import Pod, pods
from rules.policies.pool_taints import covers, covers_cel
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import asked, asks_for
from rules.policies.workloads.additions import may_change
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "build-workload-placement"
_OS: Final = "kubernetes.io/os"
_HARD: Final = ("NoSchedule", "NoExecute")


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    if fleet.confinement(pod.namespace()) is None:
        return
    checks: list[Callable[[], Iterator[Verdict]]] = [
        lambda: _node_name(pod),
        lambda: _os(pod),
        lambda: _pool(pod, fleet) if fleet.pools else _pool_key(pod, fleet),
    ]
    yield from each_known(checks, lambda check: check())


def _node_name(pod: Pod) -> Iterator[Verdict]:
    node = pod.spec.get("nodeName")
    if node.text():
        yield _problem(node, given(node.value), "nothing: a nodeName goes past taints", "name a pool by nodeSelector")


def _os(pod: Pod) -> Iterator[Verdict]:
    node = pod.spec.get("os", "name")
    named, selected = node.text(), pod.node_selector.get(_OS)
    if named and selected and named != selected:
        allowed = f"{given(selected)}, which the node selector asks for"
        yield _problem(node, given(named), allowed, "write the same operating system in both")
    elif pod.partial:
        return
    elif not named and pod.is_windows():
        yield _problem(node, NOTHING, given("windows"), "write os: {name: windows}")
    elif not named and not selected:
        allowed = f"{given('linux')} or {given('windows')}, here or as node selector {_OS}"
        yield _problem(node, NOTHING, allowed, "write both, os and node selector")


def _pool(pod: Pod, fleet: Fleet) -> Iterator[Verdict]:
    selector = pod.spec.get("nodeSelector")
    named = fleet.pools_named(pod.node_selector)
    there = [pool for pool in fleet.pools if pool.purpose == "build"]
    build = f"the labels of a build pool: {listed(sorted(pool.name for pool in there)) or 'there is none'}"
    for pool in named:
        if pool.purpose == "system":
            fix = "name a build pool: a build that fills a system node takes the cluster down"
            yield _problem(selector, f"those of the system pool {given(pool.name)}", build, fix)
            return
    if pod.partial:
        return
    if not named:
        what = "no node selector" if not pod.node_selector else f"the labels {listed(sorted(pod.node_selector), 'and')}"
        yield _problem(selector, what, build, "write every label that the fleet gives for the pool")
        return
    os = "windows" if pod.is_windows() else "linux"
    for pool in named:
        if pool.os != os:
            what = f"those of the {pool.os} pool {given(pool.name)} in a pod for {os}"
            yield _problem(selector, what, f"a pool with {os}", "name a pool of the pod's operating system")
            return
    yield from _tolerated(pod, named)


def _tolerated(pod: Pod, named: list[FleetPool]) -> Iterator[Verdict]:
    tolerations = pod.spec.get("tolerations")
    missing = sorted(
        {
            f"{taint.key}={taint.value}:{taint.effect}"
            for pool in named
            for taint in pool.taints
            if taint.effect in _HARD and not any(covers(node, taint) for node in tolerations.items())
        }
    )
    if missing:
        allowed = "a toleration of each taint of the pool: without it the pod never starts"
        yield _problem(tolerations, f"none of {listed(missing, 'and')}", allowed, "add the toleration")


def _pool_key(pod: Pod, fleet: Fleet) -> Iterator[Verdict]:
    if pod.partial:
        return
    selector = pod.spec.get("nodeSelector")
    labels = pod.node_selector
    keys = listed(sorted(fleet.pool_keys))
    if not any(key in labels for key in fleet.pool_keys):
        what = f"the labels {listed(sorted(labels), 'and')}" if labels else "no node selector"
        yield _problem(selector, what, f"a label that names a pool: {keys}", "add the label of a build pool")
    elif _OS not in labels and pod.spec.get("os", "name").text():
        yield _problem(selector, f"no {_OS}", f"{_OS} beside the pool", f"add {_OS}")


def _problem(node: Node, what: str, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=node.path, given=what, allowed=allowed, fix=fix)


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    """`os: {name: windows}` where the selector says it, and nothing of the pod is for Linux alone."""
    changed = copy.deepcopy(dict(resource.inputs))
    found = False
    for pod in pods(resource):
        try:
            wanted = (
                context.fleet.confinement(pod.namespace()) is not None
                and may_change(pod, pod.spec.get("os"))
                and not pod.partial
                and not pod.spec.get("os").is_given
                and pod.node_selector.get(_OS) == "windows"
                and not _for_linux(pod)
            )
        except NotKnown:
            continue
        if wanted:
            place: Any = changed
            for key in split(pod.spec.path):
                place = place[key]
            place["os"] = {"name": "windows"}
            found = True
    return changed if found else None


def _for_linux(pod: Pod) -> bool:
    """Whether a pod has what the API server refuses in one for Windows."""
    levels = [pod.spec.get("securityContext"), *(one.node.get("securityContext") for one in pod.containers)]
    settings = {key for level in levels for key, _ in level.entries()} - {"windowsOptions", "runAsNonRoot"}
    shared = [pod.spec.get(key) for key in ("hostPID", "hostIPC", "hostUsers", "shareProcessNamespace")]
    return bool(settings) or any(node.is_given for node in shared)


_NAMED: Final = "variables.spec.?os.?name.hasValue()"
_MATCHES: Final = (
    f"({_NAMED} ? !{asks_for(_OS)} || {asked(_OS)} == variables.spec.os.name : !variables.windows && {asks_for(_OS)})"
)
_KNOWN_POOL: Final = (
    "variables.poolsNamed.size() > 0 && variables.poolsNamed.all(p, p.purpose == 'build' && "
    "(p.os == 'windows') == variables.windows && p.taints.all(x, !(x.endsWith(':NoSchedule') || "
    "x.endsWith(':NoExecute')) || variables.spec.?tolerations.orValue([]).exists(t, "
    f"{covers_cel('x', 't')})))"
)
_SOME_POOL: Final = (
    f"{asks_for(_OS)} && variables.poolKeys.exists(k, k in variables.selector || "
    "variables.required.exists(e, e.key == k))"
)
_ASKED_ELSEWHERE: Final = (
    "(variables.isPod && (request.operation != 'CREATE' || request.userInfo.username in "
    "['system:kube-controller-manager', 'system:serviceaccount:kube-system:daemon-set-controller']))"
)

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="pods of the fleet name their operating system and a build pool of it",
    why="Without a pool the scheduler may put a build beside the cluster's own parts or on a pool of another trust; on "
    "the wrong operating system it never starts.",
    fix="Give spec.os.name and a nodeSelector with the labels of a build pool, tolerate its taints, and no nodeName.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    remedy=_remedy,
    references=(
        Reference(framework="Kyverno", id="restrict-node-selection"),
        Reference(framework="Checkov", id="CKV_AZURE_232"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression=f"{_ASKED_ELSEWHERE} || variables.spec.?nodeName.orValue('') == ''",
            message="a nodeName goes past taints; name a pool by nodeSelector",
        ),
        Twin(
            family="workloads",
            expression=f"{_ASKED_ELSEWHERE} || {_MATCHES}",
            message="name the operating system in spec.os.name and, the same, by nodeSelector",
        ),
        Twin(
            family="workloads",
            expression=f"{_ASKED_ELSEWHERE} || (variables.pools.size() > 0 ? {_KNOWN_POOL} : {_SOME_POOL})",
            message="the nodeSelector names a build pool of the pod's operating system, and each of its taints is "
            "tolerated",
        ),
    ),
)
