"""The document that the program is started with: everything there is to know about one build or one smoke test.

Written by the components `ImageBuild` and `EngineSmokeTest`, mounted as `request.json`. Plain data, read strictly: a
key too many or too few is a mistake of the pair of component and image, and is told as one. It holds no secret: those
are files, whose paths it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

FORMAT = 1

_Request = TypeVar("_Request", bound="BuildRequest | SmokeRequest | Git | Folder | Job")


class InvalidRequest(Exception):
    """The document does not fit this program; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Git:
    """A context from a repository."""

    url: str
    """https, without a name or a password in it."""
    ref: str
    """A branch, a tag or a whole commit id."""
    subfolder: str
    """The context's folder in the repository; empty: all of it."""
    token_file: str | None
    """File with a token for the server; `None`: anybody may read."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A context that is mounted."""

    path: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """Our own Job, in the pod's namespace, which gets the digest as an annotation."""

    name: str
    annotation: str


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """One image build."""

    tags: tuple[str, ...]
    """Names of the image; the first is what the build is known by."""
    push: bool
    dockerfile: str
    """Path in the context."""
    target: str | None
    """Stage to build; `None`: the last one."""
    args: Mapping[str, str]
    """Build arguments. The image's history shows them."""
    memory_bytes: int | None
    """Limit of each container of the build."""
    context: Git | Folder
    registry_config: str | None
    """A `config.json` of Docker with credentials."""
    exchange: tuple[str, ...]
    """Azure registries to sign in to with the pod's workload identity."""
    engine_wait_seconds: float
    job: Job | None


@dataclass(frozen=True, kw_only=True)
class SmokeRequest:
    """One smoke test."""

    image: str
    """Runs on the host's build."""
    engine_wait_seconds: float


def read_build(path: Path) -> BuildRequest:
    """The build that a document asks for."""
    found = _document(path)
    _keys(found, BuildRequest, "")
    context = found["context"]
    kind = context.pop("kind", None) if isinstance(context, dict) else None
    models: Mapping[Any, type[Git] | type[Folder]] = {"git": Git, "folder": Folder}
    if kind not in models:
        raise InvalidRequest(f"request.json: context.kind is {kind!r}; allowed are git and folder")
    request = BuildRequest(
        **{
            **found,
            "tags": tuple(found["tags"]),
            "exchange": tuple(found["exchange"]),
            "context": _part(context, models[kind], "context."),
            "job": None if found["job"] is None else _part(found["job"], Job, "job."),
        }
    )
    if not request.tags:
        raise InvalidRequest("request.json: tags is empty; an image needs a name")
    if isinstance(request.context, Git):
        # git would take them for options.
        for name, value in (("url", request.context.url), ("ref", request.context.ref)):
            if value.startswith("-"):
                raise InvalidRequest(f"request.json: context.{name} is {value!r}; it may not begin with a hyphen")
    return request


def read_smoke(path: Path) -> SmokeRequest:
    """The smoke test that a document asks for."""
    found = _document(path)
    _keys(found, SmokeRequest, "")
    return SmokeRequest(**found)


Command = Literal["build", "smoke"]


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest(
            f"{path} cannot be read: {error.strerror}; it is mounted from the build's ConfigMap"
        ) from error
    except ValueError as error:
        raise InvalidRequest(f"request.json is not JSON: {error}") from error
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise InvalidRequest(
            f"request.json is not of format {FORMAT}: the image and the stack are of different releases"
        )
    return found


def _part(found: Any, model: type[_Request], path: str) -> _Request:
    _keys(found, model, path)
    return model(**found)


def _keys(found: Any, model: type[Any], path: str) -> None:
    if not isinstance(found, dict):
        raise InvalidRequest(f"request.json: {path.rstrip('.')} is not an object")
    known = {one.name for one in fields(model)}
    for what, names in (("missing", known - found.keys()), ("unknown", found.keys() - known)):
        if names:
            listed = ", ".join(f"{path}{name}" for name in sorted(names))
            raise InvalidRequest(f"request.json: {what}: {listed}; the image and the stack are of different releases")
