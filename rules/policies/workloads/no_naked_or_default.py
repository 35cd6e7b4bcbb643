"""`no-naked-or-default`: a pod has somebody who makes it anew, and a namespace that is somebody's.

The bare pods that ARC's container hooks make for jobs are theirs to end: the cluster's policy lets them be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rules.paths import at
from rules.policies.node import Verdict, each_known
from rules.policies.pods import Pod, pods
from rules.policies.rule import ADVISORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "no-naked-or-default"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    parts: list[Callable[[Pod], Iterator[Verdict]]] = [_owned, _placed]
    yield from each_known(parts, lambda part: part(pod))


def _owned(pod: Pod) -> Iterator[Verdict]:
    if pod.object.kind != "Pod" or pod.partial or pod.meta.get("ownerReferences").items():
        return
    yield Problem(
        rule=ID,
        path=at(pod.object.body.path, "kind"),
        given="a pod of its own",
        allowed="a Job, a Deployment or another kind that makes its pods anew: a drained node takes a bare pod with it "
        "for good",
        fix="write a Job for what ends, a Deployment for what stays",
    )


def _placed(pod: Pod) -> Iterator[Verdict]:
    if pod.elsewhere:
        return
    namespace = pod.object.meta.get("namespace")
    name = namespace.text()
    if name == "default" or (not name and not pod.partial):
        yield Problem(
            rule=ID,
            path=namespace.path,
            given=given(name) if name else f"{NOTHING}, which means default",
            allowed="a namespace made for it: default has no Pod Security level, quota or network policy of its own",
            fix="name the namespace of the workload's team or purpose",
        )


RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="there are no bare pods, and no pods in the namespace default",
    why="A bare pod is gone with its node. Whatever is in the namespace default is confined by nobody, and found by "
    "whoever names no namespace.",
    fix="Use a Job, a Deployment or another controller, in a namespace made for it.",
    severity="low",
    levels=ADVISORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Azure Policy", id="BlockNakedPods"),
        Reference(framework="Azure Policy", id="BlockDefaultNamespace"),
        Reference(framework="Checkov", id="CKV_K8S_21"),
        Reference(framework="CIS Kubernetes 1.12", id="5.6.4"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression="!variables.isPod || variables.jobPod || variables.meta.?ownerReferences.orValue([]).size() > 0",
            message="a pod without an owner is gone with its node; use a Job or a Deployment",
        ),
        Twin(
            family="confinement",
            expression="variables.namespaceName != 'default'",
            message="pods have no place in the namespace default",
        ),
    ),
)
