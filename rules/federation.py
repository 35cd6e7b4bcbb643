"""Whose tokens log in: issuers and subjects that identities trust.

Source: Microsoft Learn "Workload identity federation" (considerations and restrictions), as known on 2026-11-22: a
subject is compared letter by letter, no two credentials of an identity are the same, and an identity has at most 20.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.paths import at
from rules.problem import Problem
from rules.words import given

MOST: Final = 20
_PULL_REQUEST: Final = (":pull_request", ":refs/pull/")


@dataclass(frozen=True, kw_only=True)
class FederationFacts:
    """One token that is trusted."""

    path: str
    issuer: str | None = None
    subject: str | None = None


def federations(deploy: Sequence[FederationFacts], preview: Sequence[FederationFacts]) -> Iterator[Problem]:
    """Subjects are exact, each is there once, and code that nobody has merged deploys nothing."""
    for trusted in (deploy, preview):
        seen: dict[tuple[str | None, str | None], str] = {}
        for one in trusted:
            yield from _subject(one)
            other = seen.setdefault((one.issuer, one.subject), one.path)
            if other != one.path and one.issuer is not None and one.subject is not None:
                yield Problem(
                    rule="federation-duplicate",
                    path=one.path,
                    given=given(one.subject),
                    allowed=f"each issuer and subject once; {other} is the same",
                    fix="remove one of the two",
                )
        if len(trusted) > MOST:
            yield Problem(
                rule="federation-number",
                path=trusted[MOST].path,
                given=f"{len(trusted)} tokens for one identity",
                allowed=f"at most {MOST}",
                fix="use one environment or branch for several pipelines",
            )
    deploying = {one.subject: one.path for one in deploy if one.subject is not None}
    for one in preview:
        if one.subject in deploying:
            yield Problem(
                rule="federation-both",
                path=at(one.path, "subject"),
                given=given(one.subject),
                allowed=f"a subject that may not deploy; {deploying[one.subject]} is the same, so that the code of a "
                "preview could deploy",
                fix="give the preview a subject of its own, for example repo:contoso/ci:pull_request",
            )
    for one in deploy:
        if one.subject is not None and of_pull_request(one.subject):
            yield Problem(
                rule="federation-pull-request",
                path=at(one.path, "subject"),
                given=given(one.subject),
                allowed="subjects of branches, tags or environments for deployments: a pull request is code that "
                "nobody has agreed to",
                fix="move it to platform.deployment.preview",
            )


def of_pull_request(subject: str) -> bool:
    """Whether a subject is that of a pull request, in either form of GitHub's."""
    return any(mark in subject for mark in _PULL_REQUEST)


def _subject(one: FederationFacts) -> Iterator[Problem]:
    if one.subject is not None and "*" in one.subject:
        yield Problem(
            rule="federation-subject",
            path=at(one.path, "subject"),
            given=given(one.subject),
            allowed="a subject without *: Entra compares letter by letter",
            fix="write one entry for each subject, for example repo:contoso/ci:environment:prod",
        )
