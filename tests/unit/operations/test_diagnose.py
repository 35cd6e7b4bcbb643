"""The operator's report: what it says of a cluster that is not well, and what it never says."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from components import contract
from operations.__main__ import main
from operations.connection import Connection
from operations.findings import findings
from operations.gather import Gathered, gather, redacted
from operations.report import SIMULATED, text, write

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
STACK = "dev"
POOL = {"agentpool": "win22"}
LABELS = {contract.LABEL_STACK: STACK, contract.LABEL_NAME: "docker-engine"}

DAEMON_SET = {
    "metadata": {"name": "docker-engine-win22", "namespace": "docker-engine", "labels": LABELS},
    "spec": {"template": {"spec": {"nodeSelector": {contract.LABEL_OS: "windows", **POOL}}}},
    "status": {},
}
SETS = {"/apis/apps/v1/daemonsets": [DAEMON_SET]}
PLAIN = ("components.contract", "components.admission.policy_specs")
"""Modules of components that are plain data."""


def node(name: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "labels": {contract.LABEL_OS: "windows", **POOL, **labels},
            "annotations": {"x": TOKEN},
        },
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"osImage": "Windows Server 2022"}},
    }


def engine_pod(name: str, on: str, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "docker-engine", "labels": LABELS},
        "spec": {
            "nodeName": on,
            "containers": [
                {
                    "name": "supervisor",
                    "image": "x:1",
                    "command": ["run", TOKEN],
                    "env": [{"name": "SECRET", "value": TOKEN}],
                    "readinessProbe": {"httpGet": {"path": "/readyz", "port": 9324}},
                }
            ],
        },
        "status": {"phase": "Running", "podIP": "10.0.0.1", **status},
    }


def crashed(message: str) -> dict[str, Any]:
    return {
        "containerStatuses": [
            {
                "name": "supervisor",
                "ready": False,
                "restartCount": 7,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "lastState": {"terminated": {"exitCode": 1, "message": message}},
            }
        ]
    }


def world(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Lists by path: one node that is well, and one whose engine is refused."""
    ready = {contract.NODE_ENGINE: "ready", contract.NODE_ENGINE_VERSION: "29.2.1"}
    waiting = {
        "metadata": {"name": "agent-1", "namespace": "azdo", "labels": {contract.LABEL_STACK: STACK}},
        "spec": {"containers": [{"name": "agent", "image": "a:1"}]},
        "status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]},
    }
    event = {
        "metadata": {"creationTimestamp": "2026-11-22T10:00:00Z"},
        "involvedObject": {"kind": "Pod", "name": "engine-b"},
        "type": "Warning",
        "reason": "BackOff",
        "message": f"cannot reach https://me:{TOKEN}@example.com with {TOKEN}",
        "count": 3,
    }
    return {
        "/api/v1/nodes": [node("win-a", **ready), node("win-b", **{contract.NODE_ENGINE: "not-ready"})],
        "/api/v1/pods": [
            engine_pod("engine-a", "win-a"),
            engine_pod("engine-b", "win-b", **crashed(f"data root D:\\: no such drive; {TOKEN}")),
            waiting,
        ],
        "/apis/apps/v1/daemonsets": [
            {
                **DAEMON_SET,
                "status": {"desiredNumberScheduled": 2, "numberReady": 1},
            }
        ],
        "/apis/coordination.k8s.io/v1/namespaces/docker-engine/leases": [
            {
                "metadata": {
                    "name": "docker-engine-win22-0",
                    "namespace": "docker-engine",
                    "annotations": {contract.LEASE_STOPPED: "29.3.0-abc"},
                },
                "spec": {"holderIdentity": "win-gone", "renewTime": "2026-11-22T09:00:00Z"},
            },
            {"metadata": {"name": "somebody-elses", "namespace": "docker-engine"}, "spec": {}},
        ],
        "/api/v1/namespaces/docker-engine/events": [event],
        **more,
    }


def connected(lists: Mapping[str, list[dict[str, Any]]]) -> Connection:
    """A connection whose API server answers from `lists`; `None` for what may not be read."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        assert request.method == "GET"
        assert "secrets" not in path
        assert "configmaps" not in path
        if path.endswith("engine-a:9324/proxy/readyz"):
            return httpx2.Response(200, text="ready\n")
        if path.endswith("engine-b:9324/proxy/readyz"):
            return httpx2.Response(503, text="the engine is refused\n")
        if path.endswith("engine-a:9324/proxy/metrics"):
            return httpx2.Response(
                200, text="# HELP\nbuildfleet_docker_engine_up 1.0\nbuildfleet_docker_engine_disk_free_bytes 5e+09\n"
            )
        if "/proxy/" in path:
            return httpx2.Response(503, text='{"kind":"Status","message":"no endpoints"}')
        if path == "/apis/batch/v1/jobs" and path not in lists:
            return httpx2.Response(403, json={})
        return httpx2.Response(200, json={"items": lists.get(path, [])})

    connection = Connection.__new__(Connection)
    connection.where = "test"
    connection.notes = []
    connection._client = httpx2.Client(transport=httpx2.MockTransport(answer), base_url="https://api")
    return connection


@pytest.fixture
def found() -> Gathered:
    return gather(connected(world()), STACK)


def test_the_report_begins_with_what_to_look_at_in_the_words_of_those_who_know(found: Gathered) -> None:
    told = "\n".join(findings(found))
    assert "win-b: the engine is not ready: the engine is refused" in told
    assert "win-a" not in told
    assert "engine-b on win-b: CrashLoopBackOff; back-off 5m0s; data root D:\\: no such drive" in told
    assert "(7 restarts)" in told
    assert "azdo/agent-1 waits for a node: 0/3 nodes are available" in told
    assert "Lease docker-engine-win22-0: the rollout of 29.3.0-abc has stopped" in told
    assert f"annotate lease docker-engine-win22-0 {contract.LEASE_STOPPED}-" in told
    assert "held by win-gone, which is no node any more" in told
    assert "DaemonSet docker-engine-win22: 1 of 2 nodes are ready." in told
    assert text(found).index("What to look at") < text(found).index("Node win-a")


def test_each_node_is_told_with_its_engine_probe_metrics_and_events(found: Gathered) -> None:
    told = text(found)
    assert "Node win-a (Windows Server 2022, runtime unknown)" in told
    assert "  engine: ready, version 29.2.1" in told
    assert "  /readyz: ready" in told
    assert "  metrics: up 1, disk_free_bytes 5000000000" in told
    assert "2026-11-22T10:00:00Z Warning BackOff: cannot reach" in told
    assert "(3 times)" in told
    assert "somebody-elses" not in told


def test_no_token_command_or_variable_gets_into_the_report_or_the_bundle(found: Gathered, tmp_path: Path) -> None:
    files = write(found, tmp_path)
    every = "".join(path.read_text() for path in files)
    assert TOKEN not in every
    assert '"env"' not in every
    assert '"command"' not in every
    assert {path.name for path in files} >= {"report.txt", "nodes.json", "leases.json", "events.json", "engine-a.txt"}
    assert json.loads((tmp_path / "engine-pods.json").read_text())[1]["spec"]["images"] == ["x:1"]


def test_what_may_not_be_read_is_said(found: Gathered) -> None:
    assert "not read: /apis/batch/v1/jobs (HTTP 403)" in text(found)


def test_what_a_supervisor_has_overcome_does_not_stand_out() -> None:
    lists = world()
    ready = {contract.NODE_ENGINE: "ready"}
    status = crashed("the API server was away")["containerStatuses"][0] | {"ready": True, "state": {"running": {}}}
    lists["/api/v1/nodes"] = [node("win-a", **ready)]
    lists["/api/v1/pods"] = [engine_pod("engine-a", "win-a", containerStatuses=[status])]
    found = gather(connected(lists), STACK)
    assert "the API server was away" not in "\n".join(findings(found))
    assert "last said: the API server was away" in text(found)


def test_a_probe_that_cannot_be_reached_is_no_end_of_the_report(found: Gathered) -> None:
    assert found.metrics["engine-b"].startswith("no answer through the API server: HTTP 503")


def test_a_cordon_is_told_with_whose_it_is() -> None:
    ours, theirs = node("win-a"), node("win-b")
    ours["spec"]["unschedulable"] = theirs["spec"]["unschedulable"] = True
    ours["metadata"]["annotations"][contract.NODE_ENGINE_CORDON] = "upgrade to 29.3.0"
    told = "\n".join(findings(gather(connected({"/api/v1/nodes": [ours, theirs], **SETS}), STACK)))
    assert "win-a: cordoned by the engine's supervisor: upgrade to 29.3.0." in told
    assert "win-b: cordoned by somebody else" in told


def test_nodes_of_other_stacks_are_none_of_its_affair() -> None:
    lists = world()
    other, left = node("win-other", agentpool="theirs"), node("win-left", agentpool="theirs")
    other["spec"]["unschedulable"] = True
    other["metadata"]["annotations"]["buildfleet.dev/simulated"] = "true"
    lists["/api/v1/nodes"] += [other, left]
    # A pod of ours that is still on a node whose labels are others by now.
    lists["/api/v1/pods"].append(engine_pod("engine-left", "win-left"))
    found = gather(connected(lists), STACK)
    assert [one["metadata"]["name"] for one in found.nodes] == ["win-a", "win-b", "win-left"]
    assert "win-other" not in text(found)
    assert not found.simulated


def test_a_stack_without_an_engine_is_told_so() -> None:
    told = findings(gather(connected({"/api/v1/nodes": [node("win-a")]}), STACK))
    assert told == ["Stack dev has no engine in this cluster: no DaemonSet of it, so no node is its own."]
    assert "There is no Windows node." in " ".join(findings(gather(connected({**SETS}), STACK)))


def test_builds_and_smoke_tests_are_told_with_their_end() -> None:
    jobs = [
        {
            "metadata": {"name": "web-1", "annotations": {contract.ANNOTATION_DIGEST: "sha256:abc"}},
            "status": {"conditions": [{"type": "Complete", "status": "True"}]},
        },
        {
            "metadata": {"name": "web-2"},
            "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]},
        },
    ]
    pods = [
        {
            "metadata": {
                "name": f"web-2-{number}",
                "namespace": "docker-builds",
                "labels": {contract.LABEL_NAME: "image-build", "batch.kubernetes.io/job-name": "web-2"},
            },
            "spec": {"nodeName": "win-a", "containers": [{"name": "build", "image": "x"}]},
            "status": {
                "startTime": f"2026-11-22T10:0{number}:00Z",
                "containerStatuses": [{"state": {"terminated": {"exitCode": 1, "message": f"try {number}"}}}],
            },
        }
        for number in (2, 1)
    ]
    found = gather(connected({"/apis/batch/v1/jobs": jobs, "/api/v1/pods": pods}), STACK)
    assert "  web-1: passed, sha256:abc" in text(found)
    assert "  web-2: failed: DeadlineExceeded" in text(found)
    assert "Job web-2: failed: DeadlineExceeded: ; try 2" in findings(found)


def test_a_sandbox_says_that_it_is_one() -> None:
    simulated = node("win-a")
    simulated["metadata"]["annotations"]["buildfleet.dev/simulated"] = "true"
    assert SIMULATED in text(gather(connected({"/api/v1/nodes": [simulated], **SETS}), STACK))
    assert SIMULATED not in text(gather(connected(world()), STACK))


def test_nothing_is_hidden_of_a_digest_and_everything_of_a_token() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    assert redacted(f"pushed {digest}\n  twice") == f"pushed {digest}\n  twice"
    assert redacted(f"login with '{TOKEN}'") == "login with (hidden)"
    assert redacted("see https://me:hunter2@example.com/x") == "see https://***@example.com/x"


def test_without_a_sandbox_and_without_a_context_the_way_to_either_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILDFLEET_SANDBOX", str(tmp_path))
    assert main(["diagnose", "--stack", "prod", "--context", ""]) == 1
    assert "make diagnose STACK=prod CONTEXT=NAME" in capsys.readouterr().err
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert main(["diagnose", "--stack", "prod", "--context", "aks-prod"]) == 1
    assert "aks-prod is not in" in capsys.readouterr().err


def test_make_hands_on_what_it_is_given() -> None:
    def command(*arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["make", "-n", "diagnose", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()[-1].strip()

    assert command().endswith('operations diagnose --stack "dev" --context ""')
    assert command("STACK=prod", "CONTEXT=aks", "OUTPUT=/tmp/x").endswith(
        '--stack "prod" --context "aks" --output "/tmp/x"'
    )


def test_a_tool_that_reads_imports_nothing_that_changes_anything() -> None:
    allowed = {*sys.stdlib_module_names, "components", "httpx2", "lightkube", "operations", "rules"}
    for path in sorted((ROOT / "operations").glob("*.py")):
        for statement in ast.walk(ast.parse(path.read_text())):
            names = [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
            names += [one.name for one in statement.names] if isinstance(statement, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{path.name} imports {name}"
                assert not name.startswith("components.") or name in PLAIN
