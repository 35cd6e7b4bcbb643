"""`host-process-confined`: processes of a Windows node are the engine's alone, and the engine's namespace is theirs.

A HostProcess container is an administrator of its node, whatever volumes it has. It may be said of the pod or of each
container; either counts. In the other direction the engine's namespace, which Pod Security leaves open, takes nothing
but such pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.images.reference import cel_within, parse
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "host-process-confined"
_FIELD: Final = ("securityContext", "windowsOptions", "hostProcess")


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    if pod.host_process():
        if fleet.confinement(pod.namespace()) != "engine":
            yield from each_known(_said(pod), lambda node: _outside(node, fleet))
            return
        yield from guarded(_account(pod, fleet))
        if fleet.own_repositories:
            yield from each_known(pod.containers, lambda container: _image(container, fleet))
        yield from guarded(_network(pod))
    elif not pod.partial and fleet.confinement(pod.namespace()) == "engine":
        node = pod.spec.get(*_FIELD)
        yield Problem(
            rule=ID,
            path=node.path,
            given=NOTHING if not node.is_given else "false",
            allowed=f"true: namespace {given(pod.namespace())} is for the engine's HostProcess pods alone",
            fix="put the pod in another namespace",
        )


def _said(pod: Pod) -> list[Node]:
    return [pod.spec.get(*_FIELD), *(container.node.get(*_FIELD) for container in pod.containers)]


def _outside(node: Node, fleet: Fleet) -> Iterator[Verdict]:
    if node.flag():
        yield Problem(
            rule=ID,
            path=node.path,
            given="true",
            allowed=f"false, but for the engine in {listed(sorted(fleet.engine_namespaces)) or 'no namespace'}",
            fix="remove it: agents use the engine of their node by its pipe, and need no HostProcess pod",
        )


def _account(pod: Pod, fleet: Fleet) -> Iterator[Verdict]:
    node = pod.spec.get("serviceAccountName")
    # The older name of the field; the API server makes one of the other.
    account = node.text() or pod.spec.get("serviceAccount").text()
    if (account or not pod.partial) and (account or "default") not in fleet.engine_accounts:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(account),
            allowed=f"a service account of the engine: {listed(sorted(fleet.engine_accounts)) or 'there is none'}",
            fix="run the engine with its own service account",
        )


def _image(container: Container, fleet: Fleet) -> Iterator[Verdict]:
    node = container.node.get("image")
    image = node.text()
    if image is not None and not parse(image).within(fleet.own_repositories):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(image),
            allowed=f"an image below {listed(sorted(fleet.own_repositories))}",
            fix="push the image to a repository of your own, and name it there",
        )


def _network(pod: Pod) -> Iterator[Verdict]:
    node = pod.spec.get("hostNetwork")
    if not node.flag(False) and (node.is_given or not pod.partial):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="true: Kubernetes takes HostProcess pods in the node's network only",
            fix="write hostNetwork: true",
        )


_IMAGE: Final = "string(c.?image.orValue(''))"

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="HostProcess pods are the engine's, and the engine's namespace holds no others",
    why="A HostProcess container is an administrator of its Windows node: it reads every pod's secrets there and the "
    "kubelet's credentials, with no volume that would show it.",
    fix="Remove hostProcess, or run the pod as the engine: in its namespace, with its account, image and network.",
    severity="critical",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Pod Security Standards", id="Baseline: HostProcess"),
        Reference(framework="CIS Kubernetes 1.12", id="5.2.11"),
        Reference(framework="Azure Policy", id="077f0ce1-86d6-4058-bc60-de05067e8622"),
        Reference(framework="Trivy", id="KSV-0103"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression="variables.hostProcess ? variables.confinement == 'engine' : variables.confinement != 'engine'",
            message="HostProcess is for the engine's namespace, and that namespace is for HostProcess pods alone",
        ),
        Twin(
            family="confinement",
            expression="!variables.hostProcess || variables.confinement != 'engine' || ("
            "variables.spec.?serviceAccountName.orValue(variables.spec.?serviceAccount.orValue('default')) "
            "in variables.engineAccounts && variables.spec.?hostNetwork.orValue(false) && "
            "(variables.ownRepositories.size() == 0 || variables.containers.all(c, "
            f"{cel_within(_IMAGE, 'variables.ownRepositories')})))",
            message="a HostProcess pod has the engine's service account, images of the fleet's own repositories and "
            "hostNetwork",
        ),
    ),
)
