"""What can go wrong, in words for the user of the program."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.codec import Object


class ProviderError(Exception):
    """An operation has failed and nothing was made by it; the message is for the user."""


class InterruptedWaitError(ProviderError):
    """The user has cancelled the update."""


class NotReadyError(ProviderError):
    """The object is there and not yet, or never, as it should be. `reasons` has one line each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class ApiError(ProviderError):
    """The API server has refused a request, in its own words; `status` is HTTP's, `reason` the API's."""

    def __init__(self, status: int, body: Object) -> None:
        self.status = status
        self.reason = str(body.get("reason", ""))
        self.details: Object = body.get("details") or {}
        super().__init__(_sentence(status, self.reason, str(body.get("message", "")), self.details))

    @property
    def namespace_missing(self) -> bool:
        """Whether the namespace of the object does not exist."""
        return self.status == 404 and self.details.get("kind") == "namespaces"


def _sentence(status: int, reason: str, message: str, details: Object) -> str:
    text = f"the API server answers {status} {reason}".rstrip() + f": {message or 'without a word'}"
    causes: list[Any] = details.get("causes") or []
    for cause in causes:
        field, told = str(cause.get("field", "")), str(cause.get("message", ""))
        # The message lists the causes itself, most of the time; not in every case with their fields.
        if field and field not in text:
            text += f"\n  {field}: {told}"
    return text
