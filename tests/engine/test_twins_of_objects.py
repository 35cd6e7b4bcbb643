"""Rules of namespaces, rights and networks, and of who may grant trust, as the API server holds them.

The cases are those of the rules' unit tests, moved to where the cluster asks: what belongs to the fleet.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from components import contract
from rules.policies import namespaces, network, rbac
from rules.policies.judge import judge
from rules.policies.node import UNKNOWN
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from sandbox.control_plane import Api, Binaries
from tests.engine.admission_plane import (
    Client,
    bare_namespaces,
    put_namespaces,
    put_policies,
    running,
    type_warnings,
)
from tests.engine.generated_objects import generated
from tests.unit.policies.case import Case, Cases
from tests.unit.policies.cases.namespaces import pod_security
from tests.unit.policies.cases.network import metadata_service, public_exposure
from tests.unit.policies.cases.rbac import cluster_admin, escalation
from tests.unit.policies.scenes import FLEET

pytestmark = pytest.mark.engine

RULES: list[Rule[Any]] = [*namespaces.RULES, *rbac.RULES, *network.RULES]
ALL: list[Cases] = [
    module.CASES for module in (pod_security, metadata_service, public_exposure, cluster_admin, escalation)
]
RBAC = "/apis/rbac.authorization.k8s.io/v1"
NODE = "/api/v1/nodes/node-0"
SOMEBODY, DEPLOYER, KUBELET = "somebody", "deployer", "system:node:node-0"
CLOUD_NODE_MANAGER = "system:serviceaccount:kube-system:cloud-node-manager"


@dataclass(frozen=True)
class Plane:
    api: Api
    client: Client
    policies: list[str]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Plane]:
    with running(tmp_path_factory.mktemp("twins"), binaries) as (_, api, client):
        put_namespaces(api, [with_pod_security(one) for one in bare_namespaces(FLEET, "web")])
        labels = {"buildfleet.dev/pool": "lin", "buildfleet.dev/trust": "untrusted", "agentpool": "lin"}
        api.create("/api/v1/nodes", {"kind": "Node", "metadata": {"name": "node-0", "labels": labels}})
        everything = ["create", "delete", "get", "patch", "update"]
        grant(api, "labels", ["", ["namespaces", "nodes", "nodes/status"], everything], SOMEBODY, DEPLOYER, KUBELET)
        grant(api, "trust", [GROUP, [RESOURCE], [VERB]], DEPLOYER)
        yield Plane(api, client, put_policies(api, client, RULES, FLEET))


def with_pod_security(namespace: dict[str, Any]) -> dict[str, Any]:
    labels = namespace["metadata"]["labels"]
    if contract.LABEL_CONFINEMENT in labels:
        privileged = labels[contract.LABEL_CONFINEMENT] != "agents"
        labels |= pod_security.levels("privileged" if privileged else "baseline")
    return namespace


def grant(api: Api, name: str, right: list[Any], *users: str) -> None:
    group, resources, verbs = right
    rule = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    api.create(f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": [rule]})
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user} for user in users]
    api.create(f"{RBAC}/clusterrolebindings", {"metadata": {"name": name}, "roleRef": reference, "subjects": subjects})


def moved(case: Case) -> Resource | None:
    """The object of a case where the cluster judges it: one of the fleet's. `None`: there it is somebody else's. The
    cluster knows no operators, and nothing of ClusterRoles and who has them."""
    (resource,) = case.resources
    if "operators" in case.options:
        return None
    inputs: dict[str, Any] = copy.deepcopy(dict(resource.inputs))
    whole = resource.type.startswith("kubernetes:") and not resource.type.endswith(("Patch", "List"))
    if not whole or repr(UNKNOWN) in repr(inputs):
        return None
    metadata = inputs["metadata"]
    kind = inputs["kind"]
    if kind == "Namespace":
        purpose = FLEET.confinement(metadata.get("name"))
        if purpose is None:
            return None
        ours = {contract.LABEL_STACK: FLEET.stack, contract.LABEL_CONFINEMENT: purpose}
        metadata["labels"] = {**metadata.get("labels", {}), **ours}
    elif kind == "ClusterRoleBinding":
        # Of other teams' administrators nothing is asked, and of bindings to nobody.
        mine = [one for one in inputs["subjects"] if one.get("namespace") in FLEET.own_namespaces]
        inputs["subjects"] = mine or [{"kind": "ServiceAccount", "name": "agent", "namespace": "azdo-agents"}]
    elif FLEET.confinement(metadata.get("namespace")) is None:
        metadata["namespace"] = "azdo-agents"
        inputs["kind"] = kind.removeprefix("Cluster")
        inputs.pop("aggregationRule", None)
    return replace(resource, type=resource.type.replace(kind, inputs["kind"]), inputs=inputs, secret_paths=())


def asked() -> Iterator[tuple[Rule[Any], Case, Resource]]:
    for found in ALL:
        for case in (*found.passes, *found.fails, *(mutation.mutated() for mutation in found.mutations)):
            if (resource := moved(case)) is not None:
                yield found.rule, case, resource


def test_the_type_checker_has_nothing_to_say(plane: Plane) -> None:
    assert type_warnings(plane.api, plane.policies) == {name: [] for name in plane.policies}


def test_the_api_server_decides_as_the_rule_on_every_case(plane: Plane) -> None:
    different, decided = [], {True: 0, False: 0}
    for rule, case, resource in asked():
        body: dict[str, Any] = dict(resource.inputs)
        answer = plane.client.ask(body, body["metadata"].get("namespace", ""))
        # 409: the namespace is there, and would have been let in. An error of its own for what is no legal object.
        assert answer.code in (201, 409, 422), (case.title, answer)
        wrong = bool(list(judge(rule, resource, rule.context(FLEET, case.options))))
        decided[wrong] += 1
        if wrong != (answer.code == 422):
            different.append((rule.id, case.title, wrong, answer))
    assert different == [], "\n".join(map(str, different))
    assert min(decided.values()) > 25, decided


def test_both_forms_decide_alike_on_generated_objects(plane: Plane) -> None:
    different: list[Any] = []
    decided: Counter[tuple[str, bool]] = Counter()
    for resource in generated(seed=6, count=100):
        body: dict[str, Any] = dict(resource.inputs)
        answer = plane.client.ask(body, body["metadata"].get("namespace", ""))
        assert answer.code in (201, 409) or "ValidatingAdmissionPolicy" in answer.message, answer
        broken = {rule.id for rule in RULES if rule.check and list(judge(rule, resource, rule.context(FLEET)))}
        decided[body["kind"], bool(broken)] += 1
        if bool(broken) != (answer.code == 422) or not any(rule in answer.message for rule in broken or {""}):
            different.append((body, broken, answer))
    assert different == [], "\n".join(map(str, different[:5]))
    assert len(decided) == 2 * 6, decided
    assert min(decided.values()) >= 15, decided


def labelled(plane: Plane, path: str, labels: dict[str, Any], user: str) -> tuple[int, str]:
    answer = plane.client.send("PATCH", path, {"metadata": {"labels": labels}}, user=user, dry_run=True)
    return answer.code, answer.message


CONFINED = "/api/v1/namespaces/azdo-agents"
OTHER = "/api/v1/namespaces/web"
TRUST = [
    (CONFINED, {contract.LABEL_CONFINEMENT: "engine"}),
    (CONFINED, {contract.LABEL_CONFINEMENT: None}),
    (CONFINED, {contract.LABEL_STACK: "another"}),
    (CONFINED, {contract.LABEL_STACK: ""}),
    (CONFINED, {"pod-security.kubernetes.io/enforce": "restricted"}),
    (OTHER, {contract.LABEL_CONFINEMENT: "agents"}),
    (OTHER, {contract.LABEL_STACK: "dev"}),
    # Without a value it is a label, too, and a selector can ask for it.
    (OTHER, {contract.LABEL_STACK: ""}),
    (OTHER, {contract.LABEL_CONFINEMENT: ""}),
    (NODE, {contract.LABEL_TRUST: "trusted"}),
    (NODE, {contract.LABEL_POOL: None}),
    (NODE, {contract.LABEL_STACK: "dev"}),
    (NODE, {"agentpool": "pr"}),
    (NODE, {"agentpool": ""}),
    (NODE, {contract.LABEL_PURPOSE: ""}),
    (f"{NODE}/status", {contract.LABEL_PURPOSE: "build"}),
]


@pytest.mark.parametrize(("path", "labels"), TRUST)
def test_labels_that_grant_trust_are_changed_by_those_who_may_grant_it_alone(
    plane: Plane, path: str, labels: dict[str, Any]
) -> None:
    code, message = labelled(plane, path, labels, SOMEBODY)
    assert (code, "trust-labels-protected" in message) == (422, True), message
    code, message = labelled(plane, path, labels, DEPLOYER)
    assert code == 200, message


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        (CONFINED, {"team": "web"}),
        (OTHER, {"pod-security.kubernetes.io/enforce": "restricted"}),
        (NODE, {"team": "web", "kubernetes.io/os": "linux"}),
    ],
)
def test_other_labels_are_everybodys(plane: Plane, path: str, labels: dict[str, Any]) -> None:
    code, message = labelled(plane, path, labels, SOMEBODY)
    assert code == 200, message


@pytest.mark.parametrize("key", FLEET.node_keys)
@pytest.mark.parametrize("path", [NODE, f"{NODE}/status"])
def test_a_kubelet_does_not_move_its_node_to_another_pool_or_trust(plane: Plane, path: str, key: str) -> None:
    for value in ("other", ""):
        code, message = labelled(plane, path, {key: value}, KUBELET)
        assert (code, "trust-labels-protected: a kubelet" in message) == (422, True), message
    assert labelled(plane, path, {"example.com/rack": "7"}, KUBELET)[0] == 200


def test_a_node_registers_with_the_labels_of_its_pool(plane: Plane) -> None:
    labels = {contract.LABEL_POOL: "lin", contract.LABEL_TRUST: "trusted", "agentpool": "lin"}
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "labels": labels}}
    assert plane.client.ask(body, user="system:node:node-1").code == 201


def test_a_node_of_a_pool_is_made_by_its_kubelet_and_by_those_who_may_grant_trust_alone(plane: Plane) -> None:
    """Else somebody would delete a node and make it anew, in another pool."""

    def asked_by(user: str, labels: dict[str, str]) -> tuple[int, str]:
        body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "labels": labels}}
        answer = plane.client.ask(body, user=user)
        return answer.code, answer.message

    grant(plane.api, "makes-nodes", ["", ["nodes"], ["create"]], "aksService", CLOUD_NODE_MANAGER)
    for labels in ({contract.LABEL_TRUST: "trusted"}, {"agentpool": "lin"}, {contract.LABEL_PURPOSE: ""}):
        for user in (SOMEBODY, CLOUD_NODE_MANAGER, KUBELET):
            code, message = asked_by(user, labels)
            # What a kubelet makes of another node's is refused by NodeRestriction, where that is on.
            assert (code, "trust-labels-protected" in message) in ((422, True), (403, False)), message
        for user in (DEPLOYER, "aksService"):
            assert asked_by(user, labels)[0] == 201, user
    # A virtual node, for instance, is of none of the pools.
    assert asked_by(SOMEBODY, {"type": "virtual-kubelet"})[0] == 201


def test_what_lies_on_every_node_moves_none(plane: Plane) -> None:
    """AKS' cloud-node-manager may write every node, and its token is where a job that breaks out finds it."""
    grant(plane.api, "cloud", ["", ["nodes", "nodes/status"], ["get", "patch", "update"]], CLOUD_NODE_MANAGER)
    for path in (NODE, f"{NODE}/status"):
        code, message = labelled(plane, path, {contract.LABEL_TRUST: "trusted"}, CLOUD_NODE_MANAGER)
        assert (code, "trust-labels-protected" in message) == (422, True), message
        topology = {"topology.kubernetes.io/zone": "westeurope-1", "node.kubernetes.io/instance-type": "D8"}
        assert labelled(plane, path, topology, CLOUD_NODE_MANAGER)[0] == 200


def test_a_namespace_is_made_one_of_the_fleets_by_those_who_may_grant_trust_alone(plane: Plane) -> None:
    def asked_by(user: str, labels: dict[str, str]) -> tuple[int, str]:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new", "labels": labels}}
        answer = plane.client.ask(body, user=user)
        return answer.code, answer.message

    ours = {contract.LABEL_CONFINEMENT: "agents", contract.LABEL_STACK: "dev", **pod_security.levels("baseline")}
    assert asked_by(SOMEBODY, {"team": "web"})[0] == 201
    code, message = asked_by(SOMEBODY, ours)
    assert (code, "trust-labels-protected" in message) == (422, True)
    assert asked_by(DEPLOYER, ours)[0] == 201


def test_the_clusters_own_users_bind_what_they_need(plane: Plane) -> None:
    resource = cluster_admin.binding("cluster-admin", cluster_admin.account("azdo-agents"))
    body: dict[str, Any] = dict(resource.inputs)
    assert plane.client.ask(body).code == 422
    grant(plane.api, "bind", ["rbac.authorization.k8s.io", ["clusterrolebindings"], ["create"]], "aksService")
    grant(plane.api, "binds", ["rbac.authorization.k8s.io", ["clusterroles"], ["bind"]], "aksService")
    assert plane.client.ask(body, user="aksService").code == 201


def test_the_label_of_a_runner_set_counts_for_who_may_assign_trust_alone(plane: Plane) -> None:
    (resource,) = escalation.HOOKS.resources
    body: dict[str, Any] = dict(resource.inputs)
    namespace = body["metadata"]["namespace"]
    grant(plane.api, "roles", ["rbac.authorization.k8s.io", ["roles"], ["create", "escalate"]], SOMEBODY, DEPLOYER)
    assert plane.client.ask(body, namespace, user=SOMEBODY).code == 422
    assert plane.client.ask(body, namespace, user=DEPLOYER).code == 201
