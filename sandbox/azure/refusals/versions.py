"""Kubernetes versions that AKS has, and how one follows another.

Facts: `rules.tables.kubernetes`, as on the day when it was read, so that a rehearsal does not change by itself. Patches
come every few weeks: the newest of each minor is an example here, and any patch of a minor is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.tables.kubernetes import KUBERNETES
from rules.words import listed
from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import refused

NEWEST_PATCH: Final = {31: 13, 32: 11, 33: 8, 34: 6, 35: 4, 36: 2}
"""Examples; 0 where there is none."""
LONG_TERM_ONLY: Final = frozenset(minor for minor, row in KUBERNETES.items() if row.offered == "long-term")

Version = tuple[int, int, int | None]
"""Major, minor, patch; no patch where the newest is meant."""


def parse(text: str | None) -> Version | None:
    """A version, or `None` where there is none or it is not written as one."""
    match = re.fullmatch(r"(\d+)\.(\d+)(?:\.(\d+))?", text or "")
    if match is None:
        return None
    return int(match[1]), int(match[2]), int(match[3]) if match[3] else None


def minor(text: str | None) -> int | None:
    """36 of 1.36 and 1.36.2."""
    version = parse(text)
    return version[1] if version else None


def exact(text: str) -> str:
    """The version with its patch: that which is meant, or the newest."""
    version = parse(text)
    if version is None or version[2] is not None:
        return text
    return f"{version[0]}.{version[1]}.{NEWEST_PATCH.get(version[1], 0)}"


def chosen(wanted: str, current: str | None) -> str:
    """The version that a cluster or pool at `current` gets by a request for `wanted`.

    A minor means its newest patch, but for what has a patch of that minor already: that stays where it is (property
    `orchestratorVersion` in the REST reference of managed clusters, read 2026-08-21).
    """
    version, has = parse(wanted), parse(current)
    if current is not None and version is not None and has is not None and version == (*has[:2], None):
        return current
    return exact(wanted)


def order(text: str) -> tuple[int, int, int]:
    """What versions are compared by."""
    version = parse(exact(text)) or (0, 0, 0)
    return version[0], version[1], version[2] or 0


def known(path: str, text: str | None) -> Iterator[Refusal]:
    """A version that AKS does not have."""
    if text is None:
        return
    version = parse(text)
    if version is None or version[0] != 1 or version[1] not in KUBERNETES:
        allowed = listed([f"1.{number}" for number in sorted(KUBERNETES)])
        yield refused(path, text, allowed, "see `az aks get-versions`", "K8sVersionNotSupported")


def ordinary() -> str:
    """The minors under ordinary support, in words."""
    return listed([f"1.{minor}" for minor in sorted(KUBERNETES) if minor not in LONG_TERM_ONLY])
