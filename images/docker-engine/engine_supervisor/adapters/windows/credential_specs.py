r"""gMSA credential specs: `<data root>\CredentialSpecs\NAME.json`, where `docker run --security-opt credentialspec=file://`
looks for them.

Owns the files it wrote, by a list in the state folder; those of others stay. They are written before the first start,
so the data root is made here where it is not there yet. Refuses names that are not plain files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from engine_supervisor.adapters.windows import files
from engine_supervisor.ports import Failed, Refused

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.json")


def write(data_root: Path, specs: Mapping[str, str], ours: Path) -> None:
    """Make the files of ours in the data root those of `specs`, by file name. `ours`: where their names are kept."""
    for name in sorted(specs):
        if not _NAME.fullmatch(name):
            raise Refused(
                f"dockerEngine.credentialSpecs: {name!r} is not a file name; allowed are letters, digits, '.', '_' and "
                "'-', with .json at the end"
            )
    folder = data_root / "CredentialSpecs"
    former = _names(ours)
    if former | set(specs):
        # Before the files, so that a crash leaves none that nobody knows to be ours.
        _remember(ours, former | set(specs))
    if specs:
        _make(data_root)
    for name, text in sorted(specs.items()):
        if files.read(folder / name) != text:
            files.replace(folder / name, text)
    for name in sorted(former - set(specs)):
        files.remove(folder / name)
    if former != set(specs):
        _remember(ours, set(specs))


def _make(data_root: Path) -> None:
    """For administrators alone, as dockerd makes it: it leaves one that is there as it is.

    That is what mode 700 means on Windows (https://docs.python.org/3/library/os.html#os.mkdir, since Python 3.12.4).
    """
    try:
        data_root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(f"dockerEngine.credentialSpecs: {data_root} cannot be made: {error}") from error


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
