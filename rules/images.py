"""Container images: references that mean the same image tomorrow, and ours, which need a registry and a tag."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rules.given import ABSENT, Absent
from rules.paths import at
from rules.problem import Problem
from rules.words import NOTHING, given, listed

# https://github.com/distribution/reference, reference.go, read 2026-11: domain, path components, tag, digest.
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN: Final = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?"
_REFERENCE: Final = re.compile(
    rf"(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?(?P<digest>@sha256:[0-9a-f]{{64}})?"
)


def is_reference(text: str) -> bool:
    """Whether a text may name an image."""
    return _REFERENCE.fullmatch(text) is not None


def referred(path: str, reference: str) -> Iterator[Problem]:
    """A text names an image."""
    if not is_reference(reference):
        yield Problem(
            rule="image-reference",
            path=path,
            given=given(reference),
            allowed="REGISTRY/PATH:TAG or REGISTRY/PATH@sha256:DIGEST",
            fix='write it like "contoso.azurecr.io/agents/linux:1.4.0"',
        )


def pinned(path: str, reference: str) -> Iterator[Problem]:
    """An image has a tag that stays, or a digest."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        yield from referred(path, reference)
    elif not match["digest"] and match["tag"] in (None, "latest"):
        yield Problem(
            rule="image-latest",
            path=path,
            given=given(reference),
            allowed="a tag other than latest, or a digest: a node keeps what it once pulled as latest, so nodes differ",
            fix="add the tag you tested" if match["tag"] is None else "replace latest by the tag you tested",
        )


def tag_pinned(path: str, tag: str) -> Iterator[Problem]:
    """The tag of our images stays."""
    if tag == "latest":
        yield Problem(
            rule="image-latest",
            path=path,
            given=given(tag),
            allowed="a tag other than latest: a node keeps what it once pulled as latest, so nodes differ",
            fix="write the tag you tested",
        )


def built_somewhere(path: str, repository: str | Absent | None, *, registry_given: bool) -> Iterator[Problem]:
    """Images that `up` builds on AKS are pushed to a registry that is there before it."""
    if repository is ABSENT and not registry_given:
        yield Problem(
            rule="image-build-registry",
            path=at(path, "build"),
            given="images.build, without images.repository and registry.id",
            allowed="images.build with a registry that is there before `up`: the stack's own is made by the same one",
            fix="add images.repository or registry.id, or build and push by hand once the registry is made "
            "(docs/images.md); from then on images.repository may name it",
        )


def ours_named(
    path: str,
    repository: str | Absent | None,
    tag: str | Absent | None,
    users: Sequence[str],
    overrides: Mapping[str, str],
) -> Iterator[Problem]:
    """Registry and tag of our images are given where one of them is used.

    `users` are the paths of what would run such an image; `overrides` maps each to the setting that would replace it.
    """
    if not users:
        return
    first = users[0]
    who = first if len(users) == 1 else f"{first} and {len(users) - 1} more"
    for key, value, example in (
        ("repository", repository, "contoso.azurecr.io/buildfleet"),
        ("tag", tag, "0.1.0"),
    ):
        if value is ABSENT:
            yield Problem(
                rule=f"image-{key}-missing",
                path=at(path, key),
                given=NOTHING,
                allowed=f"the {'registry and path' if key == 'repository' else 'tag'} of this project's images, which "
                f"{who} {'needs' if len(users) == 1 else 'need'}",
                fix=f"add images.{key}, for example {example}, or name an image in "
                f"{listed(sorted({overrides[user] for user in users}))}",
            )
