"""The rights of the engine's supervisor, tried out with a token of a pod against a real API server."""

from __future__ import annotations

import base64
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from components import contract
from components.docker_engine.rights import (
    binding_spec,
    cluster_rules,
    event_rules,
    namespace_rules,
    policy_spec,
)
from sandbox.control_plane import Api, Binaries, ControlPlane
from sandbox.nodes import SimulatedPool, simulate
from tests.engine.test_control_plane import wait_until

pytestmark = pytest.mark.engine

NAMESPACE = "docker-engine"
ACCOUNT = {"kind": "ServiceAccount", "name": contract.SERVICE_ACCOUNT_ENGINE, "namespace": NAMESPACE}
POOL = SimulatedPool(name="win22", os="windows", os_sku="Windows2022", count=2, vm_size="Standard_D8ds_v5")
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
MERGE = "application/merge-patch+json"


class Supervisor:
    """Requests with a token of the engine's account."""

    def __init__(self, kubeconfig: Path, token: str) -> None:
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self.client = httpx2.Client(
            base_url=cluster["server"], verify=context, headers={"Authorization": f"Bearer {token}"}
        )

    def __call__(self, verb: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """Status code, and the API server's words."""
        kind = MERGE if verb == "PATCH" else "application/json"
        answer = self.client.request(verb, path, json=body, headers={"Content-Type": kind})
        return answer.status_code, str(answer.json().get("message", ""))


def named(kind: str, name: str, **more: Any) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io" if "Role" in kind else "admissionregistration.k8s.io"
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, **more}


def reference(kind: str, name: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}


def make(api: Api) -> None:
    """The account, its rights and its confinement, as the component makes them."""
    core = "/api/v1/namespaces"
    api.create(core, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    api.create(f"{core}/{NAMESPACE}/serviceaccounts", {"metadata": {"name": ACCOUNT["name"]}})
    rules = cluster_rules()
    api.create(f"{RBAC}/clusterroles", named("ClusterRole", "engine", rules=rules))
    binding = {"roleRef": reference("ClusterRole", "engine"), "subjects": [ACCOUNT]}
    api.create(f"{RBAC}/clusterrolebindings", named("ClusterRoleBinding", "engine", **binding))
    own = namespace_rules(leases=["docker-engine-win22-0"], daemon_set="docker-engine-win22")
    for namespace, some in ((NAMESPACE, own), ("default", event_rules())):
        here = f"{RBAC}/namespaces/{namespace}"
        api.create(f"{here}/roles", named("Role", "engine", rules=some))
        binding = {"roleRef": reference("Role", "engine"), "subjects": [ACCOUNT]}
        api.create(f"{here}/rolebindings", named("RoleBinding", "engine", **binding))
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
    for name in ("docker-engine-win22-0", "other"):
        leases = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
        api.create(leases, {**lease, "metadata": {"name": name}})
    spec = policy_spec(namespace=NAMESPACE)
    api.create(f"{ADMISSION}/validatingadmissionpolicies", named("ValidatingAdmissionPolicy", "engine", spec=spec))
    bound = named("ValidatingAdmissionPolicyBinding", "engine", spec=binding_spec(policy="engine"))
    api.create(f"{ADMISSION}/validatingadmissionpolicybindings", bound)


def pod(api: Api, name: str, node: str) -> dict[str, Any]:
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "nodeName": node,
            "serviceAccountName": ACCOUNT["name"],
            "containers": [{"name": "main", "image": "example.invalid/main:1"}],
        },
    }
    return dict(api.create(f"/api/v1/namespaces/{NAMESPACE}/pods", body))


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[ControlPlane]:
    made = ControlPlane(tmp_path_factory.mktemp("engine") / "sandbox", binaries, context="engine")
    made.start()
    try:
        simulate(made.kubeconfig, [POOL])
        with Api(made.kubeconfig) as connection:
            make(connection)
        yield made
    finally:
        made.stop(erase=True)


@pytest.fixture
def api(plane: ControlPlane) -> Iterator[Api]:
    with Api(plane.kubeconfig) as connection:
        yield connection


@pytest.fixture
def nodes(api: Api) -> list[str]:
    return sorted(node["metadata"]["name"] for node in api.get("/api/v1/nodes")["items"])


def token(api: Api, bound_to: dict[str, Any] | None) -> str:
    spec: dict[str, Any] = {"expirationSeconds": 3600}
    if bound_to is not None:
        meta = bound_to["metadata"]
        spec["boundObjectRef"] = {"kind": "Pod", "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{ACCOUNT['name']}/token"
    made = api.create(path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
    return str(made["status"]["token"])


def test_a_supervisor_changes_its_own_node_and_ends_pods_there_and_nowhere_else(
    plane: ControlPlane, api: Api, nodes: list[str]
) -> None:
    mine, other = nodes
    me = Supervisor(plane.kubeconfig, token(api, pod(api, "supervisor", mine)))
    pod(api, "here", mine)
    pod(api, "there", other)
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    label = {"metadata": {"labels": {contract.NODE_ENGINE: "ready", contract.NODE_ENGINE_VERSION: "29.2.1"}}}
    cordon = {"metadata": {"annotations": {contract.NODE_ENGINE_CORDON: "upgrade"}}, "spec": {"unschedulable": True}}

    def refused() -> bool:
        code, said = me("PATCH", f"/api/v1/nodes/{other}", label)
        return code == 422 and f"Docker Engine of {mine} may not change node {other}" in said

    # The API server takes a policy up some seconds after it was made.
    wait_until(refused, "the policy is in force", 60)
    assert me("PATCH", f"/api/v1/nodes/{mine}", label) == (200, "")
    assert me("PATCH", f"/api/v1/nodes/{mine}", cordon) == (200, "")
    slots = {"status": {"capacity": {contract.RESOURCE_BUILD_SLOT: "2"}}}
    assert me("PATCH", f"/api/v1/nodes/{mine}/status", slots) == (200, "")
    lift = {"metadata": {"annotations": {contract.NODE_ENGINE_CORDON: None}}, "spec": {"unschedulable": None}}
    assert me("PATCH", f"/api/v1/nodes/{mine}", lift) == (200, "")

    code, said = me("PATCH", f"/api/v1/nodes/{mine}", {"metadata": {"labels": {contract.LABEL_TRUST: "trusted"}}})
    assert (code, contract.NODE_ENGINE in said) == (422, True), said
    code, said = me("PATCH", f"/api/v1/nodes/{mine}", {"metadata": {"annotations": {"a": "b"}}})
    assert (code, contract.NODE_ENGINE_CORDON in said) == (422, True), said
    code, said = me("PATCH", f"/api/v1/nodes/{mine}", {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}})
    assert (code, "taints" in said) == (422, True), said
    owner = {"apiVersion": "v1", "kind": "Node", "name": other, "uid": "1"}
    for metadata in ({"finalizers": ["example.com/kept"]}, {"ownerReferences": [owner]}):
        code, said = me("PATCH", f"/api/v1/nodes/{mine}", {"metadata": metadata})
        assert (code, "finalizers and owners" in said) == (422, True), said
    code, said = me("PATCH", f"/api/v1/nodes/{other}/status", slots)
    assert (code, "may not change" in said) == (422, True), said

    code, said = me("DELETE", f"{pods}/there")
    assert (code, "pods of its own node only" in said) == (422, True), said
    assert me("DELETE", f"{pods}/here")[0] == 200


def test_a_token_that_no_pod_has_writes_nothing(plane: ControlPlane, api: Api, nodes: list[str]) -> None:
    made_by_hand = Supervisor(plane.kubeconfig, token(api, None))
    label = {"metadata": {"labels": {contract.NODE_ENGINE: "ready"}}}

    def refused() -> bool:
        code, said = made_by_hand("PATCH", f"/api/v1/nodes/{nodes[0]}", label)
        return code == 422 and "bound to no node" in said

    wait_until(refused, "the policy is in force", 60)


def test_the_accounts_name_without_a_token_writes_nothing_and_is_told_why(
    plane: ControlPlane, binaries: Binaries, nodes: list[str]
) -> None:
    user = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT['name']}"

    def refused() -> bool:
        words = ["label", "node", nodes[0], f"{contract.NODE_ENGINE}=by-hand", "--overwrite", "--as", user]
        command = [str(binaries.kubectl), "--kubeconfig", str(plane.kubeconfig), *words]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
        return "bound to no node" in said

    wait_until(refused, "the policy is in force", 60)


def test_the_role_gives_the_slots_and_the_daemon_set_by_name_and_no_more(
    plane: ControlPlane, api: Api, nodes: list[str]
) -> None:
    me = Supervisor(plane.kubeconfig, token(api, pod(api, "reader", nodes[0])))
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
    assert me("GET", f"{leases}/docker-engine-win22-0")[0] == 200
    assert me("GET", f"{leases}/other")[0] == 403
    assert me("GET", leases)[0] == 403
    assert me("DELETE", f"{leases}/docker-engine-win22-0")[0] == 403
    assert me("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/docker-engine-win22")[0] == 404, "may, if there"
    assert me("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/other")[0] == 403
    assert me("GET", "/api/v1/secrets")[0] == 403
    assert me("GET", "/api/v1/nodes")[0] == 403
    assert me("POST", "/api/v1/namespaces/default/pods", {})[0] == 403
