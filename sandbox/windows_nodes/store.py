"""Where a simulated node is kept: one JSON file, changed under a lock and replaced as a whole.

A reader sees the node before or after a change, never half of it, and a writer that is killed leaves it as it was:
supervisors are killed on purpose here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.control_plane.files import PRIVATE_DIRECTORY, write_private

State = dict[str, Any]


class NoSuchNode(Exception):
    """There is no simulated Windows node of this name; the message says which there are."""


class Store:
    """One node's file in `directory`."""

    def __init__(self, directory: Path, node: str) -> None:
        self.directory = directory
        self.node = node
        self._file = directory / f"{node}.json"

    def exists(self) -> bool:
        """Whether the node is there."""
        return self._file.exists()

    def changed_at(self) -> int:
        """Differs after each change; cheap. 0 for a node that is not there."""
        try:
            return self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def read(self) -> State:
        """The node as it was last written. Takes no lock; what is changed in it is not kept."""
        try:
            found: State = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            others = ", ".join(nodes(self.directory)) or "none"
            raise NoSuchNode(f"there is no simulated Windows node {self.node!r}; there are: {others}") from None
        return found

    @contextmanager
    def transaction(self) -> Iterator[State]:
        """The node, alone and to be changed; it is written when the block ends, unless by an error."""
        with self.locked("lock"):
            state = self.read()
            before = json.dumps(state, sort_keys=True)
            yield state
            if json.dumps(state, sort_keys=True) != before:
                self._write(state)

    def create(self, state: State) -> None:
        """Make the node, in the place of one that is there."""
        with self.locked("lock"):
            self._write(state)

    def erase(self) -> None:
        """Forget the node."""
        with self.locked("lock"):
            self._file.unlink(missing_ok=True)
        for lock in self.directory.glob(f"{self.node}.*lock"):
            lock.unlink(missing_ok=True)

    @contextmanager
    def locked(self, kind: str) -> Iterator[None]:
        """Hold the node's lock of this kind. The kernel drops it with its holder."""
        self.directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        descriptor = os.open(self.directory / f"{self.node}.{kind}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write(self, state: State) -> None:
        write_private(self._file, json.dumps(state, sort_keys=True))


def nodes(directory: Path) -> list[str]:
    """The names of all nodes, sorted."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(path.stem for path in directory.iterdir() if path.suffix == ".json" and path.name[0] != ".")
    return []
