"""`secret-store-rotation`: secrets of a vault that are mounted are read again.

Judges clusters that have the add-on; whether a fleet mounts secrets of a vault is its own choice. Azure tells capitals
in the names of add-ons apart no more than elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.add_ons import add_on
from rules.policies.cluster.mending import with_flags
from rules.policies.node import Node, NotKnown, Verdict
from rules.policies.resource import Resource
from rules.policies.rule import ADVISORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "secret-store-rotation"
_ADD_ON: Final = "azureKeyvaultSecretsProvider"


def _check(cluster: Cluster, context: Context) -> Iterator[Verdict]:
    node = _rotation(cluster)
    if node is not None and not _on(node):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed='"true", as a text',
            fix='write enableSecretRotation: "true" in the config of the add-on',
        )


def _rotation(cluster: Cluster) -> Node | None:
    """The setting, where the cluster has the add-on. Raises `NotKnown`."""
    if cluster.platform != "aks":
        return None
    profile = add_on(cluster, _ADD_ON)
    return profile.get("config", "enableSecretRotation") if profile.get("enabled").flag() else None


def _on(node: Node) -> bool:
    return node.flag() is True or (node.text() or "").casefold() == "true"


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    paths = []
    for cluster in clusters(resource):
        try:
            node = _rotation(cluster)
            if cluster.typed and node is not None and not _on(node):
                paths.append(node.path)
        except NotKnown:
            continue
    return with_flags(resource, paths, "true")


RULE: Final = Rule[Cluster](
    id=ID,
    group="secrets",
    title="secrets that are mounted from a vault are rotated",
    why="Without rotation a pod keeps the secret that it started with: one that leaked and was replaced in the vault "
    "stays in use until the pod is gone.",
    fix='Set enableSecretRotation to "true" in the config of the add-on azureKeyvaultSecretsProvider.',
    severity="medium",
    levels=ADVISORY,
    read=clusters,
    check=_check,
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000034"),
        Reference(framework="Checkov", id="CKV_AZURE_172"),
    ),
    remedy=_remedy,
)
