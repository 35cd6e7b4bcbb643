"""What a build is made of, and the document that tells it to the program in the docker-cli image.

Owns the kinds of context and of registry credentials, and their places in the pod. `images/docker-cli/image_build`
reads the document strictly; a test holds the two against each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

FORMAT: Final = 1
"""Of `request.json`; the program refuses another."""

FOLDER: Final = r"C:\buildfleet"
REQUEST_FILE: Final = "request.json"
CONTEXT_FOLDER: Final = rf"{FOLDER}\context"
REGISTRY_FOLDER: Final = rf"{FOLDER}\registry"
GIT_FOLDER: Final = rf"{FOLDER}\git"
GIT_TOKEN: Final = "token"
REGISTRY_CONFIG: Final = "config.json"

ENGINE_WAIT_SECONDS: Final = 900
"""As long as agents wait: a fresh node starts its engine while the build's pod already waits for it."""


@dataclass(frozen=True, kw_only=True)
class GitContext:
    """A context from a repository."""

    url: str
    """https, without credentials in it."""
    ref: str
    """A branch, a tag or a whole commit id. A build does not notice that a branch has moved."""
    subfolder: str = ""
    token: pulumi.Input[str] | None = None
    """A secret: a token that may read the repository. `None`: anybody may."""


@dataclass(frozen=True, kw_only=True)
class ConfigMapContext:
    """A context from a ConfigMap that is in the namespace already. Its keys are the files, without folders.

    A build does not notice that its content has changed.
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class InlineContext:
    """A context given here: content by path, the Dockerfile among them. Paths have forward slashes."""

    files: Mapping[str, str]


Context = GitContext | ConfigMapContext | InlineContext


@dataclass(frozen=True, kw_only=True)
class ExistingRegistrySecret:
    """A Secret of type `kubernetes.io/dockerconfigjson` that is in the namespace already."""

    name: str


@dataclass(frozen=True, kw_only=True)
class RegistryPassword:
    """A name and a password for one registry; a Secret is made of it."""

    server: str
    username: str
    password: pulumi.Input[str]
    """A secret."""


@dataclass(frozen=True, kw_only=True)
class RegistryIdentity:
    """An Entra identity that may push to Azure registries. It has a federated credential for the build's account."""

    client_id: pulumi.Input[str]
    tenant_id: str | None = None
    """`None`: the cluster's."""


Credentials = ExistingRegistrySecret | RegistryPassword | RegistryIdentity


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is built, and under which names: everything that decides what the image is."""

    context: Context
    tags: Sequence[str]
    """At least one; the first is what the image is known by. With `push` each names its registry."""
    push: bool = True
    dockerfile: str = "Dockerfile"
    """Path in the context."""
    target: str | None = None
    """Stage to build. `None`: the last."""
    args: Mapping[str, str] = field(default_factory=dict)
    """Build arguments; the image's history shows them."""
    memory_gib: int | None = None
    """Limit of each container of the build, in GiB."""


def registries(tags: Sequence[str]) -> list[str]:
    """The servers that tags name, sorted."""
    return sorted({tag.partition("/")[0] for tag in tags})


def build_request(build: Build, *, credentials: Credentials | None, job: Mapping[str, str] | None) -> dict[str, Any]:
    """The document of a build. `job` tells where the digest is noted."""
    context: dict[str, Any] = {"kind": "folder", "path": CONTEXT_FOLDER}
    if isinstance(build.context, GitContext):
        context = {
            "kind": "git",
            "url": build.context.url,
            "ref": build.context.ref,
            "subfolder": build.context.subfolder,
            "token_file": None if build.context.token is None else rf"{GIT_FOLDER}\{GIT_TOKEN}",
        }
    mounted = isinstance(credentials, ExistingRegistrySecret | RegistryPassword)
    return {
        "format": FORMAT,
        "tags": list(build.tags),
        "push": build.push,
        "dockerfile": build.dockerfile,
        "target": build.target,
        "args": dict(build.args),
        "memory_bytes": None if build.memory_gib is None else build.memory_gib * 2**30,
        "context": context,
        "registry_config": rf"{REGISTRY_FOLDER}\{REGISTRY_CONFIG}" if mounted else None,
        "exchange": registries(build.tags) if isinstance(credentials, RegistryIdentity) else [],
        "engine_wait_seconds": ENGINE_WAIT_SECONDS,
        "job": None if job is None else dict(job),
    }


def smoke_request(image: str) -> dict[str, Any]:
    """The document of a smoke test."""
    return {"format": FORMAT, "image": image, "engine_wait_seconds": ENGINE_WAIT_SECONDS}


def document(request: Mapping[str, Any]) -> str:
    """A request as text."""
    return json.dumps(request, indent=1, sort_keys=True) + "\n"
