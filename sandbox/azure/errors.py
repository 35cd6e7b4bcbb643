"""What this Azure answers when it refuses, in Azure's codes and in words that its caller can act on.

A message names the resource, the property, the value given, what is allowed and the fix. It never holds the value of a
secret: values are rendered by `rules.words.given`, and passwords are not rendered at all.
"""

from __future__ import annotations

from dataclasses import dataclass


class AzureError(Exception):
    """A request or an operation was refused.

    `status` is HTTP's and `code` Azure's, for example 409 and `OperationNotAllowed`; `retry_after` is in seconds, where
    Azure sends that header.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


class UnsupportedType(Exception):
    """The simulation does not have this type; the message lists those that it has."""


class InterruptedWaitError(Exception):
    """The caller stopped waiting. The operation goes on, as Azure's does."""


@dataclass(frozen=True)
class Refusal:
    """One property that Azure would refuse, whatever else exists. `path` is as in `agentPoolProfiles[0].vmSize`."""

    path: str
    reason: str
    """Value given, what is allowed, and the fix, in one or two sentences without the path."""
    code: str = "InvalidParameter"

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"
