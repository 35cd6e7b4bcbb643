"""Cases of `no-public-exposure`."""

from __future__ import annotations

from typing import Any

from rules.policies.network.public_exposure import INTERNAL, RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import EXEMPT, UNKNOWN, Resource, kubernetes

SERVICE = "core/v1:Service"
TYPE = "spec.type"
PORTS = [{"port": 80, "targetPort": 8080}]


def service(annotations: object = None, token: str = SERVICE, **spec: Any) -> Resource:
    metadata = {"name": "thing", "namespace": "web", **({} if annotations is None else {"annotations": annotations})}
    return kubernetes(token, {"metadata": metadata, "spec": {"ports": PORTS, **spec}})


PLAIN = Case(title="for the cluster", resources=[service()])
INSIDE = Case(title="an internal load balancer", resources=[service({INTERNAL: "true"}, type="LoadBalancer")])

CASES = Cases(
    rule=RULE,
    passes=(
        PLAIN,
        INSIDE,
        Case(title="without an address", resources=[service(type="ClusterIP", clusterIP="None", externalIPs=[])]),
        Case(title="a named port", resources=[service(ports=[{"port": 443, "targetPort": "https"}])]),
        Case(
            title="in a namespace that is exempt on purpose",
            fleet=EXEMPT,
            resources=[
                kubernetes(
                    SERVICE, {"metadata": {"name": "a", "namespace": "kube-system"}, "spec": {"type": "NodePort"}}
                )
            ],
        ),
        Case(
            title="a patch that says nothing of who may reach it",
            resources=[service(token=f"{SERVICE}Patch", type="LoadBalancer")],
        ),
    ),
    fails=(
        Case(title="a load balancer", resources=[service(type="LoadBalancer")], at=[TYPE]),
        Case(title="said to be public", resources=[service({INTERNAL: "false"}, type="LoadBalancer")], at=[TYPE]),
        Case(title="a port of the nodes", resources=[service(type="NodePort")], at=[TYPE]),
        Case(title="an address of somebody", resources=[service(externalIPs=["8.8.8.8"])], at=["spec.externalIPs"]),
        Case(title="Docker's port", resources=[service(ports=[{"port": 2375}])], at=["spec.ports[0].port"]),
        Case(
            title="Docker's port behind another, as a text",
            resources=[service(ports=[{"port": 80}, {"port": 443, "targetPort": "2376"}])],
            at=["spec.ports[1].targetPort"],
        ),
        Case(
            title="all at once",
            resources=[service(type="NodePort", externalIPs=["8.8.8.8"], ports=[{"port": 2375}])],
            at=[TYPE, "spec.externalIPs", "spec.ports[0].port"],
        ),
        Case(title="a patch", resources=[service(token=f"{SERVICE}Patch", type="NodePort")], at=[TYPE]),
        Case(
            title="one of a list",
            resources=[kubernetes(f"{SERVICE}List", {"items": [service().inputs, service(type="NodePort").inputs]})],
            at=["items[1].spec.type"],
        ),
    ),
    unknown=(
        Case(title="the type", resources=[service(type=UNKNOWN)], at=[TYPE]),
        Case(
            title="the annotation",
            resources=[service({INTERNAL: UNKNOWN}, type="LoadBalancer")],
            at=[f'metadata.annotations["{INTERNAL}"]'],
        ),
        Case(
            title="where it leads",
            resources=[service(ports=[{"port": 80, "targetPort": UNKNOWN}])],
            at=["spec.ports[0].targetPort"],
        ),
    ),
    mutations=(
        Mutation(of=PLAIN, path=TYPE, value="NodePort"),
        Mutation(of=PLAIN, path=TYPE, value="LoadBalancer"),
        Mutation(of=PLAIN, path="spec.externalIPs", value=["192.0.2.1"]),
        Mutation(of=PLAIN, path="spec.ports[0].targetPort", value=2375),
        Mutation(of=INSIDE, path=f'metadata.annotations["{INTERNAL}"]', value=None),
    ),
)
