"""Nodes that an update takes away: pools that go or are made anew inside of something else, and fewer nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from review import gate, protected
from review.concepts import Family
from review.effects import effects
from review.log import Log
from review.page import render
from review.summary import summary
from tests.unit.review.logs import DEPLOYMENT, POOL, UNKNOWN, deployment, end, log, pool, same, step

CLUSTER = "azure-native:containerservice:ManagedCluster"
TEMPLATE = "azure-native:resources:Deployment"
NOTHING = "Nothing restarts, and no node is drained."
NOT_KNOWN = "Nothing that this page knows of restarts"


def inline(*names: str, size: str = "Standard_D8ds_v5", **more: Any) -> dict[str, Any]:
    return {"agentPoolProfiles": [{"name": name, "vmSize": size, "count": 3, **more} for name in names]}


def template(
    *names: str, size: str = "Standard_D8ds_v5", clusters: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    own = "Microsoft.ContainerService/managedClusters"
    resources = [{"type": own, "name": name, "properties": {}} for name in clusters]
    resources += [
        {"type": f"{own}/agentPools", "name": f"c/{name}", "properties": {"count": 3, "vmSize": size}} for name in names
    ]
    declared = {name: {"type": "string"} for name in more.get("parameters", {})}
    return {"properties": {"mode": "Incremental", "template": {"parameters": declared, "resources": resources}, **more}}


def update(folder: Path, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Log:
    return log(folder, step("update", kind, "a", old, new), end())


def told(found: Log) -> list[str]:
    return [one.text for one in effects(found, Family(found))]


def fixed(count: int) -> dict[str, Any]:
    return {"agentPoolName": "a", "vmSize": "Standard_D8ds_v5", "count": count}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (fixed(5), fixed(2), "at most 2 nodes instead of 5"),
        (pool("a", most=9), pool("a", most=3), "at most 3 nodes instead of 9"),
        (pool("a", minCount=4), pool("a", minCount=1), "down to 1 instead of 4"),
        (fixed(5), {**pool("a", most=3)}, "at most 3 nodes instead of 5"),
    ],
)
def test_fewer_nodes_are_an_effect_and_no_destruction(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    found = log(tmp_path, step("update", POOL, "a", old, new), same(DEPLOYMENT, "d", deployment(pool="a")), end())
    (effect,) = effects(found, Family(found))
    assert words in effect.text
    assert protected.destructions(found) == []
    shown = render(summary(found), "text")
    assert NOTHING not in shown
    assert NOT_KNOWN not in shown
    more = update(tmp_path, POOL, new, old)
    assert told(more) == []
    assert NOTHING in render(summary(more), "text")


def test_who_uses_a_pool_that_has_fewer_nodes_is_named(tmp_path: Path) -> None:
    using = same(DEPLOYMENT, "mine", deployment(pool="a"))
    found = log(tmp_path, step("update", POOL, "a", pool("a", most=9), pool("a")), using, end())
    assert effects(found, Family(found))[0].users == ("Deployment mine",)


GONE = "the pool is not part of it any more"
ANEW = "made anew, or the update fails"
UNSURE = "cannot be known whether the pool stays"


@pytest.mark.parametrize(
    ("kind", "old", "new", "words"),
    [
        (CLUSTER, inline("a", "b"), inline("a"), GONE),
        (CLUSTER, inline("a"), inline("a", size="Standard_D16ds_v5"), ANEW),
        (CLUSTER, inline("a", maxPods=30), inline("a", maxPods=60), ANEW),
        (CLUSTER, inline("a"), inline("b"), GONE),
        (CLUSTER, inline("a"), {"agentPoolProfiles": UNKNOWN}, UNSURE),
        (CLUSTER, inline("a"), inline("a", size=UNKNOWN), UNSURE),
        (POOL, pool("a"), pool("a", osType="x", vmSize="Standard_D16ds_v5"), ANEW),
        (
            "azure-native_containerservice_v20250901:containerservice:ManagedCluster",
            inline("a", "b"),
            inline("a"),
            GONE,
        ),
        (TEMPLATE, template("a", "b"), template("a"), GONE),
        (TEMPLATE, template("a"), template("a", size="Standard_D16ds_v5"), ANEW),
        (TEMPLATE, template("a"), template("a", size="[parameters('size')]"), UNSURE),
        (
            TEMPLATE,
            template("a", size="[parameters('size')]", parameters={"size": {"value": "small"}}),
            template("a", size="[parameters('size')]", parameters={"size": {"value": "large"}}),
            ANEW,
        ),
        (
            TEMPLATE,
            template("a", size="[toLower(parameters('size'))]", parameters={"size": {"value": "small"}}),
            template("a", size="[toLower(parameters('size'))]", parameters={"size": {"value": "large"}}),
            UNSURE,
        ),
        (
            TEMPLATE,
            {"properties": {"templateLink": {"uri": "https://example.com/1"}}},
            {"properties": {"templateLink": {"uri": "https://example.com/2"}}},
            UNSURE,
        ),
    ],
)
def test_a_pool_that_goes_or_changes_inside_of_an_update_needs_a_yes(
    tmp_path: Path, kind: str, old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    found = update(tmp_path, kind, old, new)
    assert any(words in text for text in told(found))
    (refusal,) = gate.refusals(found, approvals=())
    assert "update" in refusal
    assert gate.refusals(found, approvals=gate.approvals([protected.label(protected.destructions(found))])) == []
    shown = render(summary(found), "text")
    assert NOTHING not in shown
    assert "NEEDS APPROVAL" in shown


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (CLUSTER, inline("a", "b"), inline("b", "a")),
        (CLUSTER, inline("a"), inline("a", "b")),
        (CLUSTER, inline("a"), inline("A", size="standard_d8ds_V5")),
        (CLUSTER, inline("a"), inline("a", maxPods=60)),
        (POOL, pool("a"), pool("a", nodeTaints=["a=b:NoSchedule"])),
        (TEMPLATE, template("a"), template("a", "b")),
        (TEMPLATE, template("a", size="[variables('x')]"), template("a", "b", size="[variables('x')]")),
        (TEMPLATE, template(clusters=("c",)), template(clusters=("c", "d"))),
    ],
)
def test_what_stays_needs_none(tmp_path: Path, kind: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    found = update(tmp_path, kind, old, new)
    assert protected.destructions(found) == []
    assert told(found) == []


def test_a_cluster_that_leaves_a_template_needs_a_yes(tmp_path: Path) -> None:
    found = update(tmp_path, TEMPLATE, template(clusters=("c", "d")), template(clusters=("c",)))
    (refusal,) = gate.refusals(found, approvals=())
    assert "every workload, node and running job in it goes" in refusal
    assert any("a cluster is not part of it any more" in text for text in told(found))


def test_a_yes_to_one_pool_inside_of_a_cluster_is_none_to_another(tmp_path: Path) -> None:
    labels = {
        protected.label(protected.destructions(update(tmp_path, CLUSTER, inline("a", "b", "c"), new)))
        for new in (inline("a", "b"), inline("a", "c"), inline("a"), inline("a", "b", "c", size="Standard_D2ds_v5"))
    }
    assert len(labels) == 4


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("azure-native:network:LoadBalancer", {"a": 1}, {"a": 2}),
        ("x:y:Thing", {"a": 1}, {"a": 2}),
        (CLUSTER, {**inline("a"), "kubernetesNetwork": 1}, {**inline("a"), "kubernetesNetwork": 2}),
        ("kubernetes:apps/v1:DeploymentPatch", {"a": 1}, {"a": 2}),
    ],
)
def test_where_the_page_does_not_know_what_a_change_does_it_does_not_say_that_nothing_restarts(
    tmp_path: Path, kind: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    shown = render(summary(update(tmp_path, kind, old, new)), "text")
    assert NOT_KNOWN in shown
    assert NOTHING not in shown
    made = render(summary(log(tmp_path, step("create", kind, "a", None, new), end())), "text")
    assert NOTHING in made, "what is new restarts nothing"
