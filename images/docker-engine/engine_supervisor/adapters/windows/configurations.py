"""`daemon.json` of targets, each in the folder of its version, accepted by that version's own dockerd.

The file of the registered target is also replaced while the engine runs, for keys that it reads again on request. A
mark beside it says that the request has not been sent yet, so that a crash between the two is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from engine_supervisor.adapters.windows import files
from engine_supervisor.adapters.windows.command_line import configuration_name
from engine_supervisor.adapters.windows.seams import Finished, Run
from engine_supervisor.ports import Failed, Refused
from engine_supervisor.world import Target

_VALIDATE_SECONDS: Final = 60.0
_UNREAD: Final = ".unread"


class Configurations:
    """The files below the install root."""

    def __init__(self, root: Path, run: Run, reload_hash: Callable[[Mapping[str, object]], str]) -> None:
        """`reload_hash`: that of the reloadable keys of a `daemon.json`."""
        self._root = root
        self._run = run
        self._reload_hash = reload_hash

    def path(self, target: Target) -> Path:
        """Of a target's file."""
        return self._root / target.version / configuration_name(target)

    def write(self, target: Target, text: str, *, unread: bool = False) -> None:
        """Make `text` the configuration of a target, once the target's dockerd accepts it.

        `unread`: an engine of this target runs, and has read another one.
        """
        path = self.path(target)
        candidate = path.with_name(f"candidate-{path.name}")
        dockerd = path.parent / "dockerd.exe"
        if not dockerd.is_file():
            raise Failed(f"Docker Engine {target.version} is not installed: {dockerd} is not there")
        try:
            files.replace(candidate, text)
            done = self._run(
                [str(dockerd), "--validate", "--config-file", str(candidate)],
                seconds=_VALIDATE_SECONDS,
            )
            if done.code != 0:
                raise Refused(f"dockerEngine.configuration: dockerd --validate: {_without_path(done, candidate)}")
        finally:
            files.remove(candidate)
        if unread and files.read(path) != text:
            files.replace(self._mark(target), "")
        files.replace(path, text)

    def written(self, versions: Iterable[str]) -> frozenset[str]:
        """Keys of the targets whose configuration is there; each was accepted by its dockerd."""
        found = (
            Target(version=version, configuration=path.stem.removeprefix("daemon-")).key
            for version in versions
            for path in (self._root / version).glob("daemon-*.json")
        )
        return frozenset(found)

    def reload(self, target: Target, text: str, signal: Callable[[], None]) -> None:
        """Replace the configuration of the running engine's target, and tell the engine by `signal`."""
        self.write(target, text, unread=True)
        signal()
        files.remove(self._mark(target))

    def registered_hash(self, target: Target | None) -> str | None:
        """Hash of the reloadable keys that the engine of a target has read; `None` when that is not known."""
        text = files.read(self.path(target)) if target else None
        if target is None or text is None or self._mark(target).exists():
            return None
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return self._reload_hash(found) if isinstance(found, dict) else None

    def forget_marks(self, target: Target) -> None:
        """Of a target whose engine is about to start, and reads the file then."""
        files.remove(self._mark(target))

    def _mark(self, target: Target) -> Path:
        path = self.path(target)
        return path.with_name(path.name + _UNREAD)


def _without_path(done: Finished, path: Path) -> str:
    """dockerd's words, with the name that the file has for the reader."""
    return done.words.replace(str(path), "daemon.json")
