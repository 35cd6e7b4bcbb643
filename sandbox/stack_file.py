"""The stack file of a rehearsal: the user's, without its secrets.

Owns the copy of `Pulumi.STACK.yaml` that the sandbox's engine reads. Real secrets are never read: encrypted values and
the keys that would decrypt them are left out, and each secret that the stack names gets a placeholder in the sandbox's
own encryption. The user's file is never written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NAMESPACE = "buildfleet:"
PLACEHOLDER = "rehearsal-placeholder"
WINDOWS_PLACEHOLDER = "Rehearsal-Placeholder-1"
"""For the password of Windows administrators, of which Azure wants 14 characters of three kinds."""


class StackFileError(Exception):
    """The stack file cannot be read; the message is for the user."""


@dataclass(frozen=True)
class StackFile:
    """A stack file as it stands: `config` maps `buildfleet:KEY` to a plain value or `{"secure": ...}`."""

    path: Path
    config: Mapping[str, Any]

    @property
    def sections(self) -> dict[str, Any]:
        """Our plain sections, by key without the prefix."""
        return {
            key.removeprefix(NAMESPACE): value
            for key, value in self.config.items()
            if key.startswith(NAMESPACE) and not _is_secret(value)
        }

    def copy(self, target: Path) -> None:
        """Write the plain part to `target`, keeping the placeholders and encryption that an earlier copy got there."""
        document = _load(target) if target.exists() else {}
        kept = {key: value for key, value in document.get("config", {}).items() if _is_secret(value)}
        plain = {key: value for key, value in self.config.items() if not _is_secret(value)}
        document["config"] = dict(sorted({**plain, **kept}.items()))
        target.write_text(yaml.safe_dump(document, sort_keys=True))


def read(path: Path, *, named_by: str = "STACK") -> StackFile:
    """Read a stack file; raises `StackFileError` where there is none, or where it is not YAML of the expected shape.

    `named_by` is the variable of `make` by which the user chooses it.
    """
    if not path.exists():
        stacks = sorted(file.name.split(".")[1] for file in path.parent.glob("Pulumi.*.yaml"))
        raise StackFileError(
            f"{path.name}: there is no such stack file. Stacks here: {', '.join(stacks) or 'none'}; "
            f"name one with {named_by}=NAME."
        )
    document = _load(path)
    config = document.get("config", {})
    if not isinstance(config, dict):
        raise StackFileError(f"{path.name}: config must be a map of keys, not {type(config).__name__}.")
    return StackFile(path=path, config=config)


def placeholders(names: Sequence[str], *, windows_password: str | None) -> dict[str, str]:
    """What stands in the copy for each of these secrets; `windows_password` is the key of that one."""
    return {
        f"{NAMESPACE}{name}": WINDOWS_PLACEHOLDER if name == windows_password else PLACEHOLDER for name in sorted(names)
    }


def missing_placeholders(copy: Path, secrets: list[str]) -> list[str]:
    """Those of `secrets` (keys without prefix) that the copy holds no value for yet."""
    held = _load(copy).get("config", {})
    return [name for name in secrets if not _is_secret(held.get(f"{NAMESPACE}{name}"))]


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _load(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        # The parser was given a text and calls it so; the file's name is said already.
        told = str(error).replace('in "<unicode string>", line', "line")
        raise StackFileError(f"{path.name} is not YAML: {told}") from error
    if not isinstance(document, dict):
        raise StackFileError(f"{path.name}: the file must be a map, with the key config.")
    return document
