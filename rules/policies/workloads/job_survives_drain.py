"""`job-survives-drain`: a node that is drained or scaled down waits for the job that it runs, and not for ever.

Owns what a pod and its budget must say for that, in the fleet's namespaces of agents:

- the autoscaler does not remove the node below a job: `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`. Pods
  of a DaemonSet do not keep a node, and need it not;
- an agent or runner that is evicted may finish its job: its grace period is not that of a web server. Jobs and job
  pods have no time to finish in: they are tried again, or a budget refuses to evict them;
- a Job ends: a node that it keeps is never drained otherwise;
- a budget allows an eviction, some time. One that never does is for pods of jobs (`buildfleet.dev/component:
  github-job`), which end by themselves, and only where it lets go of pods that are not ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rules.policies.fleet import COMPONENT_LABEL, JOB_COMPONENT
from rules.policies.node import Node, Verdict, each_known
from rules.policies.objects import Object, of_kind
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.policies.workloads.additions import mended
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "job-survives-drain"
SAFE_TO_EVICT: Final = "cluster-autoscaler.kubernetes.io/safe-to-evict"
GRACE_SECONDS: Final = 60
"""The least that a stack file can say: `jobTimeoutMinutes: 1`."""
DEFAULT_GRACE_SECONDS: Final = 30
"""Kubernetes' own."""
MOST_AGENTS: Final = 1000
"""No workload has as many pods, so a budget that keeps so many keeps all."""
_STAY: Final = (
    "AutoscalingRunnerSet",
    "Deployment",
    "EphemeralRunner",
    "EphemeralRunnerSet",
    "ReplicaSet",
    "ReplicationController",
    "ScaledJob",
    "StatefulSet",
)
"""Kinds whose pods wait for jobs from elsewhere. Sorted."""
_JOBS: Final = {"CronJob": ("spec", "jobTemplate", "spec"), "Job": ("spec",)}

_budgets: Final = of_kind("PodDisruptionBudget")


def _read(resource: Resource) -> Sequence[Pod | Object]:
    return [*_budgets(resource), *pods(resource)]


def _check(subject: Pod | Object, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(subject.namespace()) not in ("agents", "agents-docker"):
        return
    if isinstance(subject, Object):
        yield from _budget(subject)
        return
    parts: list[Callable[[Pod, Context], Iterator[Verdict]]] = [_not_scaled_away, _grace, _deadline]
    yield from each_known(parts, lambda part: part(subject, context))


def _not_scaled_away(pod: Pod, context: Context) -> Iterator[Verdict]:
    if pod.object.kind == "DaemonSet" or _of_daemon_set(pod):
        return
    node = pod.meta.get("annotations", SAFE_TO_EVICT)
    value = node.known()
    if value == "false" or (pod.partial and not node.is_given):
        return
    yield Problem(
        rule=ID,
        path=node.path,
        given=given(value) if node.is_given else NOTHING,
        allowed='"false": else the autoscaler removes a node with a job on it',
        fix=f'annotate the pod with {SAFE_TO_EVICT}: "false"',
    )


def _of_daemon_set(pod: Pod) -> bool:
    return pod.object.kind == "Pod" and any(
        owner.get("kind").text() == "DaemonSet" for owner in pod.meta.get("ownerReferences").items()
    )


def _grace(pod: Pod, context: Context) -> Iterator[Verdict]:
    if pod.object.kind not in _STAY:
        return
    node = pod.spec.get("terminationGracePeriodSeconds")
    seconds = node.number()
    least = context.options["graceSeconds"]
    if (seconds is None and pod.partial) or (DEFAULT_GRACE_SECONDS if seconds is None else seconds) >= least:
        return
    yield Problem(
        rule=ID,
        path=node.path,
        given=f"{NOTHING}, which means {DEFAULT_GRACE_SECONDS} s" if seconds is None else f"{seconds:g} s",
        allowed=f"{least} s or more: a job that runs when its agent is evicted has this long",
        fix="write the time of the longest job, in seconds",
    )


def _deadline(pod: Pod, context: Context) -> Iterator[Verdict]:
    path = _JOBS.get(pod.object.kind)
    if path is None or pod.partial:
        return
    nodes = [pod.object.body.get(*path, "activeDeadlineSeconds"), pod.spec.get("activeDeadlineSeconds")]
    if any(node.is_known and node.number() for node in nodes):
        return
    for node in nodes:
        node.known()
    yield Problem(
        rule=ID,
        path=nodes[0].path,
        given=NOTHING,
        allowed="a number of seconds: a Job that never ends keeps its node from being drained",
        fix="write activeDeadlineSeconds, more than the Job ever takes",
    )


def _budget(budget: Object) -> Iterator[Verdict]:
    spec = budget.body.get("spec")
    node = next((one for key in ("maxUnavailable", "minAvailable") if _never(key, one := spec.get(key))), None)
    if node is None:
        return
    component = spec.get("selector", "matchLabels", COMPONENT_LABEL)
    if component.text() == JOB_COMPONENT:
        unready = spec.get("unhealthyPodEvictionPolicy")
        if unready.text() == "AlwaysAllow" or (budget.partial and not unready.is_given):
            return
        yield Problem(
            rule=ID,
            path=unready.path,
            given=given(unready.text()),
            allowed="AlwaysAllow, in a budget that refuses to evict: a pod that never got ready has no job to lose",
            fix="write unhealthyPodEvictionPolicy: AlwaysAllow",
        )
    elif not (budget.partial and not component.is_given):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value),
            allowed=f"a budget that allows an eviction, but for pods of jobs ({COMPONENT_LABEL}: {JOB_COMPONENT}), "
            "which end by themselves: a drain of the others never ends",
            fix="write maxUnavailable: 50%, or 1",
        )


def _never(key: str, node: Node) -> bool:
    """Whether a field alone says that no pod may be evicted, ever."""
    number, percent = node.number(), (node.text() or "").removesuffix("%")
    if number is None and percent.isdecimal():
        return int(percent) == 0 if key == "maxUnavailable" else int(percent) >= 100
    if number is None:
        return False
    return number <= 0 if key == "maxUnavailable" else number >= MOST_AGENTS


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    """Pods of agents that say nothing to the autoscaler are annotated."""

    def missing(pod: Pod) -> Node | None:
        purpose = context.fleet.confinement(pod.namespace())
        if purpose == "engine" or pod.object.kind == "DaemonSet" or _of_daemon_set(pod):
            return None
        return pod.meta.get("annotations", SAFE_TO_EVICT)

    return mended(resource, context, missing, "false")


RULE: Final = Rule[Pod | Object](
    id=ID,
    group="workloads",
    title="a drain and the autoscaler wait for jobs, for a time that ends",
    why="An upgrade of a pool drains every node. Without these, it ends builds in the middle, or hangs until somebody "
    "deletes a pod by hand.",
    fix=f'Annotate pods with {SAFE_TO_EVICT}: "false", give agents the time of their longest job as grace period and '
    "Jobs a deadline, and let budgets allow an eviction.",
    severity="medium",
    levels=MANDATORY,
    read=_read,
    check=_check,
    remedy=_remedy,
    options={
        "graceSeconds": Option(
            default=GRACE_SECONDS,
            schema={
                "type": "integer",
                "minimum": 0,
                "description": "Least grace period of agents and runners, in seconds. The cluster's policy asks for "
                f"{GRACE_SECONDS}.",
            },
        )
    },
    references=(
        Reference(framework="AKS", id="upgrade-options"),
        Reference(framework="Actions Runner Controller", id="ARC#4307"),
        Reference(framework="Azure Policy", id="DisallowedBadPodDisruptionBudgets"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression="variables.confinement == 'engine' || object.kind == 'DaemonSet' || (variables.isPod && "
            "variables.meta.?ownerReferences.orValue([]).exists(o, o.kind == 'DaemonSet')) || "
            f"variables.meta.?annotations[?'{SAFE_TO_EVICT}'].orValue('') == 'false'",
            message=f'annotate the pod with {SAFE_TO_EVICT}: "false"',
        ),
        Twin(
            family="workloads",
            expression=f"variables.confinement == 'engine' || !(object.kind in {literal(_STAY)}) || "
            f"variables.spec.?terminationGracePeriodSeconds.orValue({DEFAULT_GRACE_SECONDS}) >= {GRACE_SECONDS}",
            message=f"agents and runners have {GRACE_SECONDS} s or more to finish a job "
            "(terminationGracePeriodSeconds)",
        ),
    ),
)
