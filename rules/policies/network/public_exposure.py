"""`no-public-exposure`: no Service reaches the world, a node's port, or Docker's TCP port.

A load balancer is internal where its annotation says so before Azure makes it. The two ports of Docker are judged in
every Service, whatever its type: who connects has root, or SYSTEM, on a node.

In the cluster the rule is for the fleet's namespaces, where nothing has a Service; others' are theirs.

No remedy: an internal load balancer has another address, and whoever came by the public one is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.node_doors import ENGINE_PORTS
from rules.words import given

ID: Final = "no-public-exposure"
INTERNAL: Final = "service.beta.kubernetes.io/azure-load-balancer-internal"
"""https://learn.microsoft.com/azure/aks/internal-lb, read 2026-08."""


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    yield from guarded(_type(item))
    addresses = item.body.get("spec", "externalIPs")
    yield from guarded(_addresses(addresses))
    yield from each_known(_ports(item), _docker)


def _type(item: Object) -> Iterator[Verdict]:
    node = item.body.get("spec", "type")
    kind = node.text()
    if kind == "LoadBalancer" and item.partial and not item.meta.get("annotations").is_given:
        return
    if kind == "NodePort":
        yield _problem(node, "ClusterIP, or LoadBalancer with an internal address", "use ClusterIP")
    elif kind == "LoadBalancer" and item.meta.get("annotations", INTERNAL).text() != "true":
        yield _problem(
            node, f'LoadBalancer with the annotation {INTERNAL}: "true"', "add the annotation, or use ClusterIP"
        )


def _addresses(node: Node) -> Iterator[Verdict]:
    if node.items():
        yield _problem(node, "no externalIPs: whoever sets them takes over the traffic to them", "remove them")


def _ports(item: Object) -> list[Node]:
    return [port.get(key) for port in item.body.get("spec", "ports").items() for key in ("port", "targetPort")]


def _docker(node: Node) -> Iterator[Verdict]:
    if node.known() in (*ENGINE_PORTS, *map(str, ENGINE_PORTS)):
        yield _problem(node, "ports other than those of Docker's API", "reach Docker by its pipe or socket, in the pod")


def _problem(node: Node, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=node.path, given=given(node.value), allowed=allowed, fix=fix)


def _twins() -> tuple[Twin, ...]:
    service = "request.kind.kind != 'Service' || "
    spec = "dyn(object).spec"
    ports = literal(list(ENGINE_PORTS))
    return (
        Twin(
            family="network",
            expression=f"{service}({spec}.?type.orValue('') != 'NodePort' && "
            f"{spec}.?externalIPs.orValue([]).size() == 0 && ({spec}.?type.orValue('') != 'LoadBalancer' || "
            f"object.metadata.?annotations[?'{INTERNAL}'].orValue('') == 'true'))",
            message="a Service of the fleet has no public load balancer, no node port and no external address",
        ),
        Twin(
            family="network",
            expression=f"{service}{spec}.?ports.orValue([]).all(p, !(p.port in {ports}) && "
            f"!(string(p.?targetPort.orValue('')) in {literal([str(one) for one in ENGINE_PORTS])}))",
            message="no Service leads to Docker's TCP port",
        ),
    )


RULE: Final = Rule[Object](
    id=ID,
    group="network",
    title="no Service has a public address, a node's port, external addresses, or Docker's port",
    why="Agents ask for their work, and nobody has to reach them; a port that is open will be found.",
    fix=f'Use ClusterIP, or a LoadBalancer with the annotation {INTERNAL}: "true".',
    severity="high",
    levels=MANDATORY,
    read=of_kind("Service"),
    check=_check,
    references=(
        Reference(framework="Azure Policy", id="3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e"),
        Reference(framework="Azure Policy", id="d46c275d-1680-448d-b2ec-e495a3b6cc89"),
        Reference(framework="Trivy", id="KSV-0108"),
        Reference(framework="kube-score", id="service-type"),
    ),
    twins=_twins(),
)
