"""When the engine is started, by which precautions, and what a start does to the pods that were there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine_supervisor import actions as act
from engine_supervisor.core import needs_cluster, pulled, remember, smoked
from engine_supervisor.journal import Journal, dump, load
from engine_supervisor.ports import SmokeResult
from engine_supervisor.world import Engine, Running, Service
from tests.unit.engine_supervisor.core.scenes import (
    AGENT,
    DAEMON,
    FORMER,
    JOB,
    NOW,
    OLD,
    RUNS,
    SETTINGS,
    STOPPED,
    TARGET,
    cluster,
    decided,
    done,
    journal,
    started,
    world,
)

FRESH = Service()


def test_a_fresh_node_gets_its_engine_at_once_without_slot_or_cordon() -> None:
    first = decided(world(service=FRESH, installed=frozenset(), configured=frozenset()), Journal())
    assert first.actions == (act.Install(TARGET.version),)
    second = decided(world(service=FRESH, configured=frozenset()), first.journal)
    assert second.actions == (act.Configure(TARGET), act.Register(TARGET), act.StartEngine())
    assert second.journal.start is not None
    assert second.journal.start.attempted_at == NOW
    assert second.journal.operation is None


def test_nothing_is_started_before_the_api_server_has_answered() -> None:
    for service, known in ((FRESH, Journal()), (STOPPED, Journal()), (STOPPED, journal())):
        decision = decided(world(away=True, service=service), known)
        assert not decision.actions
        assert not decision.report.ready
        assert needs_cluster(world(away=True, service=service), known, SETTINGS)


def test_after_a_reboot_the_registered_engine_starts_at_once() -> None:
    decision = decided(world(service=STOPPED, boot="next", api=cluster(pods=(JOB,))), journal())
    assert done(decision) == ["Configure", "StartEngine"]


def test_after_a_reboot_a_pending_upgrade_keeps_its_place_in_the_queue() -> None:
    service = replace(STOPPED, target=FORMER)
    versions = frozenset({TARGET.version, FORMER.version})
    decision = decided(world(service=service, boot="next", installed=versions), journal())
    assert decision.actions == (act.StartEngine(),)
    assert decision.journal.start is not None
    assert decision.journal.start.target == FORMER.key


def test_a_registered_engine_that_the_journal_does_not_know_counts_as_one_that_has_run() -> None:
    decision = decided(world(service=STOPPED, api=cluster(pods=(JOB,))), Journal())
    assert decision.journal.operation is not None
    assert decision.journal.operation.kind == "repair"
    assert done(decision) == ["Cordon"]


def test_an_attempt_that_the_journal_tells_of_and_that_was_not_made_is_made_again() -> None:
    attempt = Journal(start=started(attempted_at=NOW - 20, began_at=None, answered_at=None, evicted=False))
    decision = decided(world(service=STOPPED), attempt)
    assert decision.journal.failures == 1
    again = decided(world(at=NOW + 15, service=STOPPED), decision.journal)
    assert done(again) == ["Configure", "StartEngine"]


def test_a_start_that_does_not_answer_for_five_minutes_is_ended_and_tried_again() -> None:
    service = replace(RUNS, started_at=NOW - 301)
    known = Journal(start=started(attempted_at=NOW - 302, began_at=None, answered_at=None, evicted=False))
    assert done(decided(world(at=NOW - 2, service=service, engine=Engine()), known)) == []
    assert done(decided(world(service=service, engine=Engine()), known)) == ["StopEngine"]


def test_pauses_between_first_starts_that_fail_grow_and_new_settings_do_not_wait() -> None:
    known = journal(answered_boot=None, failures=2, start_not_before=NOW + 40)
    ended = replace(known, start=started(answered_at=None, ended_at=NOW - 1, target=TARGET.key))
    waiting = decided(world(service=STOPPED), ended)
    assert done(waiting) == []
    assert waiting.wait_seconds <= 40
    other = replace(ended, start=started(answered_at=None, ended_at=NOW - 1, target=FORMER.key))
    assert "StartEngine" in done(decided(world(service=STOPPED), other))


def test_a_start_that_nobody_watched_has_answered_a_quarter_of_an_hour_after_it_began_at_the_latest() -> None:
    for began, cutoff in ((NOW - 60, NOW), (NOW - 4000, NOW - 4000 + 900), (NOW + 50, NOW + 50)):
        found = remember(world(service=replace(RUNS, started_at=began)), Journal())
        assert found.start is not None
        assert found.start.answered_at == cutoff


def test_a_clock_that_is_set_back_costs_the_pods_that_come_nothing() -> None:
    ahead = journal(start=started(answered_at=NOW + 600))
    assert done(decided(world(api=cluster(pods=(replace(JOB, started_at=NOW - 1),))), ahead)) == ["Evict"]
    found = remember(world(), ahead)
    young = cluster(pods=(replace(JOB, started_at=NOW + 20),))
    assert done(decided(world(at=NOW + 30, api=young), found)) == []


def test_a_process_that_the_journal_does_not_know_is_a_new_start() -> None:
    known = journal()
    same = remember(world(service=replace(RUNS, started_at=NOW - 4000 + 0.4)), known)
    assert same.start == known.start
    new = remember(world(service=replace(RUNS, started_at=NOW - 100)), known)
    assert new.start is not None
    assert (new.start.began_at, new.start.smoke) == (NOW - 100, "due")


def test_pods_that_are_older_than_the_start_are_sent_away_whoever_started_it() -> None:
    second = replace(JOB, started_at=float(int(NOW)), uid="same second")
    young = replace(JOB, started_at=NOW + 1, uid="young")
    none_yet = replace(JOB, started_at=None, uid="none yet")
    host_network = replace(DAEMON, ordinary=False, uid="host network")
    leaving = replace(AGENT, terminating=True, grace_seconds=30, uid="leaving")
    lingering = replace(AGENT, terminating=True, grace_seconds=3600, uid="lingering")
    pods = (JOB, DAEMON, second, young, none_yet, host_network, leaving, lingering)
    seen = world(service=replace(RUNS, started_at=NOW - 10), api=cluster(pods=pods))
    decision = decided(seen, journal())
    assert decision.actions == (act.Evict((JOB, second, lingering), 30), act.Delete((DAEMON,), 30))
    assert not decision.report.ready


def test_what_a_budget_protects_for_two_minutes_is_deleted() -> None:
    known = journal(start=started(answered_at=NOW - 125, evicted=False, evicting_since=NOW - 121))
    pods = (replace(AGENT, started_at=NOW - 3000),)
    assert decided(world(api=cluster(pods=pods)), known).actions == (act.Delete(pods, 30),)


def test_a_pod_whose_age_is_told_late_is_found() -> None:
    known = journal(start=started(answered_at=NOW - 50))
    assert needs_cluster(world(away=True), known, SETTINGS)
    decision = decided(world(api=cluster(pods=(JOB,))), known)
    assert done(decision) == ["Evict"]
    assert not decision.report.ready


def test_agents_that_came_while_a_failing_engine_tried_are_sent_away_in_the_pause() -> None:
    known = journal(
        start=started(answered_at=None, began_at=NOW - 9, ended_at=NOW - 3, evicted=False),
        answered_boot=None,
        start_not_before=NOW + 60,
    )
    assert done(decided(world(service=STOPPED, api=cluster(pods=(JOB,))), known)) == ["Evict"]


def test_the_smoke_decides_on_ready_and_is_tried_again_after_a_minute() -> None:
    known = journal(start=started(smoke="due"))
    first = decided(world(), known)
    assert done(first) == ["Smoke"]
    assert not first.report.ready
    failed = smoked(first.journal, SmokeResult(outcome="failed", reason="no layers"), NOW)
    soon = decided(world(at=NOW + 10), failed)
    assert done(soon) == []
    assert "no layers" in soon.report.reason
    assert done(decided(world(at=NOW + 61), failed)) == ["Smoke"]
    passed = smoked(failed, SmokeResult(outcome="passed"), NOW + 62)
    assert decided(world(at=NOW + 63), passed).report.ready


def test_an_image_that_cannot_be_had_says_nothing_about_the_engine() -> None:
    known = journal(start=started(smoke="due"))
    found = smoked(known, SmokeResult(outcome="no-image", reason="the registry is away"), NOW)
    assert found.start is not None
    assert found.start.smoke == "due"
    decision = decided(world(at=NOW + 5), found)
    assert not decision.report.ready
    assert "the registry is away" in decision.report.reason


def test_a_build_of_windows_without_an_image_needs_no_smoke() -> None:
    known = journal(start=started(smoke="due"))
    decision = decided(world(build="26100"), known)
    assert (decision.report.ready, done(decision)) == (True, [])
    assert "no image for build 26100" in decision.report.reason


def test_a_silent_engine_is_not_ready_at_once_and_repaired_after_five_minutes() -> None:
    silent = remember(world(engine=Engine()), journal())
    assert silent.silent_since == NOW
    decision = decided(world(engine=Engine()), silent)
    assert (decision.report.ready, done(decision)) == (False, [])
    later = decided(world(at=NOW + 301, engine=Engine()), silent)
    assert later.journal.operation is not None
    assert later.journal.operation.kind == "repair"


def test_an_engine_that_dies_again_and_again_is_left_alone_for_a_while() -> None:
    known = journal(start=started(answered_at=NOW - 100), failures=3)
    decision = decided(world(service=STOPPED), known)
    assert decision.journal.operation is None
    assert decision.journal.start_not_before == NOW + 300
    assert done(decided(world(at=NOW + 200, service=STOPPED), decision.journal)) == []
    later = decided(world(at=NOW + 301, service=STOPPED), decision.journal)
    assert later.journal.operation is not None


def test_a_repair_starts_what_is_registered_and_what_is_wanted_once_that_has_failed() -> None:
    service = replace(STOPPED, target=FORMER)
    versions = frozenset({TARGET.version, FORMER.version})
    seen = world(service=service, installed=versions)
    first = decided(seen, journal(start=started(target=FORMER.key)))
    assert first.journal.operation is not None
    assert first.journal.operation.target == FORMER.key
    failed = journal(start=started(target=FORMER.key, answered_at=None, ended_at=NOW - 60), failures=1)
    second = decided(seen, replace(failed, start_not_before=NOW + 600))
    assert second.journal.operation is not None
    assert second.journal.operation.target == TARGET.key


def test_an_engine_that_has_run_for_half_an_hour_has_got_over_its_failures() -> None:
    assert remember(world(), journal(failures=3)).failures == 0
    assert remember(world(), journal(failures=3, start=started(answered_at=NOW - 60))).failures == 3


def test_a_start_of_another_target_forgets_what_was_pulled_ahead() -> None:
    known = pulled(journal(prepulled=()), "a")
    assert known.prepulled == ("a",)
    seen = world(service=replace(OLD, started_at=NOW - 5))
    assert remember(seen, known).prepulled == ()


def test_the_journal_survives_its_file() -> None:
    known = decided(world(service=STOPPED, api=cluster(pods=(JOB,))), journal()).journal
    assert load(dump(known)) == known


@pytest.mark.parametrize("state", [Running.STARTING, Running.STOPPING])
def test_a_service_on_its_way_is_waited_for(state: Running) -> None:
    service = replace(RUNS, state=state)
    decision = decided(world(service=service), journal(start=started(answered_at=None, began_at=NOW - 4000)))
    assert "StartEngine" not in done(decision)
    assert not decision.report.ready
