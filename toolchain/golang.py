"""The Go of this machine: which it is, whether it is new enough, and the environment it builds in.

Refuses to guess: a Go that is too old is told with the version that is needed, before anything is built.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from toolchain.errors import MissingPrerequisite

# From 1.21 on, a Go whose GOTOOLCHAIN is not `local` fetches the version that go.mod asks for by itself and checks it
# against the checksum database: https://go.dev/doc/toolchain.
FETCHES_NEWER_SINCE = (1, 21)

BUILD_ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off"}
"""No C compiler is needed; a go.work above the checkout must not change what is built."""

TARGET_VARIABLES = ("GOOS", "GOARCH")
"""Left out of a build: what is built here runs here."""


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go that may be used."""

    path: str
    version: str
    """That compiles, for example `go1.26.8`; the one that go.mod asks for where Go fetches it."""

    def environment(self) -> dict[str, str]:
        """The environment of every go command: the user's (GOPROXY, GOFLAGS, ...), with what must be so."""
        return {k: v for k, v in os.environ.items() if k not in TARGET_VARIABLES} | BUILD_ENVIRONMENT


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else (0, 0, 0)


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def find(needed: Sequence[str]) -> Go | None:
    """The Go on PATH if it can build modules whose go lines are `needed`; None where there is none or it is too old."""
    try:
        return require(needed, "")
    except MissingPrerequisite:
        return None


def require(needed: Sequence[str], purpose: str, otherwise: str = "") -> Go:
    """The Go on PATH, or a refusal in one sentence.

    `needed` are go lines, for example `["1.26.0", "1.26.6"]`; `purpose` ends the words "Go 1.26.6 or newer is needed";
    `otherwise` is another way out for this purpose, if there is one.
    """
    newest = max(needed, key=_numbers)
    want = f"Go {newest} or newer is needed {purpose}"
    way_out = f"{'; or ' if otherwise else ''}{otherwise}."
    path = shutil.which("go")
    if path is None:
        archive = f"https://go.dev/dl/go{newest}.{platform.system().lower()}-{_architecture()}.tar.gz"
        raise MissingPrerequisite(
            f"{want}, and no `go` is on PATH: `curl -fsSL {archive} | sudo tar -C /usr/local -xz` and "
            f"`export PATH=$PATH:/usr/local/go/bin` (the golang of apt-get is usually too old){way_out}"
        )
    # In the root folder: a go.mod where the user happens to stand must not choose the version.
    answer = subprocess.run(
        [path, "env", "GOVERSION", "GOTOOLCHAIN"],
        cwd="/",
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    version, toolchain = [*answer.stdout.split(), "", ""][:2]
    if _numbers(version) >= _numbers(newest):
        return Go(path=path, version=version)
    if _numbers(version) >= FETCHES_NEWER_SINCE and toolchain not in ("", "local"):
        return Go(path=path, version=f"go{newest}")
    if _numbers(version) >= FETCHES_NEWER_SINCE:
        fix = f"`export GOTOOLCHAIN=auto`, and Go fetches {newest} by itself, or install it from https://go.dev/dl/"
    else:
        fix = f"install {newest} from https://go.dev/dl/ and put it first on PATH"
    raise MissingPrerequisite(f"{want}, and {path} is {version or 'not a working Go'}: {fix}{way_out}")
