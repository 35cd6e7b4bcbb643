"""States of a release: what its program left behind for each stack of this checkout.

Owns the files in `recorded/`: per stack the engine's state, the stack file with its encryption, and the simulated
Azure. All of it comes from a rehearsal, so the secrets in it are placeholders.
`python -m tests.upgrade.recording` records anew; that belongs to a release, and its diff to the review of one.
"""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from sandbox.rehearsal import Rehearsal

STACKS = ("dev", "aks", "azure-local")
RECORDED = Path(__file__).parent / "recorded"


def record(stack: str) -> None:
    """Bring the stack up in an empty sandbox, and keep what it is remembered by."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict("os.environ", BUILDFLEET_SANDBOX=folder):
        rehearsal = Rehearsal(stack)
        if rehearsal.up() != 0:
            raise SystemExit(f"stack {stack} does not come up; see above")
        try:
            shutil.rmtree(RECORDED / stack, ignore_errors=True)
            for path in _kept(rehearsal):
                target = RECORDED / stack / f"{path.relative_to(rehearsal.directory)}.gz"
                target.parent.mkdir(parents=True, exist_ok=True)
                # Without name and time, so that the same content is the same file.
                target.write_bytes(gzip.compress(_tidied(path), mtime=0))
        finally:
            rehearsal.erase()


def restore(stack: str, directory: Path) -> None:
    """Lay the recorded files into the folder of a sandbox."""
    for path in sorted((RECORDED / stack).rglob("*.gz")):
        target = directory / path.relative_to(RECORDED / stack).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.decompress(path.read_bytes()))


def _kept(rehearsal: Rehearsal) -> list[Path]:
    engine = rehearsal.engine()
    return [engine.state_file, engine.stack_file, *sorted(rehearsal.azure_directory.glob("*.json"))]


def _tidied(path: Path) -> bytes:
    """JSON on lines of its own, so that two recordings can be compared."""
    if path.suffix != ".json":
        return path.read_bytes()
    return json.dumps(json.loads(path.read_text()), indent=1, sort_keys=True).encode() + b"\n"


if __name__ == "__main__":
    for name in STACKS:
        record(name)
