"""A Helm release without its chart, against an API server of a few lines."""

from __future__ import annotations

import base64
import json
from threading import Event
from typing import Any

import httpx2
import pytest
from pulumi_kubernetes.helm.v3 import ReleaseArgs, RepositoryOptsArgs

from sandbox.plugins.codec import UNKNOWN, Object, Secret
from sandbox.plugins.kubernetes_provider import helm_inputs
from sandbox.plugins.kubernetes_provider.client import Client
from sandbox.plugins.kubernetes_provider.connection import Settings
from sandbox.plugins.kubernetes_provider.errors import ProviderError
from sandbox.plugins.kubernetes_provider.helm_release import RELEASE, Releases

INPUTS: Object = {
    "chart": "keda",
    "version": "2.19.0",
    "repositoryOpts": {"repo": "https://charts.example.com"},
    "namespace": "keda",
    "name": "keda",
    "values": {"operator": {"replicas": 2, "token": Secret("hunter2")}},
}
SEED = b"seed"
KINDS = {
    "resources": [
        {"name": "secrets", "kind": "Secret", "namespaced": True},
        {"name": "namespaces", "kind": "Namespace", "namespaced": False},
    ]
}


class Cluster:
    """Keeps what is applied to it, by path."""

    def __init__(self, *namespaces: str) -> None:
        self.objects: dict[str, Object] = {f"/api/v1/namespaces/{name}": {} for name in namespaces}
        self.lines: list[str] = []
        http = httpx2.Client(base_url="https://api", transport=httpx2.MockTransport(self._answer))
        self.releases = Releases(Settings(), Client(http, Event()))

    def log(self, message: str, passing: bool) -> None:
        self.lines.append(message)

    @property
    def secrets(self) -> dict[str, Object]:
        return {path.rpartition("/")[2]: value for path, value in self.objects.items() if "/secrets/" in path}

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/api/v1":
            return httpx2.Response(200, json=KINDS)
        if request.method == "GET" and path.endswith("/secrets"):
            wanted = dict(pair.split("=") for pair in request.url.params["labelSelector"].split(","))
            items = [item for item in self.secrets.values() if wanted.items() <= item["metadata"]["labels"].items()]
            return httpx2.Response(200, json={"items": items})
        if request.method == "PATCH":
            namespace = path.partition("/secrets/")[0]
            if namespace not in self.objects and namespace != path:
                return httpx2.Response(404, json={"message": "no namespace", "details": {"kind": "namespaces"}})
            self.objects[path] = json.loads(request.content)
            return httpx2.Response(201, json=self.objects[path])
        found = self.objects.get(path)
        if request.method == "DELETE":
            self.objects.pop(path, None)
        return httpx2.Response(404, json={}) if found is None else httpx2.Response(200, json=found)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster("keda", "default")


def check(cluster: Cluster, **changed: Any) -> tuple[Object, list[str]]:
    inputs = {key: value for key, value in {**INPUTS, **changed}.items() if value is not None}
    checked, refusals = cluster.releases.check(RELEASE, "release", {}, inputs, SEED)
    return checked, [f"{refusal.property}: {refusal.reason}" for refusal in refusals]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"chart": "oci://ghcr.io/actions/charts/controller", "repositoryOpts": None},
        {"chart": "https://charts.example.com/keda-2.19.0.tgz", "repositoryOpts": None},
        {"chart": ".", "repositoryOpts": None},
        {"version": "v0.14.2-rc.1+build"},
        {"version": UNKNOWN, "namespace": UNKNOWN, "values": UNKNOWN, "repositoryOpts": UNKNOWN},
        {"timeout": 600, "atomic": True, "skipAwait": False, "compat": "true", "values": None},
    ],
)
def test_a_release_that_helm_would_take_passes(cluster: Cluster, changed: Object) -> None:
    assert check(cluster, **changed)[1] == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"replica": 1}, "replica: a Helm release has no such input; it has: allowNullValues,"),
        ({"repositoryOpts": {"url": "https://x"}}, "repositoryOpts.url: a Helm release has no such input"),
        ({"values": "a: b"}, "values: must be a map."),
        ({"atomic": "yes"}, "atomic: must be true or false."),
        ({"timeout": True}, "timeout: must be a whole number."),
        ({"chart": None}, "chart: a chart must be given"),
        ({"repositoryOpts": None}, "chart: 'keda' is no address and no folder here. Give repositoryOpts.repo"),
        ({"repositoryOpts": {"repo": "charts"}}, "repositoryOpts.repo: 'charts' is no address"),
        ({"version": None}, "version: None: one version must be given"),
        ({"version": "^2.0.0"}, "version: '^2.0.0': one version must be given"),
        ({"name": "Keda"}, "name: 'Keda': Helm takes 1 to 53"),
        ({"name": "k" * 54}, "Helm takes 1 to 53"),
        ({"namespace": "a.b"}, "namespace: 'a.b': a namespace has"),
    ],
)
def test_a_release_that_helm_would_refuse_is_refused_before_anything_is_done(
    cluster: Cluster, changed: Object, told: str
) -> None:
    refused = check(cluster, **changed)[1]
    assert any(told in line for line in refused), refused


def test_a_refusal_quotes_no_secret(cluster: Cluster) -> None:
    _, refused = check(cluster, version=Secret("hunter2"))
    assert refused
    assert "hunter2" not in str(refused)


def test_the_inputs_are_those_of_the_sdk() -> None:
    def keys(args: type) -> set[str]:
        getters = (value.fget for value in vars(args).values() if isinstance(value, property))
        return {getattr(getter, "_pulumi_name", getter.__name__) for getter in getters if getter}

    assert set(helm_inputs._KEYS) == keys(ReleaseArgs)
    assert set(helm_inputs._REPOSITORY_KEYS) == keys(RepositoryOptsArgs)


def test_a_release_without_a_name_gets_one_that_stays_and_the_default_namespace(cluster: Cluster) -> None:
    checked, _ = check(cluster, name=None, namespace=None)
    assert checked["name"].startswith("release-")
    assert checked["namespace"] == "default"
    again, _ = cluster.releases.check(RELEASE, "release", checked, {**INPUTS, "name": None}, b"another seed")
    assert again["name"] == checked["name"]
    assert checked["values"] == INPUTS["values"], "marks of secrets stay"


def test_a_release_is_recorded_as_helm_does_and_nothing_of_its_values_is_shown(cluster: Cluster) -> None:
    result = cluster.releases.create(INPUTS, 0, cluster.log)
    assert result.id == "keda/keda"
    secret = cluster.secrets["sh.helm.release.v1.keda.v1"]
    assert secret["type"] == "helm.sh/release.v1"
    assert secret["metadata"]["labels"] == {"owner": "helm", "name": "keda", "status": "deployed", "version": "1"}
    kept = {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}
    assert sorted(kept) == ["chart", "values", "version"]
    assert (kept["chart"], kept["version"]) == ("keda", "2.19.0")
    assert "hunter2" not in str(kept)
    assert result.state["status"] == {
        "appVersion": "2.19.0",
        "chart": "keda",
        "name": "keda",
        "namespace": "keda",
        "revision": 1,
        "status": "deployed",
        "version": "2.19.0",
    }
    assert result.state["resourceNames"] == {}
    assert result.state["values"]["operator"]["token"] == Secret("hunter2")
    assert any("nothing of the chart keda 2.19.0 runs here" in line for line in cluster.lines)


def test_a_preview_leaves_the_status_open_and_writes_nothing(cluster: Cluster) -> None:
    assert cluster.releases.preview_create(INPUTS)["status"] is UNKNOWN
    assert cluster.releases.preview_update(INPUTS, [])["status"] is UNKNOWN
    assert cluster.secrets == {}


def test_a_name_that_is_in_use_is_refused(cluster: Cluster) -> None:
    cluster.releases.create(INPUTS, 0, cluster.log)
    with pytest.raises(ProviderError, match="Release keda/keda was not created: the name is in use"):
        cluster.releases.create(INPUTS, 0, cluster.log)


def test_a_missing_namespace_is_made_only_when_asked_for(cluster: Cluster) -> None:
    elsewhere = {**INPUTS, "namespace": "new"}
    with pytest.raises(ProviderError, match="Make the namespace before it"):
        cluster.releases.create(elsewhere, 0, cluster.log)
    cluster.releases.create({**elsewhere, "createNamespace": True}, 0, cluster.log)
    assert "/api/v1/namespaces/new" in cluster.objects


def test_an_update_is_the_next_revision_and_the_only_one_that_is_kept(cluster: Cluster) -> None:
    cluster.releases.create(INPUTS, 0, cluster.log)
    newer = {**INPUTS, "version": "2.20.0"}
    result = cluster.releases.update(newer, [], 0, cluster.log)
    assert result.state["status"]["revision"] == 2
    assert list(cluster.secrets) == ["sh.helm.release.v1.keda.v2"]


def test_a_release_that_was_uninstalled_meanwhile_is_deployed_again_by_an_update(cluster: Cluster) -> None:
    assert cluster.releases.update(INPUTS, [], 0, cluster.log).state["status"]["revision"] == 1


def test_uninstalling_leaves_no_revision_and_the_namespace(cluster: Cluster) -> None:
    result = cluster.releases.create({**INPUTS, "namespace": "new", "createNamespace": True}, 0, cluster.log)
    cluster.releases.delete(result.id, result.state, 0, cluster.log)
    assert cluster.secrets == {}
    assert "/api/v1/namespaces/new" in cluster.objects
    cluster.releases.delete(result.id, result.state, 0, cluster.log)  # gone already: nothing to do


def test_a_read_finds_what_was_written_and_nothing_else(cluster: Cluster) -> None:
    made = cluster.releases.create(INPUTS, 0, cluster.log)
    found = cluster.releases.read(RELEASE, made.id, made.state, made.inputs)
    assert found == made
    assert cluster.releases.read(RELEASE, "keda/other", {}, {}) is None


def test_an_upgrade_by_others_shows_as_drift_and_the_next_update_ends_it(cluster: Cluster) -> None:
    made = cluster.releases.create(INPUTS, 0, cluster.log)
    cluster.releases.update({**INPUTS, "version": "2.20.0", "values": {}}, [], 0, cluster.log)
    found = cluster.releases.read(RELEASE, made.id, made.state, made.inputs)
    assert found is not None
    changed = {change.path for change in cluster.releases.diff(found.inputs, INPUTS, []).changes}
    assert ("version",) in changed
    assert ("values", "operator") in changed


@pytest.mark.parametrize(
    ("changed", "replaces", "first"),
    [
        ({"values": {}}, False, True),
        ({"version": "2.20.0"}, False, True),
        ({"name": "other"}, True, False),
        ({"namespace": "other"}, True, False),
    ],
)
def test_only_another_name_or_namespace_is_another_release(
    cluster: Cluster, changed: Object, replaces: bool, first: bool
) -> None:
    plan = cluster.releases.diff(INPUTS, {**INPUTS, **changed}, [])
    assert (plan.replaces, plan.delete_first) == (replaces, first)
    assert plan.changes
    assert cluster.releases.diff(INPUTS, {**INPUTS, **changed}, sorted(changed)).changes == ()
