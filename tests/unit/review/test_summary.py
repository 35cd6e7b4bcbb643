"""The summary of a preview: by concept, with what restarts, what grows and what could not be known."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from review import capacity, protected
from review.__main__ import main
from review.approval import SYSTEMS
from review.concepts import COMPONENTS, Family
from review.effects import effects
from review.items import items
from review.log import Log
from review.page import Format, render
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
    assert "at least 92" in text(found)


def replaced(name: str, old: dict[str, Any], new: dict[str, Any], *, old_first: bool = False) -> list[dict[str, Any]]:
    """The engine's three events for one pool that is replaced."""
    ops = ["create-replacement", "replace", "delete-replaced"]
    ops = ["delete-replaced", "replace", "create-replacement"] if old_first else ops
    return [step(op, POOL, name, old, None if op == "delete-replaced" else new) for op in ops]


def test_while_pools_are_replaced_all_the_old_and_all_the_new_are_counted(tmp_path: Path) -> None:
    large = "Standard_D16ds_v5"
    found = log(
        tmp_path,
        *replaced("a", pool("a", most=10), pool("a", large, 10)),
        *replaced("b", pool("b", most=5), pool("b", large, 5)),
        *replaced("c", pool("c", most=7), pool("c", large, 3), old_first=True),
        same(POOL, "d", pool("d", most=1)),
        step("update", POOL, "e", pool("e", most=2), pool("e", most=1)),
        end(),
    )
    peak = capacity.during(capacity.rows(found))
    # Of c the old goes first, and of e one is there: the larger of the two.
    vcpus = 10 * 8 + 10 * 16 + 5 * 8 + 5 * 16 + max(7 * 8, 3 * 16) + 8 + 2 * 8
    assert (peak.nodes, peak.vcpus, peak.partial) == (10 + 10 + 5 + 5 + 7 + 1 + 2, vcpus, False)
    before = 10 + 5 + 7 + 1 + 2
    assert (
        f"While old and new pools are both there: up to {peak.nodes} nodes, {vcpus} vCPU, which is "
        f"{peak.nodes - before} nodes and {vcpus - 8 * before} vCPU more than before."
    ) in text(found)


def test_a_pool_that_is_made_under_another_name_is_there_beside_the_one_that_goes(tmp_path: Path) -> None:
    old, new = step("delete", POOL, "a", pool("x"), None), step("create", POOL, "b", None, pool("x"))
    (row,) = rows = capacity.rows(log(tmp_path, old, new, end()))
    assert (row.name, row.both, capacity.during(rows).nodes) == ("x", True, 8)
    odd = [*replaced("a", pool("x"), pool("x")), *replaced("b", pool("x"), pool("x"), old_first=True)]
    assert [row.both for row in capacity.rows(log(tmp_path, *odd, end()))] == [True, False]


def test_what_is_not_known_of_a_pool_is_at_least_that_meanwhile(tmp_path: Path) -> None:
    shown = text(log(tmp_path, *replaced("a", pool("a"), pool("a", "Standard_Unheard_of")), end()))
    assert "both there: at least 8 nodes, 32 vCPU, and more that cannot be known." in shown
    assert "more than before" not in shown


def test_pools_of_which_one_shrinks_while_another_grows_may_be_large_at_once(tmp_path: Path) -> None:
    sizes = [step("update", POOL, name, pool(name, most=old), pool(name, most=15 - old))
             for name, old in (("a", 10), ("b", 5))]  # fmt: skip
    shown = text(log(tmp_path, *sizes, end()))
    assert "While sizes change: up to 20 nodes, 160 vCPU, which is 5 nodes and 40 vCPU more than before." in shown


def test_where_there_is_never_more_than_before_or_after_nothing_is_said_of_meanwhile(tmp_path: Path) -> None:
    for events in (
        replaced("a", pool("a"), pool("a", "Standard_D16ds_v5"), old_first=True),
        [step("update", POOL, "a", pool("a"), pool("a", most=9)), step("create", POOL, "b", None, pool("b"))],
        [step("delete", POOL, "a", pool("a"), None)],
    ):
        assert "both there" not in text(log(tmp_path, *events, end()))


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


NAMESPACE = "kubernetes:core/v1:Namespace"


@pytest.mark.parametrize("style", ["markdown", "text"])
def test_the_page_of_a_fork_says_first_that_nothing_on_it_is_checked_whatever_its_log_says(
    tmp_path: Path, style: Format
) -> None:
    rehearsal: dict[str, Any] = {"buildfleetRehearsal": {"stack": "test"}}
    empty: list[dict[str, Any]] = [same(POOL, "a", pool("a"))]
    for events in (empty, [*empty, rehearsal], [*empty, rehearsal, end()], [end()], [*empty, end()]):
        found = log(tmp_path, *events, {"cancelEvent": {}})
        lines = [line for line in render(summary(found, origin="fork"), style).splitlines() if line][
            style == "markdown" :
        ]
        assert "Rehearsal of stack" in lines[0]
        assert lines[1].startswith("**Not checked.** The fork's own code wrote")
        for origin in ("branch", "base"):
            shown = render(summary(found, origin=origin), style)  # type: ignore[arg-type]  # a parametrized text
            assert "Not checked" not in shown
            title = "Rehearsal of stack" if rehearsal in events else "Preview of stack"
            assert title in shown


def test_the_page_of_a_fork_hands_out_no_approval(tmp_path: Path) -> None:
    found = log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end())
    for system in SYSTEMS:
        shown = render(summary(found, system=system, origin="fork"), "text")
        assert "NEEDS APPROVAL" in shown
        assert "by a maintainer, asks for a yes" in shown
        assert "approve-destroy:" not in shown
        assert "-replace" not in shown


def test_each_system_is_told_how_an_approval_is_given_there(tmp_path: Path) -> None:
    found = log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end())
    label = protected.label(protected.destructions(found))
    assert f"has set this label on the pull request:\n\n{label}\n" in text(found)
    merged = render(summary(found, origin="base"), "text")
    assert "label on the pull request that was merged:" in merged
    azure = render(summary(found, "organization/trial/prod", system="azure"), "markdown")
    assert "approved the environment `prod-replace` in this run. After the merge the environment `prod` asks" in azure
    deploys = render(summary(found, "prod", system="azure", origin="base"), "markdown")
    assert "approved the environment `prod` in this run." in deploys
    for shown in (azure, deploys):
        assert "approve-destroy:" not in shown
        assert "label" not in shown


def test_the_command_takes_system_and_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end())
    events = ["--events", str(tmp_path / "events.json")]
    assert main(["summary", *events, "--system", "azure", "--origin", "fork"]) == 0
    assert "Not checked" in capsys.readouterr().out
    assert main(["summary", *events, "--system", "azure"]) == 0
    assert "test-replace" in capsys.readouterr().out
    assert main(["summary", *events]) == 0
    assert "approve-destroy:" in capsys.readouterr().out
    assert main(["gate", *events, "--system", "azure", "--stack", "test"]) == 1
    shut = capsys.readouterr().out
    assert "approve the environment test-replace in this run of the pull request, or test in the run that" in shut
    assert "label" not in shut


def test_a_replacement_that_begins_with_the_deletion_is_told_so_where_it_is_approved(tmp_path: Path) -> None:
    for first in (True, False):
        found = log(tmp_path, *replaced("a", pool("a"), pool("a"), old_first=first), end())
        assert ("is replaced, the old one first:" in text(found)) is first
