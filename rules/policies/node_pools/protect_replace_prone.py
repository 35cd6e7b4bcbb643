"""`protect-replace-prone`: no edit of a program deletes what does not come back.

Clusters, identities and key vaults are protected. Pools are not, as most changes of one need another: of them, and of
clusters, it is asked that an upgrade may take as long as its drains. These are options of the resource, told as
`options.protect` and `options.customTimeouts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.policies.arm import OPAQUE, arm_resources
from rules.policies.azure import clusters, pools
from rules.policies.node import Node, Unchecked, Verdict
from rules.policies.resource import Resource
from rules.policies.rule import PRODUCTION_ONLY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, listed

ID: Final = "protect-replace-prone"

_KINDS: Final = {
    "azure-native:keyvault:ManagedHsm": "key vault",
    "azure-native:keyvault:Vault": "key vault",
    "azure-native:kubernetes:ConnectedCluster": "cluster",
    "azure-native:managedidentity:UserAssignedIdentity": "identity",
}
_ARM: Final = {
    "microsoft.keyvault/managedhsms": "key vault",
    "microsoft.keyvault/vaults": "key vault",
    "microsoft.kubernetes/connectedclusters": "cluster",
    "microsoft.managedidentity/userassignedidentities": "identity",
}
_WHY: Final = {
    "cluster": "with a cluster goes all that runs in it",
    "identity": "grants and federations name an identity's ids, which do not come back",
    "key vault": "the name of a key vault is taken for as long as deleted ones are kept",
    "pool": "with a pool go its jobs",
}


@dataclass(frozen=True)
class Kept:
    """Something that is dear, by what it is. `unknown` where that cannot be told yet."""

    resource: Resource
    what: str
    protect: bool
    drains: bool
    unknown: Node | None = None


def _read(resource: Resource) -> Sequence[Kept]:
    found: list[Kept] = []
    if (what := _KINDS.get(resource.kind)) is not None:
        found.append(Kept(resource, what, protect=True, drains=False))
    for arm, body, typed, _ in arm_resources(resource):
        if arm == OPAQUE:
            found.append(Kept(resource, "cluster", protect=typed, drains=True, unknown=body))
        elif typed and (what := _ARM.get(arm)) is not None:
            found.append(Kept(resource, what, protect=True, drains=False))
    # A deployment that is deleted leaves behind what its template made: nothing to protect there.
    for cluster in clusters(resource):
        if cluster.outer.is_known:
            found.append(Kept(resource, "cluster", protect=cluster.typed, drains=True))
    for pool in pools(resource):
        if not pool.inline and pool.body.is_known:
            found.append(Kept(resource, "pool", protect=False, drains=True))
    # Many pools of a template share one resource's options.
    return list({(one.what, one.protect, one.drains, one.unknown and one.unknown.path): one for one in found}.values())


def _check(kept: Kept, context: Context) -> Iterator[Verdict]:
    options = kept.resource.options
    protect = kept.protect or (kept.what == "pool" and context.options["pools"])
    missing = [one for one in context.options["timeouts"] if kept.drains and not options.custom_timeouts.get(one)]
    if kept.unknown is not None:
        if missing or (protect and not options.protect):
            yield Unchecked(path=kept.unknown.path)
        return
    if protect and not options.protect:
        yield Problem(
            rule=ID,
            path="options.protect",
            given="false",
            allowed=f"true in production: {_WHY[kept.what]}",
            fix="set the resource option protect, and lift it by `pulumi state unprotect` where it is to go",
        )
    if missing:
        yield Problem(
            rule=ID,
            path="options.customTimeouts",
            given=f"{NOTHING} for {listed(missing, 'and')}",
            allowed=f"a time for {listed(context.options['timeouts'], 'and')}: an upgrade takes as long as the drains "
            "of its nodes, and a provider gives up before",
            fix="set the resource option customTimeouts to the rounds of nodes times drain, soak and 15 minutes, and "
            "an hour",
        )


RULE: Final = Rule[Kept](
    id=ID,
    group="node pools",
    title="clusters, identities and key vaults are protected, and upgrades may take their time",
    why="One changed property, a location or a name, replaces a cluster with all that runs in it; and an upgrade that "
    "is given up half-way leaves the state behind what Azure has.",
    fix="Set protect on clusters, identities and vaults, and customTimeouts on clusters and pools.",
    severity="high",
    levels=PRODUCTION_ONLY,
    read=_read,
    check=_check,
    options={
        "pools": Option(
            default=False,
            schema={
                "type": "boolean",
                "description": "whether pools must be protected, too; then nobody changes a size in one update",
            },
        ),
        "timeouts": Option(
            default=["update"],
            schema={
                "type": "array",
                "items": {"type": "string", "enum": ["create", "update", "delete"]},
                "uniqueItems": True,
                "description": "operations of clusters and pools that must have a timeout of their own",
            },
        ),
    },
    references=(
        Reference(framework="Pulumi documentation", id="concepts/options/protect"),
        Reference(framework="Pulumi documentation", id="concepts/options/customtimeouts"),
    ),
)
