"""Reading the engine's log of events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from review.lines import LogError
from review.log import REHEARSAL, read
from sandbox import event_log
from tests.unit.review.logs import DEPLOYMENT, POOL, deployment, end, finding, log, pool, same, state, step, urn


def test_a_replacement_is_one_step_that_tells_which_of_the_two_is_there_first(tmp_path: Path) -> None:
    old, new = pool("a"), pool("a", "Standard_D16ds_v5")
    parts = {op: step(op, POOL, "a", old, None if op == "delete-replaced" else new) for op in
             ("create-replacement", "replace", "delete-replaced")}  # fmt: skip
    (after,) = log(tmp_path, *(parts[op] for op in ("create-replacement", "replace", "delete-replaced")), end()).steps
    (before,) = log(tmp_path, *(parts[op] for op in ("delete-replaced", "replace", "create-replacement")), end()).steps
    assert (after.operation, after.old_first) == ("replace", False)
    assert (before.operation, before.old_first) == ("replace", True)
    # `pulumi preview --json` leaves out all but the logical step.
    (logical,) = log(tmp_path, parts["replace"], end()).steps
    assert logical.operation == "replace"


def test_what_an_earlier_replacement_left_behind_is_a_delete_beside_the_resource(tmp_path: Path) -> None:
    found = log(tmp_path, same(POOL, "a", pool("a")), step("delete-replaced", POOL, "a", pool("a"), None), end()).steps
    assert [(one.operation, one.leftover) for one in found] == [("same", False), ("delete", True)]


def test_what_a_refresh_finds_is_drift_and_what_is_planned_is_not(tmp_path: Path) -> None:
    began = step("refresh", DEPLOYMENT, "a", deployment(2), deployment(2))
    differs = step("refresh", DEPLOYMENT, "a", deployment(2), deployment(4), detailedDiff={"spec.replicas": {}})
    planned = step("update", DEPLOYMENT, "a", deployment(4), deployment(2), detailedDiff={"spec.replicas": {}})
    outputs = [{"resOutputsEvent": event["resourcePreEvent"]} for event in (differs, planned)]
    found = log(tmp_path, began, outputs[0], planned, outputs[1], end())
    (drift,) = found.drifted
    assert drift.new is not None
    assert drift.new.inputs["spec"]["replicas"] == 4
    assert [one.operation for one in found.steps] == ["update"]
    # In `pulumi refresh` the same is told by other operations, and nothing is planned.
    updated = {"resOutputsEvent": step("update", DEPLOYMENT, "a", deployment(2), deployment(4))["resourcePreEvent"]}
    gone = {"resOutputsEvent": step("delete", DEPLOYMENT, "b", deployment(), None)["resourcePreEvent"]}
    other = step("refresh", DEPLOYMENT, "b", deployment(), deployment())
    found = log(tmp_path, began, other, updated, gone, end())
    assert [(one.urn, one.operation) for one in found.drifted] == [
        (urn(DEPLOYMENT, "a"), "update"),
        (urn(DEPLOYMENT, "b"), "delete"),
    ]
    assert {one.operation for one in found.steps} == {"same"}


def test_a_log_without_an_end_and_one_that_failed_are_told_apart(tmp_path: Path) -> None:
    cut, failed = log(tmp_path, same(POOL, "a", {})), log(tmp_path, end("failed"))
    assert (cut.ended, cut.succeeded) == (False, False)
    assert (failed.ended, failed.succeeded) == (True, False)


def test_the_name_of_a_local_pack_is_told_without_its_folder(tmp_path: Path) -> None:
    assert log(tmp_path, end(packs={"buildfleet|local|/home/me/policy": "0.1.0"})).packs == ("buildfleet 0.1.0",)


def test_debug_messages_are_no_warnings_and_a_finding_that_is_told_twice_is_one(tmp_path: Path) -> None:
    events = [{"diagnosticEvent": {"severity": kind, "message": f"a {kind}"}} for kind in ("debug", "info", "warning")]
    found = log(tmp_path, *events, finding("r", "advisory", "m"), finding("r", "advisory", "m"), end())
    assert found.warnings == ("a warning",)
    assert len(found.findings) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "wrote no event"),
        ("{\n}\n", "a plain `pulumi preview --json`"),
        ("no json\n", "line 1: no event of the engine"),
        ("[1]\n", "an event of the engine is an object"),
        ('{"a":' + "[" * 200 + "]" * 200 + "}\n", "nested deeper"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}\n", "nested deeper"),
    ],
)
def test_what_is_no_log_is_refused_with_the_way_to_get_one(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "events.json"
    file.write_text(text)
    with pytest.raises(LogError, match="(?s).*" + told.replace("(", r"\(")):
        read(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read"):
        read(tmp_path / "none.json")


def test_no_shape_of_an_event_breaks_the_reading(tmp_path: Path) -> None:
    wrong: list[object] = [None, 1, "x", [], {}, {"metadata": 1}, {"metadata": {"op": 1, "new": {"urn": 5}}}]
    names = ("resourcePreEvent", "resOutputsEvent", "policyEvent", "diagnosticEvent", "summaryEvent", REHEARSAL)
    more = [{"metadata": {"op": "delete", "old": None, "new": state(POOL, "a", {})}}, {"PolicyPacks": {"a": 1}}]
    found = log(tmp_path, *({name: value} for name in names for value in [*wrong, *more]))
    assert found.steps == ()


def test_the_sandbox_and_the_reader_mean_the_same_line(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "events.json"
    assert event_log.options(file) == ["--event-log", str(file)]
    file.write_text(json.dumps(end()) + "\n")
    event_log.close(file, ["nodes: no container runs"], refusals_shown=True)
    found = read(file)
    assert (found.simulated, found.refusals_shown, found.succeeded) == (("nodes: no container runs",), True, True)
    event_log.refuse(file, "dev", "2 mistakes")
    refused = read(file)
    assert (refused.errors, refused.ended, refused.succeeded, refused.stack) == (("2 mistakes",), True, False, "dev")
    assert event_log.options(file)
    assert not file.exists(), "the log of an earlier run is never taken for this one's"
    assert event_log.options(None) == []
