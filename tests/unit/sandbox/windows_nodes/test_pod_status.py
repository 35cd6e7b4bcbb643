"""The status that the simulated kubelet writes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.control_plane.components import WORK_ANNOTATION
from sandbox.windows_nodes import work
from sandbox.windows_nodes.pod_status import Container, Ended, seconds, stamp, status, termination_message

POD = {"spec": {"containers": [{"name": "supervisor", "image": "i"}]}}
ENDED = Ended(code=1, started_at=100, finished_at=101, message="no drive D:")


def made(now: Container) -> dict[str, Any]:
    return status(POD, now, started_at=50, address="127.70.1.2", changed_at=60)


def condition(found: dict[str, Any], kind: str) -> str:
    return next(one["status"] for one in found["conditions"] if one["type"] == kind)


def test_a_container_that_has_never_run_leaves_its_pod_pending_with_the_reason() -> None:
    found = made(Container(waiting=("ContainerCreating", 'configmap "x" not found')))
    assert found["phase"] == "Pending"
    assert found["containerStatuses"][0]["state"]["waiting"]["message"] == 'configmap "x" not found'
    assert condition(found, "Ready") == "False"


def test_a_running_container_is_ready_when_its_probe_says_so() -> None:
    assert condition(made(Container(running_since=70)), "Ready") == "False"
    found = made(Container(running_since=70, ready=True))
    assert (found["phase"], condition(found, "Ready"), condition(found, "ContainersReady")) == (
        "Running",
        "True",
        "True",
    )
    assert found["startTime"] == "1970-01-01T00:00:50Z"


def test_a_container_in_crash_loop_shows_why_it_ended() -> None:
    found = made(Container(restarts=2, last=ENDED, waiting=("CrashLoopBackOff", "back-off 2s")))
    one = found["containerStatuses"][0]
    assert one["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert one["lastState"]["terminated"]["message"] == "no drive D:"
    assert one["lastState"]["terminated"]["exitCode"] == 1
    assert (one["restartCount"], found["phase"]) == (2, "Running")


def test_the_message_of_a_failed_container_is_the_end_of_its_log() -> None:
    assert termination_message("first\nlast\n") == "first\nlast"
    assert termination_message("\n".join(f"line {n}" for n in range(200))).startswith("line 120\n")
    assert len(termination_message("x" * 9000)) == 2048


def test_times_are_whole_seconds_and_come_back() -> None:
    assert seconds(stamp(1795349006.9)) == 1795349006


def worker(annotation: str = "60", **more: Any) -> dict[str, Any]:
    metadata = {"uid": "u", "annotations": {WORK_ANNOTATION: annotation}, **more.pop("metadata", {})}
    return {"metadata": metadata, "status": {"startTime": stamp(1000), "phase": "Running", **more}}


@pytest.mark.parametrize(
    ("pod", "now", "expected"),
    [
        ({"metadata": {"uid": "u", "annotations": {WORK_ANNOTATION: "60"}}}, 1000.0, "run"),
        (worker(), 1059.0, "none"),
        (worker(), 1060.0, "complete"),
        (worker("0"), 1001.0, "complete"),
        (worker(phase="Succeeded"), 2000.0, "none"),
        # Deleted while it works: to the end of its work or of its grace, whichever comes first.
        (worker(metadata={"deletionTimestamp": stamp(1030)}), 1029.0, "none"),
        (worker(metadata={"deletionTimestamp": stamp(1030)}), 1030.0, "kill"),
        (worker(metadata={"deletionTimestamp": stamp(1090)}), 1060.0, "complete"),
        (worker(metadata={"deletionTimestamp": stamp(1030)}, phase="Failed"), 1031.0, "delete"),
        (worker(metadata={"deletionTimestamp": stamp(1090)}, phase="Succeeded"), 1001.0, "delete"),
    ],
)
def test_a_pod_that_works_ends_with_its_work_or_its_grace(pod: dict[str, Any], now: float, expected: str) -> None:
    assert work.action(pod, now)[0] == expected
