"""Registries: pull secrets, of which each becomes a Secret named after its server, and what our own keeps and takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.federation import MOST
from rules.names import KUBERNETES, fit
from rules.paths import at
from rules.problem import Problem
from rules.words import given, listed

_REPOSITORY: Final = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_SOURCE: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?/" + _REPOSITORY.pattern)
_RULE_NAME_LENGTH: Final = 50


@dataclass(frozen=True, kw_only=True)
class CacheFacts:
    """One repository that our registry keeps a copy of."""

    path: str
    source: str | None = None
    target: str | None = None


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


def cache_rule_name(target: str) -> str:
    """What Azure calls the rule with that target: 5 to 50 letters, digits and hyphens."""
    words = re.sub("[^a-z0-9]+", "-", target.lower()).strip("-")
    return words[-_RULE_NAME_LENGTH:].strip("-").rjust(5, "0")


def cache_rules(rules: Sequence[CacheFacts]) -> Iterator[Problem]:
    """Each copy is of a whole repository, and has a place and a name of its own."""
    first: dict[str, str] = {}
    for rule in rules:
        if rule.source is not None and not _SOURCE.fullmatch(rule.source):
            yield Problem(
                rule="cache-source",
                path=at(rule.path, "source"),
                given=given(rule.source),
                allowed="a registry and a repository, without a tag",
                fix='write it like "mcr.microsoft.com/windows/servercore"',
            )
        if rule.target is None:
            continue
        if not _REPOSITORY.fullmatch(rule.target):
            yield Problem(
                rule="cache-target",
                path=at(rule.path, "target"),
                given=given(rule.target),
                allowed="a repository: lower-case letters, digits, dots, underscores and hyphens between slashes",
                fix='write it like "cache/windows/servercore"',
            )
        other = first.setdefault(cache_rule_name(rule.target), rule.path)
        if other != rule.path:
            yield Problem(
                rule="cache-duplicate",
                path=at(rule.path, "target"),
                given=given(rule.target),
                allowed=f"a target that differs from others in the letters and digits of its last {_RULE_NAME_LENGTH} "
                f"characters; {other} makes the same name",
                fix="choose another target, or keep one of the two",
            )


def push(push: Sequence[str], accounts: Mapping[str, int]) -> Iterator[Problem]:
    """Who may push is there, and no more accounts than an identity trusts.

    `accounts` has the number of service accounts of `agents` and `runners` on trusted pools, where it is known.
    """
    for index, kind in enumerate(push):
        path, number = f"registry.push[{index}]", accounts.get(kind)
        if number == 0:
            yield Problem(
                rule="push-nobody",
                path=path,
                given=given(kind),
                allowed=f"whose jobs run on trusted node pools of this stack; there are no such {kind}",
                fix="remove it",
            )
        elif number is not None and number > MOST:
            yield Problem(
                rule="push-accounts",
                path=path,
                given=f"{given(kind)}, which are {number} service accounts",
                allowed=f"at most {MOST} scale sets on trusted node pools: an identity trusts no more accounts",
                fix="lower instances, or remove it",
            )


def push_trusted(push: Sequence[str], agents: Sequence[str], runners: Sequence[str]) -> Iterator[Problem]:
    """Nobody untrusted can take on the identity that pushes.

    `agents` has the paths of untrusted agent pools that could. `runners` those of untrusted runner sets whose Role may
    make pods in a namespace of trusted ones, and a pod runs under whichever account of its namespace it names.
    """
    if "agents" in push and agents:
        yield Problem(
            rule="push-untrusted",
            path=f"registry.push[{list(push).index('agents')}]",
            given=f"{given('agents')}, whose identity untrusted agents can take on ({listed(agents, 'and')})",
            allowed="agents with an identity that trusted ones have alone: untrusted ones sign in by the same, or "
            "share a service account, so their jobs could push the images that others run",
            fix="remove it, or move those agents to another stack",
        )
    if "runners" in push and runners:
        yield Problem(
            rule="push-untrusted",
            path=f"registry.push[{list(push).index('runners')}]",
            given=f"{given('runners')}, whose accounts untrusted runners can give to pods ({listed(runners, 'and')})",
            allowed="trusted runners in a namespace without untrusted ones that make pods: their jobs could push the "
            "images that others run",
            fix="remove it, write mode: dind for the trusted runners in that namespace or mode: none for the "
            "untrusted ones, or move those to another stack",
        )
