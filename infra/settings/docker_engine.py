"""Docker Engine on the Windows build nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue

from infra.settings.model import Example, HttpsUrl, Means, Settings, Version, planned


class EngineRelease(Settings):
    """A version that our table does not have."""

    version: Version
    url: Annotated[HttpsUrl, Example("https://download.docker.com/win/static/stable/x86_64/docker-29.2.1.zip")]
    """Zip archive with `docker\\dockerd.exe` and `docker\\docker.exe`."""
    sha256: Annotated[
        str,
        Field(pattern=r"^[0-9a-f]{64}$"),
        Means("64 digits of 0 to 9 and a to f", "5a9c58d0438139940b7116b671f16a87c966caf923916fadcfab311c574f45b6"),
    ]


class DockerEngine(Settings):
    """Install Docker Engine as a service on each node of the Windows build pools."""

    version: Version
    """A version of our table or of `releases`."""
    releases: tuple[EngineRelease, ...] = ()
    """Further versions, each with its checksum."""
    configuration: Mapping[str, JsonValue] = {}
    """Keys for `daemon.json`, checked by `dockerd --validate` on the node."""
    data_root: Annotated[
        str,
        Field(pattern=r"^[A-Za-z]:\\[^/:*?\"<>|]+$"),
        Means("an absolute Windows path, with backslashes", r"C:\ProgramData\docker"),
    ] = r"C:\ProgramData\docker"
    """Folder of images and containers, on the node."""
    prepull: tuple[str, ...] = planned(())
    """Images that each node pulls beforehand."""
