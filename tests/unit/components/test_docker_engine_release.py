"""A release of Docker Engine: exact, or refused."""

from __future__ import annotations

import pytest

from components.docker_engine.release import EngineRelease

RELEASE = EngineRelease(version="29.2.1", url="https://example.org/docker-29.2.1.zip", sha256="5a" * 32)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sha256": ""}, "give the 64 lower-case hexadecimal digits"),
        ({"sha256": "5A" * 32}, "give the 64 lower-case hexadecimal digits"),
        ({"url": "http://example.org/docker.zip"}, "is not an https:// address"),
        ({"version": "latest"}, "give three numbers"),
    ],
)
def test_a_release_is_exact_or_refused(change: dict[str, str], reason: str) -> None:
    given = {"version": RELEASE.version, "url": RELEASE.url, "sha256": RELEASE.sha256, **change}
    with pytest.raises(ValueError, match=reason):
        EngineRelease(**given)


def test_two_archives_of_one_version_have_two_folders() -> None:
    other = EngineRelease(version=RELEASE.version, url=RELEASE.url, sha256="b" * 64)
    assert RELEASE.folder != other.folder
