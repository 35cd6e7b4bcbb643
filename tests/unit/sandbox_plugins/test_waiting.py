"""What the provider tells of a wait in vain: a pod's own words come first, as a person needs them."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.kubernetes_provider.waiting import _pod_lines

REASON = "Refused: the Windows feature Containers is not installed on the node"
NOT_READY = {
    "type": "Ready",
    "status": "False",
    "reason": "ContainersNotReady",
    "message": "containers with unready status: [supervisor]",
}


def pod(**container: Any) -> dict[str, Any]:
    status = {"name": "supervisor", "ready": False, **container}
    return {"status": {"phase": "Running", "conditions": [NOT_READY], "containerStatuses": [status]}}


def test_the_last_words_of_a_container_that_is_started_again_and_again_are_told_first() -> None:
    lines = _pod_lines(
        pod(
            state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
            lastState={"terminated": {"exitCode": 1, "reason": "Error", "message": f"{{}}\n{REASON}\n"}},
        )
    )
    assert lines == [
        "container supervisor: CrashLoopBackOff: back-off 40s",
        f"container supervisor: ended before with exit code 1 (Error): {REASON}",
        "Ready: ContainersNotReady: containers with unready status: [supervisor]",
    ]


def test_a_container_that_has_just_ended_says_why() -> None:
    lines = _pod_lines(pod(state={"terminated": {"exitCode": 1, "reason": "Error", "message": REASON}}))
    assert lines[0] == f"container supervisor: Error: {REASON}"


def test_an_end_without_words_is_told_all_the_same() -> None:
    lines = _pod_lines(pod(state={}, lastState={"terminated": {"exitCode": 137, "reason": "Error"}}))
    assert lines[0] == "container supervisor: ended before with exit code 137 (Error)"


def test_a_container_that_is_ready_by_now_has_nothing_to_say() -> None:
    ready = pod(ready=True, lastState={"terminated": {"exitCode": 1, "reason": "Error", "message": REASON}})
    ready["status"]["conditions"] = []
    assert _pod_lines(ready) == []


def test_a_pod_that_nobody_has_taken_up_is_told_so() -> None:
    assert _pod_lines({"status": {"phase": "Pending"}}) == ["Pending; no kubelet has taken it up"]
