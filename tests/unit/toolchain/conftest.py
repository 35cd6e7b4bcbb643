"""A machine of its own for each test: a PATH with nothing but fakes, an empty cache, modules that a test may change.

The fakes are shell scripts that use the shell's builtins only, since no other program is on their PATH.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from toolchain import modules
from toolchain.pins import PINS

# Answers `go env` and builds a binary that tells $FAKE_TELLS; counts its builds in $FAKE_GO/builds.
GO = """#!/bin/sh
case "$1" in
env) echo "$FAKE_GO_VERSION"; echo "$FAKE_GO_TOOLCHAIN" ;;
build)
    echo "$@" >> "$FAKE_GO/builds"
    while [ "$1" != -o ]; do shift; done
    echo "k8s.io/some/package"
    [ -z "$FAKE_GO_FAILS" ] || { echo "undefined: Frobnicate"; exit 2; }
    : > "$2"; : > "$GOTMPDIR/leftover"
    if [ -n "$FAKE_GO_HANGS" ]; then
        # A compiler that a polite signal does not end: in the background, a shell's child ignores SIGINT.
        /bin/sleep 60 &
        echo $! > "$FAKE_GO/compiler.partial"
        /bin/mv "$FAKE_GO/compiler.partial" "$FAKE_GO/compiler"
        wait
    fi
    printf '#!/bin/sh\\necho "%s"\\n' "$FAKE_TELLS" > "$2"; /bin/chmod +x "$2" ;;
esac
"""


class Machine:
    """What a test may put on the machine, and ask about it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.path = folder / "bin"
        self.cache = folder / "cache"
        self.modules = folder / "modules"
        self.path.mkdir()
        self._monkeypatch = monkeypatch

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def program(self, path: Path, tells: str) -> Path:
        """An executable that prints `tells` whatever it is asked."""
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(f'#!/bin/sh\necho "{tells}"\n')
        path.chmod(0o755)
        return path

    def on_path(self, name: str, tells: str) -> Path:
        return self.program(self.path / name, tells)

    def install_go(self, version: str = "go1.99.1", toolchain: str = "local") -> None:
        go = self.path / "go"
        go.write_text(GO)
        go.chmod(0o755)
        self.set(FAKE_GO_VERSION=version, FAKE_GO_TOOLCHAIN=toolchain)

    def go_builds(self, name: str) -> None:
        """What `go build` makes tells the pinned version of `name`."""
        self.set(FAKE_TELLS=f"version {PINS[name].version}")

    @property
    def builds(self) -> list[str]:
        """The command lines of `go build` so far."""
        file = self.folder / "builds"
        return file.read_text().splitlines() if file.exists() else []

    def cached(self) -> list[Path]:
        """Every file in the cache that is neither log nor lock."""
        return [
            p
            for p in self.cache.rglob("*")
            if p.is_file() and p.relative_to(self.cache).parts[0] not in ("logs", "locks")
        ]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path, monkeypatch)
    shutil.copytree(modules.ROOT, made.modules)
    monkeypatch.setattr(modules, "ROOT", made.modules)
    for variable in ("KUBEBUILDER_ASSETS", "FAKE_GO_FAILS", "FAKE_GO_HANGS"):
        monkeypatch.delenv(variable, raising=False)
    made.set(PATH=str(made.path), BUILDFLEET_CACHE=str(made.cache), FAKE_GO=str(tmp_path))
    return made
