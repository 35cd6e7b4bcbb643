"""`host-namespaces-confined`: no pod shares the node's processes, its network or its ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.node import Node, Verdict, each_known
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given

ID: Final = "host-namespaces-confined"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    def shared(node: Node) -> Iterator[Verdict]:
        if node.flag():
            yield Problem(rule=ID, path=node.path, given="true", allowed="false", fix="remove it")

    def port(container: Container) -> Iterator[Verdict]:
        for node in container.node.get("ports").items():
            number = node.get("hostPort")
            if number.number(0):
                yield Problem(
                    rule=ID,
                    path=number.path,
                    given=given(number.value),
                    allowed="no port of the node, but for HostProcess pods",
                    fix="remove hostPort, and reach the pod by a Service",
                )

    yield from each_known([pod.spec.get("hostPID"), pod.spec.get("hostIPC")], shared)
    # A HostProcess pod has to be in the node's network; who may be one is for host-process-confined.
    if pod.host_process():
        return
    yield from each_known([pod.spec.get("hostNetwork")], shared)
    yield from each_known(pod.containers, port)


RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="pods share neither processes, network nor ports of their node",
    why="Who sees the node's processes or network reads other jobs' secrets, and reaches what trusts the node: the "
    "metadata service above all.",
    fix="Remove hostPID, hostIPC, hostNetwork and hostPort; reach a pod by a Service.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Pod Security Standards", id="Baseline: Host Namespaces"),
        Reference(framework="Azure Policy", id="47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8"),
        Reference(framework="Checkov", id="CKV_K8S_19"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression="!variables.spec.?hostPID.orValue(false) && !variables.spec.?hostIPC.orValue(false) && "
            "(variables.hostProcess || (!variables.spec.?hostNetwork.orValue(false) && "
            "variables.containers.all(c, c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))))",
            message="hostPID, hostIPC, hostNetwork and hostPort are for HostProcess pods of the engine at most",
        ),
    ),
)
