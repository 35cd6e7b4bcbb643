"""The provider's decisions, against an API server of a few lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Event
from typing import Any

import httpx2
import pytest

from sandbox.plugins.codec import UNKNOWN, Object, Secret
from sandbox.plugins.kubernetes_provider.client import Client
from sandbox.plugins.kubernetes_provider.connection import Settings
from sandbox.plugins.kubernetes_provider.errors import ProviderError
from sandbox.plugins.kubernetes_provider.operations import Operations
from sandbox.plugins.kubernetes_provider.readiness import DEFAULT_TIMEOUT

TYPE = "kubernetes:core/v1:Secret"
INPUTS: Object = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s", "namespace": "ns"},
    "data": Secret({"password": "aHVudGVyMg=="}),
}
PATH = "/api/v1/namespaces/ns/secrets"
KINDS = {"resources": [{"name": "secrets", "kind": "Secret", "namespaced": True}, {"name": "secrets/x", "kind": "X"}]}

Answer = tuple[int, Object]


class Server:
    """Answers by method and path; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[Answer]] = {("GET", "/api/v1"): [(200, KINDS)]}
        self.asked: list[httpx2.Request] = []
        self.cancelled = Event()
        http = httpx2.Client(base_url="https://api", transport=httpx2.MockTransport(self._answer))
        self.client = Client(http, self.cancelled)
        self.operations = Operations(Settings(), self.client, self.cancelled)

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Give these answers in turn, the last one for good."""
        self.answers[method, path] = list(answers)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        given = self.answers.get((request.method, request.url.path), [(404, {"reason": "NotFound", "message": "none"})])
        status, body = given.pop(0) if len(given) > 1 else given[0]
        return httpx2.Response(status, json=body)

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(request.method, request.url.path) for request in self.asked if request.method != "GET"]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def log() -> Callable[[str, bool], None]:
    return lambda message, passing: None


def secret(*managers: str, **metadata: Any) -> Object:
    entries = [{"manager": manager, "operation": "Apply"} for manager in managers or ("pulumi-kubernetes",)]
    names = {"name": "s", "namespace": "ns", "uid": "u", "resourceVersion": "1", "managedFields": entries}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**names, **metadata},
        "data": {"password": "aHVudGVyMg=="},
    }


def test_a_new_object_is_applied_strictly_and_its_state_is_marked(server: Server, log: Any) -> None:
    server.on("PATCH", f"{PATH}/s", (201, secret()))
    result = server.operations.create(INPUTS, 0, log)
    assert result.id == "ns/s"
    assert result.unready == ()
    assert result.state["data"] == Secret({"password": "aHVudGVyMg=="})
    assert result.state["__inputs"] == INPUTS
    assert result.state["__initialApiVersion"] == "v1"
    assert result.state["__fieldManager"] == "pulumi-kubernetes"
    assert "managedFields" not in result.state["metadata"]
    sent = server.asked[-1]
    assert sent.url.params["fieldValidation"] == "Strict"
    assert json.loads(sent.content)["data"] == {"password": "aHVudGVyMg=="}


def test_an_object_that_is_there_is_not_written(server: Server, log: Any) -> None:
    server.on("GET", f"{PATH}/s", (200, secret("kubectl")))
    with pytest.raises(ProviderError, match=r"Secret ns/s already exists .*import_='ns/s'"):
        server.operations.create(INPUTS, 0, log)
    assert server.writes == []


def test_an_object_that_came_in_between_is_not_taken_for_ours(server: Server, log: Any) -> None:
    server.on("PATCH", f"{PATH}/s", (200, secret("kubectl", "pulumi-kubernetes")))
    with pytest.raises(ProviderError, match="already exists"):
        server.operations.create(INPUTS, 0, log)


def test_an_apply_that_was_repeated_is_still_a_creation(server: Server, log: Any) -> None:
    server.on("PATCH", f"{PATH}/s", (503, {}), (200, secret()))
    assert server.operations.create(INPUTS, 0, log).id == "ns/s"


def test_a_refusal_has_the_servers_words_and_its_place_and_no_secret(server: Server, log: Any) -> None:
    causes = [{"field": "data[password]", "message": "bad"}, {"field": "metadata.name", "message": "worse"}]
    body = {"reason": "Invalid", "message": 'data[password]: "hunter2" and aHVudGVyMg==', "details": {"causes": causes}}
    server.on("PATCH", f"{PATH}/s", (422, body))
    with pytest.raises(ProviderError) as caught:
        server.operations.create(INPUTS, 0, log)
    assert str(caught.value) == (
        'Secret ns/s was not created: the API server answers 422 Invalid: data[password]: "[secret]" and [secret]\n'
        "  metadata.name: worse"
    )


def test_a_preview_asks_without_writing_and_leaves_out_what_only_a_write_decides(server: Server) -> None:
    server.on("POST", PATH, (201, secret(creationTimestamp="now")))
    state = server.operations.preview_create(INPUTS)
    assert state["metadata"] == {"name": "s", "namespace": "ns", "uid": UNKNOWN, "resourceVersion": UNKNOWN}
    assert server.asked[-1].url.params["dryRun"] == "All"
    assert server.asked[-1].url.params["fieldValidation"] == "Strict"


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "AlreadyExists", "message": "it will be deleted first"},
        {"reason": "NotFound", "message": "no namespace yet", "details": {"kind": "namespaces"}},
    ],
)
def test_a_preview_takes_the_inputs_where_the_server_cannot_know(server: Server, body: Object) -> None:
    server.on("POST", PATH, (409 if body["reason"] == "AlreadyExists" else 404, body))
    assert server.operations.preview_create(INPUTS) == INPUTS


def test_a_preview_asks_nothing_about_what_is_unknown_or_not_registered(server: Server) -> None:
    for inputs in ({**INPUTS, "type": UNKNOWN}, {**INPUTS, "apiVersion": "x.io/v1"}):
        assert server.operations.preview_create(inputs) == inputs
        assert server.operations.preview_update(inputs, []) == inputs
    assert server.writes == []


def test_a_preview_shows_a_403(server: Server) -> None:
    server.on("POST", PATH, (403, {"reason": "Forbidden", "message": "violates PodSecurity"}))
    with pytest.raises(ProviderError, match="403 Forbidden: violates PodSecurity"):
        server.operations.preview_create(INPUTS)


def test_the_first_update_of_another_clients_object_takes_over_its_fields(server: Server, log: Any) -> None:
    theirs = [{"manager": "curl", "operation": "Update", "time": "t", "fieldsV1": {"f:data": {}}}]
    server.on("GET", f"{PATH}/s", (200, secret(managedFields=theirs, creationTimestamp="t")))
    server.on("PATCH", f"{PATH}/s", (200, secret()))
    server.operations.update(INPUTS, [], 0, log)
    owners, applied = [request for request in server.asked if request.method == "PATCH"]
    assert owners.headers["Content-Type"] == "application/json-patch+json"
    assert json.loads(owners.content)[0]["value"][0]["manager"] == "pulumi-kubernetes"
    assert applied.headers["Content-Type"] == "application/apply-patch+yaml"


def test_what_is_ignored_is_applied_with_the_value_that_it_has(server: Server, log: Any) -> None:
    live = {**secret(), "data": {"password": "theirs", "other": "1"}}
    server.on("GET", f"{PATH}/s", (200, live))
    server.on("PATCH", f"{PATH}/s", (200, live))
    server.operations.update(INPUTS, ["data.password", "metadata.labels"], 0, log)
    assert json.loads(server.asked[-1].content)["data"] == {"password": "theirs"}


def test_a_read_of_what_is_gone_is_nothing(server: Server) -> None:
    assert server.operations.read(TYPE, "ns/s", {}, INPUTS) is None
    assert server.operations.read("kubernetes:x.io/v1:X", "ns/s", {}, {}) is None


def test_a_read_after_a_write_finds_the_same_inputs(server: Server, log: Any) -> None:
    server.on("PATCH", f"{PATH}/s", (201, secret()))
    made = server.operations.create(INPUTS, 0, log)
    server.on("GET", f"{PATH}/s", (200, secret(resourceVersion="2")))
    found = server.operations.read(TYPE, "ns/s", made.state, made.inputs)
    assert found is not None
    assert found.inputs == INPUTS
    assert found.state["metadata"]["resourceVersion"] == "2"


def test_a_read_without_inputs_is_an_import(server: Server) -> None:
    server.on("GET", f"{PATH}/s", (200, secret()))
    found = server.operations.read(TYPE, "ns/s", {}, {})
    assert found is not None
    assert found.inputs["data"] == Secret({"password": "aHVudGVyMg=="})
    assert (
        server.operations.diff(found.inputs, {**INPUTS, "data": Secret({"password": "aHVudGVyMg=="})}, []).changes == ()
    )


def test_a_deletion_waits_for_that_object_and_not_for_one_of_the_same_name(server: Server, log: Any) -> None:
    server.on("DELETE", f"{PATH}/s", (200, secret()))
    server.on("GET", f"{PATH}/s", (200, secret()), (200, secret(uid="another")))
    server.operations.delete("ns/s", secret(), 5, log)
    assert (
        json.loads(next(r for r in server.asked if r.method == "DELETE").content)["propagationPolicy"] == "Foreground"
    )


def test_a_deletion_of_what_is_gone_is_done(server: Server, log: Any) -> None:
    server.operations.delete("ns/s", secret(), 5, log)
    server.operations.delete("ns/s", {**secret(), "apiVersion": "x.io/v1"}, 5, log)


def test_a_deletion_that_is_cancelled_names_the_finalizers(server: Server, log: Any) -> None:
    server.on("DELETE", f"{PATH}/s", (200, secret()))
    server.on("GET", f"{PATH}/s", (200, secret(finalizers=["foregroundDeletion", "a/b"])))
    server.cancelled.set()
    with pytest.raises(ProviderError, match=r"cancelled while waiting: its deletion waits for the finalizers a/b\."):
        server.operations.delete("ns/s", secret(), DEFAULT_TIMEOUT, log)


def test_a_server_that_does_not_answer_is_named(server: Server, monkeypatch: pytest.MonkeyPatch, log: Any) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("connection refused")

    monkeypatch.setattr("sandbox.plugins.kubernetes_provider.client.ATTEMPTS", 1)
    http = httpx2.Client(base_url="https://api", transport=httpx2.MockTransport(refuse))
    operations = Operations(Settings(), Client(http, server.cancelled), server.cancelled)
    with pytest.raises(ProviderError, match=r"the API server https://api.* does not answer: connection refused"):
        operations.create(INPUTS, 0, log)


def test_a_silent_server_is_waited_for_once_and_not_once_an_object(
    server: Server, monkeypatch: pytest.MonkeyPatch, log: Any
) -> None:
    asked = []

    def refuse(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        raise httpx2.ConnectError("connection refused")

    monkeypatch.setattr("sandbox.plugins.kubernetes_provider.client.ATTEMPTS", 2)
    http = httpx2.Client(base_url="https://api", transport=httpx2.MockTransport(refuse))
    operations = Operations(Settings(), Client(http, server.cancelled), server.cancelled)
    for _ in range(3):
        with pytest.raises(ProviderError, match="does not answer"):
            operations.create(INPUTS, 0, log)
    assert len(asked) == 4


def check(
    server: Server, new: Object, old: Object | None = None, proposed: str | None = ""
) -> tuple[Object, list[str]]:
    inputs, refusals = server.operations.check(TYPE, "web", old or {}, new, b"seed", proposed=proposed)
    return inputs, [refusal.property for refusal in refusals]


JOB: Object = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "j", "namespace": "ns", "annotations": {"pulumi.com/replaceUnready": "true"}},
    "spec": {"template": {"spec": {"containers": []}}},
}
JOBS = "/apis/batch/v1/namespaces/ns/jobs/j"


def job_server(live: Answer, server: Server) -> Server:
    server.on("GET", "/apis/batch/v1", (200, {"resources": [{"name": "jobs", "kind": "Job", "namespaced": True}]}))
    server.on("GET", JOBS, live)
    return server


def ended(condition: str) -> Answer:
    return 200, JOB | {"status": {"conditions": [{"type": condition, "status": "True"}]}}


@pytest.mark.parametrize("live", [ended("Failed"), (200, JOB | {"status": {"active": 1}})])
def test_a_job_that_is_not_ready_is_replaced_though_nothing_changed_where_it_asks_for_it(
    server: Server, live: Answer
) -> None:
    found = job_server(live, server).operations.diff(JOB, JOB, [])
    assert [change.path for change in found.changes] == [("metadata", "annotations", "pulumi.com/replaceUnready")]
    assert found.replaces
    assert found.delete_first
    unasked: Object = {**JOB, "metadata": {"name": "j", "namespace": "ns"}}
    assert not server.operations.diff(unasked, unasked, []).changes
    assert server.writes == []


@pytest.mark.parametrize("live", [ended("Complete"), (404, {"reason": "NotFound"}), (403, {"reason": "Forbidden"})])
def test_a_job_that_has_passed_or_cannot_be_read_is_left_alone(server: Server, live: Answer) -> None:
    assert not job_server(live, server).operations.diff(JOB, JOB, []).changes


def test_only_jobs_are_replaced_for_not_being_ready(server: Server) -> None:
    pod: Object = JOB | {"apiVersion": "v1", "kind": "Pod"}
    assert not server.operations.diff(pod, pod, []).changes
    assert server.asked == []


def test_a_check_spells_and_marks(server: Server) -> None:
    new = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": "hunter2"}}
    inputs, refused = check(server, new)
    assert refused == []
    assert inputs["data"] == Secret({"password": "aHVudGVyMg=="})
    assert "stringData" not in inputs


def test_a_name_is_made_once_and_stays(server: Server) -> None:
    new: Object = {"apiVersion": "v1", "kind": "Secret"}
    first, _ = check(server, new)
    assert first["metadata"]["name"].startswith("web-")
    again, _ = server.operations.check(TYPE, "web", first, new, b"another seed")
    assert again == first
    assert check(server, new, proposed="chosen")[0]["metadata"]["name"] == "chosen"
    assert check(server, new, proposed=None)[1] == ["metadata.name"]


def test_a_provider_with_a_namespace_gives_it_to_what_has_none() -> None:
    server = Server()
    server.operations = Operations(Settings(namespace="mine"), server.client, server.cancelled)
    inputs, _ = check(server, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    assert inputs["metadata"]["namespace"] == "mine"
    inputs, _ = check(server, INPUTS)
    assert inputs["metadata"]["namespace"] == "ns"


@pytest.mark.parametrize(
    ("resource_type", "inputs", "place"),
    [
        ("kubernetes:helm.sh/v3:Release", {"chart": "x"}, "kind"),
        ("kubernetes:core/v1:SecretPatch", INPUTS, "kind"),
        ("kubernetes:core/v1:SecretList", {"apiVersion": "v1", "kind": "SecretList", "items": []}, "kind"),
        (TYPE, {"apiVersion": "v1", "kind": "Secret", "metadata": {"generateName": "s-"}}, "metadata.generateName"),
    ],
)
def test_what_is_not_offered_is_refused(server: Server, resource_type: str, inputs: Object, place: str) -> None:
    _, refusals = server.operations.check(resource_type, "web", {}, inputs, b"seed")
    assert [refusal.property for refusal in refusals] == [place]


def test_a_custom_kind_whose_name_ends_like_a_list_is_a_kind(server: Server) -> None:
    inputs = {"apiVersion": "x.io/v1", "kind": "AllowList", "metadata": {"name": "a"}, "spec": {}}
    assert server.operations.check("kubernetes:x.io/v1:AllowList", "web", {}, inputs, b"seed") == (inputs, [])
