"""Pull secrets: one for each registry, since each becomes a Secret that is named after its server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.names import KUBERNETES, fit
from rules.problem import Problem
from rules.words import given


def pull_secret_name(server: str) -> str:
    """The name of the Secret with the credentials of a registry."""
    return fit(KUBERNETES, "pull", server)


def pull_secrets_differ(servers: Mapping[str, str]) -> Iterator[Problem]:
    """No two pull secrets make a Secret of one name. Maps path to server."""
    first: dict[str, str] = {}
    for path, server in servers.items():
        name = pull_secret_name(server)
        other = first.setdefault(name, path)
        if other == path:
            continue
        same = servers[other] == server
        yield Problem(
            rule="pull-secret-duplicate",
            path=path,
            given=given(server) if same else f"{given(server)}, which makes the Secret {name}",
            allowed=f"each registry once; {other} is the same"
            if same
            else f"servers that make Secrets of different names; {other} makes the same",
            fix="keep one of the two entries: a pod takes one login for each registry"
            if same
            else "write one of the two servers with its port, for example :443",
        )
