"""`workload-resources`: what a pod takes of its node is reserved, and bounded in memory.

What the API server fills in counts as written: a limit without a request is the request, too. A value of zero reserves
nothing, and counts as missing. Resources of the whole pod (`spec.resources`) stand in for those of its containers;
where it has limits, the API server gives it what its containers request together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from rules.policies.node import Node, Verdict, each_known
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule, Twin
from rules.policies.workloads.quantity import amount
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "workload-resources"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(pod.namespace()) is None:
        return
    needed = [("requests", "cpu"), ("requests", "memory"), ("limits", "memory")]
    if context.options["ephemeralStorage"]:
        needed += [("requests", "ephemeral-storage"), ("limits", "ephemeral-storage")]
    # An ephemeral container can have none.
    containers = [container for container in pod.containers if container.role != "ephemeral"]
    owners = [container.node for container in containers]
    limited = bool(pod.spec.get("resources", "limits").entries())

    def reserved(one: tuple[Container, str, str]) -> Iterator[Verdict]:
        container, kind, resource = one
        nodes = _nodes((container.node, pod.spec), kind, resource)
        added = _nodes(owners, kind, resource) if kind == "requests" and limited else []
        if any(node.is_known and _positive(node) for node in (*nodes, *added)):
            return
        for node in (*nodes, *added):
            node.known()
        written = next((node for node in nodes if node.is_given), None)
        if written is None and pod.partial:
            return
        yield Problem(
            rule=ID,
            path=(written or nodes[0]).path,
            given=NOTHING if written is None else given(written.value),
            allowed=f"{'a request' if kind == 'requests' else 'a limit'} of {resource}, a quantity above zero",
            fix=f"write resources.{kind}.{resource}, for example {_EXAMPLES[resource]}",
        )

    yield from each_known([(container, *one) for container in containers for one in needed], reserved)
    if pod.is_windows():
        yield from each_known([*owners, pod.spec], _equal)


_EXAMPLES: Final = {"cpu": '"1"', "memory": "4Gi", "ephemeral-storage": "10Gi"}


def _equal(owner: Node) -> Iterator[Verdict]:
    request, limit = (owner.get("resources", kind, "memory") for kind in ("requests", "limits"))
    if not request.is_given or not limit.is_given:
        return
    if amount(request.known()) != amount(limit.known()):
        yield Problem(
            rule=ID,
            path=request.path,
            given=f"{given(request.value)}, with a limit of {given(limit.value)}",
            allowed="the same memory as request and as limit on Windows, which ends no process to get memory back",
            fix="write the limit as the request",
        )


def _nodes(owners: Iterable[Node], kind: str, resource: str) -> list[Node]:
    """Where a request or a limit may stand: a limit is a request, too."""
    return [owner.get("resources", where, resource) for owner in owners for where in dict.fromkeys((kind, "limits"))]


def _positive(node: Node) -> bool:
    return (amount(node.value) or Decimal(0)) > 0


_CEL_CONTAINERS: Final = (
    "(dyn(variables.spec.?containers.orValue([])) + dyn(variables.spec.?initContainers.orValue([])))"
)


def _cel_positive(*paths: str) -> str:
    every = ", ".join(f"string({path}.orValue('0'))" for path in paths)
    return f"[{every}].exists(q, isQuantity(q) && quantity(q).isGreaterThan(quantity('0')))"


def _cel_paths(owner: str, kind: str, resource: str) -> list[str]:
    return [f"{owner}.?resources.?{where}[?'{resource}']" for where in dict.fromkeys((kind, "limits"))]


def _cel_reserved(kind: str, resource: str) -> str:
    own = _cel_positive(*_cel_paths("c", kind, resource), *_cel_paths("variables.spec", kind, resource))
    if kind == "limits":
        return own
    added = f"{_CEL_CONTAINERS}.exists(d, {_cel_positive(*_cel_paths('d', kind, resource))})"
    return f"({own} || (variables.spec.?resources.?limits.orValue({{}}).size() > 0 && {added}))"


def _cel_equal(owner: str) -> str:
    request, limit = (f"{owner}.?resources.?{kind}.?memory" for kind in ("requests", "limits"))
    return (
        f"(!{request}.hasValue() || !{limit}.hasValue() || "
        f"[[string({request}.orValue('')), string({limit}.orValue(''))]].all(m, "
        "m.all(q, isQuantity(q)) && quantity(m[0]).compareTo(quantity(m[1])) == 0))"
    )


RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="containers request CPU and memory and have a limit of memory, on Windows the same as they request",
    why="A Windows node whose memory is promised twice does not kill one build, it grinds to a halt with all of them; "
    "on Linux one build evicts another. Without requests the autoscaler adds no node.",
    fix="Write requests of cpu and memory, and a limit of memory; on Windows both of memory alike.",
    severity="medium",
    levels=MANDATORY,
    read=pods,
    check=_check,
    options={
        "ephemeralStorage": Option(
            default=False,
            schema={
                "type": "boolean",
                "description": "Whether requests and limits of ephemeral-storage are asked for too, so that a runaway "
                "build is evicted before its node's disk is full. The cluster's policy does not ask.",
            },
        )
    },
    references=(
        Reference(framework="Azure Policy", id="a2abc456-f0ae-464b-bd3a-07a3cdbd7fb1"),
        Reference(framework="Checkov", id="CKV_K8S_10"),
        Reference(framework="Checkov", id="CKV_K8S_12"),
        Reference(framework="Checkov", id="CKV_K8S_13"),
        Reference(framework="kube-score", id="container-resources"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression=f"variables.jobPod || {_CEL_CONTAINERS}.all(c, {_cel_reserved('requests', 'cpu')} && "
            f"{_cel_reserved('requests', 'memory')} && {_cel_reserved('limits', 'memory')})",
            message="a container lacks a request of cpu, a request of memory or a limit of memory",
        ),
        Twin(
            family="workloads",
            expression=f"variables.jobPod || !variables.windows || ({_cel_equal('variables.spec')} && "
            f"{_CEL_CONTAINERS}.all(c, {_cel_equal('c')}))",
            message="on Windows the request of memory equals the limit",
        ),
    ),
)
