"""PodMonitor, alert rules and dashboard of the engine: they speak of what the supervisor publishes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from components.docker_engine.alerts import PREFIX, alert_rules
from components.docker_engine.dashboard import dashboard_json
from components.docker_engine.monitoring import MonitoringArgs
from engine_supervisor.program import metrics
from engine_supervisor.program.news import Outcome
from tests.unit.components.mocks import RecordingMonitor
from tests.unit.components.test_docker_engine import engine

_METRIC = re.compile(rf"{PREFIX}[a-z_]+")
PUBLISHED = {f"{metrics.PREFIX}{row.name}": row for row in metrics.TABLE}


def expressions() -> list[str]:
    """Every query of the alerts and the dashboard."""
    dashboard = json.loads(dashboard_json(stack="dev"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    return [*queries, *(rule["expr"] for rule in alert_rules(stack="dev", job="docker-engine/docker-engine"))]


def custom(monitor: RecordingMonitor, kind: str) -> dict[str, Any]:
    return next(one.inputs for one in monitor.registrations if one.inputs.get("kind") == kind)


def test_every_metric_of_an_alert_or_a_panel_is_one_that_the_supervisor_publishes() -> None:
    named = {name for expression in expressions() for name in _METRIC.findall(expression)}
    assert len(named) > 15
    assert named <= set(PUBLISHED)


def test_every_query_is_of_one_stack_alone() -> None:
    for expression in expressions():
        for found in _METRIC.finditer(expression):
            assert expression[found.end() :].startswith('{stack="dev"'), expression


def test_every_label_that_is_asked_for_is_published_or_comes_from_the_pod() -> None:
    from_pod = {"stack", "pool", "node"}
    for expression in expressions():
        for name, selector in re.findall(rf"({PREFIX}[a-z_]+)(\{{[^}}]*\}})", expression):
            asked = set(re.findall(r'([a-z_]+)(?==~?")', selector))
            assert asked <= from_pod | set(PUBLISHED[name].labels), expression


def test_a_rollback_is_counted_by_the_word_that_the_supervisor_has_for_it() -> None:
    (rule,) = (rule for rule in alert_rules(stack="dev", job="j") if rule["alert"] == "DockerEngineRolledBack")
    (outcome,) = re.findall(r'outcome="([a-z-]+)"', rule["expr"])
    assert outcome in get_args(Outcome)


def test_what_increases_is_there_before_it_has_happened_once() -> None:
    text = metrics.Metrics().text().decode()
    series = [
        (name, dict(re.findall(r'(\w+)="([^"]*)"', labels)))
        for name, labels in re.findall(rf"^({PREFIX}[a-z_]+)(?:{{(.*)}})? ", text, re.M)
    ]
    counted = [found for expression in expressions() for found in re.findall(r"increase\((\w+)\{(.*?)\}\[", expression)]
    assert len(counted) >= 4
    for name, selector in counted:
        asked = re.findall(r'(\w+)=(~?)"([^"]*)"', selector)
        own = [one for one in asked if one[0] in PUBLISHED[name].labels]
        words = {label: text.split("|") for label, _, text in own}
        for label, values in words.items():
            for value in values:
                assert any(one == name and labels.get(label) == value for one, labels in series), (name, label, value)
        assert any(one == name for one, _ in series), f"{name} is absent until it is 1, which is no increase"


def test_the_labels_that_an_alert_tells_survive_its_aggregation() -> None:
    for rule in alert_rules(stack="dev", job="j"):
        told = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
        for kept in re.findall(r"\bby \(([^)]*)\)", rule["expr"]):
            assert told <= set(kept.replace(" ", "").split(",")), rule["alert"]


def test_a_full_disk_is_one_that_pruning_should_have_emptied() -> None:
    (rule,) = (rule for rule in alert_rules(stack="dev", job="j") if rule["alert"] == "DockerEngineDiskLow")
    assert f'{PREFIX}disk_free_bytes{{stack="dev"}} < {PREFIX}prune_below_bytes{{stack="dev"}}' in rule["expr"]
    assert rule["for"] == "1h"


def test_dashboards_of_stacks_with_long_names_are_not_one() -> None:
    uids = [json.loads(dashboard_json(stack="x" * 40 + end))["uid"] for end in ("a", "b")]
    assert uids[0] != uids[1]
    assert all(len(uid) <= 40 for uid in uids)
    assert json.loads(dashboard_json(stack="dev"))["uid"] == "buildfleet-engine-dev"


def test_a_node_whose_engine_does_not_answer_has_no_version_on_the_dashboard() -> None:
    panel = next(
        one for one in json.loads(dashboard_json(stack="dev"))["panels"] if one["title"] == "Versions that answer"
    )
    assert 'node=~"$node", version!=""}' in panel["targets"][0]["expr"]


def test_each_alert_says_what_to_look_at() -> None:
    rules = alert_rules(stack="dev", job="j")
    assert [rule["alert"] for rule in rules] == [
        "DockerEngineNotReady",
        "DockerEngineRolloutStopped",
        "DockerEngineRolledBack",
        "DockerEngineDiskLow",
        "DockerEngineCrashes",
        "DockerEngineSupervisorSilent",
    ]
    assert all(rule["annotations"]["action"] and rule["labels"]["severity"] for rule in rules)


@pytest.mark.parametrize(
    ("kind", "version"),
    [("prometheus-operator", "monitoring.coreos.com/v1"), ("azure", "azmonitoring.coreos.com/v1")],
)
def test_the_pod_monitor_finds_the_supervisors_of_its_stack_by_label_and_port(kind: Any, version: str) -> None:
    monitor = engine(monitoring=MonitoringArgs(pod_monitor=kind))
    made = custom(monitor, "PodMonitor")
    assert made["apiVersion"] == version
    template = monitor.only("kubernetes:apps/v1:DaemonSet").inputs["spec"]["template"]
    assert made["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    (endpoint,) = made["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == template["spec"]["containers"][0]["ports"][0]["name"]
    sources = {one["targetLabel"]: one["sourceLabels"] for one in endpoint["relabelings"]}
    assert sources["pool"] == ["__meta_kubernetes_pod_label_buildfleet_dev_pool"]


def test_the_alert_of_a_silent_supervisor_watches_the_targets_of_the_pod_monitor() -> None:
    monitor = engine(monitoring=MonitoringArgs(pod_monitor="prometheus-operator", alerts=True))
    meta = custom(monitor, "PodMonitor")["metadata"]
    rules = custom(monitor, "PrometheusRule")["spec"]["groups"][0]["rules"]
    absent = next(rule["expr"] for rule in rules if rule["alert"] == "DockerEngineSupervisorSilent")
    assert f'up{{job="{meta["namespace"]}/{meta["name"]}"}} == 0' in absent
    assert "absent(" not in absent, "a stack whose pools are scaled to 0 has no target, and nothing is wrong"


def test_what_a_prometheus_selects_has_the_label_that_the_paper_names() -> None:
    paper = (Path(__file__).resolve().parents[3] / "docs" / "windows-docker-engine.md").read_text()
    (key, value) = re.findall(r"can select ours: `([^`:]+): ([^`]+)`", paper)[0]
    monitor = engine(monitoring=MonitoringArgs(pod_monitor="prometheus-operator", alerts=True))
    for kind in ("PodMonitor", "PrometheusRule"):
        assert custom(monitor, kind)["metadata"]["labels"][key] == value


def test_the_dashboard_is_found_by_grafana_and_is_the_same_each_time() -> None:
    monitor = engine(monitoring=MonitoringArgs(dashboard=True))
    made = monitor.named("engine-dashboard").inputs
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert made["data"] == {"docker-engine-dev.json": dashboard_json(stack="dev")}
    panels = json.loads(dashboard_json(stack="dev"))["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels), "no panel lies on another"


def test_nothing_is_made_that_is_not_asked_for() -> None:
    assert {one.inputs.get("kind") for one in engine().registrations} & {"PodMonitor", "PrometheusRule"} == set()
