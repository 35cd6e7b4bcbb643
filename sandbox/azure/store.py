"""Where the simulated Azure keeps its state: one JSON file, changed under a lock and replaced at once.

Owns the file's shape and its safety: a reader sees the state before or after a change, never half of it, and a writer
that is killed leaves the state as it was. Refuses a file that it did not write.
"""

from __future__ import annotations

import contextlib
import copy
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sandbox.azure.values import Object

VERSION: Final = 1
LOG_LENGTH: Final = 5000


def empty() -> Object:
    """The state of an Azure in which nothing was ever made.

    `resources` holds by lower-case id what `records` describes; `births` counts how often an id was created, so that
    what comes after has other generated ids; `buckets` are those of `throttling`.
    """
    return {
        "version": VERSION,
        "resources": {},
        "operations": {},
        "deleted": {},
        "births": {},
        "buckets": {},
        "faults": [],
        "quotas": {},
        "log": [],
        "next": 1,
    }


class Store:
    """The state in `directory`, which is made if absent. `name` tells two locks of one folder apart."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / "azure.json"

    def read(self) -> Object:
        """The state as it is now. Takes no lock; what is changed in it is not kept."""
        try:
            text = self._file.read_text()
        except FileNotFoundError:
            return empty()
        state: Object = json.loads(text)
        if state.get("version") != VERSION:
            raise ValueError(
                f"{self._file} is of version {state.get('version')}, this sandbox writes {VERSION}. "
                "`make clean` erases all sandboxes."
            )
        return state

    @contextmanager
    def transaction(self) -> Iterator[Object]:
        """The state, alone and to be changed; it is written when the block ends, unless by an error."""
        with self.locked("azure.lock"):
            state = self.read()
            before = copy.deepcopy(state)
            yield state
            if state != before:
                state["log"] = state["log"][-LOG_LENGTH:]
                self._write(state)

    @contextmanager
    def locked(self, name: str, *, block: bool = True) -> Iterator[bool]:
        """Hold the lock of this name, against threads too. Yields False, at once, if not `block` and it is taken."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Each open file has a lock of its own, so that two threads exclude each other as two processes do.
        descriptor = os.open(self._directory / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if block else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def settings(self) -> Object:
        """The content of `settings.json`, which tests and the rehearsal write; see `settings`."""
        try:
            found: Any = json.loads((self._directory / "settings.json").read_text())
        except FileNotFoundError:
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, state: Object) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self._directory, prefix=".azure.")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(json.dumps(state, sort_keys=True))
            Path(temporary).replace(self._file)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise
