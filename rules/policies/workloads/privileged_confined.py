"""`privileged-confined`: what makes a container its node's root is for Docker's namespaces, on trusted Linux pools.

Privileged mode and capabilities beyond those that every container has give the node. Without seccomp, AppArmor or a
masked `/proc` a container is as contained as its user is. Rootless BuildKit needs that, and it is how untrusted code
builds images; so these are for Docker's namespaces too, but on pools of any trust.

An escalation makes of a user the root of his container, and is what Kubernetes allows where nothing is said. Whoever
writes `true` in the fleet's namespaces without Docker wants a root where none is needed; others' namespaces are theirs.

Owns for all rules of pods that in the fleet's namespaces a custom resource of any kind is told, if what is not known
yet in it may be a pod.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.node_access import MAY_TAKE_NODE, allowed_places, hindrance
from rules.policies.pods import Pod, doubtful_pods, pods
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.node_doors import APPARMOR_ANNOTATION, HARMLESS_CAPABILITIES
from rules.words import given, listed

ID: Final = "privileged-confined"
_PRIVILEGED: Final = "privileged"
_ESCALATION: Final = "allowPrivilegeEscalation"
_NOBODY_ESCALATES: Final = ("agents", "engine")
"""Purposes of namespaces in which no program has a use for it."""
_OPEN: Final = ("Unconfined", "Unmasked", "unconfined")


def _read(resource: Resource) -> list[Pod]:
    return [*pods(resource), *doubtful_pods(resource)]


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    if pod.doubtful:
        if fleet.confinement(pod.namespace()) is not None:
            pod.spec.known()
        return
    levels = [container.node.get("securityContext") for container in pod.containers]
    flags = [level.get(flag) for level in levels for flag in (_PRIVILEGED, _ESCALATION)]
    added = [level.get("capabilities", "add") for level in levels]

    def flag(node: Node) -> Iterator[Verdict]:
        if node.flag():
            yield from _escalates(pod, node, fleet) if node.path.endswith(_ESCALATION) else _strong(pod, node, fleet)

    def capability(node: Node) -> Iterator[Verdict]:
        if node.text() not in HARMLESS_CAPABILITIES:
            yield from _strong(pod, node, fleet)

    yield from each_known(flags, flag)
    yield from each_known(added, lambda node: _each(node, capability))
    yield from each_known(_profiles(pod), lambda node: _loose(pod, node, fleet))
    yield from guarded(_annotations(pod, fleet))


def _each(nodes: Node, check: Callable[[Node], Iterator[Verdict]]) -> Iterator[Verdict]:
    yield from each_known(nodes.items(), check)


def _strong(pod: Pod, node: Node, fleet: Fleet) -> Iterator[Verdict]:
    why = hindrance(pod, fleet) or _on_windows(pod)
    if why:
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{given(node.value)} {why}",
            allowed=f"privileges in Linux pods of {allowed_places(fleet)}",
            fix="remove it, or move the pod to such a namespace and pool; rootless BuildKit builds images without it",
        )


def _escalates(pod: Pod, node: Node, fleet: Fleet) -> Iterator[Verdict]:
    namespace = pod.namespace()
    if fleet.confinement(namespace) in _NOBODY_ESCALATES:
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"true in namespace {given(namespace)}",
            allowed="false: nothing there becomes another user",
            fix="write false, or move the pod to a namespace for Docker",
        )


def _profiles(pod: Pod) -> list[Node]:
    levels = [pod.spec.get("securityContext"), *(one.node.get("securityContext") for one in pod.containers)]
    found = [level.get(profile, "type") for level in levels for profile in ("seccompProfile", "appArmorProfile")]
    return [*found, *(level.get("procMount") for level in levels[1:])]


def _loose(pod: Pod, node: Node, fleet: Fleet) -> Iterator[Verdict]:
    if node.text() not in _OPEN:
        return
    here = fleet.confinement(pod.namespace()) == "agents-docker"
    why = _on_windows(pod) if here else hindrance(pod, fleet)
    if why:
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{given(node.value)} {why}",
            allowed=f"such a setting in Linux pods of {listed(sorted(fleet.docker_namespaces)) or 'no namespace'}",
            fix="remove it; seccompProfile: {type: RuntimeDefault} is what most programs need",
        )


def _annotations(pod: Pod, fleet: Fleet) -> Iterator[Verdict]:
    found = [node for key, node in pod.meta.get("annotations").entries() if key.startswith(APPARMOR_ANNOTATION)]
    yield from each_known(found, lambda node: _loose(pod, node, fleet))


def _on_windows(pod: Pod) -> str | None:
    return "in a pod for Windows" if pod.is_windows() else None


_SECURITY: Final = "c.?securityContext"
_TAKES_NODE: Final = (
    f"{_SECURITY}.?privileged.orValue(false) || "
    f"{_SECURITY}.?capabilities.?add.orValue([]).exists(a, !(a in {literal(HARMLESS_CAPABILITIES)}))"
)


def _open(security: str) -> str:
    fields = ("?seccompProfile.?type", "?appArmorProfile.?type", "?procMount")
    return " || ".join(f"{security}.{field}.orValue('') in {literal(_OPEN)}" for field in fields)


_IS_LOOSE: Final = (
    f"({_open('variables.spec.?securityContext')} || variables.containers.exists(c, {_open(_SECURITY)}) || "
    f"variables.meta.?annotations.orValue({{}}).exists(k, k.startsWith({literal(APPARMOR_ANNOTATION)}) && "
    f"variables.meta.annotations[k] in {literal(_OPEN)}))"
)

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="privileged containers and added capabilities are in namespaces for Docker, on trusted pools",
    why="A privileged container is root on its node: it reads every other pod's secrets there, and the kubelet's. An "
    "agent that needs no root and may become it is half-way there.",
    fix="Remove the setting, or move the pod to a namespace for Docker and to a trusted Linux pool.",
    severity="critical",
    levels=MANDATORY,
    read=_read,
    check=_check,
    references=(
        Reference(framework="Pod Security Standards", id="Baseline: Privileged Containers"),
        Reference(framework="CIS Kubernetes 1.12", id="5.2.2"),
        Reference(framework="Azure Policy", id="95edb821-ddaf-4404-9732-666045e056b4"),
        Reference(framework="Checkov", id="CKV_K8S_16"),
        Reference(framework="Trivy", id="KSV-0017"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression=f"!variables.containers.exists(c, {_TAKES_NODE}) || ({MAY_TAKE_NODE} && !variables.windows)",
            message="privileged and added capabilities are for Linux pods in namespaces for Docker, on trusted pools",
        ),
        Twin(
            family="confinement",
            expression=f"!(variables.confinement in {literal(list(_NOBODY_ESCALATES))}) || "
            f"!variables.containers.exists(c, {_SECURITY}.?{_ESCALATION}.orValue(false))",
            message=f"write {_ESCALATION}: false; nothing in this namespace becomes another user",
        ),
        Twin(
            family="confinement",
            expression=f"!{_IS_LOOSE} || (variables.confinement == 'agents-docker' && !variables.windows)",
            message="Unconfined and Unmasked are for Linux pods in namespaces for Docker",
        ),
    ),
)
