"""A version of Docker Engine, bound to the exact archive it comes in.

Refuses a version without a checksum: Docker publishes no checksums of its own for the Windows archives, so a download
that is not pinned could be anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class EngineRelease:
    """One version of the engine for Windows."""

    version: str
    """For example `29.2.1`."""
    url: str
    """HTTPS address of a zip archive with `docker\\dockerd.exe` and `docker\\docker.exe`."""
    sha256: str
    """SHA-256 of the archive, 64 lower-case hexadecimal digits."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", self.version):
            raise ValueError(f"version of Docker Engine: {self.version!r}; give three numbers, for example 29.2.1")
        if not re.fullmatch(r"https://[^\s\"]+", self.url):
            raise ValueError(f"archive of Docker Engine {self.version}: {self.url!r} is not an https:// address")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(
                f"sha256 of Docker Engine {self.version}: {self.sha256!r}; give the 64 lower-case hexadecimal digits "
                "that `sha256sum` prints for the archive"
            )
