"""What the supervisor may do in the cluster, as plain rules.

Owns the roles and the admission policy that confines them. The requests are the supervisor's
(`engine_supervisor.adapters.kubernetes.access`); a test holds the roles equal to that list.

RBAC grants by kind and name: it cannot say "the node that this pod runs on" or "the pods on it", and names of nodes are
not known beforehand. So the role covers all nodes and all pods, and a ValidatingAdmissionPolicy narrows each request to
the node that the API server itself has put into the token of the pod (`authentication.kubernetes.io/node-name`, in
tokens that are bound to a pod; Kubernetes 1.30 and newer,
https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/, read 2026-11). A token without it, made
by hand for instance, may write nothing.

What stays: an eviction names a pod and not its node, so a supervisor can ask for that of any pod; disruption budgets
hold. Whoever has the token is SYSTEM on a node, with the kubelet's own rights on that node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from components import contract

NODE_EVENTS_NAMESPACE: Final = "default"
"""Events of objects without a namespace are there; the API server refuses them elsewhere."""
NODE_CLAIM: Final = "authentication.kubernetes.io/node-name"


def cluster_rules() -> list[dict[str, Any]]:
    """Rules of the ClusterRole. Nodes are patched for our labels, the cordon and its annotation."""
    return [
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "patch"]},
        # Also where no build slots are offered: those that were are taken back.
        {"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["patch"]},
        # To drain the node, and to end what a start of the engine has cut off. Listed by `spec.nodeName`, removed by
        # eviction; deleted where they belong to a DaemonSet or a budget protects what is dead already.
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete", "list"]},
        {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
    ]


def namespace_rules(*, leases: Sequence[str], daemon_set: str) -> list[dict[str, Any]]:
    """Rules of one pool's Role in the engine's namespace: these objects, by name. The Leases are there already."""
    return [
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "resourceNames": sorted(leases),
            "verbs": ["get", "update"],
        },
        {"apiGroups": ["apps"], "resources": ["daemonsets"], "resourceNames": [daemon_set], "verbs": ["get"]},
        *event_rules(),
    ]


def event_rules() -> list[dict[str, Any]]:
    """Rules for a namespace in which the supervisor tells what happens: its own, and `default` for those of nodes."""
    return [{"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]}]


def policy_spec(*, namespace: str) -> dict[str, Any]:
    """Spec of the ValidatingAdmissionPolicy for the engine's account in a namespace."""
    account = f"system:serviceaccount:{namespace}:{contract.SERVICE_ACCOUNT_ENGINE}"
    core = {"apiGroups": [""], "apiVersions": ["v1"]}
    labels = _list([contract.NODE_ENGINE, contract.NODE_ENGINE_VERSION])
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {**core, "operations": ["UPDATE"], "resources": ["nodes", "nodes/status"]},
                {**core, "operations": ["DELETE"], "resources": ["pods"]},
            ]
        },
        "matchConditions": [{"name": "engine", "expression": f"request.userInfo.username == '{account}'"}],
        "variables": [
            {
                "name": "node",
                "expression": f"request.userInfo.?extra[?'{NODE_CLAIM}'][?0].orValue('')",
            },
            {"name": "isNode", "expression": "request.resource.resource == 'nodes'"},
            {"name": "before", "expression": _text_map("oldObject", "labels")},
            {"name": "after", "expression": _text_map("object", "labels")},
            {"name": "notesBefore", "expression": _text_map("oldObject", "annotations")},
            {"name": "notesAfter", "expression": _text_map("object", "annotations")},
        ],
        "validations": [
            {
                "expression": "variables.node != ''",
                "message": "the token of Docker Engine's supervisor is bound to no node; "
                "tokens that the kubelet mounts are",
            },
            {
                "expression": "!variables.isNode || request.name == variables.node",
                "messageExpression": "'Docker Engine of ' + variables.node + ' may not change node ' + request.name",
            },
            {
                "expression": "variables.isNode || oldObject.spec.?nodeName.orValue('') == variables.node",
                "messageExpression": "'Docker Engine of ' + variables.node + ' may delete pods of its own node only'",
            },
            {
                "expression": f"!variables.isNode || ({_same('before', 'after', labels)})",
                "message": f"of a node's labels Docker Engine may change {contract.NODE_ENGINE} and "
                f"{contract.NODE_ENGINE_VERSION}",
            },
            {
                "expression": "!variables.isNode || "
                f"({_same('notesBefore', 'notesAfter', _list([contract.NODE_ENGINE_CORDON]))})",
                "message": f"of a node's annotations Docker Engine may change {contract.NODE_ENGINE_CORDON}",
            },
            {
                # That of a cordon is the node controller's. The rest of a node's spec never changes.
                "expression": "!variables.isNode || "
                "object.spec.?taints.orValue([]) == oldObject.spec.?taints.orValue([])",
                "message": "Docker Engine may not change a node's taints",
            },
            {
                "expression": f"!variables.isNode || ({_unchanged('finalizers')} && {_unchanged('ownerReferences')})",
                "message": "Docker Engine may not change a node's finalizers and owners",
            },
        ],
    }


def binding_spec(*, policy: str) -> dict[str, Any]:
    """Spec of the policy's binding: it refuses, and the refusal is in the audit log."""
    return {"policyName": policy, "validationActions": ["Audit", "Deny"]}


def _list(keys: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{key}'" for key in sorted(keys)) + "]"


def _text_map(owner: str, key: str) -> str:
    return f"{owner} == null ? {{}} : {owner}.metadata.?{key}.orValue({{}})"


def _unchanged(key: str) -> str:
    return f"object.metadata.?{key}.orValue([]) == oldObject.metadata.?{key}.orValue([])"


def _same(before: str, after: str, but: str) -> str:
    """CEL: two maps are equal but for some keys."""
    one, other = f"variables.{before}", f"variables.{after}"
    return " && ".join(
        f"{a}.all(key, key in {but} || (key in {b} && {b}[key] == {a}[key]))" for a, b in ((one, other), (other, one))
    )
