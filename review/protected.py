"""What may not be replaced or deleted without somebody's yes, and the digest that a yes is bound to.

Owns the one table of kinds with their reasons. The digest names operation, type, URN and id of every resource in the
set: a push that destroys more, less or something else has another one, and an earlier yes does not count for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from review.concepts import kind
from review.log import Log, State, Step
from review.resources import resource
from rules.policies.azure import clusters, pools
from rules.policies.node import NotKnown

_CLUSTER: Final = "every workload, node and running job in it goes"
_POOL: Final = "its nodes go without a drain, and the jobs on them"
_ADDRESSES: Final = "addresses and ranges that firewalls elsewhere know are lost"

PROTECTED: Final[Mapping[str, str]] = {
    "azure-native:containerregistry:Registry": "every image in it is lost",
    "azure-native:keyvault:Vault": "every secret in it goes, and its name stays taken",
    "azure-native:managedidentity:UserAssignedIdentity": "roles and federated credentials elsewhere name its ids",
    "azure-native:network:NatGateway": _ADDRESSES,
    "azure-native:network:PublicIPAddress": _ADDRESSES,
    "azure-native:network:Subnet": "everything with an address in it has to go first",
    "azure-native:network:VirtualNetwork": "everything with an address in it has to go first",
    "azure-native:operationalinsights:Workspace": "every log in it is lost",
    "azure-native:resources:ResourceGroup": "everything in it goes, also what this stack did not make",
    "azure-native:storage:StorageAccount": "everything in it is lost",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "every object of the kind goes, of every stack",
    "kubernetes:core/v1:Namespace": "everything in it goes, also what this stack did not make",
    "kubernetes:core/v1:PersistentVolume": "what is on it may be lost",
    "kubernetes:core/v1:PersistentVolumeClaim": "what is on it may be lost",
}
"""By type without versions of Azure's API. Clusters and node pools are found in every form beside."""

LABEL: Final = "approve-destroy:"
"""What an approval begins with; GitHub's labels have room for 50 characters."""
DIGEST_LENGTH: Final = 32
"""Hexadecimal digits: 128 bits, so that nobody finds two sets with one digest."""


@dataclass(frozen=True, kw_only=True)
class Destruction:
    """One resource that needs a yes."""

    step: Step
    operation: Literal["delete", "replace", "unprotect"]
    reason: str


def destructions(log: Log) -> list[Destruction]:
    """What a preview would destroy of what is protected, by URN."""
    return [found for step in log.steps if (found := _destruction(step)) is not None]


def digest(found: Sequence[Destruction]) -> str:
    """What a yes to exactly this set names."""
    lines = sorted(
        "\t".join((one.operation, one.step.state.type, one.step.urn, one.step.old.id if one.step.old else ""))
        for one in found
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_LENGTH]


def label(found: Sequence[Destruction]) -> str:
    """The approval as it is written on a pull request."""
    return f"{LABEL}{digest(found)}"


def _destruction(step: Step) -> Destruction | None:
    old = step.old
    if old is None:
        return None
    reason = _reason(old)
    if step.operation in ("delete", "replace"):
        operation: Literal["delete", "replace"] = "delete" if step.operation == "delete" else "replace"
        if old.protect:
            return Destruction(step=step, operation=operation, reason=reason or "the program protects it")
        return Destruction(step=step, operation=operation, reason=reason) if reason else None
    if old.custom and old.protect and step.new is not None and not step.new.protect:
        return Destruction(step=step, operation="unprotect", reason=reason or "the program protects it")
    return None


def _reason(state: State) -> str | None:
    if (reason := PROTECTED.get(kind(state.type))) is not None:
        return reason
    if not state.type.startswith("azure-native:"):
        return None
    found = resource(state)
    try:
        return _CLUSTER if clusters(found) else _POOL if pools(found) else None
    except NotKnown:
        return _POOL
