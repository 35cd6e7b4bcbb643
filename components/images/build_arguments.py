"""Values for the `ARG`s of this project's Dockerfiles: which Docker Engine and which Windows Server an image is of.

The names are the Dockerfiles'; a test holds them equal.
"""

from __future__ import annotations

from rules.tables.image_parts import NANO_SERVER


def docker_engine(*, version: str, url: str, sha256: str) -> dict[str, str]:
    """For `images/docker-engine`: a release of Docker Engine for Windows, from its archive."""
    return {"DOCKER_VERSION": version, "DOCKER_URL": url, "DOCKER_SHA256": sha256}


def docker_cli(*, version: str, url: str, sha256: str, windows: str) -> dict[str, str]:
    """For `images/docker-cli`: the client of the same archive, on the Nano Server of a release: `ltsc2022`, `ltsc2025`.

    Raises ValueError for a release without a pinned base image.
    """
    base = NANO_SERVER.get(windows)
    if base is None:
        raise ValueError(
            f"image docker-cli: Windows {windows!r} has no base image; pinned are {', '.join(NANO_SERVER)}"
        )
    return {**docker_engine(version=version, url=url, sha256=sha256), "WINDOWS": base.pinned}
