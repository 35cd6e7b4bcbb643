"""Builds one pinned binary into the user's cache.

Owns the recipe, the place in the cache and the promise that a file there is whole: it was built under another name,
ran, told the pinned version, and was then renamed. The folder is keyed by version, recipe and Go version, so a change
of any of them never meets a stale binary.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from toolchain import cache, found, modules, process
from toolchain.errors import ToolchainError
from toolchain.golang import BUILD_ENVIRONMENT, Go
from toolchain.pins import ESTIMATES_SEEN_ON, Pin
from toolchain.progress import Progress, duration


def _flags(wanted: Pin) -> list[str]:
    return ["-trimpath", "-ldflags", wanted.linker_flags]


def recipe(wanted: Pin) -> str:
    """A hash of all that decides what a build gives, but for the version of Go."""
    folder = modules.ROOT / wanted.folder
    told = repr([_flags(wanted), wanted.package, sorted(BUILD_ENVIRONMENT.items()), sys.platform, platform.machine()])
    digest = hashlib.sha256(told.encode())
    for name in ("go.mod", "go.sum"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def cached(wanted: Pin, go: Go | None) -> Path | None:
    """The binary in the cache; without a Go of its own the machine may use what any Go has built by this recipe."""
    folder = cache.directory() / "tools" / wanted.name
    built = sorted(folder.glob(f"{wanted.version}-{recipe(wanted)}-{go.version if go else '*'}/{wanted.name}"))
    return built[-1] if built else None


def build(wanted: Pin, go: Go, title: str, seconds_after: int) -> Path:
    """Builds the binary and gives its path; the caller holds the lock.

    `title` starts the lines of progress; `seconds_after` is the estimate for what is to be built after this.
    """
    log = cache.log(wanted.name)
    progress = Progress(title)
    with _work_folder() as work:
        partial = work / wanted.name
        code = process.run(
            # -v names each package as it is compiled: that is what the progress counts.
            [go.path, "build", "-v", *_flags(wanted), "-o", str(partial), wanted.package],
            log=log,
            progress=progress,
            describe=lambda text: _standing(wanted, progress.seconds, seconds_after, text),
            cwd=modules.ROOT / wanted.folder,
            environment=go.environment() | {"GOTMPDIR": str(work)},
        )
        again = f"Log: {log}\nTry again: python3 -m toolchain ensure {wanted.name}"
        if code != 0:
            progress.end(f"failed after {progress.elapsed}")
            raise ToolchainError(
                f"building {wanted.name} {wanted.version} failed (go ended with {code}). Its last lines:\n"
                f"{process.tail(log)}\n{again}"
            )
        _verify(wanted, partial, again)
        folder = cache.folder("tools", wanted.name, f"{wanted.version}-{recipe(wanted)}-{go.version}")
        path = partial.rename(folder / wanted.name)
    progress.end(f"built in {progress.elapsed}")
    return path


@contextlib.contextmanager
def _work_folder() -> Iterator[Path]:
    """A folder for one build, gone afterwards, with what earlier ones left that were killed.

    In the cache: the binary is renamed from here into its place, so both must be on one file system. Go's own temporary
    files are here too, because an interrupted `go build` leaves them.
    """
    parent = cache.folder("work")
    for left in parent.iterdir():
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as path:
        yield Path(path)


def _verify(wanted: Pin, path: Path, again: str) -> None:
    number = wanted.version.removeprefix("v")
    told = found.told_version(path, wanted)
    if not re.search(rf"(?<![\d.]){re.escape(number)}(?![\w.+-])", told):
        raise ToolchainError(
            f"{wanted.name} was built and refused: `{wanted.name} {' '.join(wanted.tells_version)}` must tell {number} "
            f"and told {told.strip() or 'nothing'}. Its stamps stand in toolchain/pins.py.\n{again}"
        )


def _standing(wanted: Pin, seconds: float, seconds_after: int, log: str) -> str:
    lines = log.splitlines()
    downloads = sum(line.startswith("go: downloading") for line in lines)
    counts = [f"{len(lines) - downloads} packages compiled"] + [f"{downloads} modules downloaded"] * bool(downloads)
    if seconds < 1:
        return f"building, about {duration(wanted.estimate)} on {ESTIMATES_SEEN_ON}"
    left = wanted.estimate - seconds
    if left > 0:
        text = f"{duration(seconds)}, about {duration(left)} left"
    else:
        text = f"{duration(seconds)}, longer than the {duration(wanted.estimate)} seen on {ESTIMATES_SEEN_ON}"
    after = f", then {duration(seconds_after)} for the rest" if seconds_after else ""
    return f"{text}{after} ({', '.join(counts)})"
