"""`ephemeral-agents-only`: an agent that can take its node ends after its job, or works for trusted pipelines alone.

What one job leaves on a node that it can take, a later job of the same agent meets: an image, a container, a changed
daemon. So agents that stay, of a Deployment for instance, and reach the engine's pipe or run a privileged daemon are
for trusted pools. Those that stay and have neither may be anywhere: their pod is their bound.

Owns also that agents made for each job are a bounded number: `minRunners` and `maxRunners` of ARC, the replica counts
of KEDA.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.node import Node, Verdict, any_true, guarded
from rules.policies.node_access import uses_pipe
from rules.policies.objects import Object, of_kind
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "ephemeral-agents-only"
MOST: Final = 100
"""KEDA's own default of `maxReplicaCount`."""
_LONG_LIVED: Final = ("DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
_COUNTS: Final = {
    "AutoscalingRunnerSet": ("minRunners", "maxRunners", None),
    "ScaledJob": ("minReplicaCount", "maxReplicaCount", MOST),
}
"""Names of the least and the most by kind, and the default of the most; `None`: there is no bound."""

_scaled: Final = of_kind(*_COUNTS)


def _read(resource: Resource) -> Sequence[Pod | Object]:
    return [*_scaled(resource), *pods(resource)]


def _check(subject: Pod | Object, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(subject.namespace()) not in ("agents", "agents-docker"):
        return
    if isinstance(subject, Object):
        yield from _bounded(subject, context)
    elif subject.object.kind in _LONG_LIVED:
        yield from _trusted(subject, context)


def _trusted(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    selector = pod.spec.get("nodeSelector")
    if not fleet.pools or (pod.partial and not selector.is_given) or not _takes_node(pod):
        return
    named = fleet.pools_named(pod.node_selector)
    untrusted = sorted(pool.name for pool in named if pool.trust != "trusted")
    if named and not untrusted:
        return
    yield Problem(
        rule=ID,
        path=selector.path,
        given=f"the untrusted pool {listed(untrusted, 'and')}" if untrusted else "no pool of the fleet",
        allowed=f"a trusted pool: agents of a {pod.object.kind} take one job after another, and these can take their "
        "node",
        fix="start an agent for each job (a ScaledJob, an AutoscalingRunnerSet), or name a trusted pool",
    )


def _takes_node(pod: Pod) -> bool:
    privileged = (container.node.get("securityContext", "privileged") for container in pod.containers)
    return any_true(privileged) or uses_pipe(pod)


def _bounded(item: Object, context: Context) -> Iterator[Verdict]:
    low_key, high_key, default = _COUNTS[item.kind]
    low, high = item.body.get("spec", low_key), item.body.get("spec", high_key)
    most = context.options["maxAgents"]

    def below_the_bound() -> Iterator[Verdict]:
        number = high.number(default)
        if number is None and not item.partial:
            yield _problem(high, NOTHING, f"a number up to {most}: without one every queued job gets a node's share")
        elif number is not None and number > most and (high.is_given or not item.partial):
            yield _problem(
                high, f"{number:g}" if high.is_given else f"{NOTHING}, which means {number:g}", f"{most} at most"
            )

    def in_order() -> Iterator[Verdict]:
        least, number = low.number(0) or 0, high.number(None if item.partial else default)
        if least < 0 or (number is not None and least > number):
            yield _problem(
                low, given(low.value), f"0 to {high_key}" + ("" if number is None else f", which is {number:g}")
            )

    yield from guarded(below_the_bound())
    yield from guarded(in_order())


def _problem(node: Node, found: str, allowed: str) -> Problem:
    return Problem(
        rule=ID,
        path=node.path,
        given=found,
        allowed=allowed,
        fix=f"write {node.path.rpartition('.')[2]} within these bounds, or set the option maxAgents",
    )


RULE: Final = Rule[Pod | Object](
    id=ID,
    group="workloads",
    title="agents that can take their node end after one job or are on trusted pools, and their number is bounded",
    why="A job that takes the node of an agent that stays waits there for the next job's secrets. Agents without a "
    "bound turn one push into a bill.",
    fix="Start an agent for each job, or place those that stay on a trusted pool; write minRunners, maxRunners or the "
    "replica counts.",
    severity="high",
    levels=MANDATORY,
    read=_read,
    check=_check,
    options={
        "maxAgents": Option(
            default=MOST,
            schema={
                "type": "integer",
                "minimum": 1,
                "description": "Most runners of one AutoscalingRunnerSet, and most agents of one ScaledJob.",
            },
        )
    },
    references=(
        Reference(framework="GitHub", id="secure-use: just-in-time runners"),
        Reference(framework="Azure DevOps", id="security/repos.md"),
    ),
)
