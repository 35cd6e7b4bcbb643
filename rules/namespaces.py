"""Namespaces: one for each confinement, and none that belongs to the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.duplicates import duplicates
from rules.problem import Problem
from rules.words import given


def namespaces_differ(named: Mapping[str, str | None]) -> Iterator[Problem]:
    """No two purposes share a namespace: its Pod Security level would be the laxer one's. Maps path to name."""
    yield from duplicates("namespace-duplicate", "namespace", named.items())


def namespaces_are_ours(named: Mapping[str, str | None]) -> Iterator[Problem]:
    """None is the cluster's own, which we would label, restrict and in the end delete."""
    for path, name in named.items():
        if name is not None and (name == "default" or name.startswith("kube-")):
            yield Problem(
                rule="namespace-reserved",
                path=path,
                given=given(name),
                allowed='names other than "default" and those that start with "kube-"',
                fix="choose a name of your own, or leave it out for the default",
            )


def check(named: Mapping[str, str | None]) -> Iterator[Problem]:
    """All rules of namespaces."""
    yield from namespaces_differ(named)
    yield from namespaces_are_ours(named)
