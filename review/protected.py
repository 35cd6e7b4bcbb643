"""What may not be replaced or deleted without somebody's yes, and the digest that a yes is bound to.

Owns the one table of kinds with their reasons. A cluster or a node pool that an update takes out of a resource, such as
a pool inside of its cluster, goes as well as one of its own.

The digest names operation, type, URN and id of every resource in the set: a push that destroys more, less or something
else has another one, and an earlier yes does not count for it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from review import nodes
from review.log import Log, State, Step
from review.resources import resource
from rules.policies.azure import clusters, pools
from rules.policies.node import NotKnown

_API_VERSION: Final = re.compile(r"(?<=/)v\d+((alpha|beta)\d+)?(?=:)")
_CLUSTER: Final = "every workload, node and running job in it goes"
_POOL: Final = "its nodes go without a drain, and the jobs on them"
_OWN: Final = "the program protects it"
_LOST: Final = "node pools in it go or are made anew, without a drain, and the jobs on them"
_UNSURE: Final = "it cannot be known whether node pools in it go or are made anew"
_ON_IT: Final = "what is on it may be lost"
_ADMITTED: Final = "what it refuses is admitted from then on"
_ADDRESSES: Final = "addresses and ranges that firewalls elsewhere know are lost"

PROTECTED: Final[Mapping[str, str]] = {
    "azure-native:compute:Disk": _ON_IT,
    "azure-native:compute:Gallery": "every image in it is lost",
    "azure-native:compute:GalleryImage": "every version of it is lost",
    "azure-native:compute:GalleryImageVersion": "nodes and machines that name it cannot be made any more",
    "azure-native:compute:Snapshot": _ON_IT,
    "azure-native:containerregistry:Registry": "every image in it is lost",
    "azure-native:keyvault:Key": "what is encrypted with it cannot be read any more",
    "azure-native:keyvault:Vault": "every secret in it goes, and its name stays taken",
    "azure-native:managedidentity:UserAssignedIdentity": "roles and federated credentials elsewhere name its ids",
    "azure-native:network:NatGateway": _ADDRESSES,
    "azure-native:network:PublicIPAddress": _ADDRESSES,
    "azure-native:network:Subnet": "everything with an address in it has to go first",
    "azure-native:network:VirtualNetwork": "everything with an address in it has to go first",
    "azure-native:network:VirtualNetworkGateway": "its tunnels break, and another takes most of an hour to make",
    "azure-native:operationalinsights:Workspace": "every log in it is lost",
    "azure-native:resources:ResourceGroup": "everything in it goes, also what this stack did not make",
    "azure-native:storage:BlobContainer": "every blob in it is lost",
    "azure-native:storage:FileShare": "every file in it is lost",
    "azure-native:storage:StorageAccount": "everything in it is lost",
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy": _ADMITTED,
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding": _ADMITTED,
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "every object of the kind goes, of every stack",
    "kubernetes:core/v1:Namespace": "everything in it goes, also what this stack did not make",
    "kubernetes:core/v1:PersistentVolume": _ON_IT,
    "kubernetes:core/v1:PersistentVolumeClaim": _ON_IT,
    "kubernetes:helm.sh/v3:Release": "all that the chart made goes, and every object of the kinds that it brought",
}
"""By type without versions of Azure's API; of Kubernetes' kinds other versions are found, too. Clusters and node pools
are found in every form beside.

Not in it: what a program makes anew without a loss, such as role assignments and workloads."""

LABEL: Final = "approve-destroy:"
"""What an approval begins with; GitHub's labels have room for 50 characters."""
DIGEST_LENGTH: Final = 32
"""Hexadecimal digits: 128 bits, so that nobody finds two sets with one digest."""


@dataclass(frozen=True, kw_only=True)
class Destruction:
    """One resource that needs a yes."""

    step: Step
    operation: Literal["delete", "replace", "unprotect", "update"]
    """`update`: it stays, and something in it goes."""
    reason: str
    parts: tuple[tuple[str, str], ...] = ()
    """Of an update: what in it goes, by name, and how. Names are a program's."""

    @property
    def pools(self) -> tuple[str, ...]:
        """The names of the node pools that an update takes away."""
        return tuple(name for name, _ in self.parts)


def destructions(log: Log) -> list[Destruction]:
    """What a preview would destroy of what is protected, by URN."""
    return [found for step in log.steps for found in _of_step(step)]


def digest(found: Sequence[Destruction]) -> str:
    """What a yes to exactly this set names."""
    lines = sorted(
        json.dumps(
            [one.operation, one.step.state.type, one.step.urn, one.step.old.id if one.step.old else "", *one.parts]
        )
        for one in found
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_LENGTH]


def label(found: Sequence[Destruction]) -> str:
    """The approval as it is written on a pull request."""
    return f"{LABEL}{digest(found)}"


def _of_step(step: Step) -> Iterator[Destruction]:
    old = step.old
    if old is None:
        return
    reason = _reason(old)
    if step.operation in ("delete", "replace"):
        operation: Literal["delete", "replace"] = "delete" if step.operation == "delete" else "replace"
        if old.protect or reason:
            yield Destruction(step=step, operation=operation, reason=reason or _OWN)
        return
    if old.custom and old.protect and step.new is not None and not step.new.protect:
        yield Destruction(step=step, operation="unprotect", reason=reason or _OWN)
    lost = nodes.lost(step)
    whole = nodes.cluster_lost(step)
    if whole or lost:
        told = _CLUSTER if whole else _UNSURE if all(one.loss == "unsure" for one in lost) else _LOST
        parts = tuple((one.name, one.loss) for one in lost)
        yield Destruction(step=step, operation="update", reason=told, parts=parts)


def _reason(state: State) -> str | None:
    found = resource(state)
    kind = found.kind
    if (reason := PROTECTED.get(kind) or PROTECTED.get(_API_VERSION.sub("v1", kind))) is not None:
        return reason
    if not kind.startswith("azure-native:"):
        return None
    try:
        return _CLUSTER if clusters(found) else _POOL if pools(found) else None
    except NotKnown:
        return _POOL
