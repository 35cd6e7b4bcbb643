"""`windows-os-sku-supported`: the pool's Windows Server is said, and is one that is still supported there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Node, Verdict
from rules.policies.node_pools.purpose import each
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.tables.windows import RETIRED_SKUS, WINDOWS_SKUS, WindowsSku
from rules.words import NOTHING, given, listed

ID: Final = "windows-os-sku-supported"
_VERSION: Final = re.compile(r"1\.(\d+)(\.\d+)?")


def _there(pool: Pool) -> list[WindowsSku]:
    return [sku for sku in WINDOWS_SKUS.values() if pool.platform == "aks" or sku.azure_local]


def _known_sku(pool: Pool, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("osSKU")
    name = node.text()
    there = [sku.name for sku in _there(pool)]
    if name in there or not _is_windows(pool, name):
        return
    ended = f", as {name} has no support since {RETIRED_SKUS[name]}" if name in RETIRED_SKUS else ""
    why = "" if name is not None else ": unsaid, a new cluster's default decides what images can run"
    yield Problem(
        rule=ID,
        path=node.path,
        given=NOTHING if name is None else given(name),
        allowed=f"{listed(there)}{' on Azure Local' if pool.platform == 'azure-local' else ''}{ended}{why}",
        fix=f"write {there[0]}" if len(there) == 1 else "name the Windows Server that the images are built on",
    )


def _is_windows(pool: Pool, sku: str | None) -> bool:
    """A Windows Server is a mistake on a pool that does not say it is of Windows, too."""
    return (sku is not None and sku in RETIRED_SKUS) or pool.is_windows()


def _os_type(pool: Pool, context: Context) -> Iterator[Verdict]:
    """A Windows Server needs the system said: left out it is Linux."""
    name = pool.body.get("osSKU").text() or ""
    if name.startswith("Windows") and not pool.is_windows():
        node = pool.body.get("osType")
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.known()) if node.is_given else f"{NOTHING}, which is Linux",
            allowed=f'"Windows" with osSKU: {name}',
            fix='write osType: "Windows"',
        )


def _kubernetes(pool: Pool, context: Context) -> Iterator[Verdict]:
    """The Kubernetes of the pool, or of the cluster that it stands in, has that Windows Server."""
    node = pool.body.get("osSKU")
    sku = next((one for one in _there(pool) if one.name == node.text()), None)
    if sku is None:
        return
    version = _version(pool)
    match = _VERSION.fullmatch(version.text() or "")
    if match is None:
        return
    minor = int(match[1])
    if sku.first_minor <= minor and not (sku.gone_from_minor and minor >= sku.gone_from_minor):
        return
    span = f"1.{sku.first_minor} or newer" + (f", up to 1.{sku.gone_from_minor - 1}" if sku.gone_from_minor else "")
    yield Problem(
        rule=ID,
        path=node.path,
        given=f"{given(sku.name)} with Kubernetes 1.{minor}",
        allowed=f"{sku.name} with Kubernetes {span}",
        fix="make a pool of another Windows Server, and rebuild the images on its base",
    )


def _version(pool: Pool) -> Node:
    own = pool.body.get("orchestratorVersion")
    return own if own.is_given or pool.cluster is None else pool.cluster.get("kubernetesVersion")


def _fips(pool: Pool, context: Context) -> Iterator[Verdict]:
    sku = WINDOWS_SKUS.get(pool.body.get("osSKU").text() or "")
    node = pool.body.get("enableFIPS")
    if pool.platform != "aks" or sku is None or not sku.needs_fips or node.flag(False):
        return
    yield Problem(
        rule=ID,
        path=node.path,
        given=given(node.value) if node.is_given else NOTHING,
        allowed=f"true with {sku.name}: AKS has no other image of it",
        fix="write true",
    )


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="a Windows pool says its Windows Server, which is supported there",
    why="Containers run only on the Windows Server that they are built for, and a pool of one that has ended can "
    "neither grow nor be upgraded.",
    fix="Write osSKU: Windows2022 up to Kubernetes 1.36, else Windows2025 with enableFIPS: true.",
    severity="high",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_known_sku, _os_type, _kubernetes, _fips)),
    references=(
        Reference(framework="AKS documentation", id="upgrade-windows-os"),
        Reference(framework="AKS documentation", id="windows-faq"),
    ),
)
