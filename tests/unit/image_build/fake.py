"""A world without Windows: commands answer from a script, time passes only by waiting, servers are functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_build.ports import Answer, Finished

Command = Callable[[Sequence[str], Mapping[str, str]], Finished]


def succeed(_: Sequence[str], __: Mapping[str, str]) -> Finished:
    return Finished(0, "")


@dataclass
class FakeWorld:
    """Commands are found by their first words; the longest match answers."""

    commands: dict[str, Command] = field(default_factory=dict)
    servers: dict[str, Callable[[str, str], Answer]] = field(default_factory=dict)
    pipe_from: float = 0.0
    time: float = 0.0
    ran: list[list[str]] = field(default_factory=list)
    environments: list[dict[str, str]] = field(default_factory=list)
    requests: list[tuple[str, str, str, dict[str, str], Path | None]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    message: str | None = None

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def pipe_there(self) -> bool:
        return self.time >= self.pipe_from

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        shown: bool = False,
        seconds: float | None = None,
    ) -> Finished:
        self.ran.append(list(command))
        self.environments.append(dict(environment or {}))
        text = " ".join(command)
        for start in sorted(self.commands, key=len, reverse=True):
            if text.startswith(start) or f" {start}" in text:
                return self.commands[start](command, environment or {})
        raise AssertionError(f"unexpected command: {text}")

    def request(
        self, method: str, url: str, *, body: str, headers: Mapping[str, str], authority: Path | None = None
    ) -> Answer:
        self.requests.append((method, url, body, dict(headers), authority))
        for start, answer in self.servers.items():
            if url.startswith(start):
                return answer(method, body)
        raise AssertionError(f"unexpected request: {method} {url}")

    def say(self, line: str) -> None:
        self.lines.append(line)

    def conclude(self, message: str) -> None:
        self.message = message

    def steps(self) -> list[str]:
        return [json.loads(line)["step"] for line in self.lines]

    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.message or "{}")
        return found

    def everything(self) -> str:
        """All that anybody could read: commands, log and message."""
        return json.dumps([self.ran, self.lines, self.message])


def docker(*, digest: str = "sha256:" + "ab" * 32, tag: str = "contoso.azurecr.io/web") -> dict[str, Command]:
    """A docker that does everything, and a registry that gives this digest."""
    return {
        "docker version": lambda *_: Finished(0, "29.2.1\n"),
        "docker build": succeed,
        "docker push": succeed,
        "docker pull": succeed,
        "docker run": lambda *_: Finished(0, "the engine runs containers\n"),
        "docker image inspect --format {{json .RepoDigests}}": lambda *_: Finished(
            0, json.dumps([f"other.example.com/x@sha256:{'0' * 64}", f"{tag}@{digest}"])
        ),
        "docker image inspect --format {{.Id}}": lambda *_: Finished(0, "sha256:1234\n"),
    }
