"""Effects: the worst first, with who feels them; and what a changed Secret does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from review.concepts import Family
from review.effect import Effect, Harm
from review.effects import effects
from review.log import Log
from review.page import render
from review.secrets import GONE, LISTENER, PODS, PULLS
from review.summary import summary
from review.workloads import ENGINE_DAEMON, ENGINE_UPGRADE
from tests.unit.review.logs import DEPLOYMENT, POOL, deployment, end, log, pool, same, step, urn

SECRET = "kubernetes:core/v1:Secret"
RUNNERS = "kubernetes:actions.github.com/v1alpha1:AutoscalingRunnerSet"
CONFIG = "kubernetes:core/v1:ConfigMap"
DAEMONS = "kubernetes:apps/v1:DaemonSet"
OWNER = "buildfleet:index:WindowsDockerEngine"
AGENTS = "buildfleet:index:AzureDevOpsAgentPool"


def found(folder: Path, *events: dict[str, Any]) -> list[Effect]:
    read = log(folder, *events, end())
    return effects(read, Family(read))


def told(folder: Path, *events: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.text, one.users) for one in found(folder, *events)]


def secret(value: str = "[secret]", name: str = "token", namespace: str = "azdo-agents", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "stringData": {"token": value}, **more}


def reading(spec: dict[str, Any], namespace: str = "azdo-agents") -> dict[str, Any]:
    made = deployment()
    made["metadata"]["namespace"] = namespace
    made["spec"]["template"]["spec"].update(spec)
    return made


VOLUME = {"volumes": [{"name": "v", "secret": {"secretName": "token"}}]}
PROJECTED = {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "token"}}]}}]}
VARIABLE = {"containers": [{"name": "a", "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "token"}}}]}]}
WHOLE = {"initContainers": [{"name": "a", "envFrom": [{"secretRef": {"name": "token"}}]}]}


@pytest.mark.parametrize("spec", [VOLUME, PROJECTED, VARIABLE, WHOLE])
def test_a_rotated_secret_names_the_workloads_that_read_it_and_what_they_go_on_with(
    tmp_path: Path, spec: dict[str, Any]
) -> None:
    events = [
        step("update", SECRET, "s", secret("[secret]", immutable=False), secret("[secret]"),
             detailedDiff={"stringData.token": {"diffKind": "update"}}),
        same(DEPLOYMENT, "mine", reading(spec)),
        same(DEPLOYMENT, "elsewhere", reading(spec, "other")),
        same(DEPLOYMENT, "none", deployment()),
        same("kubernetes:batch/v1:Job", "ended", {**reading(spec), "kind": "Job"}),
        step("delete", DEPLOYMENT, "going", reading(spec), None),
    ]  # fmt: skip
    assert (PODS, ("Deployment mine",)) in told(tmp_path, *events)
    shown = render(summary(log(tmp_path, *events, end())), "text")
    assert "Nothing restarts" not in shown
    assert "used by Deployment mine" in shown


def test_runner_sets_whose_secret_is_rotated_have_their_listener_rolled(tmp_path: Path) -> None:
    runners = {"metadata": {"name": "r", "namespace": "azdo-agents"}, "spec": {"githubConfigSecret": "token"}}
    rotated = step("update", SECRET, "s", secret("a"), secret("b"))
    assert told(tmp_path, rotated, same(RUNNERS, "app", runners)) == [(LISTENER, ("AutoscalingRunnerSet app",))]
    both = told(tmp_path, rotated, same(RUNNERS, "app", runners), same(DEPLOYMENT, "d", reading(VOLUME)))
    assert both == [(PODS, ("Deployment d",)), (LISTENER, ("AutoscalingRunnerSet app",))]


def test_a_secret_that_nobody_in_the_log_names_is_told_all_the_same(tmp_path: Path) -> None:
    assert told(tmp_path, step("update", SECRET, "s", secret("a"), secret("b"))) == [(PODS, ())]
    assert told(tmp_path, step("replace", SECRET, "s", secret("a"), secret("b", name="other"))) == [(PODS, ())]
    pull = {"type": "kubernetes.io/dockerconfigjson"}
    assert told(tmp_path, step("update", SECRET, "s", secret("a", **pull), secret("b", **pull))) == [(PULLS, ())]


def test_of_a_list_of_secrets_the_same_is_said_once_with_all_who_read_one(tmp_path: Path) -> None:
    old, new = ({"items": [secret(value), secret(value, name="other")]} for value in "ab")
    rotated = step("update", "kubernetes:core/v1:SecretList", "s", old, new)
    other = {"volumes": [{"name": "v", "secret": {"secretName": "other"}}]}
    readers = [same(DEPLOYMENT, "z", reading(VOLUME)), same(DEPLOYMENT, "a", reading(other))]
    assert told(tmp_path, rotated) == [(PODS, ())]
    assert told(tmp_path, rotated, *readers) == [(PODS, ("Deployment a", "Deployment z"))]


def test_a_secret_whose_values_stay_does_nothing_and_one_that_goes_matters_to_who_stays(tmp_path: Path) -> None:
    labelled = secret("a")
    labelled["metadata"]["labels"] = {"a": "b"}
    assert told(tmp_path, step("update", SECRET, "s", secret("a"), labelled)) == []
    assert told(tmp_path, step("create", SECRET, "s", None, secret("a"))) == []
    gone = step("delete", SECRET, "s", secret("a"), None)
    assert told(tmp_path, gone) == []
    assert told(tmp_path, gone, same(DEPLOYMENT, "d", reading(VOLUME))) == [(GONE, ("Deployment d",))]
    assert GONE not in dict(told(tmp_path, gone, step("delete", DEPLOYMENT, "d", reading(VOLUME), None)))


def test_effects_are_told_by_what_they_cost(tmp_path: Path) -> None:
    upgrade = {"data": {"settings.json": '{"version": 1}'}}, {"data": {"settings.json": '{"version": 2}'}}
    order = found(
        tmp_path,
        step("replace", "kubernetes:batch/v1:Job", "a-job", deployment(), deployment()),
        step("update", "kubernetes:keda.sh/v1alpha1:ScaledJob", "b", deployment(), deployment(image="2")),
        step("update", DEPLOYMENT, "c", deployment(), deployment(image="2")),
        step("update", SECRET, "d", secret("a"), secret("b")),
        step("update", CONFIG, "e", *upgrade),
        step("update", POOL, "f", pool("f", orchestratorVersion="1"), pool("f", orchestratorVersion="2")),
        step("update", POOL, "g", pool("g", most=9), pool("g")),
        step("delete", POOL, "h", pool("h"), None),
    )
    assert [one.harm for one in order] == sorted(one.harm for one in order)
    assert {one.name: one.harm for one in order} == {
        "h": Harm.JOBS_END,
        "g": Harm.JOBS_END,
        "f": Harm.DRAIN,
        "e": Harm.DRAIN,
        "c": Harm.RESTART,
        "d": Harm.RESTART,
        "b": Harm.LATER,
        "a-job": Harm.LATER,
    }


def daemons(selector: dict[str, str], config: str) -> dict[str, Any]:
    spec = {
        "nodeSelector": selector,
        "securityContext": {"windowsOptions": {"hostProcess": True}},
        "containers": [{"name": "supervisor"}],
        "volumes": [{"name": "settings", "configMap": {"name": config}}],
    }
    return {"metadata": {"name": "x", "namespace": "engine"}, "spec": {"template": {"spec": spec}}}


def settings(name: str, text: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "engine"}, "data": {"settings.json": text}}


def placed(selector: dict[str, str]) -> dict[str, Any]:
    return reading({"nodeSelector": selector})


OURS = {"buildfleet.dev/pool": "w22", "kubernetes.io/os": "windows"}
OTHERS = {"example.com/builds": "yes", "kubernetes.io/os": "windows"}


def engine(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    """An engine on two pools, with agents, runners and others around it; `changed` in place of its own."""
    own = {"parent": urn(OWNER, "engine")}
    around = [
        same(OWNER, "engine", {}),
        same(DAEMONS, "d1", daemons(OURS, "c1"), **own),
        same(DAEMONS, "d2", daemons(OTHERS, "c2"), **own),
        same(CONFIG, "s1", settings("c1", "{}"), **own),
        same(AGENTS, "mine", {}),
        same(DEPLOYMENT, "mine-agents", placed({**OURS, "more": "x"}), parent=urn(AGENTS, "mine")),
        same(RUNNERS, "theirs", placed(OTHERS)),
        same(DEPLOYMENT, "anywhere", placed({"kubernetes.io/os": "windows"})),
        same(DAEMONS, "prepuller", {**placed(OURS), "kind": "DaemonSet"}),
        same("kubernetes:batch/v1:Job", "smoke", {**placed(OURS), "kind": "Job"}),
    ]
    urns = {event["resourcePreEvent"]["metadata"]["urn"] for event in changed}
    return [*(event for event in around if event["resourcePreEvent"]["metadata"]["urn"] not in urns), *changed]


@pytest.mark.parametrize(("key", "text"), [("version", ENGINE_UPGRADE), ("daemon", ENGINE_DAEMON)])
def test_an_upgrade_of_the_engine_names_who_is_on_the_nodes_of_that_pool(tmp_path: Path, key: str, text: str) -> None:
    own = {"parent": urn(OWNER, "engine")}
    for config, users in (("c1", ("agent pool mine",)), ("c2", ("AutoscalingRunnerSet theirs",))):
        old, new = (settings(config, f'{{"{key}": {value}}}') for value in (1, 2))
        assert told(tmp_path, *engine(step("update", CONFIG, f"s{config[1]}", old, new, **own))) == [(text, users)]


@pytest.mark.parametrize("operation", ["delete", "replace"])
def test_an_engine_that_is_taken_away_names_who_is_on_its_nodes(tmp_path: Path, operation: str) -> None:
    new = None if operation == "delete" else daemons(OURS, "c1")
    gone = step(operation, DAEMONS, "d1", daemons(OURS, "c1"), new, parent=urn(OWNER, "engine"))
    (one,) = found(tmp_path, *engine(gone))
    assert one.text.startswith("the engine is uninstalled from each node")
    assert (one.harm, one.users) == (Harm.JOBS_END, ("agent pool mine",))


def test_without_an_engine_or_a_selector_nobody_is_named(tmp_path: Path) -> None:
    old, new = (settings("c1", f'{{"version": {value}}}') for value in (1, 2))
    alone = log(tmp_path, step("update", CONFIG, "s1", old, new), same(DEPLOYMENT, "d", placed(OURS)), end())
    assert _users(alone) == ()
    bare = same(DAEMONS, "d1", daemons({}, "c1"), parent=urn(OWNER, "engine"))
    changed = step("update", CONFIG, "s1", old, new, parent=urn(OWNER, "engine"))
    assert _users(log(tmp_path, *engine(changed, bare), end())) == ()


def _users(read: Log) -> tuple[str, ...]:
    (one,) = effects(read, Family(read))
    return one.users
