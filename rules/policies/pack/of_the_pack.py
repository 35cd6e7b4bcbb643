"""What the rules about the pack itself read of a program: nothing. The pack reports them, and tells why in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.policies.node import Verdict
from rules.policies.resource import Resource
from rules.policies.rule import Context


def reads_nothing(resource: Resource) -> Sequence[Resource]:
    """No subject in any resource."""
    return ()


def judges_nothing(resource: Resource, context: Context) -> Iterator[Verdict]:
    """No verdict on any resource."""
    yield from ()
