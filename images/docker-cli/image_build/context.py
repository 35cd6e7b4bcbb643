"""The build's context, as a folder of its own.

A mounted ConfigMap is copied, since its files are links that a build context cannot hold. A repository is fetched at
depth 1; its token goes to git by a variable of that one process, bound to the server it is for.
"""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from image_build.ports import Failed, Permanent, World
from image_build.request import Folder, Git

# As the author committed it: without this MinGit writes CRLF, and stops at paths of 260 characters.
_AS_COMMITTED = ("-c", "core.autocrlf=false", "-c", "core.longpaths=true")


def prepare(world: World, context: Git | Folder, folder: Path) -> tuple[Path, str | None]:
    """The folder to build in, below `folder`, and the commit that it is of."""
    if isinstance(context, Git):
        return _fetch(world, context, folder)
    source = Path(context.path)
    if not source.is_dir():
        raise Permanent(f"context: {context.path} is not mounted")
    # The names that begin with two dots are how the kubelet swaps a ConfigMap's versions.
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("..*"), dirs_exist_ok=True)
    return folder, None


def dockerfile(folder: Path, name: str) -> Path:
    """The Dockerfile in the context."""
    found = folder / name
    if not _inside(folder, found) or not found.is_file():
        there = sorted(entry.name for entry in folder.iterdir())[:20]
        raise Permanent(f"dockerfile: {name} is not in the context, which has {', '.join(there) or 'nothing'}")
    return found


def _fetch(world: World, context: Git, folder: Path) -> tuple[Path, str]:
    environment = {"GIT_TERMINAL_PROMPT": "0"}
    if context.token_file is not None:
        token = _token(Path(context.token_file))
        server = urlsplit(context.url)
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{server.scheme}://{server.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {base64.b64encode(f'buildfleet:{token}'.encode()).decode()}",
        }
    git = ["git", *_AS_COMMITTED, "-C", str(folder)]
    folder.mkdir(parents=True, exist_ok=True)
    for command in (
        [*git, "init", "--quiet"],
        [*git, "fetch", "--quiet", "--depth", "1", "--no-tags", "--", context.url, context.ref],
        [*git, "checkout", "--quiet", "FETCH_HEAD"],
    ):
        ended = world.run(command, environment=environment, shown=True)
        if ended.code != 0:
            raise Failed(
                f"context: {context.ref} of {context.url} cannot be fetched: {' '.join(ended.output.split())[-300:]}. "
                "A private repository needs context.tokenSecret; a commit has to be given with its whole id"
            )
    commit = world.run([*git, "rev-parse", "HEAD"]).output.strip()
    # Its folder would be part of the context, and so of the cache's key and of COPY.
    shutil.rmtree(folder / ".git", ignore_errors=True)
    root = folder / context.subfolder
    if not _inside(folder, root) or not root.is_dir():
        raise Permanent(f"context.subfolder: {context.subfolder} is not a folder of {context.url} at {context.ref}")
    return root, commit


def _token(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Permanent(
            f"context.tokenSecret: {file} cannot be read: {error.strerror}; see that the Secret has the key "
            f"`{file.name}`"
        ) from error


def _inside(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
