"""What is tried again, how often, and for how long a clock or a pause can hold a node up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine_supervisor.core import explained, remember, smoked
from engine_supervisor.journal import Journal
from engine_supervisor.ports import SmokeResult
from engine_supervisor.world import Feature, Service

from .scenes import (
    BOTH,
    CORDONED,
    FORMER,
    JOB,
    NOW,
    OLD,
    SETTINGS,
    STOPPED,
    cluster,
    decided,
    done,
    journal,
    operation,
    started,
    upgrading,
    world,
)


def test_a_feature_that_a_restart_does_not_bring_is_given_up() -> None:
    installs = replace(SETTINGS, feature="install")
    seen: dict[str, Any] = {"service": Service(), "feature": Feature.REBOOT_PENDING, "api": cluster(**CORDONED)}
    known = Journal(operation=operation(kind="feature", former=None, drained_at=NOW - 9), renewed_at=NOW)
    asked = decided(world(**seen), known, installs)
    assert done(asked) == ["Reboot"]
    assert "Reboot" in done(decided(world(at=NOW + 29, **seen), asked.journal, installs))
    after = decided(world(at=NOW + 90, boot="next", **seen), asked.journal, installs)
    assert done(after) == ["Uncordon", "FreeSlot"]
    assert "vmcompute.dll" in after.report.reason
    seen["api"] = cluster()
    later = decided(world(at=NOW + 9000, boot="next", **seen), after.journal, installs)
    assert done(later) == []
    assert "vmcompute.dll" in later.report.reason
    assert done(decided(world(at=NOW + 9000, boot="third", **seen), after.journal, installs)) == ["TakeSlot"]


def test_the_pause_after_a_postponed_operation_doubles_until_one_is_done() -> None:
    seen = world(service=OLD, installed=BOTH, api=cluster(**CORDONED, pods=(JOB,)))
    pauses, known = [], upgrading(since=NOW - 1200)
    for _ in range(5):
        put_off = decided(seen, known).journal
        pauses.append(put_off.not_before - NOW)
        known = replace(put_off, operation=known.operation)
    assert pauses == [300, 600, 1200, 2400, 2400]


def test_a_smoke_that_failed_once_is_run_again_before_an_upgrade_goes_back() -> None:
    start = started(attempted_at=NOW - 20, began_at=NOW - 4000, answered_at=NOW - 10)
    known = replace(upgrading(drained_at=NOW - 30, starts=1), start=start)
    once = smoked(known, SmokeResult(outcome="failed", reason="the disk is busy"), NOW)
    seen = world(at=NOW + 1, installed=BOTH, api=cluster(**CORDONED))
    assert done(decided(seen, once)) == []
    assert done(decided(replace(seen, now=NOW + 61), once))[-1] == "Smoke"
    twice = smoked(once, SmokeResult(outcome="failed", reason="the disk is busy"), NOW + 62)
    assert "StopRollout" in done(decided(replace(seen, now=NOW + 63), twice))


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    ahead = NOW + 7200
    known = journal(
        start=started(attempted_at=ahead, smoked_at=ahead),
        operation=operation(since=ahead, drained_at=ahead),
        pruned_at=ahead,
        low_since=ahead,
        renewed_at=ahead,
    )
    told = remember(world(), known)
    assert told.operation is not None
    assert told.start is not None
    assert (told.operation.since, told.operation.drained_at, told.start.attempted_at) == (NOW, NOW, NOW)
    assert (told.pruned_at, told.low_since, told.renewed_at) == (NOW, NOW, NOW)
    paused = decided(world(), journal(not_before=ahead, start_not_before=ahead)).journal
    assert paused.not_before == paused.start_not_before == NOW + 8 * 300


def test_last_words_are_part_of_the_reason_of_a_start_that_failed() -> None:
    failed = journal(start=started(answered_at=None, ended_at=NOW - 1), answered_boot=None, start_not_before=NOW + 9)
    known = explained(failed, "panic: no\n drive")
    assert "last words: panic: no drive" in decided(world(service=STOPPED), known).report.reason


def test_no_change_begins_that_cannot_be_remembered() -> None:
    known = journal(start=started(target=FORMER.key))
    seen = world(service=OLD, installed=BOTH)
    assert done(decided(seen, known)) == ["TakeSlot"]
    assert done(decided(replace(seen, remembers=False), known)) == []
