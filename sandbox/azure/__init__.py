"""A simulated Azure: what Azure would refuse is refused, nothing is reached.

Owns the facts and the rules of the Azure that a rehearsal meets. Speaks the vocabulary of azure-native (camelCase
inputs, without the level `properties`), so that the provider which calls it translates nothing. Its state is one file
in a folder, shared by all processes that name the folder.

Refuses to guess: a type, an invoke or a referenced resource that it does not know is an error that says what it knows.
What it does not check is listed in `notes`.
"""

from sandbox.azure.azure import Azure
from sandbox.azure.errors import AzureError, InterruptedWaitError, Refusal, UnsupportedType
from sandbox.azure.types import ArmType, arm_type
from sandbox.azure.values import UNKNOWN, Object

__all__ = [
    "UNKNOWN",
    "ArmType",
    "Azure",
    "AzureError",
    "InterruptedWaitError",
    "Object",
    "Refusal",
    "UnsupportedType",
    "arm_type",
]
