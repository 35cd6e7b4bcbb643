"""Objects of the fleet, each of random parts of which about half are wrong: the same ones in every run.

Owns what may be combined; all of it is legal for the API server, so that its answer is that of the policies.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, Final

from components.github.rbac import hook_rules
from rules.policies.network import metadata_service
from rules.policies.network.public_exposure import INTERNAL
from rules.policies.rbac import rights
from rules.policies.rbac.escalation import RUNNER_SET_LABEL
from rules.policies.resource import Resource
from tests.unit.policies.cases.namespaces.pod_security import PSA
from tests.unit.policies.scenes import FLEET, kubernetes

RBAC: Final = "rbac.authorization.k8s.io/v1"
RIGHTS: Final = sorted({*rights.RIGHTS, *rights.MAKES_PODS, *rights.READS_SECRETS, *rights.DOCUMENTED})
VERBS: Final = ("bind", "create", "delete", "get", "list", "patch", "update", "watch")
CIDRS: Final = (
    "0.0.0.0/0",
    "10.0.0.0/8",
    "128.0.0.0/1",
    "168.63.129.0/24",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "169.254.169.252/30",
    "::/0",
    "fd00::/8",
)


def generated(seed: int, count: int) -> Iterator[Resource]:
    """So many resources of every kind."""
    source = random.Random(seed)
    for make in (role, binding, cluster_binding, policy, service, namespace):
        for _ in range(count):
            yield make(source)


def role(source: random.Random) -> Resource:
    labels = {RUNNER_SET_LABEL: "app"} if source.random() < 0.6 else {"team": "web"}
    rules = _some(source, _rule, 0, 2)
    if source.random() < 0.5:
        # What a runner with hooks has: right with the label, wrong without, and wrong with anything more.
        rules = [*hook_rules("0.8.1"), *rules[:1]]
    return _in_namespace(source, f"{RBAC}:Role", {"rules": rules}, labels)


def _rule(source: random.Random) -> dict[str, Any]:
    group, resource = source.choice(RIGHTS if source.random() < 0.3 else sorted(rights.DOCUMENTED))
    verbs = VERBS if source.random() < 0.2 else rights.DOCUMENTED.get((group, resource), VERBS[1:])
    rule: dict[str, Any] = {
        "apiGroups": ["*"] if source.random() < 0.02 else [group],
        "resources": ["*"]
        if source.random() < 0.02
        else [resource, *(["configmaps"] if source.random() < 0.1 else [])],
        "verbs": ["*"] if source.random() < 0.02 else source.sample(verbs, source.randint(1, min(3, len(verbs)))),
    }
    if source.random() < 0.1:
        rule["resourceNames"] = ["one"]
    return rule


def binding(source: random.Random) -> Resource:
    return _in_namespace(source, f"{RBAC}:RoleBinding", _bound(source, ("ClusterRole", "Role")))


def cluster_binding(source: random.Random) -> Resource:
    """One that concerns the fleet: of others' the cluster asks nothing."""
    body = _bound(source, ("ClusterRole",))
    ours = {"kind": "ServiceAccount", "name": "agent", "namespace": source.choice(FLEET.own_namespaces)}
    body["subjects"] = [*body["subjects"], ours]
    return kubernetes(f"{RBAC}:ClusterRoleBinding", {"metadata": {"name": "generated"}, **body})


def _bound(source: random.Random, kinds: tuple[str, ...]) -> dict[str, Any]:
    names = ("admin", "cluster-admin", "edit", "system:public-info-viewer", "view")
    reference = {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": source.choice(kinds),
        "name": source.choice(names),
    }
    return {"roleRef": reference, "subjects": _some(source, _subject, 0, 2)}


def _subject(source: random.Random) -> dict[str, Any]:
    if source.random() < 0.5:
        return {"kind": "ServiceAccount", "name": "agent", "namespace": source.choice(("kube-system", "web"))}
    groups = ("operators", "system:authenticated", "system:masters", "system:unauthenticated")
    kind, name = source.choice([("User", "system:anonymous"), *(("Group", group) for group in groups)])
    return {"kind": kind, "name": name, "apiGroup": "rbac.authorization.k8s.io"}


def policy(source: random.Random) -> Resource:
    spec: dict[str, Any] = {"podSelector": {}}
    if source.random() < 0.7:
        spec["policyTypes"] = source.choice((["Egress"], ["Egress", "Ingress"], ["Ingress"]))
    if source.random() < 0.9:
        spec["egress"] = _some(source, _egress, 1, 2)
    return _in_namespace(source, "networking.k8s.io/v1:NetworkPolicy", {"spec": spec})


def _egress(source: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {"ports": [{"port": 443, "protocol": "TCP"}]} if source.random() < 0.3 else {}
    return {**rule, "to": _some(source, _peer, 1, 2)} if source.random() < 0.95 else rule


def _peer(source: random.Random) -> dict[str, Any]:
    if source.random() < 0.2:
        return {"namespaceSelector": {}}
    block: dict[str, Any] = {"cidr": source.choice(CIDRS)}
    if block["cidr"] in ("0.0.0.0/0", "128.0.0.0/1"):
        closed = [f"{address}/32" for address in metadata_service.CLOSED]
        block["except"] = closed if source.random() < 0.7 else source.sample(closed, 1)
    return {"ipBlock": block}


def service(source: random.Random) -> Resource:
    port: dict[str, Any] = {"port": source.choice((80, 443, 2375, 8080, 8443))}
    if source.random() < 0.5:
        port["targetPort"] = source.choice((80, 2376, "https", 8080))
    spec: dict[str, Any] = {"ports": [port]}
    if source.random() < 0.7:
        spec["type"] = source.choice(("ClusterIP", "LoadBalancer", "LoadBalancer", "NodePort"))
    if source.random() < 0.2:
        spec["externalIPs"] = ["192.0.2.1"]
    more = {"annotations": {INTERNAL: source.choice(("true", "true", "false"))}} if source.random() < 0.8 else {}
    return _in_namespace(source, "core/v1:Service", {"spec": spec}, {}, more)


def namespace(source: random.Random) -> Resource:
    """One of the fleet's, as told by its name and by its labels alike."""
    name = source.choice(FLEET.own_namespaces)
    labels = {"buildfleet.dev/stack": FLEET.stack, "buildfleet.dev/confinement": FLEET.confinement(name)}
    for mode in ("audit", "enforce", "warn"):
        if source.random() < 0.95:
            labels[f"{PSA}{mode}"] = source.choice(("baseline", "restricted", "privileged"))
        if source.random() < 0.95:
            labels[f"{PSA}{mode}-version"] = source.choice(("latest", "v1.36"))
    return kubernetes("core/v1:Namespace", {"metadata": {"name": name, "labels": labels}})


def _in_namespace(
    source: random.Random,
    token: str,
    body: dict[str, Any],
    labels: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> Resource:
    metadata = {"name": "generated", "namespace": source.choice(FLEET.own_namespaces), **(more or {})}
    if labels:
        metadata["labels"] = labels
    return kubernetes(token, {"metadata": metadata, **body})


def _some(source: random.Random, make: Callable[[random.Random], dict[str, Any]], least: int, most: int) -> list[Any]:
    return [make(source) for _ in range(source.randint(least, most))]
