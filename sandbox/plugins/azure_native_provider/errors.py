"""What can go wrong, in words for the user of the program."""

from __future__ import annotations

from sandbox.azure.values import Object


class ProviderError(Exception):
    """An operation has failed and nothing was made by it; the message is for the user."""


class PartialError(ProviderError):
    """An operation has begun and did not end well. What is there goes into the state, so that it is not lost."""

    def __init__(self, message: str, *, resource_id: str, state: Object, inputs: Object) -> None:
        super().__init__(message)
        self.resource_id = resource_id
        self.state = state
        self.inputs = inputs
