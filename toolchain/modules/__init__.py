"""The pinned Go modules: one folder each, whose go.mod names the version and whose go.sum the checksums.

Owns reading them and handing out a module's downloaded directory. A version stands in its go.mod and nowhere else:
no Python constant repeats it.

Refuses a module that go.sum has no checksum for: `go mod download` would add one silently.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain import cache, golang
from toolchain.errors import ToolchainError

ROOT = Path(__file__).parent
KEPT = {"github.com/kedacore/keda/v2": "config/crd/bases", "sigs.k8s.io/kwok": "kustomize"}
"""Modules of which more than a program is used, and the folder that is."""
SECONDS_BEFORE_A_WORD = 2.0


@functools.cache
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
    missing = [name for name in KEPT if not _kept(name).is_dir()]
    if missing:
        golang.require([required_go(_folder(name).name) for name in missing], f"to download {' and '.join(missing)}")


def directory(name: str) -> Path:
    """A directory with what is kept of a pinned module (`KEPT`), laid out as in the module itself.

    `name` is one of `KEPT`, for example `github.com/kedacore/keda/v2`. The first time it is downloaded, checked against
    go.sum, and copied into our cache, so that later runs need neither Go nor its module cache. It is shared by all
    checkouts: copy what is to be changed.
    """
    if name not in KEPT:
        raise ToolchainError(f"nothing is kept of the module {name}; kept are {', '.join(sorted(KEPT))}")
    kept = _kept(name)
    if not kept.is_dir():
        with cache.lock(f"module {name}", f"downloads {name}"):
            if not kept.is_dir():
                source = _download(name)
                partial = kept.with_name(f"{kept.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)
                # Files and folders of Go's module cache are read-only; copies of ours have to be removable.
                shutil.copytree(source / KEPT[name], partial / KEPT[name], copy_function=shutil.copyfile)
                for path in [partial, *partial.rglob("*")]:
                    path.chmod(0o755 if path.is_dir() else 0o644)
                partial.rename(kept)
    return kept


def _kept(name: str) -> Path:
    return cache.folder("modules", *name.split("/")) / version(_folder(name).name, name)


def _folder(name: str) -> Path:
    """The folder whose go.mod requires the module."""
    found = next((file.parent for file in sorted(ROOT.glob("*/go.mod")) if name in _parsed(file.parent)[1]), None)
    if found is None:
        raise ToolchainError(f"no go.mod in {ROOT} requires {name}: add it there with `go get {name}@VERSION`")
    return found


def _download(name: str) -> Path:
    """The module in Go's module cache."""
    folder = _folder(name)
    pinned = version(folder.name, name)
    if f"{name} {pinned} h1:" not in (folder / "go.sum").read_text():
        raise ToolchainError(
            f"{folder / 'go.sum'} has no checksum of {name} {pinned}: run `go get {name}@{pinned}` there"
        )
    go = golang.require([required_go(folder.name)], f"to download {name}")
    command = [go.path, "mod", "download", "-json", name]
    with subprocess.Popen(
        command,
        cwd=folder,
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
            f"Try again: cd {folder} && go mod download {name}"
        )
    return Path(answer["Dir"])
