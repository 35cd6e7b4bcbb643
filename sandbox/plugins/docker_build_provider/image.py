"""One image: what of its inputs is refused, what a change is, and the answers of a build that did not happen.

Owns a digest that depends on all that goes into an image: the files of the context that the ignore file lets through,
the arguments, the platform. Refuses what the official provider refuses before it builds, as far as this project can
meet it: a context without a Dockerfile, a push without a tag.

Source: pulumi/pulumi-docker-build provider/internal/image.go and context.go, read 2026-11.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from sandbox.plugins.codec import Object, has_unknown

TYPE: Final = "docker-build:index:Image"
_NO_PART_OF_IT: Final = frozenset({"builder", "registries", "buildOnPreview"})


def refusals(inputs: Object) -> list[str]:
    """Why these inputs cannot be built."""
    found = []
    dockerfile = _dockerfile(inputs)
    if dockerfile is not None and not dockerfile.is_file():
        found.append(f"dockerfile.location: {dockerfile} does not exist, seen from {Path.cwd()}")
    if inputs.get("push") is True and not inputs.get("tags"):
        found.append("push: an image that is pushed needs a tag")
    return found


def changed(old: Object, new: Object, state: Object) -> list[str]:
    """The inputs that differ, sorted; `contextHash` for the files."""
    keys = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key) and key != "registries"}
    if state.get("contextHash") != context_hash(new):
        keys.add("contextHash")
    return sorted(keys)


def built(inputs: Object) -> Object:
    """The outputs after a build."""
    part = {key: value for key, value in inputs.items() if key not in _NO_PART_OF_IT}
    text = json.dumps([part, context_hash(inputs)], sort_keys=True, default=str)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return {**planned(inputs), "digest": digest, "ref": f"{inputs['tags'][0]}@{digest}"}


def planned(inputs: Object) -> Object:
    """The outputs in a preview: the reference has no digest yet."""
    tags = inputs.get("tags") or [""]
    return {**inputs, "contextHash": context_hash(inputs), "ref": tags[0]}


def context_hash(inputs: Object) -> str | None:
    """Hash of the context's names and contents; `None` where it is not known."""
    location = (inputs.get("context") or {}).get("location")
    dockerfile = _dockerfile(inputs)
    if not isinstance(location, str) or dockerfile is None:
        return None
    root = Path(location)
    lines = _ignored(root)
    digest = hashlib.sha256(dockerfile.read_bytes() if dockerfile.is_file() else b"")
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and _passes(name, lines):
            digest.update(json.dumps([name, hashlib.sha256(path.read_bytes()).hexdigest()]).encode())
    return digest.hexdigest()


def _dockerfile(inputs: Object) -> Path | None:
    location: Any = (inputs.get("dockerfile") or {}).get("location")
    return None if has_unknown(location) or not isinstance(location, str) else Path(location)


def _ignored(root: Path) -> list[str]:
    file = root / ".dockerignore"
    lines = file.read_text().splitlines() if file.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _passes(name: str, lines: list[str]) -> bool:
    """The last line that fits a file, or a folder that it is in, decides."""
    parts = name.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    passes = True
    for line in lines:
        pattern = line.removeprefix("!").strip("/")
        if any(_fits(one, pattern) for one in above):
            passes = line.startswith("!")
    return passes


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(name.rpartition("/")[2], pattern[3:])
    return name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern)
