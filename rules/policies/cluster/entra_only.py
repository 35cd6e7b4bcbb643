"""`cluster-entra-only`: an AKS cluster knows people and pipelines by Entra, and by nothing else.

Judges what the cluster's own resource says. No remedy: whoever works with a local account would be locked out. On Azure
Local this is decided by the connected cluster, which has no local accounts to turn off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.node import Verdict, each_known
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "cluster-entra-only"

_FLAGS: Final[tuple[tuple[tuple[str, ...], bool, str], ...]] = (
    (("aadProfile", "managed"), False, "without Entra a login has no person behind it"),
    (("aadProfile", "enableAzureRBAC"), False, "with it who may do what is seen and revoked in one place"),
    (("disableLocalAccounts",), False, "a local account is a certificate that nobody can revoke"),
    # Azure's own default is true.
    (("enableRBAC",), True, "without it everybody may do everything"),
)


def _check(cluster: Cluster, context: Context) -> Iterator[Verdict]:
    def on(flag: tuple[tuple[str, ...], bool, str]) -> Iterator[Verdict]:
        keys, default, why = flag
        node = cluster.body.get(*keys)
        if node.flag(default) is not True:
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(node.value) if node.is_given else NOTHING,
                allowed=f"true: {why}",
                fix="write true, after somebody has a role in Entra to log in with",
            )

    if cluster.platform == "aks":
        yield from each_known(list(_FLAGS), on)


RULE: Final = Rule[Cluster](
    id=ID,
    group="cluster",
    title="a cluster takes logins of Entra alone, and Azure RBAC decides what they may do",
    why="Local accounts are certificates without a name: they outlive the people who had them, and no log tells who "
    "used one.",
    fix="Set aadProfile.managed, aadProfile.enableAzureRBAC and disableLocalAccounts to true, and leave enableRBAC on.",
    severity="high",
    levels=MANDATORY,
    read=clusters,
    check=_check,
    references=(
        Reference(framework="Azure Policy", id="993c2fcd-2b29-49d2-9eb0-df2c3a730c32"),
        Reference(framework="Azure Policy", id="450d2877-ebea-41e8-b00c-e286317d21bf"),
        Reference(framework="PSRule for Azure", id="AZR-000029"),
        Reference(framework="PSRule for Azure", id="AZR-000031"),
        Reference(framework="PSRule for Azure", id="AZR-000032"),
        Reference(framework="PSRule for Azure", id="AZR-000038"),
        Reference(framework="Checkov", id="CKV_AZURE_5"),
        Reference(framework="Checkov", id="CKV_AZURE_141"),
    ),
)
