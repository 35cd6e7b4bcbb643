"""The summary of a preview: by concept, with what restarts, what grows and what could not be known."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from review import capacity
from review.concepts import COMPONENTS, Family
from review.effects import effects
from review.items import items
from review.log import Log
from review.page import render
from review.summary import summary
from tests.unit.review.logs import (
    DEPLOYMENT,
    POOL,
    PROVIDER,
    UNKNOWN,
    deployment,
    end,
    finding,
    log,
    pool,
    same,
    step,
    urn,
)

ROOT = Path(__file__).resolve().parents[3]
RUNNERS = "kubernetes:actions.github.com/v1alpha1:AutoscalingRunnerSet"
OUR_POOL = "buildfleet:index:AksNodePool"


def text(found: Log) -> str:
    return render(summary(found), "text")


def test_every_component_of_ours_has_a_word() -> None:
    tokens = {
        node.value.removeprefix("buildfleet:index:")
        for path in (ROOT / "components").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("buildfleet:index:")
    }
    assert tokens - set(COMPONENTS) == set()


def test_resources_are_folded_into_the_outermost_component_of_ours(tmp_path: Path) -> None:
    outer, inner = "buildfleet:index:GitHubRunnerSet", "buildfleet:index:GitHubRunnerScaleSet"
    found = log(
        tmp_path,
        same(outer, "app", {"url": "a"}),
        step("update", inner, "app-set", {}, {"url": "b"}, parent=urn(outer, "app")),
        step("replace", RUNNERS, "app-scale-set", {"spec": 1}, {"spec": 2}, parent=urn(inner, "app-set")),
        step("create", DEPLOYMENT, "alone", None, deployment(), parent=urn("somebody:index:Thing", "x")),
        end(),
    )
    assert [(one.operation, one.noun, one.name, len(one.inner)) for one in items(found)] == [
        ("replace", "runner set", "app", 2),
        ("create", "Deployment", "alone", 0),
    ]


def test_the_first_sentence_counts_things_and_what_they_may_grow_to(tmp_path: Path) -> None:
    found = log(
        tmp_path,
        step("create", POOL, "a", None, pool("a", most=3)),
        step("replace", POOL, "b", pool("b"), pool("b", "Standard_D16ds_v5")),
        finding("r", "mandatory", "m", urn(POOL, "a")),
        finding("r", "mandatory", "n", urn(POOL, "b")),
        end(),
    )
    assert text(found).splitlines()[2] == (
        "This replaces 1 node pool and creates 1 node pool; it breaks 1 mandatory rule; at most 3 nodes more and "
        "56 vCPU more."
    )
    assert text(log(tmp_path, same(POOL, "a", pool("a")), end())).splitlines()[2] == "This changes nothing."


def test_a_preview_that_failed_is_told_with_its_reason_and_without_a_false_sum(tmp_path: Path) -> None:
    error = {"diagnosticEvent": {"severity": "error", "message": "Pulumi.x.yaml has 1 mistake"}}
    shown = text(log(tmp_path, step("create", POOL, "a", None, pool("a")), error, end("failed")))
    assert "The preview failed; up to there it creates 1 node pool." in shown
    assert "Pulumi.x.yaml has 1 mistake" in shown
    assert "what will be there is not certain" in shown
    assert "what would have come after is missing here" in shown
    assert "The preview did not end." in text(log(tmp_path, same(POOL, "a", pool("a"))))


def test_findings_come_first_mandatory_before_advisory_with_what_is_allowed_and_the_fix(tmp_path: Path) -> None:
    told = "a (x:y:Z): maxCount: 90; allowed: at most 10; fix: lower it"
    shown = text(
        log(
            tmp_path,
            step("update", POOL, "a", pool("a"), pool("a", most=90)),
            finding("z-advice", "advisory", "only words", urn(POOL, "a")),
            finding("cost", "mandatory", told, urn(POOL, "a"), "medium"),
            finding("worse", "mandatory", told, urn(POOL, "a"), "critical"),
            end("failed", {"pack|local|/x": "1"}),
        )
    )
    at = [shown.index(rule) for rule in ("worse", "cost", "z-advice", "CHANGED")]
    assert at == sorted(at)
    assert "allowed: at most 10" in shown
    assert "fix: lower it" in shown
    assert shown.splitlines()[2].startswith("The policy pack stopped the preview; up to there it changes 1 node pool")
    assert "No policy pack was run" not in shown


def test_advice_on_what_a_change_does_not_touch_is_folded_away(tmp_path: Path) -> None:
    shown = text(
        log(
            tmp_path,
            same(POOL, "old", pool("old")),
            step("create", POOL, "new", None, pool("new")),
            finding("advice", "advisory", "of the old", urn(POOL, "old")),
            finding("advice", "advisory", "of the new", urn(POOL, "new")),
            end(),
        )
    )
    assert "of the new" in shown
    assert "of the old" not in shown
    assert "1 advisory finding on what this change does not touch" in shown


@pytest.mark.parametrize(
    ("kind", "old", "new", "told"),
    [
        (DEPLOYMENT, deployment(), deployment(image="agent:2"), "finishes it first, for up to 60 minutes"),
        (DEPLOYMENT, deployment(grace=30), deployment(image="x", grace=30), "each has 30 s to end"),
        (DEPLOYMENT, deployment(3), deployment(1), "2 pods fewer; one that has a job finishes it first"),
        ("kubernetes:keda.sh/v1alpha1:ScaledJob", deployment(), deployment(image="2"), "running jobs go on; new ones"),
        (RUNNERS, deployment(), deployment(image="2"), "running jobs go on; new runners"),
        ("kubernetes:apps/v1:DaemonSet", deployment(), deployment(image="2"), "node by node"),
    ],
)
def test_a_new_template_is_told_with_what_happens_to_jobs(
    tmp_path: Path, kind: str, old: dict[str, Any], new: dict[str, Any], told: str
) -> None:
    found = log(tmp_path, step("update", kind, "a", old, new), end())
    assert any(told in one.text for one in effects(found, Family(found)))


def test_more_pods_or_another_label_restart_nothing(tmp_path: Path) -> None:
    other = deployment(2)
    other["metadata"]["labels"] = {"a": "b"}
    found = log(tmp_path, step("update", DEPLOYMENT, "a", deployment(), other), end())
    assert effects(found, Family(found)) == []
    assert "Nothing restarts, and no node is drained." in text(found)


@pytest.mark.parametrize(
    ("key", "told"),
    [("version", "an upgrade of the engine, node by node"), ("daemon", "in place, or where that takes a start")],
)
def test_the_engines_settings_tell_whether_nodes_are_drained(tmp_path: Path, key: str, told: str) -> None:
    old, new = ({"data": {"settings.json": f'{{"{key}": {value}}}'}} for value in (1, 2))
    found = log(tmp_path, step("update", "kubernetes:core/v1:ConfigMap", "s", old, new), end())
    assert [told in one.text for one in effects(found, Family(found))] == [True]


@pytest.mark.parametrize(
    ("first", "order"), [(False, "the new pool comes before the old one goes"), (True, "no capacity meanwhile")]
)
def test_a_pool_that_goes_takes_jobs_with_it_and_names_who_uses_it(tmp_path: Path, first: bool, order: str) -> None:
    old, new = pool("lin"), pool("lin", "Standard_D16ds_v5")
    ops = (
        ["delete-replaced", "replace", "create-replacement"]
        if first
        else ["create-replacement", "replace", "delete-replaced"]
    )
    steps = [step(op, POOL, "p", old, None if op == "delete-replaced" else new) for op in ops]
    users = [same(DEPLOYMENT, "mine", deployment()), same(DEPLOYMENT, "others", deployment(pool="other"))]
    found = log(tmp_path, *steps, *users, end())
    (effect,) = effects(found, Family(found))
    assert "without a drain: jobs that run there end" in effect.text
    assert order in effect.text
    assert effect.users == ("Deployment mine",)


def test_an_upgrade_of_kubernetes_drains_and_a_larger_maximum_does_not(tmp_path: Path) -> None:
    settings = {"upgradeSettings": {"drainTimeoutInMinutes": 90}}
    old, new = (pool("a", orchestratorVersion=version, **settings) for version in ("1.35", "1.36"))
    found = log(tmp_path, step("update", POOL, "a", old, new), end())
    (effect,) = effects(found, Family(found))
    assert "drained one after another, each waits up to 90 minutes" in effect.text
    found = log(tmp_path, step("update", POOL, "a", pool("a"), pool("a", most=9)), end())
    assert effects(found, Family(found)) == []


def test_nodes_and_processors_are_summed_over_pools_in_every_form(tmp_path: Path) -> None:
    cluster = {"agentPoolProfiles": [{"name": "system", "count": 3, "vmSize": "Standard_D4ds_v5"}]}
    found = log(
        tmp_path,
        same("azure-native:containerservice:ManagedCluster", "c", cluster),
        step("replace", POOL, "a", pool("a"), pool("a", "Standard_D16ds_v5", 5)),
        step("delete", POOL, "b", pool("b"), None),
        step("create", POOL, "c", None, pool("c", "Standard_Unheard_of", 2)),
        end(),
    )
    rows = capacity.rows(found)
    assert [row.name for row in rows] == ["a", "b", "c", "system"]
    before, after = capacity.totals(row.before for row in rows), capacity.totals(row.after for row in rows)
    assert (before.nodes, before.vcpus, before.partial) == (11, 4 * 8 + 4 * 8 + 3 * 4, False)
    assert (after.nodes, after.vcpus, after.partial) == (10, 5 * 16 + 3 * 4, True)
    assert capacity.during(rows) == 32
    assert "at least 92" in text(found)


def test_a_stack_whose_nodes_are_found_says_that_they_are_not_counted(tmp_path: Path) -> None:
    shown = text(log(tmp_path, same(DEPLOYMENT, "a", deployment()), end()))
    assert "No node pool is part of this stack" in shown


def test_what_a_preview_could_not_know_is_listed_by_path(tmp_path: Path) -> None:
    unreachable = {"kubeconfig": UNKNOWN}
    new = deployment(image=f"{UNKNOWN}/agent:1")
    provider = {"provider": f"{PROVIDER}::id"}
    shown = text(
        log(
            tmp_path,
            step("create", "pulumi:providers:kubernetes", "cluster", None, unreachable),
            step("create", DEPLOYMENT, "a", None, new, **provider),
            step("create", DEPLOYMENT, "b", None, deployment(), **provider),
            end(),
        )
    )
    assert "spec.template.spec.containers[0].image" in shown
    assert "2 Kubernetes objects could not be tried on the API server" in shown
    assert "No policy pack was run." in shown
    asked = text(log(tmp_path, step("create", DEPLOYMENT, "a", None, deployment()), end()))
    assert "could not be tried" not in asked
    assert "answered with 403 looks like a success" in asked


def test_the_same_log_is_the_same_page_in_whatever_order_its_events_came(tmp_path: Path) -> None:
    events = [
        step("create", POOL, "a", None, pool("a")),
        step("update", DEPLOYMENT, "b", deployment(), deployment(image="2")),
        finding("r", "advisory", "m", urn(POOL, "a")),
        finding("q", "mandatory", "m", urn(POOL, "a")),
    ]
    assert text(log(tmp_path, *events, end())) == text(log(tmp_path, *reversed(events), end()))


def test_advice_is_counted_as_it_is_unfolded(tmp_path: Path) -> None:
    steps = [same(POOL, "old", pool("old"))]
    told = [finding("advice", "advisory", f"of field {n}", urn(POOL, "old")) for n in range(3)]
    shown = text(log(tmp_path, *steps, *told, end()))
    assert "1 advisory finding on what this change does not touch" in shown
    assert shown.count("- advice on node pool old") == 1


def test_a_finding_names_pools_as_the_rest_of_the_page_does(tmp_path: Path) -> None:
    inputs = {**pool("pr"), "agentPoolName": "prmnat"}
    told = "the stack: 90 of prmnat, 4 of xprmnat, a/prmnat; allowed: 10; fix: lower it"
    shown = text(log(tmp_path, same(POOL, "p", inputs), finding("cost", "mandatory", told), end("failed")))
    assert "90 of pr (prmnat), 4 of xprmnat, a/prmnat" in shown


def test_the_same_change_of_several_resources_is_told_once_with_their_names(tmp_path: Path) -> None:
    kind, owner = (
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
        "buildfleet:index:AdmissionPolicies",
    )
    of = {"parent": urn(owner, "p")}
    old, new = ({"spec": {"variables": [{"name": "pools", "expression": value}]}} for value in ("[1]", "[1, 2]"))
    long = [{"spec": {"x": f"{'a' * 300}{n}{'b' * 300}{end}"}} for n in (1, 2) for end in ("", "c")]
    shown = text(
        log(
            tmp_path,
            same(owner, "p", {}),
            *(step("update", kind, f"p{n}", old, new, **of) for n in range(8)),
            step("update", kind, "other1", long[0], long[2], **of),
            step("update", kind, "other2", long[1], long[3], **of),
            end(),
        )
    )
    assert shown.count("spec.variables[pools].expression") == 1
    assert f"changed {kind} {', '.join(f'p{n}' for n in range(8))}\n" in shown
    assert "10 resources" in shown
    # What only looks the same, cut as it is shown, is not the same.
    assert shown.count("other") == 2
    assert "other1, other2" not in shown
