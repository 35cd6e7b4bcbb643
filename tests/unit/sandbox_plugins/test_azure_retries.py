"""Which of Azure's answers are worth another try, and what ends a wait."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer

import pytest

from sandbox.azure.errors import AzureError, InterruptedWaitError
from sandbox.plugins.azure_native_provider.interrupts import Interrupts
from sandbox.plugins.azure_native_provider.retries import DELAYS, PACE, pace, retried


def failing(times: int, error: AzureError) -> tuple[Callable[[], str], list[int]]:
    asked: list[int] = []

    def request() -> str:
        asked.append(1)
        if len(asked) <= times:
            raise error
        return "done"

    return request, asked


@pytest.mark.parametrize(
    ("status", "code"),
    [(408, "x"), (429, "x"), (500, "x"), (502, "x"), (503, "x"), (504, "x"), (409, "AnotherOperationInProgress")],
)
def test_what_passes_is_tried_three_times_more(status: int, code: str) -> None:
    request, asked = failing(3, AzureError(status, code, "later"))
    assert retried(request, Event(), pace=0) == "done"
    assert len(asked) == 4
    request, asked = failing(4, AzureError(status, code, "later"))
    with pytest.raises(AzureError, match="later"):
        retried(request, Event(), pace=0)
    assert len(asked) == len(DELAYS) + 1


@pytest.mark.parametrize(
    ("status", "code"), [(409, "OperationNotAllowed"), (400, "x"), (403, "x"), (404, "x"), (501, "x")]
)
def test_what_does_not_pass_fails_at_once(status: int, code: str) -> None:
    request, asked = failing(1, AzureError(status, code, "no"))
    with pytest.raises(AzureError, match="no"):
        retried(request, Event(), pace=0)
    assert len(asked) == 1


def test_retry_after_is_kept_to() -> None:
    request, _ = failing(1, AzureError(429, "TooManyRequests", "later", retry_after=0.2))
    before = time.monotonic()
    retried(request, Event(), pace=0)
    assert time.monotonic() - before >= 0.2


def test_a_cancelled_update_does_not_wait_for_the_next_try() -> None:
    cancelled = Event()
    cancelled.set()
    request, asked = failing(3, AzureError(429, "x", "later", retry_after=600))
    with pytest.raises(InterruptedWaitError):
        retried(request, cancelled)
    assert len(asked) == 1


def test_the_pace_is_the_folder_s_to_set(tmp_path: Path) -> None:
    assert pace(tmp_path) == PACE
    (tmp_path / "settings.json").write_text(json.dumps({"seconds": {"*": 1}}))
    assert pace(tmp_path) == PACE
    (tmp_path / "settings.json").write_text(json.dumps({"retryPace": 0.5}))
    assert pace(tmp_path) == 0.5


def test_a_wait_ends_after_its_time_and_when_the_user_cancels() -> None:
    interrupts = Interrupts()
    with interrupts.within(0.01) as ended:
        assert ended.wait(10)
        assert not interrupts.cancelled
    with interrupts.within(0) as ended:
        assert not ended.is_set()
        Timer(0.01, interrupts.cancel).start()
        assert ended.wait(10)
    with interrupts.within(0) as ended:
        assert ended.is_set(), "a wait that begins after the cancellation ends at once"
