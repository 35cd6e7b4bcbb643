"""The engine's programs, side by side by version: `<install root>/<version>/dockerd.exe`, from the image.

Owns the copy from the image to the node. Refuses a file whose SHA-256 is not that of the image's manifest, and a
version that the image does not have. A new folder has its final name only when it is complete; one that is there is
repaired file by file, since an engine may run from it, with its configuration. The manifest is written last, so a
folder without one is not an installation.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine_supervisor.adapters.windows import files
from engine_supervisor.ports import Failed, Refused

MANIFEST: Final = "manifest.json"
_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a version consists of; written when the image is built."""

    version: str
    sha256: Mapping[str, str]
    """By file name."""
    sizes: Mapping[str, int]
    """In bytes, by file name."""


def read_manifest(folder: Path) -> Manifest | None:
    """That of a folder; `None` where there is none that can be read."""
    text = files.read(folder / MANIFEST)
    try:
        found: dict[str, Any] = json.loads(text or "")
        entries = {str(name): (str(one["sha256"]), int(one["bytes"])) for name, one in found["files"].items()}
        return Manifest(
            version=str(found["version"]),
            sha256={name: digest for name, (digest, _) in entries.items()},
            sizes={name: size for name, (_, size) in entries.items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Programs:
    """The versions on the node (`root`) and the one in the image (`source`)."""

    def __init__(self, root: Path, source: Path) -> None:
        self._root = root
        self._source = source

    def installed(self) -> frozenset[str]:
        """Versions whose folder is complete. Looks at names and sizes: hashing 100 MB each round would be felt."""
        return frozenset(folder.name for folder in self._folders() if _is_complete(folder))

    def install(self, version: str) -> None:
        """Copy a version from the image, checking each file."""
        manifest = read_manifest(self._source)
        if manifest is None:
            raise Refused(f"{self._source / MANIFEST} is missing or damaged: this is not an image of the supervisor's")
        if manifest.version != version:
            raise Refused(
                f"the image has Docker Engine {manifest.version}, and {version} is wanted: dockerEngine.version and "
                "images.dockerEngine have to be of one version"
            )
        target = self._root / version
        if read_manifest(target) == manifest and _is_complete(target):
            return
        partial = target.with_name(target.name + files.PARTIAL)
        files.remove(partial)
        if target.is_dir():
            self._repair(target, manifest)
            return
        try:
            self._fill(partial, manifest, sorted(manifest.sha256))
        except Failed:
            files.remove(partial)
            raise
        self._seal(partial)
        files.remove(target)
        files.rename(partial, target)

    def _repair(self, target: Path, manifest: Manifest) -> None:
        """Replace what is damaged in a folder. Its configurations stay: the service may be registered with one."""
        if read_manifest(target) != manifest:
            files.remove(target / MANIFEST)
        damaged = [name for name, digest in sorted(manifest.sha256.items()) if _sha256(target / name) != digest]
        fresh = target / files.PARTIAL
        try:
            files.remove(fresh)
            self._fill(fresh, manifest, damaged)
            for name in damaged:
                files.take_place(fresh / name, target / name)
        finally:
            files.remove(fresh)
        self._seal(target)

    def _fill(self, folder: Path, manifest: Manifest, wanted: Sequence[str]) -> None:
        """Copy files of the image into a new folder, checked."""
        try:
            folder.mkdir(parents=True)
            for name in wanted:
                _copy(self._source / name, folder / name, manifest.sha256[name])
        except OSError as error:
            raise Failed(f"{folder}: {error}") from error

    def _seal(self, folder: Path) -> None:
        files.replace(folder / MANIFEST, (self._source / MANIFEST).read_text(encoding="utf-8"))

    def discard(self, keep: frozenset[str]) -> None:
        """Delete the folders of other versions, with their configurations, and what crashes have left.

        Configurations of versions that are kept stay: which of them is wanted is not known here.
        """
        for folder in self._folders():
            if folder.name not in keep:
                files.remove(folder)

    def remove(self) -> None:
        """Delete everything."""
        files.remove(self._root)

    def _folders(self) -> list[Path]:
        try:
            return sorted(one for one in self._root.iterdir() if one.is_dir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Failed(f"{self._root} cannot be read: {error}") from error


def _is_complete(folder: Path) -> bool:
    manifest = read_manifest(folder)
    if manifest is None or manifest.version != folder.name:
        return False
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == size for name, size in manifest.sizes.items()
    )


def _copy(source: Path, target: Path, sha256: str) -> None:
    """Copy and flush, then hash what is on the node's disk now."""
    try:
        with source.open("rb") as reader, target.open("wb") as writer:
            while block := reader.read(_BLOCK):
                writer.write(block)
            writer.flush()
            os.fsync(writer.fileno())
    except FileNotFoundError as error:
        raise Refused(f"{source} is in the image's manifest and not in the image") from error
    digest = _sha256(target)
    if digest != sha256:
        raise Refused(
            f"{source.name} has the SHA-256 {digest}, and the image's manifest says {sha256}: the image or "
            "the node's disk is damaged"
        )


def _sha256(path: Path) -> str | None:
    """That of a file; `None` where there is none, or it cannot be read, as a damaged one."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as reader:
            while block := reader.read(_BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
