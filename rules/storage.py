"""Storage of Docker daemons: a data root has exactly one daemon, or it is destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rules.given import Absent
from rules.problem import Problem
from rules.words import given

KEPT: Final = ("hostPath", "existingClaim")
"""The kinds that are still there for the next pod."""


@dataclass(frozen=True, kw_only=True)
class StorageFacts:
    """What is known of a daemon's storage. `path` is where it stands, for example `github.runnerSets[0].storage`."""

    path: str
    kind: str | None = None
    """`emptyDir`, `hostPath`, `existingClaim` or `ephemeralClaim`."""


def needs_daemon(storage: StorageFacts | Absent | None, has_daemon: bool | None, choices: str) -> Iterator[Problem]:
    """Storage without a daemon of one's own has no effect. `choices` says which choices have one."""
    if isinstance(storage, StorageFacts) and has_daemon is False:
        yield Problem(
            rule="storage-unused",
            path=storage.path,
            given=f"kind {given(storage.kind)}" if storage.kind else "a storage",
            allowed=f"nothing: only {choices} run a daemon of their own",
            fix="remove storage, or change that choice",
        )


def one_daemon(storage: StorageFacts | Absent | None, alone: bool | None, users: str, one: str) -> Iterator[Problem]:
    """A claim that exists is mounted by one daemon. `users` says who would mount it, `one` how to have just one."""
    if isinstance(storage, StorageFacts) and storage.kind == "existingClaim" and alone is False:
        yield Problem(
            rule="storage-claim-shared",
            path=storage.path,
            given=f'kind "existingClaim" for {users}',
            allowed="existingClaim with exactly one daemon: a data root has one daemon, or it is destroyed",
            fix=f"use kind ephemeralClaim, which makes a claim for each, or have just one: {one}",
        )


def kept_folder(storage: StorageFacts | Absent | None, numbered: bool | None, one: str) -> Iterator[Problem]:
    """A folder of the node is for a daemon that comes back to it.

    A pod of an autoscaled pool has a new name each time. The folder it got would be used once and stay on the node
    until its disk is full. `numbered` is whether each daemon has a name of its own that lasts.
    """
    if isinstance(storage, StorageFacts) and storage.kind == "hostPath" and numbered is False:
        yield Problem(
            rule="storage-folder-leaks",
            path=storage.path,
            given='kind "hostPath" for pods with a new name each time',
            allowed="hostPath for daemons that come back to their folder: each pod's own would be used once and stay "
            "on the node until its disk is full",
            fix=f"use kind emptyDir or ephemeralClaim, which end with the pod, or {one}",
        )
