"""Requests that Azure puts off are sent again.

Owns which answers that is true of and for how long: those of the official provider (`client_azcore.go` in
pulumi-azure-native, read 2026-11): 408, 429, 500, 502, 503 and 504, and 409 with the code `AnotherOperationInProgress`
alone; three more tries after 20, 60 and 120 seconds, or after what `Retry-After` says. The engine itself never tries
again, so whatever is not retried here fails the update.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final, TypeVar

from sandbox.azure.errors import AzureError, InterruptedWaitError
from sandbox.azure.store import Store

DELAYS: Final = (20.0, 60.0, 120.0)
PACE: Final = 0.02
"""By default, of the delays without a `Retry-After`: what takes minutes in Azure takes seconds here."""
PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
BUSY: Final = "AnotherOperationInProgress"

Answer = TypeVar("Answer")


def pace(directory: Path) -> float:
    """The pace that `retryPace` in the simulated Azure's `settings.json` sets."""
    return float(Store(directory).settings().get("retryPace", PACE))


def retried(request: Callable[[], Answer], cancelled: Event, *, pace: float = PACE) -> Answer:
    """The answer to `request`. Raises the last `AzureError`, or `InterruptedWaitError` when `cancelled` is set."""
    for delay in DELAYS:
        try:
            return request()
        except AzureError as error:
            if not _passing(error):
                raise
            seconds = delay * pace if error.retry_after is None else error.retry_after
        if cancelled.wait(seconds):
            raise InterruptedWaitError
    return request()


def _passing(error: AzureError) -> bool:
    return error.status in PASSING or (error.status == 409 and error.code == BUSY)
