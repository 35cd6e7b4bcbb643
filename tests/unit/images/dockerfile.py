"""A reader of Dockerfiles, as far as these tests need one: stages with their instructions and arguments.

No shell forms, here-documents or escapes other than a backslash at a line's end.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction."""

    name: str
    text: str
    """What follows the name, with continued lines joined."""

    @property
    def flags(self) -> dict[str, str]:
        """`--name=value` before the arguments."""
        found = {}
        for word in self.text.split():
            if not word.startswith("--"):
                break
            name, _, value = word[2:].partition("=")
            found[name] = value
        return found

    @property
    def words(self) -> list[str]:
        """The arguments without flags; those of an exec form as they are."""
        rest = re.sub(r"^(--\S+\s+)*", "", self.text)
        if rest.startswith("["):
            return [str(word) for word in json.loads(rest)]
        return shlex.split(rest)


@dataclass
class Stage:
    """One FROM and what follows."""

    base: str
    name: str
    platform: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        """Its instructions of one kind."""
        return [one for one in self.instructions if one.name == name]

    def defaults(self) -> dict[str, str]:
        """Its arguments with their defaults."""
        return _defaults(self.all("ARG"))


@dataclass
class Dockerfile:
    """One file."""

    syntax: str
    arguments: dict[str, str]
    """Those before the first stage."""
    stages: list[Stage]


def read(path: Path) -> Dockerfile:
    """The stages of a file."""
    text = path.read_text()
    first = text.splitlines()[0]
    syntax = first.removeprefix("# syntax=") if first.startswith("# syntax=") else ""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = [Instruction(*_halves(line)) for line in joined.splitlines() if line.strip()]
    before: list[Instruction] = []
    stages: list[Stage] = []
    for one in found:
        if one.name == "FROM":
            base, *rest = one.words
            stages.append(Stage(base, rest[1] if rest else "", one.flags.get("platform")))
        elif stages:
            stages[-1].instructions.append(one)
        else:
            before.append(one)
    return Dockerfile(syntax, _defaults(before), stages)


def _halves(line: str) -> tuple[str, str]:
    name, _, text = line.partition(" ")
    return name.upper(), text.strip()


def _defaults(arguments: list[Instruction]) -> dict[str, str]:
    pairs = [one.words[0].partition("=") for one in arguments]
    return {name: value for name, _, value in pairs}
