"""What is in an exempt namespace is not judged, and what can be in none cannot say that it is."""

from __future__ import annotations

from typing import Any

import pytest

from rules.policies.catalogue import RULES
from rules.policies.judge import is_exempt, judge, judge_stack
from rules.policies.node import UNKNOWN, Verdict
from rules.policies.objects import objects
from rules.policies.pod_places import MAKERS
from rules.policies.pods import pods
from rules.policies.resource import Resource
from rules.problem import Problem
from rules.tables.cluster_scoped import CLUSTER_SCOPED
from tests.unit.policies.scenes import EXEMPT, engine, kubernetes, workload

ADMIN = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
TRUST = {"buildfleet.dev/confinement": "engine", "buildfleet.dev/trust": "trusted"}
PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "rbac-no-cluster-admin": (
        "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        {"roleRef": ADMIN, "subjects": [{"kind": "User", "name": "eve"}]},
    ),
    "rbac-no-escalation": ("rbac.authorization.k8s.io/v1:ClusterRole", {"rules": [EVERYTHING]}),
    "persistent-volume-paths": ("core/v1:PersistentVolume", {"spec": {"hostPath": {"path": "/var/run/docker.sock"}}}),
    "namespace-pss-labels": ("core/v1:Namespace", {"metadata": {"labels": PRIVILEGED}}),
    "trust-labels-protected": ("core/v1:Node", {"metadata": {"labels": TRUST}}),
}


def verdicts(rule_id: str, resource: Resource) -> list[Verdict]:
    (rule,) = (rule for rule in RULES if rule.id == rule_id)
    context = rule.context(EXEMPT)
    if rule.check is not None:
        return list(judge(rule, resource, context))
    return [verdict for _, verdict in judge_stack(rule, [resource], context)]


@pytest.mark.parametrize("said", ["kube-system", UNKNOWN], ids=str)
@pytest.mark.parametrize("rule", WRONG)
@pytest.mark.parametrize("listed", [False, True])
def test_a_cluster_scoped_object_is_judged_whatever_namespace_it_names(rule: str, said: object, listed: bool) -> None:
    token, body = WRONG[rule]
    metadata = {"name": "evil", "namespace": said, **body.get("metadata", {})}
    version, _, kind = token.removeprefix("core/").partition(":")
    whole = {"apiVersion": version, "kind": kind, **body, "metadata": metadata}
    resource = kubernetes("core/v1:List", {"items": [whole]}) if listed else kubernetes(token, whole)
    assert any(isinstance(verdict, Problem) for verdict in verdicts(rule, resource))


@pytest.mark.parametrize("kind", CLUSTER_SCOPED)
@pytest.mark.parametrize("form", ["", "Patch"])
def test_each_kind_that_stands_in_no_namespace_is_in_none(kind: str, form: str) -> None:
    group = CLUSTER_SCOPED[kind]
    token = f"{group or 'core'}/v1:{kind}{form}"
    (item,) = objects(kubernetes(token, {"metadata": {"name": "a", "namespace": "kube-system"}}))
    assert item.kind == kind
    assert item.namespace() is None
    assert not is_exempt(item, EXEMPT)


@pytest.mark.parametrize(
    "token", ["core/v1:ConfigMap", "rbac.authorization.k8s.io/v1:RoleBinding", "longhorn.io/v1beta2:Node"]
)
def test_kinds_that_stand_in_a_namespace_are_in_theirs_as_are_those_of_others_by_the_same_name(token: str) -> None:
    (item,) = objects(kubernetes(token, {"metadata": {"name": "a", "namespace": "kube-system"}}))
    assert item.namespace() == "kube-system"
    assert is_exempt(item, EXEMPT)


@pytest.mark.parametrize("kind", [("argoproj.io", "ClusterWorkflowTemplate"), ("tekton.dev", "ClusterTask")], ids=str)
def test_a_maker_of_pods_that_stands_in_no_namespace_is_judged(kind: tuple[str, str]) -> None:
    group, name = kind
    assert name in MAKERS[group]
    body = {"metadata": {"name": "a", "namespace": "kube-system"}, "spec": {"templates": [{"hostPID": True}]}}
    assert verdicts("host-namespaces-confined", kubernetes(f"{group}/v1:{name}", body))


def test_a_pod_in_an_exempt_namespace_is_not_judged() -> None:
    (pod,) = pods(workload(engine(), "kube-system"))
    assert is_exempt(pod, EXEMPT)
    (pod,) = pods(workload(engine(), "web"))
    assert not is_exempt(pod, EXEMPT)
