"""Secrets of a stack: named in settings, kept encrypted under keys of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.problem import Problem
from rules.words import given, listed, may_be_secret, nearest

WINDOWS_ADMINISTRATOR: Final = "platform.windows.adminPasswordSecret"


@dataclass(frozen=True, kw_only=True)
class SecretUse:
    """One setting that names a secret."""

    path: str
    name: str


def secret_there(uses: Sequence[SecretUse], secrets: Collection[str], plain: Collection[str]) -> Iterator[Problem]:
    """Each secret that is named exists. A key with a plain value is another mistake: see `secret_encrypted`."""
    for use in uses:
        if use.name in secrets or use.name in plain:
            continue
        if may_be_secret(use.name):
            yield Problem(
                rule="secret-in-plain-text",
                path=use.path,
                given=given(use.name),
                allowed="the key under which the stack keeps the secret, for example azureDevOpsToken",
                fix="revoke this token, as it stands readable in the file; then `pulumi config set --secret KEY` with "
                "a new one, and write KEY here",
            )
            continue
        near = nearest(use.name, secrets)
        hint = f'did you mean "{near}"? Else ' if near else ""
        yield Problem(
            rule="secret-missing",
            path=use.path,
            given=f"{given(use.name)}, which the stack does not have",
            allowed=f"the key of a secret of the stack: {listed(sorted(secrets)) or 'there is none yet'}",
            fix=f"{hint}`pulumi config set --secret {use.name}`",
        )


def secret_encrypted(uses: Sequence[SecretUse], plain: Mapping[str, object]) -> Iterator[Problem]:
    """Nothing that is named as a secret stands in the file in plain text. `plain` maps keys to what stands there."""
    for name in sorted({use.name for use in uses} & plain.keys()):
        user = next(use.path for use in uses if use.name == name)
        yield Problem(
            rule="secret-plain",
            path=name,
            given="a value in plain text (not shown)",
            allowed=f"an encrypted value, as {user} names it as a secret",
            fix=f"revoke the old one, then set it with `pulumi config set --secret {name}`",
        )


def administrator_alone(uses: Sequence[SecretUse]) -> Iterator[Problem]:
    """The password of the Windows administrators is nothing else: others hand their secrets to pods."""
    for use in uses:
        other = next((other for other in uses if other.name == use.name and other.path != use.path), None)
        if use.path == WINDOWS_ADMINISTRATOR and other is not None:
            yield Problem(
                rule="secret-shared",
                path=use.path,
                given=f"{given(use.name)}, which {other.path} names, too",
                allowed="a secret of its own: whoever reads the other could administer the nodes",
                fix="`pulumi config set --secret windowsAdminPassword`, and write that key here",
            )
