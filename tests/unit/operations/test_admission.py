"""What is in a cluster already and would be refused: who is told, in whose words, and who is left alone."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

import httpx2
import pytest

from components import contract
from components.admission.policy_specs import Scope, policy_spec
from operations.__main__ import main
from operations.admission import NoSettings, judged, question_in, text
from operations.connection import Connection
from rules.policies.catalogue import RULES
from rules.policies.settings import to_config
from tests.unit.policies.scenes import FLEET, docker_agent, engine

LISTS = {
    "Namespace": "/api/v1/namespaces",
    "Pod": "/api/v1/pods",
    "DaemonSet": "/apis/apps/v1/daemonsets",
    "Deployment": "/apis/apps/v1/deployments",
    "ReplicaSet": "/apis/apps/v1/replicasets",
    "Job": "/apis/batch/v1/jobs",
}
PLAIN: dict[str, Any] = {"containers": [{"name": "c", "image": "x:1"}]}
EXPORTER: dict[str, Any] = {**PLAIN, "hostNetwork": True, "hostPID": True}
PRIVILEGED: dict[str, Any] = {"containers": [{"name": "c", "image": "x:1", "securityContext": {"privileged": True}}]}


def thing(
    kind: str,
    namespace: str,
    name: str,
    spec: dict[str, Any],
    owner: dict[str, Any] | None = None,
    *,
    more: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, "namespace": namespace, "uid": f"{kind}/{namespace}/{name}"}
    if owner is not None:
        meta["ownerReferences"] = [{"uid": owner["metadata"]["uid"], "controller": True}]
    body = spec if kind == "Pod" else {"template": {"spec": spec}}
    return {"kind": kind, "metadata": meta, "spec": {**body, **(more or {})}, "status": status or {}}


def connected(
    things: Iterable[dict[str, Any]], denied: str = "", page: int = 500, stacks: dict[str, str] | None = None
) -> Connection:
    """A cluster with these things, whose namespaces are of these stacks."""
    things = list(things)
    names = sorted({one["metadata"]["namespace"] for one in things})
    spaces = [{"metadata": {"name": name, "labels": _of((stacks or {}).get(name))}} for name in names]
    lists = {path: [one for one in things if one["kind"] == kind] for kind, path in LISTS.items()}
    lists[LISTS["Namespace"]] = spaces

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        assert request.method == "GET"
        assert not path.endswith(("secrets", "configmaps"))
        if path == denied:
            return httpx2.Response(403, json={})
        kind = next((kind for kind, one in LISTS.items() if one == path), None)
        if kind is None:
            return httpx2.Response(404, json={})
        begin = int(request.url.params.get("continue", "0"))
        # As the API server has it: what is in a list does not say its kind.
        items = [{key: value for key, value in one.items() if key != "kind"} for one in lists[path]]
        more = str(begin + page) if begin + page < len(items) else ""
        version = "/".join(path.split("/")[2:-1])
        return httpx2.Response(
            200,
            json={
                "kind": f"{kind}List",
                "apiVersion": version,
                "metadata": {"continue": more},
                "items": items[begin : begin + page],
            },
        )

    connection = Connection.__new__(Connection)
    connection.where = "test"
    connection.notes = []
    connection._client = httpx2.Client(transport=httpx2.MockTransport(answer), base_url="https://api")
    return connection


def _of(stack: str | None) -> dict[str, str]:
    return {} if stack is None else {contract.LABEL_STACK: stack}


def question(scope: str = "cluster") -> str:
    """What `infra.policy_config --for-admission` prints."""
    return json.dumps({"scope": scope, "configuration": to_config(FLEET, RULES)})


def refused(*things: dict[str, Any], stacks: dict[str, str] | None = None) -> list[tuple[str, str, str | None, str]]:
    found = judged(connected(things, stacks=stacks), FLEET)
    return [(one.namespace, one.name, one.pod, one.problem.rule) for one in found.refused]


def test_a_daemon_set_from_before_the_policies_is_told_once_and_not_for_each_of_its_pods() -> None:
    work = thing("DaemonSet", "monitoring", "node-exporter", EXPORTER)
    pods = [thing("Pod", "monitoring", f"node-exporter-{n}", EXPORTER, work) for n in range(3)]
    found = refused(*pods, work)
    assert {one[:3] for one in found} == {("monitoring", "DaemonSet/node-exporter", None)}
    assert {one[3] for one in found} == {"host-namespaces-confined"}
    told = text(judged(connected([*pods, work]), FLEET))
    assert "\nmonitoring/DaemonSet/node-exporter\n  host-namespaces-confined: spec.template.spec.host" in told
    assert told.count("\n    fix: ") == len(found)
    assert "1 of 4 objects that were judged, in namespaces monitoring." in told
    assert "refused when it is made again" in told


def test_a_pod_that_nothing_makes_and_one_whose_maker_is_not_judged_are_told_by_themselves() -> None:
    bare = thing("Pod", "web", "bare", PRIVILEGED)
    rollout = thing("Pod", "web", "of-a-rollout", PRIVILEGED, {"metadata": {"uid": "somebody-elses-kind"}})
    assert refused(bare, rollout) == [
        ("web", "Pod/bare", None, "privileged-confined"),
        ("web", "Pod/of-a-rollout", None, "privileged-confined"),
    ]


def test_what_a_webhook_added_to_a_pod_is_told_of_the_work_that_makes_it() -> None:
    work = thing("Deployment", "web", "shop", PLAIN)
    middle = thing("ReplicaSet", "web", "shop-1", PLAIN, work)
    injected = {**PLAIN, "initContainers": [{**PRIVILEGED["containers"][0], "name": "istio-init"}]}
    pods = [thing("Pod", "web", f"shop-1-{n}", injected, middle) for n in range(2)]
    assert refused(work, middle, *pods) == [("web", "Deployment/shop", "Pod/shop-1-0", "privileged-confined")]
    assert "  privileged-confined: Pod/shop-1-0: spec.initContainers[0]." in text(
        judged(connected([work, middle, *pods]), FLEET)
    )


def test_what_is_never_made_again_is_not_told() -> None:
    work = thing("Deployment", "web", "shop", PLAIN)
    done = {"conditions": [{"type": "Complete", "status": "True"}]}
    over = [
        work,
        thing("ReplicaSet", "web", "shop-old", PRIVILEGED, work, more={"replicas": 0}),
        thing("Job", "web", "import", PRIVILEGED, status=done),
        thing("Pod", "web", "ended", PRIVILEGED, status={"phase": "Succeeded"}),
    ]
    assert refused(*over) == []
    # One that nobody keeps to go back to may be scaled up.
    assert refused(thing("ReplicaSet", "web", "own", PRIVILEGED, more={"replicas": 0})) != []
    assert refused(thing("Job", "web", "import", PRIVILEGED, status={"active": 1})) != []


def test_namespaces_that_the_policies_leave_alone_are_left_alone_and_our_own_work_passes() -> None:
    passes = [
        thing("DaemonSet", "kube-system", "proxy", PRIVILEGED),
        thing("DaemonSet", "longhorn-system", "manager", PRIVILEGED),
        thing("Deployment", "theirs", "agents", PRIVILEGED),
        thing("DaemonSet", "docker-engine", "docker-engine", engine()),
        thing("Deployment", "azdo-agents-docker", "agents", docker_agent()),
    ]
    connection = connected(passes, stacks={"theirs": "another"})
    found = judged(connection, replace(FLEET, exempt_namespaces=("longhorn-system",)))
    assert found.refused == []
    assert "Left to their own stacks: theirs" in text(found)
    assert "Nothing: 2 objects were judged." in text(found)
    # A label that names no stack leaves nothing to another.
    assert refused(thing("Deployment", "theirs", "agents", PRIVILEGED), stacks={"theirs": ""}) != []


def test_lists_are_read_to_their_end() -> None:
    pods = [thing("Pod", "web", f"p{n}", PRIVILEGED) for n in range(7)]
    assert len(judged(connected(pods, page=3), FLEET).refused) == 7


def test_what_may_not_be_read_is_no_good_news(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connected([thing("Pod", "web", "p", PLAIN)], denied=LISTS["DaemonSet"])
    assert "not read: /apis/apps/v1/daemonsets (HTTP 403)" in text(judged(connection, FLEET))
    monkeypatch.setattr("operations.__main__.configuration", lambda stack, context: None)
    monkeypatch.setattr("operations.__main__.Connection", lambda _: connection)
    monkeypatch.setattr("sys.stdin", io.StringIO(question()))
    assert main(["admission", "--stack", "dev"]) == 1
    assert "Nothing: 1 objects were judged." in capsys.readouterr().out


def test_with_scope_stack_only_what_is_in_the_stacks_own_namespaces_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    things = [
        thing("Pod", "shop", "theirs", PRIVILEGED),
        thing("Pod", "empty", "unlabelled", PRIVILEGED),
        thing("Pod", "another", "other", PRIVILEGED),
        thing("Pod", "azdo-agents", "ours", PRIVILEGED),
    ]
    stacks = {"azdo-agents": str(FLEET.stack), "another": "another", "empty": ""}
    monkeypatch.setattr("operations.__main__.configuration", lambda stack, context: None)
    monkeypatch.setattr("operations.__main__.Connection", lambda _: connected(things, stacks=stacks))
    told = {}
    for scope in ("stack", "cluster"):
        monkeypatch.setattr("sys.stdin", io.StringIO(question(scope)))
        assert main(["admission", "--stack", "dev"]) == 0
        told[scope] = capsys.readouterr().out
        assert "azdo-agents/Pod/ours" in told[scope]
        assert "another/Pod/other" not in told[scope]
        for name in ("shop/Pod/theirs", "empty/Pod/unlabelled"):
            assert (name in told[scope]) == (scope == "cluster")
    assert f"the namespaces labelled {contract.LABEL_STACK}=dev alone: azdo-agents" in told["stack"]
    assert "exemptNamespaces" not in told["stack"]
    assert "or name its namespace in buildfleet:policy.exemptNamespaces" in told["cluster"]


def test_with_scope_stack_it_is_said_that_no_namespace_is_looked_at() -> None:
    found = judged(connected([thing("Pod", "shop", "theirs", PRIVILEGED)]), FLEET, "stack")
    assert found.refused == []
    assert "alone: none is" in text(found)


@pytest.mark.parametrize("scope", get_args(Scope))
def test_the_policies_look_where_the_report_does(scope: Scope) -> None:
    selector = policy_spec("confinement", RULES, FLEET, scope)["matchConstraints"]["namespaceSelector"]
    (label,) = selector.get("matchLabels", {"": ""}).items()
    theirs = judged(connected([thing("Pod", "shop", "p", PRIVILEGED)]), FLEET, scope)
    assert bool(theirs.refused) == (label != (contract.LABEL_STACK, FLEET.stack))


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[]",
        json.dumps({"scope": "cluster", "configuration": {"fleet-settings": {"profil": "dev"}}}),
        json.dumps({"scope": "namespace", "configuration": to_config(FLEET, RULES)}),
        json.dumps(to_config(FLEET, RULES)),
    ],
)
def test_without_the_configuration_it_is_told_what_writes_it(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    with pytest.raises(NoSettings, match=r"python -m infra\.policy_config --stack prod --for-admission"):
        question_in("-", "prod")


def test_the_configuration_of_another_stack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(question()))
    with pytest.raises(NoSettings, match="it is of stack dev, not prod"):
        question_in("-", "prod")
