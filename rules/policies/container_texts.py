"""What containers are told in plain text: command lines, and values of environment variables.

Owns which of them a rule must know. An unknown command line may say anything and is reported; an unknown variable is
reported only if its name says that it is the address of an engine, as nearly every program has some unknown variable.
Refuses to follow `valueFrom` and `envFrom`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rules.policies.node import Node
from rules.policies.pods import Container, Pod

_ADDRESS: Final = re.compile(r"(DOCKER|CONTAINERD?|BUILDKIT|CRI|RUNTIME).*(HOST|ADDR|ENDPOINT|SOCK)", re.IGNORECASE)
ENGINE_VARIABLES: Final = ("docker_host",)
"""Names of variables that tell a client where the Docker Engine is; in lower case, as Windows takes them in any."""


@dataclass(frozen=True)
class Text:
    """One text, and where it stands."""

    node: Node
    variable: str | None = None
    """Name of the variable; `None`: it is a part of a command line."""

    @property
    def path(self) -> str:
        """Where it stands."""
        return self.node.path

    def read(self) -> str:
        """The text; empty where there is none. Raises `NotKnown` where it has to be known and is not."""
        if self.variable is not None and not self.node.is_known and not _ADDRESS.search(self.variable):
            return ""
        return self.node.text() or ""


def texts(pod: Pod) -> list[Text]:
    """The texts of all containers. Raises `NotKnown` where a list of them is unknown."""
    return [text for container in pod.containers for text in texts_of(container)]


def texts_of(container: Container) -> list[Text]:
    """The texts of one container."""
    words = [word for key in ("command", "args") for word in container.node.get(key).items()]
    variables = [(one.get("name").value, one.get("value")) for one in container.node.get("env").items()]
    return [*map(Text, words), *(Text(node, name if isinstance(name, str) else "") for name, node in variables)]
