"""A control plane with the cluster's form of the rules, asked by dry-run what it makes of an object."""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import yaml

from components.admission.policy_specs import FAMILIES, Force, Scope, binding_spec, policy_name, policy_spec, twins_of
from rules.policies.fleet import Fleet
from rules.policies.rule import Rule
from sandbox.control_plane import Api, Binaries, ControlPlane
from sandbox.crds.install import install
from tests.engine.test_control_plane import wait_until

Object = dict[str, Any]
ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
COLLECTIONS: Final = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
FORCES: Final[tuple[Force, ...]] = ("mandatory", "advisory")
LAST: Final = "last-of-all"
PATHS: Final[Mapping[str, str]] = {
    "Pod": "/api/v1/namespaces/{}/pods",
    "ReplicationController": "/api/v1/namespaces/{}/replicationcontrollers",
    "Service": "/api/v1/namespaces/{}/services",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/{}/replicasets",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "ScaledJob": "/apis/keda.sh/v1alpha1/namespaces/{}/scaledjobs",
    "AutoscalingRunnerSet": "/apis/actions.github.com/v1alpha1/namespaces/{}/autoscalingrunnersets",
    "EphemeralRunnerSet": "/apis/actions.github.com/v1alpha1/namespaces/{}/ephemeralrunnersets",
    "EphemeralRunner": "/apis/actions.github.com/v1alpha1/namespaces/{}/ephemeralrunners",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}
"""Collections by kind; `{}` is the namespace."""
LIMIT: Final = 4096
"""Characters of warnings in one answer, from which on the API server cuts them:
k8s.io/apiserver/pkg/endpoints/filters/warning.go, read 2026-11."""
_WARNING: Final = re.compile(r'299 - "((?:[^"\\]|\\.)*)"')
_RULE: Final = re.compile(r"with binding '[^']+': ([a-z0-9-]+): ")


@dataclass(frozen=True)
class Answer:
    """What the API server says of an object."""

    code: int
    message: str
    warnings: tuple[str, ...]

    @property
    def rules(self) -> set[str]:
        """Ids of the rules that it warns of."""
        return {found[1] for warning in self.warnings if (found := _RULE.search(warning))}


class Client:
    """Requests by an administrator, or as somebody else."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self._client = httpx2.Client(
            base_url=cluster["server"],
            verify=context,
            headers={"Authorization": f"Bearer {user['token']}"},
            timeout=30,
            trust_env=False,
        )

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def ask(self, body: Object, namespace: str = "", *, user: str = "", dry_run: bool = True) -> Answer:
        """Have an object made, by default in a dry-run."""
        path = PATHS[body["kind"]].format(namespace)
        return self.send("POST", path, body, user=user, dry_run=dry_run)

    def send(
        self, method: str, path: str, body: Object | None = None, *, user: str = "", dry_run: bool = False
    ) -> Answer:
        """Any request; a PATCH is a merge patch."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        response = self._client.request(
            method,
            path,
            params={"dryRun": "All"} if dry_run else {},
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": kind, **({"Impersonate-User": user} if user else {})},
        )
        given = response.headers.get_list("Warning")
        assert sum(map(len, given)) < LIMIT, "warnings may have been cut"
        warnings = tuple(text.replace('\\"', '"') for one in given for text in _WARNING.findall(one))
        return Answer(response.status_code, str(response.json().get("message", "")), warnings)


def bare_namespaces(fleet: Fleet, *more: str) -> list[Object]:
    """The fleet's namespaces with the labels that policies read, without Pod Security, and others with none."""
    found = []
    for name in (*fleet.own_namespaces, *more):
        confinement = fleet.confinement(name)
        labels = {"buildfleet.dev/stack": fleet.stack, "buildfleet.dev/confinement": confinement} if confinement else {}
        found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    return found


def put_policies(
    api: Api,
    client: Client,
    rules: Sequence[Rule[Any]],
    fleet: Fleet,
    scope: Scope = "cluster",
    *,
    warn: bool = False,
) -> list[str]:
    """Make or replace every policy that the rules ask for, and wait until they are in force; returns their names.

    With `warn` no binding refuses: each violation is a warning in the answer.
    """
    names = []
    for family in FAMILIES:
        for force in FORCES:
            if twins_of(family, rules, fleet, force):
                names.append(name := policy_name(str(fleet.stack), family, force))
                spec = policy_spec(family, rules, fleet, scope, force=force)
                put(api, name, spec, ["Warn"] if warn else binding_spec(policy=name, force=force)["validationActions"])
    await_policies(api, client)
    return names


def put(api: Api, name: str, spec: Object, actions: Sequence[str]) -> None:
    """Make or replace one policy and its binding."""
    kinds = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    specs = (spec, {"policyName": name, "validationActions": list(actions)})
    for kind, collection, one in zip(kinds, COLLECTIONS, specs, strict=True):
        body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}, "spec": one}
        api.apply(f"{ADMISSION}/{collection}/{name}", body)


def await_policies(api: Api, client: Client) -> None:
    """Wait until all policies made so far are in force.

    The API server takes up policies a second or so after they were made, all that it has seen at once. So one that is
    made last and can be told by its words stands for those before it.
    """
    words = f"in force {time.monotonic_ns()}"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "false", "message": words}],
    }
    put(api, LAST, spec, ["Warn"])
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "any"}}
    wait_until(lambda: any(words in one for one in client.ask(body, "default").warnings), "policies are in force", 30)
    for collection in reversed(COLLECTIONS):
        api.delete(f"{ADMISSION}/{collection}/{LAST}")


def type_warnings(api: Api, names: Sequence[str]) -> dict[str, Any]:
    """What the type checker says of policies, by name; waits until it has looked at each."""

    def found() -> dict[str, Any] | None:
        policies = {name: api.get(f"{ADMISSION}/{COLLECTIONS[0]}/{name}") for name in names}
        checked = all(
            one.get("status", {}).get("observedGeneration") == one["metadata"]["generation"]
            for one in policies.values()
        )
        if not checked:
            return None
        return {
            name: one["status"].get("typeChecking", {}).get("expressionWarnings", []) for name, one in policies.items()
        }

    result: dict[str, Any] = wait_until(found, "the type checker has looked at every policy", 60)
    return result


@contextmanager
def running(folder: Path, binaries: Binaries) -> Iterator[tuple[ControlPlane, Api, Client]]:
    """A control plane with the definitions of KEDA and ARC, for the time of a test."""
    plane = ControlPlane(folder / "sandbox", binaries, context="admission")
    plane.start()
    try:
        install(plane.kubeconfig, binaries)
        with Api(plane.kubeconfig) as api:
            client = Client(plane.kubeconfig)
            try:
                yield plane, api, client
            finally:
                client.close()
    finally:
        plane.stop(erase=True)


def put_namespaces(api: Api, namespaces: Sequence[Object], accounts: Sequence[str] = ()) -> None:
    """Make namespaces and these service accounts in each, and wait until pods can be made there."""
    for namespace in namespaces:
        name = namespace["metadata"]["name"]
        api.apply(f"/api/v1/namespaces/{name}", namespace)
        for account in accounts:
            body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
            api.apply(f"/api/v1/namespaces/{name}/serviceaccounts/{account}", body)
    ready = [f"/api/v1/namespaces/{one['metadata']['name']}/serviceaccounts/default" for one in namespaces]
    wait_until(lambda: all(api.find(path) for path in ready), "every namespace has its default service account")
