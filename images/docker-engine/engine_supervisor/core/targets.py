"""What the settings want of the engine, and which part of it takes a start.

Owns the split of `daemon.json` in what dockerd reads again while it runs and what it reads only when it starts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine_supervisor.settings import Settings
from engine_supervisor.world import Target

FOREIGN: Final = "foreign"
"""Key of an engine that somebody else registered: nothing is known of its version and configuration."""

UNREADABLE: Final = "unreadable"
"""Key of a service of ours whose command line names no target: there is nothing to go back to."""

# moby, daemon/reload.go, Reload and what it calls, with cli.reloadConfig on Windows; read 2026-11-22.
RELOADABLE: Final = frozenset(
    {
        "debug",
        "insecure-registries",
        "labels",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "registry-mirrors",
        "shutdown-timeout",
    }
)
"""Keys that a running engine takes over. `live-restore` and runtimes reload on Linux only."""

RELOADABLE_FEATURES: Final = frozenset({"buildkit"})
"""Of `features`: the map is read again as a whole, but the choice of an image store, for one, was made at the start."""

# The same file: a key that is not in the file leaves the running engine as it is, for these (`IsValueSet`). Written
# with dockerd's own default, they can be taken out of the settings without a start.
RESET: Final[Mapping[str, Any]] = {
    "debug": False,
    "insecure-registries": [],
    "labels": [],
    "registry-mirrors": [],
    "shutdown-timeout": 15,
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An engine as the settings have it."""

    target: Target
    start_text: str
    """`daemon.json` as a whole, the same for the same settings."""
    reload_hash: str


def wanted(settings: Settings) -> Wanted:
    """The engine that the settings ask for."""
    return Wanted(
        target=Target(version=settings.version, configuration=_hash(_parts(settings.daemon)[0])),
        start_text=json.dumps({**RESET, **settings.daemon}, sort_keys=True, indent=1, ensure_ascii=False) + "\n",
        reload_hash=reload_hash(settings.daemon),
    )


def reload_hash(daemon: Mapping[str, Any]) -> str:
    """Hash of the part of a `daemon.json` that a running engine reads again.

    The same for a file and for the settings that it was written from: what is left out counts as its default.
    """
    return _hash(_parts({**RESET, **daemon})[1])


def target_of(key: str) -> Target | None:
    """The target that has this key; `None` for `FOREIGN` and `UNREADABLE`."""
    version, dash, configuration = key.rpartition("-")
    return Target(version=version, configuration=configuration) if dash else None


def _parts(daemon: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What takes a start, and what does not."""
    start = {key: value for key, value in daemon.items() if key not in RELOADABLE | {"features"}}
    again = {key: value for key, value in daemon.items() if key in RELOADABLE}
    features = daemon.get("features") or {}
    for part, chosen in ((start, False), (again, True)):
        if of_part := {name: on for name, on in features.items() if (name in RELOADABLE_FEATURES) is chosen}:
            part["features"] = of_part
    return start, again


def _hash(part: Mapping[str, Any]) -> str:
    text = json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
