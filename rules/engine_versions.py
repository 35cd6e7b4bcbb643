"""Docker Engine: only archives that are known byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.engine_facts import EngineFacts
from rules.given import ABSENT
from rules.paths import at
from rules.problem import Problem
from rules.tables.docker_engine import ENGINE_RELEASES
from rules.words import given, listed

# The recipe of the image writes it between quotes.
_ARCHIVE: Final = re.compile(r"https://[^\s\"]+")


def version_known(engine: EngineFacts) -> Iterator[Problem]:
    """Each version has a checksum."""
    if engine.releases is None or any(release.version is None for release in engine.releases):
        return
    versions = sorted({*ENGINE_RELEASES, *(release.version for release in engine.releases if release.version)})
    named: dict[str, object] = {at(engine.path, "version"): engine.version}
    # An image that is named has been built already, from whatever archive.
    named |= {at(pool.path, "version"): pool.version for pool in engine.pools or () if pool.image is ABSENT}
    for path, version in named.items():
        if isinstance(version, str) and version not in versions:
            yield Problem(
                rule="engine-version",
                path=path,
                given=given(version),
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


def check(engine: EngineFacts) -> Iterator[Problem]:
    """All of them."""
    yield from version_known(engine)
    yield from releases_differ(engine)
    yield from archives(engine)
