"""The pinned Go modules: one folder each, whose go.mod names the version and whose go.sum the checksums.

Owns reading them and handing out a module's downloaded directory. A version stands in its go.mod and nowhere else:
no Python constant repeats it.

Refuses a module that go.sum has no checksum for: `go mod download` would add one silently.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from toolchain import golang
from toolchain.errors import ToolchainError

ROOT = Path(__file__).parent
SECONDS_BEFORE_A_WORD = 2.0


@cache
def _parsed(folder: Path) -> tuple[str, dict[str, str]]:
    """The go line and the required versions of a folder's go.mod."""
    text = re.sub(r"//.*", "", (folder / "go.mod").read_text())
    go = re.search(r"^go (\S+)$", text, re.MULTILINE)
    if go is None:
        raise ToolchainError(f"{folder / 'go.mod'} has no `go` line: it names the Go version that the build needs")
    # Replacements have `=>` in them and do not match: they pin what is required indirectly, never what is asked for.
    required = re.findall(r"^(?:require )?\s*([\w.~/-]+\.[\w.~/-]+) (v\S+)\s*$", text, re.MULTILINE)
    return go[1], dict(required)


def required_go(folder: str) -> str:
    """The oldest Go that may build what `toolchain/modules/FOLDER` pins, for example `1.26.0`."""
    return _parsed(ROOT / folder)[0]


def version(folder: str, module: str) -> str:
    """The pinned version of a Go module, for example `v1.36.3`."""
    required = _parsed(ROOT / folder)[1]
    if module not in required:
        raise ToolchainError(
            f"{ROOT / folder / 'go.mod'} does not require {module}: add it with `go get {module}@VERSION`"
        )
    return required[module]


def require_go() -> None:
    """Refuses a machine where `directory` would fail, even if it needs no binary built."""
    golang.require([required_go(f.parent.name) for f in sorted(ROOT.glob("*/go.mod"))], "for the sandbox's Go modules")


def directory(name: str) -> Path:
    """The directory of a pinned module in Go's module cache, downloaded if need be and checked against go.sum.

    `name` is a module path that one of the folders requires, for example `github.com/kedacore/keda/v2`. The directory
    is read-only and shared by all Go users of the machine: copy what is to be changed.
    """
    folder = next((f for f in sorted(ROOT.glob("*/go.mod")) if name in _parsed(f.parent)[1]), None)
    if folder is None:
        raise ToolchainError(f"no go.mod in {ROOT} requires {name}: add it there with `go get {name}@VERSION`")
    pinned = _parsed(folder.parent)[1][name]
    if f"{name} {pinned} h1:" not in folder.with_name("go.sum").read_text():
        raise ToolchainError(
            f"{folder.with_name('go.sum')} has no checksum of {name} {pinned}: run `go get {name}@{pinned}` there"
        )
    go = golang.require([required_go(folder.parent.name)], f"to look up the module {name}")
    command = [go.path, "mod", "download", "-json", name]
    with subprocess.Popen(
        command,
        cwd=folder.parent,
        env=go.environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            output, complaint = child.communicate(timeout=SECONDS_BEFORE_A_WORD)
        except subprocess.TimeoutExpired:
            print(f"{name} {pinned}: downloading", file=sys.stderr, flush=True)
            output, complaint = child.communicate()
    answer = json.loads(output) if output.lstrip().startswith("{") else {}
    if child.returncode != 0 or "Dir" not in answer:
        raise ToolchainError(
            f"{name} {pinned} could not be downloaded: {answer.get('Error') or complaint.strip()}. "
            f"Try again: cd {folder.parent} && go mod download {name}"
        )
    return Path(answer["Dir"])
