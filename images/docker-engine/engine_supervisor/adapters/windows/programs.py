"""The engine's programs, side by side by version: `<install root>/<version>/dockerd.exe`, from the image.

Owns the copy from the image to the node. Refuses a file whose SHA-256 is not that of the image's manifest, and a
version that the image does not have. A folder has its final name only when it is complete, and its manifest was
written last, so a folder without one is not an installation.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
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
        try:
            partial.mkdir(parents=True)
            for name in sorted(manifest.sha256):
                _copy(self._source / name, partial / name, manifest.sha256[name])
        except OSError as error:
            files.remove(partial)
            raise Failed(f"{partial}: {error}") from error
        except Refused:
            files.remove(partial)
            raise
        files.replace(partial / MANIFEST, (self._source / MANIFEST).read_text(encoding="utf-8"))
        # Configurations of targets stay: the service may be registered with one of them.
        for kept in sorted(target.glob("daemon-*.json")) if target.is_dir() else []:
            files.replace(partial / kept.name, kept.read_text(encoding="utf-8"))
        files.remove(target)
        files.rename(partial, target)

    def discard(self, keep: frozenset[str]) -> None:
        """Delete the folders of other versions, and what crashes have left."""
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
    digest = hashlib.sha256()
    with target.open("rb") as reader:
        while block := reader.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise Refused(
            f"{source.name} has the SHA-256 {digest.hexdigest()}, and the image's manifest says {sha256}: the image or "
            "the node's disk is damaged"
        )
