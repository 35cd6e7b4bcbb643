"""KEDA: who installs it, and which version that is.

AKS has an add-on, whose version its Kubernetes version decides; the chart installs the version of the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rules.given import Absent
from rules.platform import PlatformFacts
from rules.problem import Problem
from rules.tables.keda import LEAST_VERSION, parse_version
from rules.tables.kubernetes import KUBERNETES
from rules.words import given

Install = Literal["add-on", "chart", "none"]


@dataclass(frozen=True, kw_only=True)
class OperatorFacts:
    """What is known of the sections `keda` and `arc`."""

    keda_install: Install | Absent | None = None
    keda_version: str | None = None
    arc_install: str | Absent | None = None
    written: Mapping[str, object] = field(default_factory=dict)
    """The keys of `keda` that the author wrote, with what stands there."""


def add_on_version(minor: int | None) -> str | None:
    """The version of KEDA that AKS's add-on installs on Kubernetes 1.MINOR; `None` where that is not known."""
    row = KUBERNETES.get(minor or 0)
    return None if row is None else row.keda_add_on


def add_on_suffices(minor: int | None) -> bool:
    """Whether the add-on's KEDA is known to be new enough for our ScaledJobs."""
    version = add_on_version(minor)
    return version is not None and parse_version(version) >= LEAST_VERSION


def keda_install(kind: str, adopted: bool, setting: Install | None, minor: int | None) -> Install:
    """Who installs KEDA.

    Args:
        kind: of the platform.
        adopted: whether the cluster is there already (`existing-cluster`, or `existingCluster` of `azure-local`).
        setting: `keda.install`, if given.
        minor: Kubernetes' minor version.
    """
    if setting is not None:
        return setting
    if kind == "existing-cluster" or adopted:
        return "none"
    return "add-on" if kind == "aks" and add_on_suffices(minor) else "chart"


def keda_version(install: Install, setting: str, minor: int | None) -> str:
    """The version that the cluster has: the add-on's, else that of the settings."""
    return add_on_version(minor) or setting if install == "add-on" else setting


def effective(platform: PlatformFacts, operators: OperatorFacts) -> tuple[Install | None, str | None]:
    """Who installs KEDA and which version there is, as far as that is known."""
    setting = operators.keda_install
    if platform.kind is None or setting is None or operators.keda_version is None:
        return None, None
    if platform.makes_pools is None or (platform.kind == "aks" and platform.minor is None):
        return None, None
    install = keda_install(
        platform.kind, not platform.makes_pools, None if isinstance(setting, Absent) else setting, platform.minor
    )
    return install, keda_version(install, operators.keda_version, platform.minor)


def installable(platform: PlatformFacts, operators: OperatorFacts) -> Iterator[Problem]:
    """A cluster that is not ours has its operators, and the add-on is one of AKS."""
    if platform.kind is None:
        return
    ours = platform.kind != "existing-cluster"
    allowed = ("chart", "none") if ours else ("none",)
    for key, value, choices in (
        ("keda", operators.keda_install, ("add-on", *allowed) if platform.kind == "aks" else allowed),
        ("arc", operators.arc_install, allowed),
    ):
        if isinstance(value, str) and value not in choices:
            yield Problem(
                rule="operator-install",
                path=f"{key}.install",
                given=given(value),
                allowed=" or ".join(choices)
                + (": the add-on is one of AKS" if ours else ": the cluster is not made here, and has its own"),
                fix="write install: chart" if ours else f"remove install; {key} is expected to be on the cluster",
            )


def add_on_new_enough(platform: PlatformFacts, operators: OperatorFacts) -> Iterator[Problem]:
    """The add-on's KEDA takes our ScaledJobs."""
    if platform.kind != "aks" or operators.keda_install != "add-on" or platform.minor is None:
        return
    if add_on_suffices(platform.minor):
        return
    version = add_on_version(platform.minor)
    known = f"KEDA {version}" if version else "a KEDA whose version is not known yet"
    major, minor = LEAST_VERSION
    yield Problem(
        rule="keda-add-on-version",
        path="keda.install",
        given=f"add-on, which is {known} on Kubernetes {platform.kubernetes_version}",
        allowed=f"add-on where it is KEDA {major}.{minor} or newer, or chart",
        fix="write install: chart, or remove install for that",
    )


def version_used(platform: PlatformFacts, operators: OperatorFacts) -> Iterator[Problem]:
    """With the add-on AKS decides on the version."""
    install, version = effective(platform, operators)
    if platform.kind == "aks" and install == "add-on" and operators.written.get("version") is not None:
        yield Problem(
            rule="keda-version-unused",
            path="keda.version",
            given=given(operators.keda_version),
            allowed=f"nothing with the add-on of AKS: KEDA {version} on Kubernetes {platform.kubernetes_version}",
            fix="remove version, or write install: chart",
        )


def check(platform: PlatformFacts, operators: OperatorFacts) -> Iterator[Problem]:
    """All rules of who installs operators."""
    yield from installable(platform, operators)
    yield from add_on_new_enough(platform, operators)
    yield from version_used(platform, operators)
