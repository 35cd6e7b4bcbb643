"""Who installs KEDA and the Actions Runner Controller, and which version there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import keda
from rules.given import ABSENT
from rules.keda import Install, OperatorFacts
from rules.platform import PlatformFacts
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks", kubernetes_version="1.36")
OLD = replace(AKS, kubernetes_version="1.32.4")
NEW = replace(AKS, kubernetes_version="1.37")
LOCAL = PlatformFacts(kind="azure-local", kubernetes_version="1.32", existing_cluster=ABSENT)
ADOPTED = replace(LOCAL, existing_cluster="/id")
EXISTING = PlatformFacts(kind="existing-cluster", kubernetes_version=ABSENT)
FACTS = OperatorFacts(keda_install=ABSENT, keda_version="2.19.0", arc_install=ABSENT)
CHART = replace(FACTS, keda_install="chart", arc_install="chart", written={"version": "2.18.0"})
ADD_ON = replace(FACTS, keda_install="add-on")
NONE = replace(FACTS, keda_install="none", arc_install="none")


@passes(
    ("defaults of aks", lambda: keda.check(AKS, FACTS)),
    ("add-on", lambda: keda.check(AKS, ADD_ON)),
    ("charts of aks", lambda: keda.check(AKS, CHART)),
    ("charts of azure local", lambda: keda.check(LOCAL, CHART)),
    ("nothing of aks", lambda: keda.check(AKS, NONE)),
    ("nothing elsewhere", lambda: keda.check(EXISTING, NONE)),
    ("version of an existing cluster", lambda: keda.check(EXISTING, replace(FACTS, written={"version": "2.19.0"}))),
    ("version where the add-on is too old", lambda: keda.check(OLD, replace(FACTS, written={"version": "2.19.0"}))),
    ("unknown", lambda: keda.check(PlatformFacts(), OperatorFacts())),
    ("made or adopted, unknown", lambda: keda.check(PlatformFacts(kind="azure-local"), CHART)),
    ("charts on an adopted cluster", lambda: keda.check(ADOPTED, CHART)),
    ("unknown version of kubernetes", lambda: keda.check(PlatformFacts(kind="aks"), ADD_ON)),
)
def test_operators_that_can_be_installed_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "charts on an existing cluster",
        lambda: keda.check(EXISTING, CHART),
        """
operator-install: keda.install
  given: "chart"
  allowed: none: the cluster is not made here, and has its own
  fix: remove install; keda is expected to be on the cluster
operator-install: arc.install
  given: "chart"
  allowed: none: the cluster is not made here, and has its own
  fix: remove install; arc is expected to be on the cluster
""",
    ),
    (
        "add-on of an adopted cluster",
        lambda: keda.check(ADOPTED, ADD_ON),
        """
operator-install: keda.install
  given: "add-on"
  allowed: chart or none: the add-on is one of AKS
  fix: write install: chart
""",
    ),
    (
        "add-on of azure local",
        lambda: keda.check(LOCAL, ADD_ON),
        """
operator-install: keda.install
  given: "add-on"
  allowed: chart or none: the add-on is one of AKS
  fix: write install: chart
""",
    ),
    (
        "add-on that is too old",
        lambda: keda.check(OLD, ADD_ON),
        """
keda-add-on-version: keda.install
  given: add-on, which is KEDA 2.14.1 on Kubernetes 1.32.4
  allowed: add-on where it is KEDA 2.16 or newer, or chart
  fix: write install: chart, or remove install for that
""",
    ),
    (
        "add-on that nobody knows",
        lambda: keda.check(NEW, ADD_ON),
        """
keda-add-on-version: keda.install
  given: add-on, which is a KEDA whose version is not known yet on Kubernetes 1.37
  allowed: add-on where it is KEDA 2.16 or newer, or chart
  fix: write install: chart, or remove install for that
""",
    ),
    (
        "version beside the add-on",
        lambda: keda.check(AKS, replace(FACTS, written={"version": "2.19.0"})),
        """
keda-version-unused: keda.version
  given: "2.19.0"
  allowed: nothing with the add-on of AKS: KEDA 2.19.0 on Kubernetes 1.36
  fix: remove version, or write install: chart
""",
    ),
)
def test_operators_that_cannot_be_installed_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


@pytest.mark.parametrize(
    ("kind", "adopted", "setting", "minor", "install"),
    [
        ("aks", False, None, 36, "add-on"),
        ("aks", False, None, 33, "add-on"),
        ("aks", False, None, 32, "chart"),
        ("aks", False, None, 37, "chart"),
        ("aks", False, "chart", 36, "chart"),
        ("aks", False, "none", 36, "none"),
        ("azure-local", False, None, 36, "chart"),
        ("azure-local", True, None, 36, "none"),
        ("existing-cluster", True, None, None, "none"),
    ],
)
def test_keda_is_installed_by_the_add_on_where_it_is_new_enough_else_by_the_chart_and_only_on_clusters_that_are_made(
    kind: str, adopted: bool, setting: Install | None, minor: int | None, install: str
) -> None:
    assert keda.keda_install(kind, adopted, setting, minor) == install


def test_the_version_is_the_add_ons_or_the_settings() -> None:
    assert keda.add_on_version(36) == "2.19.0"
    assert keda.add_on_version(37) is None
    assert keda.add_on_version(None) is None
    assert keda.keda_version("add-on", "2.18.0", 35) == "2.17.3"
    assert keda.keda_version("chart", "2.18.0", 35) == "2.18.0"
    assert keda.effective(AKS, FACTS) == ("add-on", "2.19.0")
    assert keda.effective(EXISTING, FACTS) == ("none", "2.19.0")
    assert keda.effective(PlatformFacts(kind="azure-local"), FACTS) == (None, None)
