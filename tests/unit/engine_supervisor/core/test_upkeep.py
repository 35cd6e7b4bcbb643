"""What is done beside the agents, what is refused, and what is wanted of the engine at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine_supervisor import actions as act
from engine_supervisor.core import needs_cluster, reload_hash, wanted
from engine_supervisor.settings import Settings
from engine_supervisor.world import Disk, Engine, Feature, Owner, Service
from tests.unit.engine_supervisor.core.scenes import (
    AGENT,
    FOREIGN,
    JOB,
    MINE,
    NOW,
    RUNS,
    SETTINGS,
    STOPPED,
    TARGET,
    cluster,
    decided,
    done,
    journal,
    operation,
    world,
)
from tests.unit.engine_supervisor.simulation import GIB

LOW = Disk(free_bytes=20 * GIB, total_bytes=200 * GIB)
FULL = Disk(free_bytes=5 * GIB, total_bytes=200 * GIB)
DUE = journal(pruned_at=NOW - 25 * 3600)


def with_daemon(**changes: Any) -> Settings:
    return replace(SETTINGS, daemon={**SETTINGS.daemon, **{key.replace("_", "-"): to for key, to in changes.items()}})


def test_a_node_at_peace_is_ready_and_asks_nobody() -> None:
    assert not needs_cluster(world(away=True), journal(), SETTINGS)
    decision = decided(world(away=True), journal())
    assert decision.report.ready
    assert (done(decision), decision.wait_seconds) == ([], 10)
    assert decision.journal == journal()


@pytest.mark.parametrize(
    ("engine", "pods", "prunes"),
    [
        (Engine(answers=True, clients=0), (), True),
        (Engine(answers=True, clients=0), (AGENT,), True),
        (Engine(answers=True, clients=0), (JOB,), False),
        (Engine(answers=True, clients=1), (), False),
        (Engine(answers=True, clients=0, containers_running=1), (), False),
        (Engine(answers=True, clients=None), (), True),
        (Engine(answers=True, clients=None), (AGENT,), False),
    ],
)
def test_nothing_is_pruned_under_a_build(engine: Engine, pods: tuple[Any, ...], prunes: bool) -> None:
    decision = decided(world(engine=engine, api=cluster(pods=pods)), DUE)
    assert done(decision) == (["Prune"] if prunes else [])
    if prunes:
        assert decision.actions == (act.Prune(168 * 3600.0),)
        assert decision.journal.pruned_at == NOW


def test_without_the_api_server_it_is_not_known_whether_a_build_runs() -> None:
    assert done(decided(world(away=True), DUE)) == []


def test_a_low_disk_is_cleaned_of_all_that_is_unused_but_not_all_the_time() -> None:
    decision = decided(world(disk=LOW), journal())
    assert decision.actions == (act.Prune(0.0),)
    assert done(decided(world(at=NOW + 599, disk=LOW), decision.journal)) == []
    assert done(decided(world(at=NOW + 601, disk=LOW), decision.journal)) == ["Prune"]


def test_no_schedule_means_only_by_space() -> None:
    never = replace(SETTINGS, prune=replace(SETTINGS.prune, every_hours=0))
    assert done(decided(world(), DUE, never)) == []
    assert done(decided(world(disk=LOW), DUE, never)) == ["Prune"]


def test_a_node_that_is_low_and_never_idle_is_drained_and_pruned() -> None:
    busy = Engine(answers=True, clients=1)
    low = journal(low_since=NOW - 1801)
    assert done(decided(world(disk=LOW, engine=busy), low)) == ["TakeSlot"]
    begun = decided(world(disk=LOW, engine=busy, api=cluster(slots=MINE)), low)
    assert begun.journal.operation is not None
    assert begun.journal.operation.kind == "prune"
    cordoned = cluster(slots=MINE, unschedulable=True, cordoned_by_us=True)
    drained = replace(begun.journal, operation=operation(kind="prune", drained_at=NOW, since=NOW))
    prunes = decided(world(at=NOW + 2, disk=LOW, engine=busy, api=cordoned), drained)
    assert done(prunes) == ["Prune"]
    back = decided(world(at=NOW + 4, api=cordoned), prunes.journal)
    assert done(back) == ["Uncordon", "FreeSlot"]
    still = decided(world(at=NOW + 4, disk=LOW, engine=busy, api=cordoned), prunes.journal)
    assert done(decided(world(at=NOW + 5000, disk=LOW, engine=busy), still.journal)) == [], "it did not help"


def test_a_disk_below_the_floor_is_not_ready() -> None:
    decision = decided(world(disk=FULL), journal(pruned_at=NOW - 1, low_since=NOW - 9))
    assert not decision.report.ready
    assert "prune.floorGiB" in decision.report.reason
    assert decided(world(disk=LOW), journal(pruned_at=NOW - 1, low_since=NOW - 9)).report.ready


def test_the_service_is_guarded_unless_it_is_anothers() -> None:
    unguarded = world(service=replace(RUNS, guarded=False))
    assert done(decided(unguarded, journal())) == ["Guard"]
    assert done(decided(world(service=FOREIGN), journal(), replace(SETTINGS, existing="adopt"))) == []


def test_what_a_running_engine_can_read_again_needs_no_start() -> None:
    mirrored = with_daemon(registry_mirrors=["https://mirror.example"])
    assert wanted(mirrored).target == TARGET
    decision = decided(world(), journal(), mirrored)
    assert decision.actions == (act.Reload(TARGET),)
    assert decision.report.ready
    assert done(decided(world(reload_hash=wanted(mirrored).reload_hash), journal(), mirrored)) == []
    assert done(decided(world(service=FOREIGN), journal(), replace(mirrored, existing="adopt"))) == []


@pytest.mark.parametrize("key", ["dns", "data-root", "metrics-addr", "hosts", "live-restore", "storage-opts"])
def test_the_rest_takes_a_start(key: str) -> None:
    changed = with_daemon(**{key: ["other"]})
    assert wanted(changed).target != TARGET
    assert wanted(changed).reload_hash == wanted(SETTINGS).reload_hash


def test_of_the_features_only_the_builder_is_read_again() -> None:
    assert wanted(with_daemon(features={"buildkit": True})).target == TARGET
    store = with_daemon(features={"containerd-snapshotter": True, "buildkit": True})
    assert wanted(store).target != TARGET
    assert wanted(store).reload_hash == wanted(with_daemon(features={"buildkit": True})).reload_hash


def test_the_text_has_every_setting_and_hashes_alike() -> None:
    given = with_daemon(debug=True, labels=["a=b"])
    text = json.loads(wanted(given).start_text)
    assert {**text, **given.daemon} == text
    assert text["registry-mirrors"] == [], "left out, a running engine would keep its old ones"
    assert reload_hash(text) == wanted(given).reload_hash
    mixed = replace(given, daemon=dict(reversed(list(given.daemon.items()))))
    assert wanted(mixed) == wanted(given)


def test_images_are_pulled_ahead_one_at_a_time_by_build_on_a_node_that_works() -> None:
    two = replace(SETTINGS, prepull={"20348": ("a", "b"), "26100": ("c",)})
    empty = journal(prepulled=())
    assert decided(world(), empty, two).actions == (act.Prepull("a"),)
    assert decided(world(), journal(prepulled=("a",)), two).actions == (act.Prepull("b"),)
    assert decided(world(), empty, two).report.ready
    blocks = replace(two, prepull_blocks=True)
    assert not decided(world(), empty, blocks).report.ready
    assert decided(world(), empty, blocks).actions == (act.Prepull("a"),)
    assert decided(world(), journal(prepulled=("a", "b")), blocks).report.ready
    assert done(decided(world(disk=FULL), journal(prepulled=(), pruned_at=NOW, low_since=NOW), two)) == []


def test_old_versions_go_when_nothing_refers_to_them() -> None:
    installed = frozenset({TARGET.version, "28.0.0"})
    assert decided(world(installed=installed), journal()).actions == (act.Discard(frozenset({TARGET.version})),)


@pytest.mark.parametrize(
    ("seen", "given", "word"),
    [
        ({"feature": Feature.ABSENT, "service": Service()}, SETTINGS, "Install-WindowsFeature"),
        ({"feature": Feature.REBOOT_PENDING, "service": STOPPED}, SETTINGS, "Restart"),
        ({"service": FOREIGN}, SETTINGS, "dockerEngine.existingService"),
        ({"service": Service(owner=Owner.NOBODY)}, replace(SETTINGS, existing="adopt"), "pipe"),
        ({"disk": None}, SETTINGS, r"D:\docker"),
        ({"disk": None, "service": STOPPED}, SETTINGS, "dockerEngine.dataRoot"),
    ],
)
def test_what_only_a_person_can_change_is_refused_and_the_node_given_back(
    seen: dict[str, Any], given: Settings, word: str
) -> None:
    if seen.get("service") == Service(owner=Owner.NOBODY) and "feature" not in seen:
        seen = {**seen, "engine": Engine(answers=True)}
    api = cluster(unschedulable=True, cordoned_by_us=True, slots=MINE)
    decision = decided(world(api=api, **seen), journal(operation=operation()), given)
    assert decision.report.refused
    assert not decision.report.ready
    assert word in decision.report.reason
    assert decision.journal.operation is None
    assert done(decision) == ["Uncordon", "FreeSlot"]
