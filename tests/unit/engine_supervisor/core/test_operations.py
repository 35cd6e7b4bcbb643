"""What a node is taken out of service for: whose turn it is, what is waited for, and how it comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine_supervisor import actions as act
from engine_supervisor.core import farewell, needs_cluster
from engine_supervisor.journal import Journal
from engine_supervisor.settings import Rollout
from engine_supervisor.world import Engine, Feature, Running, Service
from tests.unit.engine_supervisor.core.scenes import (
    AGENT,
    BOTH,
    CORDONED,
    DAEMON,
    FOREIGN,
    FORMER,
    JOB,
    MINE,
    NOW,
    OLD,
    RUNS,
    SETTINGS,
    SLOTS,
    STOPPED,
    TARGET,
    cluster,
    decided,
    done,
    journal,
    operation,
    started,
    upgrading,
    world,
)

EVICT = replace(SETTINGS, rollout=Rollout(wait_minutes=20, at_limit="evict", pause_minutes=5))
FORMER_RUNS = journal(start=started(target=FORMER.key))


def old(at: float = NOW, **api: Any) -> Any:
    return world(at=at, service=OLD, installed=BOTH, api=cluster(**api))


def test_an_upgrade_is_laid_ready_while_the_former_engine_runs() -> None:
    seen = world(service=OLD, installed=frozenset({FORMER.version}), configured=frozenset({FORMER.key}))
    decision = decided(seen, FORMER_RUNS)
    assert decision.actions == (act.Install(TARGET.version), act.Configure(TARGET))
    assert decision.report.ready


def test_an_upgrade_takes_a_slot_then_cordons() -> None:
    first = decided(old(), FORMER_RUNS)
    assert first.actions == (act.TakeSlot(SLOTS[0].name),)
    assert first.journal.operation is None
    second = decided(old(slots=MINE), first.journal)
    assert done(second) == ["Cordon"]
    assert second.journal.operation is not None
    assert (second.journal.operation.target, second.journal.operation.former) == (TARGET.key, FORMER.key)


def test_a_node_that_waits_for_its_turn_is_ready_and_says_for_whom() -> None:
    others = tuple(replace(slot, holder=f"win{number}") for number, slot in enumerate(SLOTS, 8))
    decision = decided(old(slots=others), FORMER_RUNS)
    assert done(decision) == []
    assert decision.report.ready
    assert decision.report.pending == TARGET.key
    assert "win8, win9" in decision.report.reason
    assert decision.wait_seconds == 30


def test_an_expired_slot_is_free() -> None:
    others = tuple(replace(slot, holder="win8", expired=slot is SLOTS[1]) for slot in SLOTS)
    assert decided(old(slots=others), FORMER_RUNS).actions == (act.TakeSlot(SLOTS[1].name),)


def test_nobody_goes_to_a_target_that_failed_on_a_node() -> None:
    marked = (SLOTS[0], replace(SLOTS[1], stopped=TARGET.key))
    decision = decided(old(slots=marked), FORMER_RUNS)
    assert done(decision) == []
    assert decision.report.ready
    draining = decided(old(unschedulable=True, cordoned_by_us=True, slots=(MINE[0], marked[1])), upgrading())
    assert draining.journal.operation is None
    assert done(draining) == ["Uncordon", "FreeSlot"]


def test_a_drain_waits_for_jobs_and_tells_other_agents_to_end_at_their_own_pace() -> None:
    decision = decided(old(**CORDONED, pods=(JOB, AGENT, DAEMON)), upgrading())
    assert decision.actions == (act.Evict((AGENT,), None),)
    assert decision.report.ready
    assert decision.wait_seconds == 30


def test_an_engine_is_stopped_when_two_looks_found_no_agent() -> None:
    first = decided(old(**CORDONED, pods=(DAEMON,)), upgrading())
    assert done(first) == []
    late = decided(old(NOW + 2, **CORDONED, pods=(JOB,)), first.journal)
    assert "StopEngine" not in done(late)
    second = decided(old(NOW + 2, **CORDONED, pods=(DAEMON,)), first.journal)
    assert done(second) == ["StopEngine"]
    assert not second.report.ready


def test_a_change_whose_agents_do_not_end_is_put_off() -> None:
    decision = decided(old(**CORDONED, pods=(JOB,)), upgrading(since=NOW - 1200))
    assert done(decision) == ["Uncordon", "FreeSlot"]
    assert decision.journal.operation is None
    assert decision.journal.not_before == NOW + 300
    assert decided(old(NOW + 299), decision.journal).report.pending == TARGET.key
    assert done(decided(old(NOW + 299), decision.journal)) == []
    assert done(decided(old(NOW + 301), decision.journal)) == ["TakeSlot"]


def test_where_the_settings_say_so_the_rest_is_evicted_then_deleted_then_left() -> None:
    pods = (JOB,)
    for over, expected in ((0, "Evict"), (121, "Delete")):
        seen = old(**CORDONED, pods=pods)
        assert done(decided(seen, upgrading(since=NOW - 1200 - over), EVICT)) == [expected]
    over_all = decided(old(**CORDONED, pods=pods), upgrading(since=NOW - 1441), EVICT)
    assert over_all.journal.operation is not None
    assert over_all.journal.operation.drained_at == NOW
    assert done(decided(old(NOW + 2, **CORDONED, pods=pods), over_all.journal, EVICT)) == ["StopEngine"]


def test_a_repair_waits_for_jobs_ten_minutes_from_the_engines_end() -> None:
    begun = decided(world(service=STOPPED, api=cluster(pods=(JOB,))), journal())
    assert begun.journal.operation is not None
    assert begun.journal.operation.kind == "repair"
    seen: dict[str, Any] = {"service": STOPPED, "api": cluster(unschedulable=True, cordoned_by_us=True, pods=(JOB,))}
    assert done(decided(world(at=NOW + 599, **seen), begun.journal)) == []
    assert done(decided(world(at=NOW + 601, **seen), begun.journal)) == ["Evict"]
    assert done(decided(world(at=NOW + 721, **seen), begun.journal)) == ["Delete"]


def test_a_repair_takes_no_slot() -> None:
    begun = decided(world(service=STOPPED), journal())
    seen: dict[str, Any] = {"service": STOPPED, "api": cluster(unschedulable=True, cordoned_by_us=True)}
    drained = decided(world(at=NOW + 2, **seen), begun.journal)
    start = decided(world(at=NOW + 4, **seen), drained.journal)
    assert done(start) == ["Configure", "StartEngine"]


def test_an_engine_that_comes_back_before_it_was_touched_ends_its_repair() -> None:
    known = journal(operation=operation(kind="repair", former=None), silent_since=NOW - 400)
    decision = decided(world(api=cluster(unschedulable=True, cordoned_by_us=True)), known)
    assert decision.journal.operation is None
    assert done(decision) == ["Uncordon"]


def stopped_for_upgrade(**changes: Any) -> Journal:
    known = upgrading(drained_at=NOW - 10, **changes)
    return replace(known, start=started(target=FORMER.key, ended_at=NOW - 5))


def test_a_stopped_engine_is_registered_as_what_is_wanted_and_started() -> None:
    seen = world(service=replace(STOPPED, target=FORMER), installed=BOTH, api=cluster(**CORDONED))
    decision = decided(seen, stopped_for_upgrade())
    assert decision.actions == (act.Configure(TARGET), act.Register(TARGET), act.StartEngine())
    assert decision.journal.operation is not None
    assert decision.journal.operation.starts == 1


def test_an_interruption_after_the_registration_finds_the_start_undone() -> None:
    seen = world(service=STOPPED, installed=BOTH, api=cluster(**CORDONED))
    assert done(decided(seen, stopped_for_upgrade(starts=1))) == ["Configure", "StartEngine"]


def test_settings_that_change_before_the_stop_end_the_operation_and_after_it_turn_it() -> None:
    other = replace(SETTINGS, version="29.9.0")
    before = decided(old(**CORDONED), upgrading(), other)
    assert before.journal.operation is None
    assert done(before) == ["Uncordon", "FreeSlot"]
    seen = world(service=replace(STOPPED, target=FORMER), installed=BOTH, api=cluster(**CORDONED))
    after = decided(seen, stopped_for_upgrade(), other)
    assert after.actions == (act.Install("29.9.0"),)


def test_an_operation_that_has_lost_its_slot_before_the_stop_ends() -> None:
    taken = tuple(replace(slot, holder="win8") for slot in SLOTS)
    decision = decided(old(unschedulable=True, cordoned_by_us=True, slots=taken), upgrading())
    assert decision.journal.operation is None
    assert done(decision) == ["Uncordon"]


def test_the_slot_is_renewed_each_half_minute() -> None:
    known = replace(upgrading(), renewed_at=NOW - 31)
    decision = decided(old(**CORDONED, pods=(JOB,)), known)
    assert done(decision) == ["RenewSlot"]
    assert decision.journal.renewed_at == NOW
    assert "RenewSlot" not in done(decided(old(NOW + 2, **CORDONED, pods=(JOB,)), decision.journal))


def upgraded(**start: Any) -> tuple[Any, Journal]:
    known = replace(
        upgrading(drained_at=NOW - 30, starts=1, since=NOW - 120),
        start=started(attempted_at=NOW - 20, began_at=NOW - 20, answered_at=NOW - 10, **start),
    )
    return world(service=replace(RUNS, started_at=NOW - 20), installed=BOTH, api=cluster(**CORDONED)), known


def test_a_proven_upgrade_gives_the_node_back() -> None:
    seen, known = upgraded(smoke="passed")
    decision = decided(seen, replace(known, failures=2))
    assert done(decision) == ["Uncordon", "FreeSlot"]
    assert decision.report.ready
    assert decision.journal.failures == 0


def test_an_upgrade_that_cannot_run_a_container_stops_the_rollout_and_goes_back() -> None:
    seen, known = upgraded(smoke="failed", smoke_reason="no layers", smoked_at=NOW - 3, smokes_failed=2)
    decision = decided(seen, known)
    assert decision.actions == (act.StopRollout(SLOTS[0].name, TARGET.key),)
    assert "no layers" in decision.journal.refused[TARGET.key]
    looks = decided(replace(seen, now=NOW + 2), decision.journal)
    assert done(looks) == ["StopRollout"], "an interruption must not leave it unmarked"
    marked = cluster(**{**CORDONED, "slots": (replace(MINE[0], stopped=TARGET.key), MINE[1])})
    stop = decided(replace(seen, now=NOW + 4, cluster=marked), looks.journal)
    assert done(stop) == ["StopEngine"]
    back = decided(world(at=NOW + 6, service=STOPPED, installed=BOTH, api=marked), stop.journal)
    assert back.actions == (act.Register(FORMER), act.StartEngine())


def test_an_upgrade_that_does_not_start_three_times_goes_back() -> None:
    seen = world(service=STOPPED, installed=BOTH, api=cluster(**CORDONED))
    known = replace(stopped_for_upgrade(starts=3), start=started(answered_at=None, ended_at=NOW - 1))
    decision = decided(seen, known)
    assert done(decision) == ["StopRollout"]
    assert decision.journal.operation is not None
    assert decision.journal.operation.rolling_back


def test_what_was_refused_is_tried_again_with_other_settings_or_without_the_mark() -> None:
    known = replace(FORMER_RUNS, refused={TARGET.key: "no layers"})
    marked = (replace(SLOTS[0], stopped=TARGET.key), SLOTS[1])
    rest = decided(old(slots=marked), known)
    assert (done(rest), rest.report.ready) == ([], True)
    assert "no layers" in rest.report.reason
    assert not needs_cluster(world(service=OLD, installed=BOTH, away=True), known, SETTINGS)
    assert done(decided(old(), known)) == ["TakeSlot"]
    other = replace(SETTINGS, version=TARGET.version + "1")
    assert done(decided(old(slots=marked), known, other)) == ["Install", "Configure"]


def test_a_repair_that_fails_three_times_gives_the_node_back_and_pauses() -> None:
    known = journal(
        operation=operation(kind="repair", former=None, drained_at=NOW - 60, starts=3),
        start=started(answered_at=None, ended_at=NOW - 1),
        failures=1,
    )
    decision = decided(world(service=STOPPED, api=cluster(unschedulable=True, cordoned_by_us=True)), known)
    assert done(decision) == ["Uncordon"]
    assert (decision.journal.failures, decision.journal.start_not_before) == (2, NOW + 600)
    assert not decision.report.ready


def test_an_operation_that_cannot_be_carried_out_does_not_hold_the_node_for_ever() -> None:
    seen = world(service=STOPPED, installed=frozenset(), api=cluster(**CORDONED))
    known = replace(stopped_for_upgrade(former=None), start=started(ended_at=NOW - 5))
    assert done(decided(seen, known)) == ["Install"]
    late = decided(replace(seen, now=NOW + 1801), known)
    assert late.journal.operation is None
    assert done(late) == ["Uncordon", "FreeSlot"]


def test_a_node_is_not_held_for_a_pod_that_does_not_end() -> None:
    pod = replace(AGENT, started_at=NOW - 3000, terminating=True, grace_seconds=30)
    seen, known = upgraded(evicted=False, evicting_since=NOW - 901)
    decision = decided(replace(seen, cluster=cluster(**CORDONED, pods=(pod,))), known)
    assert decision.journal.operation is None
    assert not decision.report.ready
    assert done(decision) == ["Uncordon", "FreeSlot"]


def test_a_registry_that_is_away_neither_rolls_back_nor_holds_the_node() -> None:
    seen, known = upgraded(smoke="due", smoke_reason="the registry is away", smoked_at=NOW - 5)
    assert done(decided(seen, known)) == []
    later = decided(replace(seen, now=NOW + 600), known)
    assert later.journal.operation is None
    assert done(later) == ["Uncordon", "FreeSlot"]
    assert not later.report.ready


def test_agents_that_another_start_cut_off_are_not_waited_for() -> None:
    seen = world(service=replace(OLD, started_at=NOW - 20), installed=BOTH, api=cluster(**CORDONED, pods=(JOB,)))
    assert done(decided(seen, upgrading())) == ["Evict"]


def test_a_foreign_cordon_is_used_and_left() -> None:
    seen = old(unschedulable=True, slots=MINE)
    begun = decided(seen, FORMER_RUNS)
    assert (begun.journal.operation is not None, done(begun)) == (True, [])
    end, known = upgraded(smoke="passed")
    decision = decided(replace(end, cluster=cluster(unschedulable=True, slots=MINE)), known)
    assert done(decision) == ["FreeSlot"]


def test_what_a_lost_journal_leaves_behind_is_given_back() -> None:
    assert done(decided(world(api=cluster(**CORDONED)), journal())) == ["Uncordon", "FreeSlot"]


def test_a_foreign_service_is_replaced_under_a_slot() -> None:
    replaces = replace(SETTINGS, existing="replace")
    known = journal(start=started(target="foreign"))
    assert done(decided(world(service=FOREIGN), known, replaces)) == ["TakeSlot"]
    begun = decided(world(service=FOREIGN, api=cluster(slots=MINE)), known, replaces)
    assert begun.journal.operation is not None
    assert begun.journal.operation.kind == "takeover"
    stopped = replace(FOREIGN, state=Running.STOPPED, pid=None, started_at=None)
    drained = replace(begun.journal, operation=replace(begun.journal.operation, drained_at=NOW))
    start = decided(world(at=NOW + 9, service=stopped, api=cluster(**CORDONED)), drained, replaces)
    assert done(start) == ["Configure", "Register", "StartEngine"]


def test_an_adopted_service_is_repaired_by_its_start_alone() -> None:
    adopts = replace(SETTINGS, existing="adopt")
    known = journal(start=started(target="foreign"))
    assert decided(world(service=FOREIGN), known, adopts).report.ready
    stopped = replace(FOREIGN, state=Running.STOPPED, pid=None, started_at=None)
    begun = decided(world(service=stopped), known, adopts)
    seen: dict[str, Any] = {"service": stopped, "api": cluster(unschedulable=True, cordoned_by_us=True)}
    drained = decided(world(at=NOW + 2, **seen), begun.journal, adopts)
    assert done(decided(world(at=NOW + 4, **seen), drained.journal, adopts)) == ["StartEngine"]
    silent = world(at=NOW + 4000, service=FOREIGN, engine=Engine())
    assert done(decided(silent, replace(known, silent_since=NOW), adopts)) == []


def test_the_feature_is_installed_on_a_drained_node_and_the_engine_follows_the_reboot() -> None:
    installs = replace(SETTINGS, feature="install")
    bare: dict[str, Any] = {"service": Service(), "feature": Feature.ABSENT}
    assert done(decided(world(**bare), Journal(), installs)) == ["TakeSlot"]
    begun = decided(world(**bare, api=cluster(slots=MINE)), Journal(), installs)
    assert begun.journal.operation is not None
    assert begun.journal.operation.kind == "feature"
    drained = decided(world(at=NOW + 2, **bare, api=cluster(**CORDONED)), begun.journal, installs)
    install = decided(world(at=NOW + 4, **bare, api=cluster(**CORDONED)), drained.journal, installs)
    assert done(install) == ["InstallFeature"]
    bare["feature"] = Feature.REBOOT_PENDING
    assert done(decided(world(at=NOW + 6, **bare, api=cluster(**CORDONED)), install.journal, installs)) == ["Reboot"]
    back = world(at=NOW + 90, service=Service(), boot="next", api=cluster(**CORDONED))
    assert "StartEngine" in done(decided(back, install.journal, installs))


@pytest.mark.parametrize(
    ("known", "service", "expected"),
    [
        (journal(), RUNS, ["Uncordon", "FreeSlot"]),
        (upgrading(), OLD, ["Uncordon", "FreeSlot"]),
        (stopped_for_upgrade(), STOPPED, []),
        (upgraded()[1], RUNS, []),
    ],
)
def test_a_supervisor_that_will_be_back_gives_a_node_back_that_nothing_was_done_to(
    known: Journal, service: Service, expected: list[str]
) -> None:
    last = farewell(world(service=service, api=cluster(**CORDONED)), known, "unknown")
    assert not last.uninstall
    assert [type(action).__name__ for action in last.actions] == expected


def test_what_goes_takes_everything_along() -> None:
    last = farewell(world(service=STOPPED, api=cluster(**CORDONED)), stopped_for_upgrade(), "goes")
    assert last.uninstall
    assert last.actions == (act.Uncordon(), act.FreeSlot(SLOTS[0].name))
    assert farewell(world(away=True), journal(), "goes").actions == (act.Uncordon(),)
