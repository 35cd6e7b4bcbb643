"""Image builds over the engine: where they may run, what they may be called, and what must not be in them.

Whoever may write a Dockerfile that is built over the pipe is administrator of the node, so a build has a level of trust
as agents have. What a build argument holds is in the image's history, for everybody who can pull it: hence no secrets
in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rules import images, placement, windows_images
from rules.duplicates import duplicates
from rules.given import ABSENT, Absent
from rules.paths import at
from rules.placement import WorkFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.tables.builds import AZURE_REGISTRIES, CONFIG_MAP_BYTES, CONFIG_MAP_ROOM, SECRET_NAMES, SECRET_WORDS
from rules.words import NOTHING, given, listed, may_be_secret

# An image may follow an option, as in `FROM --platform=windows/amd64 IMAGE AS NAME`.
_FROM: Final = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.IGNORECASE | re.MULTILINE
)
_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]*(?:/[A-Za-z0-9_][A-Za-z0-9_. -]*)*")
_FOLDER: Final = re.compile(r"[A-Za-z0-9_][^\\:*?\"<>|]*")


@dataclass(frozen=True, kw_only=True)
class BuildFacts:
    """What is known of one build."""

    path: str
    name: str | None = None
    node_pool: str | None = None
    trust: str | None = None
    dockerfile: str | None = None
    context: str | None = None
    """Its kind."""
    url: str | None = None
    subfolder: str | Absent | None = None
    files: Mapping[str, str] | None = None
    """Of an inline context."""
    args: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] | None = None
    push: bool | None = None
    credentials: str | Absent | None = None
    """Their kind."""
    server: str | None = None
    """Of credentials of kind `password`."""

    @property
    def work(self) -> WorkFacts:
        """What placement asks of it."""
        return WorkFacts(path=self.path, node_pool=self.node_pool, trust=self.trust)


def windows_pool(build: BuildFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Builds are Windows': Linux images are built by agents, without a daemon."""
    pool = placement.pool_of(build.work, pools)
    if pool is None or pool.os != "linux" or pool.purpose == "system":
        return
    windows = sorted({one.name for one in pools or () if one.name and one.os == "windows" and one.purpose == "build"})
    yield Problem(
        rule="build-windows",
        path=at(build.path, "nodePool"),
        given=f"{given(build.node_pool)}, which is a Linux pool",
        allowed=f"a Windows build pool, whose nodes have the engine: {listed(windows) or 'there is none yet'}",
        fix="name one of them; images for Linux, and those for Windows without RUN, are built with BuildKit by an "
        "agent (docker: buildkit), see docs/builds.md",
    )


def engine_there(build: BuildFacts, engine: bool | None) -> Iterator[Problem]:
    """There is an engine to build with."""
    if engine is False:
        yield Problem(
            rule="build-engine",
            path=build.path,
            given="a build, and no dockerEngine in the stack file",
            allowed="builds where the nodes have Docker Engine",
            fix="add dockerEngine, or remove the build",
        )


def base_images(build: BuildFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """An inline Dockerfile begins from images that the pool's nodes run."""
    pool = placement.pool_of(build.work, pools)
    text = (build.files or {}).get(build.dockerfile or "")
    if pool is None or text is None or not isinstance(pool.os_sku, str):
        return
    stages: set[str] = set()
    for base, stage in _FROM.findall(text):
        # An image that is only given by an argument is the build's own affair, and a stage is checked where it begins.
        if base.lower() not in stages and "$" not in base:
            where = at(build.path, "context", "files", build.dockerfile or "")
            yield from windows_images.fits(where, base, pool.os_sku, pool.name or "")
        stages.add(stage.lower())


def inline_files(build: BuildFacts) -> Iterator[Problem]:
    """Inline files fit into a ConfigMap, have portable names, and the Dockerfile is among them."""
    if build.files is None:
        return
    path = at(build.path, "context", "files")
    if build.dockerfile is not None and build.dockerfile not in build.files:
        yield Problem(
            rule="build-dockerfile",
            path=path,
            given=f"{listed(sorted(build.files), 'and') or 'no files'}",
            allowed=f"files with {given(build.dockerfile)} among them, which is the build's dockerfile",
            fix=f"add {given(build.dockerfile)}, or set dockerfile to the file that it is",
        )
    for name in sorted(build.files):
        if not _FILE.fullmatch(name) or ".." in name:
            yield Problem(
                rule="build-file-name",
                path=at(path, name),
                given=given(name),
                allowed="a path below the context, of letters, digits, dots, hyphens, underscores and blanks, with "
                "forward slashes",
                fix='write it like "app/settings.json"',
            )
    size = sum(len(text.encode()) for text in build.files.values())
    if size > CONFIG_MAP_BYTES - CONFIG_MAP_ROOM:
        yield Problem(
            rule="build-inline-size",
            path=path,
            given=f"{size} bytes",
            allowed=f"at most {CONFIG_MAP_BYTES - CONFIG_MAP_ROOM}: the files travel in a ConfigMap, which holds "
            f"{CONFIG_MAP_BYTES}",
            fix="keep the context in a repository, and give it with kind: git",
        )


def repository(build: BuildFacts) -> Iterator[Problem]:
    """The address of a repository holds no credentials, and folders stay inside of it."""
    if build.url is not None and "@" in build.url.partition("://")[2].partition("/")[0]:
        yield Problem(
            rule="build-url",
            path=at(build.path, "context", "url"),
            given=given(build.url),
            allowed="an address without a name or a password in it: it stands in the stack file and in the cluster",
            fix="revoke what stands there, if it is a token, and name a new one by tokenSecret",
        )
    for key, value in (("context.subfolder", build.subfolder), ("dockerfile", build.dockerfile)):
        if isinstance(value, str) and (not _FOLDER.fullmatch(value) or ".." in value.split("/")):
            yield Problem(
                rule="build-path",
                path=f"{build.path}.{key}",
                given=given(value),
                allowed="a path inside of the context, with forward slashes",
                fix='write it like "images/app"',
            )


def tags(build: BuildFacts) -> Iterator[Problem]:
    """Names are legal, and a pushed image names its registry."""
    for index, tag in enumerate(build.tags or ()):
        path = at(build.path, "tags", index)
        server, slash, _ = tag.partition("/")
        if not images.is_reference(tag) or "@" in tag:
            yield Problem(
                rule="build-tag",
                path=path,
                given=given(tag),
                allowed="REGISTRY/PATH:TAG",
                fix='write it like "contoso.azurecr.io/apps/web:1.4.0"',
            )
        elif build.push and not (slash and _is_server(server)):
            yield Problem(
                rule="build-tag-registry",
                path=path,
                given=given(tag),
                allowed="a name that begins with its registry: without one Docker pushes to Docker Hub",
                fix=f'write it like "contoso.azurecr.io/{tag}", or docker.io/... for Docker Hub; or push: false',
            )


def credentials(build: BuildFacts) -> Iterator[Problem]:
    """A push says how it signs in, and an Entra identity pushes to Azure."""
    servers = sorted({tag.partition("/")[0] for tag in build.tags or () if "/" in tag})
    if build.push and build.credentials is ABSENT:
        yield Problem(
            rule="build-credentials",
            path=at(build.path, "credentials"),
            given=NOTHING,
            allowed="how to sign in to the registry: kind workload-identity, existing-secret, password, or none",
            fix="add credentials, for example {kind: existing-secret, name: registry}; {kind: none} for a registry "
            "that takes pushes from anybody",
        )
    others = [server for server in servers if not server.endswith(AZURE_REGISTRIES)]
    if build.push and build.credentials == "workload-identity" and others:
        yield Problem(
            rule="build-identity",
            path=at(build.path, "credentials", "kind"),
            given=f'"workload-identity", for {listed(others, "and")}',
            allowed=f"registries of Azure ({listed(AZURE_REGISTRIES)}): others take no tokens of Entra",
            fix="use kind: existing-secret or password, or push to an Azure registry",
        )
    if build.push and build.credentials == "password" and build.server is not None and build.server not in servers:
        yield Problem(
            rule="build-credentials-server",
            path=at(build.path, "credentials", "server"),
            given=given(build.server),
            allowed=f"the registry of one of the tags: {listed(servers) or 'none of them names one'}",
            fix="write the server as the tags have it",
        )


def arguments(build: BuildFacts) -> Iterator[Problem]:
    """No build argument holds a secret."""
    for name, value in sorted(build.args.items()):
        if _names_secret(name) or may_be_secret(value):
            yield Problem(
                rule="build-arg-secret",
                path=at(build.path, "args", name),
                given="an argument that seems to be a secret (not shown)",
                allowed="arguments that everybody may read: they stand in the stack file, in the cluster and in the "
                "image's history",
                fix="revoke it if it was one. Fetch what needs it before the build and put it into the context, or "
                "build in an agent's pipeline that has the secret; rename the argument if it is none",
            )


def names_differ(builds: Sequence[BuildFacts]) -> Iterator[Problem]:
    """Builds are told apart by name, and no two make the same image."""
    yield from duplicates("build-duplicate", "name of a build", [(at(one.path, "name"), one.name) for one in builds])
    every = [(at(one.path, "tags", index), tag) for one in builds for index, tag in enumerate(one.tags or ())]
    yield from duplicates("build-tag-duplicate", "tag of a build", every)


def check(
    builds: Sequence[BuildFacts] | None, *, pools: Sequence[PoolFacts] | None, engine: bool | None
) -> Iterator[Problem]:
    """All rules of builds."""
    for build in builds or ():
        yield from placement.check(build.work, pools)
        yield from windows_pool(build, pools)
        yield from engine_there(build, engine)
        yield from inline_files(build)
        yield from base_images(build, pools)
        yield from repository(build)
        yield from tags(build)
        yield from credentials(build)
        yield from arguments(build)
    yield from names_differ(builds or ())


def _is_server(text: str) -> bool:
    # As Docker tells a registry from a path: distribution/reference, normalize.go, read 2026-11.
    return "." in text or ":" in text or text == "localhost"


def _names_secret(name: str) -> bool:
    folded = name.lower().replace("_", "").replace("-", "")
    last = re.split(r"[_-]", name.lower())[-1]
    return last in SECRET_NAMES or any(word in folded for word in SECRET_WORDS)
