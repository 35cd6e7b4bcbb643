"""What a change does to pods and to the jobs in them.

Owns one sentence a workload: which pods are made anew, and what happens to the jobs that run in them meanwhile. How
each controller behaves is docs/operations.md's; a kind that is not known here is told by its pods alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components import contract
from review.differences import changes
from review.effect import Harm, Told
from review.log import State, Step
from review.resources import resource
from review.words import counted
from rules.policies.fleet import POOL_LABEL
from rules.policies.node import NotKnown
from rules.policies.pods import Pod, pods

_DEFAULT_GRACE: Final = 30.0
"""Kubernetes' own terminationGracePeriodSeconds."""
_JOBS: Final = ("ScaledJob", "AutoscalingRunnerSet")
_KEPT: Final = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "DaemonSet")
ENGINE_STAYS: Final = "the supervisor's pods are made anew, node by node; the engines and the jobs on them keep running"
ENGINE_UPGRADE: Final = (
    "an upgrade of the engine, node by node: each is cordoned, waits for the jobs of its agents, is drained and gets "
    "the new one; `up` does not wait for it"
)
ENGINE_DAEMON: Final = (
    "the engine takes it in place, or where that takes a start, as an upgrade: node by node, each drained after the "
    "jobs of its agents"
)
_ENGINE_GOES: Final = "the engine is uninstalled from each node, which `up` waits for"
_SETTINGS: Final = 'data["settings.json"] > '
_RESTARTS: Final = ("version", "data_root", "existing", "install_root")
_DAEMON: Final = "daemon"
"""Keys of that document."""
_LONG_MINUTES: Final = 5
"""A pod that may take this long to end is one with jobs."""


def knows(step: Step) -> bool:
    """Whether a step is on a kind whose pods are told here."""
    package, _, kind = step.state.type.partition(":")
    return package == "kubernetes" and kind.rpartition(":")[2] in (*_JOBS, *_KEPT, "Job", "CronJob")


def names_users(text: str) -> bool:
    """Whether a sentence is on an engine that its users feel."""
    return text in (ENGINE_UPGRADE, ENGINE_DAEMON) or text.startswith(_ENGINE_GOES)


def effects(step: Step) -> Iterator[Told]:
    """What a step on a workload does to its pods."""
    kind = step.state.type.rpartition(":")[2]
    if kind == "Namespace" and step.operation in ("replace", "delete"):
        yield Harm.JOBS_END, "everything in the namespace ends with it"
    elif kind == "ConfigMap":
        yield from _of_engine(step)
    elif kind in (*_JOBS, *_KEPT, "Job", "CronJob"):
        yield from _of_workload(kind, step)


def _of_engine(step: Step) -> Iterator[Told]:
    """Of the document that an engine's supervisor reads (`components/docker_engine/supervisor_settings.py`)."""
    keys = {
        change.path.removeprefix(_SETTINGS).partition(".")[0] for change in changes(step) if _SETTINGS in change.path
    }
    if step.operation == "update" and keys & set(_RESTARTS):
        yield Harm.DRAIN, ENGINE_UPGRADE
    elif step.operation == "update" and _DAEMON in keys:
        yield Harm.DRAIN, ENGINE_DAEMON


def pools_used(state: State) -> set[str]:
    """The values of our pool label that the pods of a workload ask for."""
    found = set()
    for pod in pods_of(state):
        try:
            pool = pod.node_selector.get(POOL_LABEL)
        except NotKnown:
            continue
        if pool:
            found.add(pool)
    return found


def _of_workload(kind: str, step: Step) -> Iterator[Told]:
    if kind == "DaemonSet" and step.operation in ("delete", "replace") and is_engine(step):
        anew = " and installed anew; its agents cannot build meanwhile" if step.operation == "replace" else ""
        yield Harm.JOBS_END, f"{_ENGINE_GOES}{anew}"
    elif step.operation == "delete":
        if kind != "Job":
            yield Harm.RESTART, f"its pods end; {_patience(step.old)}"
    elif step.operation == "replace":
        told = {
            "Job": "runs again",
            "AutoscalingRunnerSet": "is deleted and made anew: waits for running jobs, new ones queue meanwhile",
            "ScaledJob": "is deleted and made anew: running jobs go on to their end, new ones queue meanwhile",
        }.get(kind, f"is deleted and made anew, with all its pods; {_patience(step.old)}")
        yield Harm.LATER if kind == "Job" else Harm.RESTART, told
    elif step.operation == "update":
        if _templates(step.old) != _templates(step.new):
            yield _new_template(kind, step)
        if (fewer := _replicas(step.old) - _replicas(step.new)) > 0:
            yield Harm.RESTART, f"{counted(fewer, 'pod')} fewer; {_patience(step.old)}"


def _new_template(kind: str, step: Step) -> Told:
    if kind == "DaemonSet" and is_engine(step):
        return Harm.RESTART, ENGINE_STAYS
    later = {
        "ScaledJob": "running jobs go on; new ones get the new pods",
        "AutoscalingRunnerSet": "running jobs go on; new runners get the new pods",
        "Job": "runs again",
        "CronJob": "takes effect with its next run",
    }
    if kind in later:
        return Harm.LATER, later[kind]
    if kind == "DaemonSet":
        return Harm.RESTART, "its pods are made anew, node by node"
    return Harm.RESTART, f"pods are made anew, one after another; {_patience(step.old)}"


def _patience(state: State | None) -> str:
    """How long a pod that is told to end may go on with its job."""
    seconds = 0.0
    for pod in pods_of(state) if state else []:
        value = pod.spec.get("terminationGracePeriodSeconds").value
        seconds = max(seconds, value if isinstance(value, int | float) else _DEFAULT_GRACE)
    if seconds >= _LONG_MINUTES * 60:
        return f"one that has a job finishes it first, for up to {int(seconds // 60)} minutes"
    return f"each has {int(seconds or _DEFAULT_GRACE)} s to end"


def is_engine(step: Step) -> bool:
    """Whether a DaemonSet is that of the Docker Engine's supervisor, or like it a process of its nodes."""
    found = [pod for state in (step.old, step.new) if state for pod in pods_of(state)]
    for pod in found:
        labels = pod.meta.get("labels")
        named = labels.get(contract.LABEL_NAME).value == contract.SERVICE_ACCOUNT_ENGINE
        try:
            if named or pod.host_process():
                return True
        except NotKnown:
            continue
    return False


def _templates(state: State | None) -> list[object]:
    return [(pod.spec.value, pod.meta.value) for pod in pods_of(state)] if state else []


def _replicas(state: State | None) -> int:
    """How many pods a Deployment or StatefulSet asks for; 0 of what has no such number."""
    spec = state.inputs.get("spec") if state else None
    value = spec.get("replicas") if isinstance(spec, dict) else None
    return int(value) if isinstance(value, int | float) else 0


def pods_of(state: State) -> list[Pod]:
    """The pods of a resource; none where it is not known what it is."""
    try:
        return pods(resource(state))
    except NotKnown:
        return []
