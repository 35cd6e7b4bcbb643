"""Labels, taints and tags: which keys and values are legal, and which keys belong to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rules.paths import at
from rules.problem import Problem
from rules.words import given, listed

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set, read 2026-11.
_NAME: Final = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_PREFIX: Final = r"(?=.{1,253}/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/"
_KEY: Final = re.compile(f"({_PREFIX})?{_NAME}")
_VALUE: Final = re.compile(f"({_NAME})?")
_KEY_WORDS: Final = "1 to 63 letters, digits, hyphens, underscores and dots, after an optional DNS name and a slash"
_VALUE_WORDS: Final = "at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at both ends"

# Azure refuses its own prefix; the others are set by the kubelet, by AKS and by this project's components.
_RESERVED_PREFIXES: Final = ("buildfleet.dev/", "kubernetes.azure.com/")
_RESERVED_KEYS: Final = ("agentpool", "kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os")
_RESERVED_TAINTS: Final = ("kubernetes.azure.com/", "node.kubernetes.io/")

# https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources, read 2026-11.
_TAG_FORBIDDEN: Final = re.compile(r"[<>%&\\?/]")
_TAG_LIMIT: Final = 48
_TAGS_OF_OURS: Final = ("environment", "owner")


def legal_key(key: str) -> bool:
    """Whether Kubernetes takes the key of a label or taint."""
    return _KEY.fullmatch(key) is not None


def legal_value(value: str) -> bool:
    """Whether Kubernetes takes the value of a label or taint."""
    return _VALUE.fullmatch(value) is not None


def label_syntax(path: str, labels: Mapping[str, str]) -> Iterator[Problem]:
    """Each key and value is a legal label."""
    for key, value in sorted(labels.items()):
        if not legal_key(key):
            yield Problem(
                rule="label-key",
                path=at(path, key),
                given=given(key),
                allowed=_KEY_WORDS,
                fix='rename the key, for example "example.com/team"',
            )
        elif not legal_value(value):
            yield Problem(
                rule="label-value",
                path=at(path, key),
                given=given(value),
                allowed=_VALUE_WORDS,
                fix="shorten the value or replace the other characters by hyphens",
            )


def reserved_labels(path: str, labels: Mapping[str, str]) -> Iterator[Problem]:
    """No label of a pool belongs to Azure, to Kubernetes or to this project."""
    for key in sorted(labels):
        if key.startswith(_RESERVED_PREFIXES) or key in _RESERVED_KEYS:
            yield Problem(
                rule="label-reserved",
                path=at(path, key),
                given=given(key),
                allowed="keys other than "
                f"{listed([*(f'{prefix}*' for prefix in _RESERVED_PREFIXES), *_RESERVED_KEYS], 'and')}",
                fix="leave it out: it is set for you, or use a prefix of your own",
            )


def taint_key(path: str, key: str) -> Iterator[Problem]:
    """A taint's key is legal."""
    if not legal_key(key):
        yield Problem(
            rule="taint-key",
            path=at(path, "key"),
            given=given(key),
            allowed=_KEY_WORDS,
            fix='rename the key, for example "sku"',
        )


def reserved_taint(path: str, key: str) -> Iterator[Problem]:
    """A taint that the platform is to put on nodes belongs neither to Azure nor to Kubernetes."""
    if key.startswith(_RESERVED_TAINTS):
        yield Problem(
            rule="taint-reserved",
            path=at(path, "key"),
            given=given(key),
            allowed=f"keys other than {listed([f'{prefix}*' for prefix in _RESERVED_TAINTS], 'and')}",
            fix="leave it out: Azure and Kubernetes set and remove such taints themselves",
        )


def taint_value(path: str, value: str) -> Iterator[Problem]:
    """A taint's value is legal."""
    if not legal_value(value):
        yield Problem(
            rule="taint-value",
            path=at(path, "value"),
            given=given(value),
            allowed=_VALUE_WORDS,
            fix="shorten the value or replace the other characters by hyphens",
        )


def tags(path: str, values: Mapping[str, str]) -> Iterator[Problem]:
    """Azure takes the tags, beside our own two."""
    if len(values) > _TAG_LIMIT:
        yield Problem(
            rule="tag-count",
            path=path,
            given=f"{len(values)} tags",
            allowed=f"at most {_TAG_LIMIT}: Azure takes 50 on a resource, and environment and owner are ours",
            fix="remove some",
        )
    for key, value in sorted(values.items()):
        if key.lower() in _TAGS_OF_OURS:
            yield Problem(
                rule="tag-reserved",
                path=at(path, key),
                given=given(key),
                allowed=f"keys other than {listed(_TAGS_OF_OURS, 'and')}",
                fix=f"leave it out: it is set from environment.{'name' if key.lower() == 'environment' else 'owner'}",
            )
        elif not key or len(key) > 512 or _TAG_FORBIDDEN.search(key):
            yield Problem(
                rule="tag-key",
                path=at(path, key),
                given=given(key),
                allowed="1 to 512 characters without < > % & \\ ? /",
                fix="rename the tag",
            )
        elif len(value) > 256:
            yield Problem(
                rule="tag-value",
                path=at(path, key),
                given=f"a text of {len(value)} characters",
                allowed="at most 256 characters",
                fix="shorten the value",
            )
