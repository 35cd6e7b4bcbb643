"""Where the simulated Azure keeps its state: one JSON file, changed under a lock and replaced at once.

Owns the file's shape and its safety: a reader sees the state before or after a change, never half of it, and a writer
that is killed leaves the state as it was. Refuses a file that it did not write, and says how to get rid of it.
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

from rules.words import given
from sandbox.azure.errors import AzureError
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
            content = self._file.read_bytes()
        except FileNotFoundError:
            return empty()
        try:
            state: Any = json.loads(content)
        except ValueError as error:
            raise self._unusable(f"is broken, it is not JSON ({error})") from None
        if not isinstance(state, dict) or state.get("version") != VERSION:
            version = state.get("version") if isinstance(state, dict) else None
            raise self._unusable(f"has version {given(version)}, and this sandbox reads and writes version {VERSION}")
        return state

    def _unusable(self, found: str) -> AzureError:
        """No status that is tried again: the file stays as it is."""
        return AzureError(
            400,
            "SandboxStateUnusable",
            f"the simulated Azure's state {self._file} {found}. Nothing real is in it. Delete the file: in the "
            "Azure that is then empty `make up` makes all anew, and `make down` takes leave of the rest. Or erase all "
            "sandboxes by `make clean`.",
        )

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
