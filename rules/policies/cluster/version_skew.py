"""`pool-version-skew`: clusters run a Kubernetes that is supported, and pools the same as their cluster.

Which versions there are is `rules.kubernetes_support`'s to say, as of the day its table was read; Azure Local has a
calendar of its own, which nobody here knows. A pool that names no version is made with its cluster's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.cluster import parse_version
from rules.kubernetes_support import LONG_TERM_TIER, minor_there
from rules.policies.azure import Cluster, Pool
from rules.policies.cluster.owners import Told, clusters_and_pools, owners
from rules.policies.node import Unchecked, Verdict, each_known, guarded
from rules.policies.resource import Resource
from rules.policies.rule import ADVISORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.tables.kubernetes import EXAMPLE, KUBERNETES, NEWEST, READ
from rules.words import given

ID: Final = "pool-version-skew"


def _check(subjects: Sequence[tuple[Resource, Cluster | Pool]], context: Context) -> Told:
    clusters = [one for _, one in subjects if isinstance(one, Cluster)]
    for one in clusters:
        yield from ((one.resource, verdict) for verdict in each_known([one], _supported))
    for resource, pool in subjects:
        if isinstance(pool, Pool):
            inside = pool.body.path if pool.inline else None
            same = [one for one in clusters if one.platform == pool.platform]
            own, possible = owners(resource, same, inside=inside)
            verdicts = [list(guarded(_same(pool, one, context))) for one in [*own, *possible]]
            if own and verdicts[0]:
                yield resource, verdicts[0][0]
            elif verdicts and not own and all(verdicts):
                # Of several clusters it is none's version, so whose pool it is does not matter.
                yield (
                    resource,
                    next((found[0] for found in verdicts if isinstance(found[0], Unchecked)), verdicts[0][0]),
                )


def _supported(cluster: Cluster) -> Iterator[Verdict]:
    node = cluster.body.get("kubernetesVersion")
    text = node.text()
    version = parse_version(text or "")
    if cluster.platform != "aks" or version is None:
        return
    minor = version[1]
    if not minor_there("aks", minor):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(text),
            allowed=f"a version that AKS had on {READ}, up to 1.{NEWEST} and the one after it",
            fix=f'write a version that `az aks get-versions` lists, for example "1.{EXAMPLE}"',
        )
    elif minor in KUBERNETES and KUBERNETES[minor].offered == "long-term":
        tier = cluster.outer.get("sku", "tier")
        if tier.text() != LONG_TERM_TIER:
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(text)} with {given(tier.value) if tier.is_given else 'no tier'}",
                allowed=f"a version with ordinary support: 1.{minor} has long-term support alone, on the tier "
                f"{LONG_TERM_TIER}",
                fix=f'write a newer version, for example "1.{EXAMPLE}", or sku.tier "{LONG_TERM_TIER}"',
            )


def _same(pool: Pool, cluster: Cluster, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("orchestratorVersion")
    own = node.text()
    if own is None:
        return
    version = cluster.body.get("kubernetesVersion")
    # Of the cluster it is told already that its version is not known.
    whole = version.text() if version.is_known else None
    older, newer = parse_version(own), parse_version(whole or "")
    if older is None or newer is None:
        return
    behind = newer[1] - older[1]
    most = context.options["minorsBehind"]
    if not 0 <= behind <= most or (most == 0 and not _alike(own, whole or "")):
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{given(own)}, in a cluster of {given(whole)}",
            allowed="the version of its cluster" + (f", or up to {most} minors older" if most else ""),
            fix=f"write {given(whole)}, after the cluster has it",
        )


def _alike(one: str, other: str) -> bool:
    """Whether two versions agree as far as both say: "1.36" means its newest patch."""
    return all(a == b for a, b in zip(one.lstrip("v").split("."), other.lstrip("v").split("."), strict=False))


RULE: Final = Rule[Cluster | Pool](
    id=ID,
    group="cluster",
    title="Kubernetes is supported, and node pools have the version of their cluster",
    why="An old minor gets no more fixes, and nodes that stay behind block the next upgrade of their cluster.",
    fix="Upgrade the cluster, then its pools, to a version that AKS supports.",
    severity="medium",
    levels=ADVISORY,
    read=clusters_and_pools,
    check_stack=_check,
    options={
        "minorsBehind": Option(
            default=0,
            schema={
                "type": "integer",
                "minimum": 0,
                "maximum": 3,
                "description": "minor versions that a pool may be behind its cluster, for the time of an upgrade",
            },
        )
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000015"),
        Reference(framework="PSRule for Azure", id="AZR-000016"),
    ),
)
