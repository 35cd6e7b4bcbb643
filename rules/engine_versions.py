"""Docker Engine: only archives known byte for byte, and no configuration that breaks the engine or opens the node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.paths import at
from rules.problem import Problem
from rules.tables.docker_engine import ENGINE_RELEASES, LINUX_ONLY_KEYS, RESERVED_KEYS
from rules.words import given, listed

# The script on the node writes it between quotes.
_ARCHIVE: Final = re.compile(r"https://[^\s\"]+")


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """One release that a stack adds."""

    path: str
    version: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class EngineFacts:
    """What is known of the engine's section."""

    path: str = "dockerEngine"
    version: str | None = None
    releases: Sequence[ReleaseFacts] | None = None
    configuration: Mapping[str, object] | None = None


def version_known(engine: EngineFacts) -> Iterator[Problem]:
    """The version has a checksum."""
    if engine.version is None or engine.releases is None or any(release.version is None for release in engine.releases):
        return
    versions = sorted({*ENGINE_RELEASES, *(release.version for release in engine.releases if release.version)})
    if engine.version not in versions:
        yield Problem(
            rule="engine-version",
            path=at(engine.path, "version"),
            given=given(engine.version),
            allowed=f"a version with a known checksum: {listed(versions)}",
            fix="name one of them, or add yours to dockerEngine.releases with version, url and sha256",
        )


def releases_differ(engine: EngineFacts) -> Iterator[Problem]:
    """Each version has one archive."""
    seen: dict[str, str] = {}
    for release in engine.releases or ():
        if release.version is None:
            continue
        if release.version in ENGINE_RELEASES or release.version in seen:
            elsewhere = seen.get(release.version, "this version of Buildfleet")
            yield Problem(
                rule="engine-release-duplicate",
                path=at(release.path, "version"),
                given=given(release.version),
                allowed=f"versions that stand once; {elsewhere} has this one",
                fix="remove the entry",
            )
        else:
            seen[release.version] = at(release.path, "version")


def archives(engine: EngineFacts) -> Iterator[Problem]:
    """Each archive has an address that can be quoted."""
    for release in engine.releases or ():
        if release.url is not None and not _ARCHIVE.fullmatch(release.url):
            yield Problem(
                rule="engine-release-url",
                path=at(release.path, "url"),
                given=given(release.url),
                allowed="an address that starts with https:// and has no blanks and no quotes",
                fix="write a quote in it as %22",
            )


def configuration_keys(engine: EngineFacts) -> Iterator[Problem]:
    """No key of `daemon.json` is ours to set, and none stops a Windows engine from starting."""
    for key in sorted(engine.configuration or {}):
        if key in RESERVED_KEYS:
            yield Problem(
                rule="engine-configuration-reserved",
                path=at(engine.path, "configuration", key),
                given=given(key),
                allowed=f"keys of daemon.json other than {listed(sorted(RESERVED_KEYS), 'and')}",
                fix=RESERVED_KEYS[key],
            )
        elif key in LINUX_ONLY_KEYS:
            yield Problem(
                rule="engine-configuration-linux",
                path=at(engine.path, "configuration", key),
                given=given(key),
                allowed="keys that dockerd has on Windows: with another in its file it does not start",
                fix="remove it",
            )


def check(engine: EngineFacts) -> Iterator[Problem]:
    """All rules of the engine."""
    yield from version_known(engine)
    yield from releases_differ(engine)
    yield from archives(engine)
    yield from configuration_keys(engine)
