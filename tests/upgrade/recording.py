"""States of a release: what its program left behind for each stack of this checkout.

Owns the files in `recorded/`: per stack the engine's state, the stack file with its encryption, and the simulated
Azure. All of it comes from a rehearsal, so the secrets in it are placeholders.
`python -m tests.upgrade.recording` records anew. That belongs to a release: until then a change of the program has to
live with what the last one left behind.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from sandbox.rehearsal import Rehearsal

STACKS = ("dev", "aks", "azure-local")
RECORDED = Path(__file__).parent / "recorded"
_HERE = "@SANDBOX@"
"""Stands in a recording for the folder of the sandbox that it comes from."""


def record(stack: str) -> None:
    """Bring the stack up in an empty sandbox, and keep what it is remembered by."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, BUILDFLEET_SANDBOX=folder):
        rehearsal = Rehearsal(stack)
        if rehearsal.up() != 0:
            raise SystemExit(f"stack {stack} does not come up; see above")
        try:
            shutil.rmtree(RECORDED / stack, ignore_errors=True)
            for path in _kept(rehearsal):
                target = RECORDED / stack / f"{path.relative_to(rehearsal.directory)}.gz"
                target.parent.mkdir(parents=True, exist_ok=True)
                content = _tidied(path).replace(str(rehearsal.directory), _HERE)
                # Without a time, so that the same content is the same file.
                target.write_bytes(gzip.compress(content.encode(), mtime=0))
        finally:
            rehearsal.erase()


def restore(stack: str, directory: Path) -> None:
    """Lay the recorded files into the folder of a sandbox."""
    for path in sorted((RECORDED / stack).rglob("*.gz")):
        target = directory / path.relative_to(RECORDED / stack).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(gzip.decompress(path.read_bytes()).decode().replace(_HERE, str(directory)))


def _kept(rehearsal: Rehearsal) -> list[Path]:
    engine = rehearsal.engine()
    azure = sorted(engine.azure.glob("*.json")) if engine.azure else []
    return [engine.state_file, engine.stack_file, *azure]


def _tidied(path: Path) -> str:
    """JSON on lines of its own, so that two recordings can be compared."""
    text = path.read_text()
    return json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n" if path.suffix == ".json" else text


if __name__ == "__main__":
    for name in STACKS:
        record(name)
