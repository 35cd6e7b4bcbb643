r"""gMSA credential specs: `<data root>\CredentialSpecs\NAME.json`, where `docker run --security-opt credentialspec=file://`
looks for them.

Owns the files it wrote, by a list in the state folder; those of others stay. Refuses names that are not plain files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from engine_supervisor.adapters.windows import files
from engine_supervisor.ports import Refused

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.json")


def write(data_root: Path, specs: Mapping[str, str], ours: Path) -> None:
    """Make the files of ours in the data root those of `specs`, by file name. `ours`: where their names are kept."""
    for name in sorted(specs):
        if not _NAME.fullmatch(name):
            raise Refused(
                f"credential spec {name!r}: a file name of letters, digits, '.', '_' and '-' that ends in .json"
            )
    folder = data_root / "CredentialSpecs"
    former = _names(ours)
    if former | set(specs):
        # Before the files, so that a crash leaves none that nobody knows to be ours.
        _remember(ours, former | set(specs))
    for name, text in sorted(specs.items()):
        if files.read(folder / name) != text:
            files.replace(folder / name, text)
    for name in sorted(former - set(specs)):
        files.remove(folder / name)
    if former != set(specs):
        _remember(ours, set(specs))


def _names(ours: Path) -> set[str]:
    try:
        found = json.loads(files.read(ours) or "[]")
    except ValueError:
        return set()
    return (
        {name for name in found if isinstance(name, str) and _NAME.fullmatch(name)}
        if isinstance(found, list)
        else set()
    )


def _remember(ours: Path, names: set[str]) -> None:
    text = json.dumps(sorted(names)) + "\n"
    if files.read(ours) != text:
        files.replace(ours, text)
