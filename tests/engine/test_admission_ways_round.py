"""Ways round the cluster's policies that a reviewer found, each tried on a real API server.

The fleet is one of a cluster that is not ours: one pool is found by a label of its owners.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from components import contract
from infra import preflight
from rules.policies.catalogue import RULES
from rules.policies.fleet import FleetPool
from rules.policies.network.public_exposure import INTERNAL
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from sandbox.control_plane import Api, Binaries
from tests.engine.admission_plane import (
    ADMISSION,
    COLLECTIONS,
    PATHS,
    Answer,
    Client,
    bare_namespaces,
    put,
    put_namespaces,
    put_policies,
    running,
    type_warnings,
)
from tests.engine.test_control_plane import wait_until
from tests.engine.test_twins_of_objects import grant, with_pod_security
from tests.unit.policies.cases.namespaces.pod_security import levels
from tests.unit.policies.scenes import FLEET as SCENES
from tests.unit.policies.scenes import engine, linux_agent, workload

pytestmark = pytest.mark.engine

FLEET: Final = replace(
    SCENES,
    pools=(
        *SCENES.pools,
        FleetPool(name="theirs", os="linux", selector={"team/pool": "theirs"}),
        FleetPool(name="marked", os="linux", selector={"team/build": ""}),
    ),
    exempt_namespaces=("longhorn-system",),
)
AGENTS = "azdo-agents"
NODE = "/api/v1/nodes/node-0"
SOMEBODY, DEPLOYER, KUBELET = "somebody", "deployer", "system:node:node-0"


@dataclass(frozen=True)
class Plane:
    api: Api
    client: Client
    kubeconfig: Path

    def labels(self, path: str, labels: dict[str, str], user: str) -> Answer:
        """What is said of a change of labels, by a dry-run."""
        return self.client.send("PATCH", path, {"metadata": {"labels": labels}}, user=user, dry_run=True)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Plane]:
    with running(tmp_path_factory.mktemp("round"), binaries) as (control, api, client):
        put_namespaces(api, [with_pod_security(one) for one in bare_namespaces(FLEET, "web")], ["azdo-agent"])
        labels = {"agentpool": "system", "team/pool": "ours", "kubernetes.io/os": "linux"}
        api.create("/api/v1/nodes", {"kind": "Node", "metadata": {"name": "node-0", "labels": labels}})
        all_verbs = ["create", "delete", "get", "patch", "update"]
        users = (SOMEBODY, DEPLOYER, KUBELET, "aksService")
        grant(api, "cores", ["", ["namespaces", "nodes", "nodes/status"], all_verbs], *users)
        grant(api, "works", ["batch", ["jobs"], all_verbs], *users)
        grant(api, "trust", [GROUP, [RESOURCE], [VERB]], DEPLOYER)
        names = put_policies(api, client, RULES, FLEET)
        assert not any(type_warnings(api, names).values())
        yield Plane(api, client, control.kubeconfig)


def refused(answer: Answer, rule: str) -> None:
    assert (answer.code, f": {rule}: " in answer.message) == (422, True), answer


def ending(plane: Plane, body: dict[str, Any], namespace: str = "") -> str:
    """Make an object that stays after it was deleted; returns its path."""
    body = copy.deepcopy(body)
    body["metadata"]["finalizers"] = ["example.com/kept"]
    collection = PATHS[body["kind"]].format(namespace)
    answer = plane.client.send("POST", collection, body)
    assert answer.code == 201, answer
    path = f"{collection}/{body['metadata']['name']}"
    plane.client.send("DELETE", path)
    assert plane.api.get(path)["metadata"]["deletionTimestamp"]
    return path


def ended(plane: Plane, path: str) -> None:
    """Whatever it is, it can end: nothing of it is judged that did not change."""
    assert plane.client.send("PATCH", path, {"metadata": {"finalizers": None}}).code == 200
    assert plane.api.find(path) is None


def test_a_role_that_is_being_deleted_gets_nothing_that_another_does_not(plane: Plane) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": []}
    path = ending(plane, role, AGENTS)
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    answer = plane.client.send("PATCH", path, {"rules": rules})
    assert (answer.code, "ValidatingAdmissionPolicy" in answer.message) == (422, True), answer
    ended(plane, path)


def test_a_network_policy_that_is_being_deleted_opens_nothing(plane: Plane) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": []}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "n"}, "spec": spec}
    path = ending(plane, policy, AGENTS)
    answer = plane.client.send("PATCH", path, {"spec": {"egress": [{}]}})
    assert (answer.code, "ValidatingAdmissionPolicy" in answer.message) == (422, True), answer
    ended(plane, path)


def test_a_node_that_is_being_deleted_keeps_its_trust(plane: Plane) -> None:
    labels = {contract.LABEL_TRUST: "untrusted"}
    path = ending(plane, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-9", "labels": labels}})
    refused(plane.labels(path, {contract.LABEL_TRUST: "trusted"}, SOMEBODY), "trust-labels-protected")
    ended(plane, path)


def test_a_pod_that_is_being_deleted_gets_no_privileged_container(plane: Plane) -> None:
    pod: dict[str, Any] = dict(workload(linux_agent(), "web", "core/v1:Pod").inputs)
    pod["metadata"] = {**pod["metadata"], "name": "ends"}
    # Where Pod Security refuses nothing before us.
    path = ending(plane, pod, "web")
    container = {
        "name": "debugger",
        "image": f"{FLEET.own_repositories[0]}/tools:1",
        "securityContext": {"privileged": True},
    }
    answer = plane.client.send("PATCH", f"{path}/ephemeralcontainers", {"spec": {"ephemeralContainers": [container]}})
    refused(answer, "privileged-confined")
    ended(plane, path)


@pytest.mark.parametrize("key", ["team/pool", "agentpool", "kubernetes.azure.com/agentpool", contract.LABEL_STACK])
@pytest.mark.parametrize("path", [NODE, f"{NODE}/status"])
def test_a_node_is_moved_to_a_pool_by_those_who_may_assign_trust_alone(plane: Plane, path: str, key: str) -> None:
    refused(plane.labels(path, {key: "theirs"}, KUBELET), "trust-labels-protected")
    answer = plane.labels(path, {key: "theirs"}, SOMEBODY)
    refused(answer, "trust-labels-protected")
    assert key in answer.message
    for user in (DEPLOYER, "aksService"):
        assert plane.labels(path, {key: "theirs"}, user).code == 200


def test_a_pool_that_is_found_by_a_label_without_a_value_is_joined_by_no_kubelet(plane: Plane) -> None:
    refused(plane.labels(NODE, {"team/build": ""}, KUBELET), "trust-labels-protected")
    refused(plane.labels(NODE, {"team/build": ""}, SOMEBODY), "trust-labels-protected")


def test_a_pod_with_long_texts_is_judged_and_not_refused_for_its_length(plane: Plane) -> None:
    """The API server gives an expression a budget, and what goes beyond it is refused whatever it says."""
    body: dict[str, Any] = copy.deepcopy(dict(workload(linux_agent(), AGENTS, "core/v1:Pod").inputs))
    body["metadata"] = {**body["metadata"], "name": "long"}
    [container] = body["spec"]["containers"]
    containers = [{**copy.deepcopy(container), "name": f"c{n}", "args": ["x" * 32 * 1024]} for n in range(20)]
    body["spec"]["containers"] = containers
    answer = plane.client.ask(body, AGENTS)
    assert answer.code == 201, answer
    containers[-1]["args"][0] += " tcp://10.0.0.4:2375"
    refused(plane.client.ask(body, AGENTS), "cri-socket-forbidden")


def test_an_empty_label_of_a_stack_switches_nothing_off(plane: Plane) -> None:
    """Neither by somebody, nor where an administrator has set it: there is no such stack, to judge its own pods."""
    path = "/api/v1/namespaces/web"
    refused(plane.labels(path, {contract.LABEL_STACK: ""}, SOMEBODY), "trust-labels-protected")
    pod: dict[str, Any] = dict(workload(engine(), "web", "core/v1:Pod").inputs)
    pod["metadata"] = {**pod["metadata"], "name": "wrong"}
    pod["spec"] = {**pod["spec"], "serviceAccountName": "azdo-agent"}
    try:
        assert plane.client.send("PATCH", path, {"metadata": {"labels": {contract.LABEL_STACK: ""}}}).code == 200
        await_label(plane, "web", contract.LABEL_STACK)
        refused(plane.client.ask(pod, "web"), "host-process-confined")
    finally:
        plane.client.send("PATCH", path, {"metadata": {"labels": {contract.LABEL_STACK: None}}})


def await_label(plane: Plane, namespace: str, key: str) -> None:
    """Wait until policies are told that the namespace has the label: they know it from a cache."""
    name, words = "sees-a-label", f"{namespace} has the label"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    seen = {"expression": f"!('{key}' in namespaceObject.metadata.?labels.orValue({{}}))", "message": words}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [seen]}
    put(plane.api, name, spec, ["Warn"])
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "any"}}
    wait_until(lambda: any(words in one for one in plane.client.ask(body, namespace).warnings), words, 30)
    for collection in reversed(COLLECTIONS):
        plane.api.delete(f"{ADMISSION}/{collection}/{name}")


def test_a_running_agent_does_not_lose_what_it_reserves_of_its_node(plane: Plane) -> None:
    pod: dict[str, Any] = copy.deepcopy(dict(workload(linux_agent(), AGENTS, "core/v1:Pod").inputs))
    pod["metadata"] = {**pod["metadata"], "name": "resized"}
    answer = plane.client.send("POST", PATHS["Pod"].format(AGENTS), pod)
    assert answer.code == 201, answer
    path = f"{PATHS['Pod'].format(AGENTS)}/resized"
    container = plane.api.get(path)["spec"]["containers"][0]

    def resized(cpu: str) -> Answer:
        resources = container["resources"]
        changed = {**container, "resources": {**resources, "requests": {**resources["requests"], "cpu": cpu}}}
        return plane.client.send("PATCH", f"{path}/resize", {"spec": {"containers": [changed]}}, dry_run=True)

    answer = resized("250m")
    assert answer.code == 200, answer
    refused(resized("0"), "workload-resources")


def test_a_service_does_not_become_public_by_its_status(plane: Plane) -> None:
    annotations = {INTERNAL: "true"}
    ports = [{"port": 443}]
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "inner", "annotations": annotations},
        "spec": {"type": "LoadBalancer", "ports": ports},
    }
    answer = plane.client.send("POST", PATHS["Service"].format(AGENTS), body)
    assert answer.code == 201, answer
    path = f"/api/v1/namespaces/{AGENTS}/services/inner"
    patch = {"metadata": {"annotations": {INTERNAL: None}}}
    for one in (path, f"{path}/status"):
        refused(plane.client.send("PATCH", one, patch, dry_run=True), "no-public-exposure")
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.7"}]}}}
    assert plane.client.send("PATCH", f"{path}/status", status, dry_run=True).code == 200


def test_a_kubelet_may_say_its_operating_system(plane: Plane) -> None:
    assert plane.labels(NODE, {"kubernetes.io/os": "windows"}, KUBELET).code == 200


@pytest.mark.parametrize("name", ["azure-arc", "longhorn-system"])
def test_a_namespace_that_is_not_judged_is_made_by_those_who_may_assign_trust_alone(plane: Plane, name: str) -> None:
    grant(plane.api, f"n-{name}", ["", ["namespaces"], ["create"]], "system:serviceaccount:tigera-operator:operator",
          "system:serviceaccount:web:operator", "system:serviceaccount:kube-system:addon-manager")  # fmt: skip
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": levels("restricted")}}
    for user in (SOMEBODY, "system:serviceaccount:web:operator"):
        refused(plane.client.ask(body, user=user), "trust-labels-protected")
    for user in (
        DEPLOYER,
        "aksService",
        "system:serviceaccount:kube-system:addon-manager",
        "system:serviceaccount:tigera-operator:operator",
    ):
        assert plane.client.ask(body, user=user).code == 201, user
    body["metadata"] = {"name": "another", "labels": levels("restricted")}
    assert plane.client.ask(body, user=SOMEBODY).code == 201


def test_a_job_of_the_deployer_brings_no_image_from_elsewhere_by_calling_itself_a_workflows(plane: Plane) -> None:
    spec = linux_agent()
    spec["containers"][0]["image"] = "evil.example.com/agent:1"
    body: dict[str, Any] = copy.deepcopy(dict(workload(spec, AGENTS, "batch/v1:Job").inputs))
    body["metadata"] |= {"name": "job", "labels": {contract.LABEL_STACK: "dev"}}
    template = body["spec"]["template"]
    template["spec"]["restartPolicy"] = "Never"
    # The stack's own: its pods are asked.
    assert plane.client.ask(body, AGENTS, user=DEPLOYER).code == 201
    template.setdefault("metadata", {}).setdefault("labels", {})[contract.LABEL_COMPONENT] = "github-job"
    refused(plane.client.ask(body, AGENTS, user=DEPLOYER), "image-registry-allowlist")


def test_the_preflight_knows_who_may_assign_trust(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    with preflight.connect("admission") as client:
        for user, may in ((SOMEBODY, False), (DEPLOYER, True)):
            client.headers["Impersonate-User"] = user
            assert preflight.may_assign_trust(client, "admission") is may


def test_with_the_scope_of_the_stack_nodes_are_protected_and_others_namespaces_are_not_judged(plane: Plane) -> None:
    """The last test: it puts other policies in place."""
    names = put_policies(plane.api, plane.client, RULES, FLEET, "stack")
    assert not any(type_warnings(plane.api, names).values())
    refused(plane.labels(NODE, {contract.LABEL_TRUST: "trusted"}, KUBELET), "trust-labels-protected")
    refused(plane.labels(NODE, {"team/pool": "theirs"}, SOMEBODY), "trust-labels-protected")
    web, mine = "/api/v1/namespaces/web", f"/api/v1/namespaces/{AGENTS}"
    assert plane.labels(web, {contract.LABEL_CONFINEMENT: "engine"}, SOMEBODY).code == 200
    for path, stack in ((web, "dev"), (mine, "another")):
        refused(plane.labels(path, {contract.LABEL_STACK: stack}, SOMEBODY), "trust-labels-protected")
    assert plane.labels(web, {contract.LABEL_STACK: "another"}, SOMEBODY).code == 200
