"""Role assignments: which role, where, and for whom, as far as a program says.

Owns the reading of scopes and of principals. Ids of what a program makes are not known in its first preview. Then the
engine still tells stack rules of which resources' outputs an input is made, and the type of a resource stands in its
URN. Refuses to guess where neither is there: it raises `NotKnown`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from rules.policies.azure import Cluster
from rules.policies.cluster.parts import FEDERATED_CREDENTIAL, Part
from rules.policies.node import Node, NotKnown
from rules.policies.resource import Resource
from rules.tables.azure_roles import FOR_CONTROL_PLANES, FOR_KUBELETS, NAMES, READING

Level = Literal["tenant", "management group", "subscription", "resource group", "resource"]
WIDE: Final[tuple[Level, ...]] = ("tenant", "management group", "subscription")

THE_CLUSTERS: Final = "an identity of the cluster"
SERVICE_ACCOUNT: Final = "system:serviceaccount:"
"""How the subjects of pods' tokens begin."""

_GROUP: Final = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+/?")
_SUBSCRIPTION: Final = re.compile(r"/subscriptions/[^/]+/?")
_MANAGEMENT_GROUP: Final = re.compile(r"/providers/microsoft\.management/managementgroups/[^/]+/?")
_PROVIDER: Final = re.compile(r"providers/([^/]+(?:/[^/]+/[^/]+)+)/?$")
_DEPLOYMENTS: Final[dict[str, Level]] = {
    "azure-native:resources:Deployment": "resource group",
    "azure-native:resources:DeploymentAtManagementGroupScope": "management group",
    "azure-native:resources:DeploymentAtSubscriptionScope": "subscription",
    "azure-native:resources:DeploymentAtTenantScope": "tenant",
    "azure-native:resources:DeploymentStackAtManagementGroup": "management group",
    "azure-native:resources:DeploymentStackAtResourceGroup": "resource group",
    "azure-native:resources:DeploymentStackAtSubscription": "subscription",
}


@dataclass(frozen=True)
class Scope:
    """Where a role is given. `type` is that of a resource, in lower case: `microsoft.containerregistry/registries`."""

    level: Level
    type: str | None = None


@dataclass(frozen=True)
class Grant:
    """A role assignment."""

    part: Part

    @property
    def resource(self) -> Resource:
        """The resource that makes it."""
        return self.part.resource

    @property
    def role_node(self) -> Node:
        """Id of the role's definition."""
        return self.part.body.get("roleDefinitionId")

    @property
    def principal(self) -> Node:
        """Object id of who has the role."""
        return self.part.body.get("principalId")

    @cached_property
    def scope_node(self) -> Node:
        """Id of where it is given; in a template it stands beside the properties, if at all."""
        own = self.part.body.get("scope")
        return own if own.is_given else self.part.top.get("scope")

    def role(self) -> str | None:
        """Name of the role; `None`: it is not one of `rules.tables.azure_roles`. Raises `NotKnown`."""
        return NAMES.get(self.role_id())

    def role_id(self) -> str:
        """The role's id, in lower case, without where its definition stands. Raises `NotKnown`."""
        return (self.role_node.text() or "").rpartition("/")[2].lower()

    def scope(self) -> Scope:
        """Where it is given. Raises `NotKnown`."""
        node = self.scope_node
        if not node.is_known:
            return self._made_here()
        text = node.text()
        return scope_of(text) if text is not None else self._of_template()

    def _made_here(self) -> Scope:
        """What the id of something is that the program makes itself. One id is all that counts."""
        kinds = {kind_of(urn) for urn in self.resource.dependencies.get("scope", ())}
        if len(kinds) != 1:
            raise NotKnown(self.scope_node.path)
        (kind,) = kinds
        if kind == "azure-native:resources:ResourceGroup":
            return Scope("resource group")
        _, module, name = kind.split(":")
        return Scope("resource", REGISTRY_TYPE if (module, name) == ("containerregistry", "Registry") else None)

    def _of_template(self) -> Scope:
        """Without a scope of its own it is given where the template is deployed; a nested one may be elsewhere."""
        if self.part.top.path.count("template.resources") > 1:
            raise NotKnown(self.scope_node.path)
        for key in ("deploymentScope", "scope"):
            text = self.resource.root.get(key).text()
            if text is not None:
                return scope_of(text)
        return Scope(_DEPLOYMENTS.get(self.resource.kind, "resource group"))


REGISTRY_TYPE: Final = "microsoft.containerregistry/registries"


def scope_of(text: str) -> Scope:
    """What an ARM id is the id of."""
    folded = text.casefold()
    if folded in ("", "/"):
        return Scope("tenant")
    if _MANAGEMENT_GROUP.fullmatch(folded):
        return Scope("management group")
    if _SUBSCRIPTION.fullmatch(folded):
        return Scope("subscription")
    if _GROUP.fullmatch(folded):
        return Scope("resource group")
    provider = _PROVIDER.search(folded)
    if provider is None:
        return Scope("resource")
    namespace, *segments = provider[1].split("/")
    return Scope("resource", "/".join([namespace, *segments[::2]]))


def kind_of(urn: str) -> str:
    """The type in a URN, as `Resource.kind` has it."""
    kind = urn.split("::")[2].rpartition("$")[2] if urn.count("::") >= 3 else ""
    return Resource(type=kind, name="", inputs={}).kind if kind.count(":") == 2 else "unknown:unknown:unknown"


@dataclass(frozen=True)
class Identities:
    """Identities that code on nodes can use, by the URNs of the resources that make them and by object ids."""

    kubelets: frozenset[str]
    """Any pod with a way to the metadata service has theirs."""
    control_planes: frozenset[str]
    clusters: frozenset[str]
    """The clusters themselves: by one of their outputs either may be meant."""
    object_ids: frozenset[str]
    """Of kubelets, as far as they are known."""
    pods: frozenset[str]
    """Of pods, by workload identity."""

    def __bool__(self) -> bool:
        return bool(self.pods) or self.any_of_clusters

    @property
    def any_of_clusters(self) -> bool:
        """Whether any is a cluster's, and not of pods alone."""
        return bool(self.kubelets or self.control_planes or self.clusters or self.object_ids)

    def whose(self, grant: Grant) -> str | None:
        """Who of them has a role, in words; `None`: none of them. Raises `NotKnown` where nothing tells who has it."""
        holder = self.holder(grant)
        return holder[0] if holder is not None else None

    def holder(self, grant: Grant) -> tuple[str, Sequence[str] | None] | None:
        """Who of them has a role, in words, and all roles that such a one needs; `None` of pods, whose work may be
        anything. Of one that is several things, as of the one that most code can use. Raises as `whose` does."""
        made_of = set(grant.resource.dependencies.get("principalId", ()))
        value = grant.principal.value if made_of else grant.principal.known()
        if made_of & self.kubelets or (isinstance(value, str) and value.casefold() in self.object_ids):
            return THE_CLUSTERS, FOR_KUBELETS
        if made_of & self.pods:
            return "an identity of pods", None
        if made_of & self.clusters:
            return THE_CLUSTERS, FOR_CONTROL_PLANES
        if made_of & self.control_planes:
            return THE_CLUSTERS, tuple(dict.fromkeys((*FOR_CONTROL_PLANES, *READING)))
        return None


def identities(subjects: Sequence[object]) -> Identities:
    """Those of all clusters and federated credentials among the subjects of a stack rule."""
    made: dict[str, set[str]] = {"identity": set(), "identityProfile": set()}
    clusters: set[str] = set()
    object_ids: set[str] = set()
    pods: set[str] = set()
    for one in subjects:
        if isinstance(one, Cluster):
            clusters |= {one.resource.urn} - {""}
            for key, urns in made.items():
                urns |= identities_of(one.resource, key)
            for key in ("kubeletidentity", "kubeletIdentity"):
                value = one.body.get("identityProfile", key, "objectId").value
                if isinstance(value, str) and value:
                    object_ids.add(value.casefold())
        elif isinstance(one, Part) and one.type is FEDERATED_CREDENTIAL:
            subject = one.body.get("subject").value
            if isinstance(subject, str) and subject.startswith(SERVICE_ACCOUNT):
                pods |= identities_of(one.resource, "resourceName")
    return Identities(
        kubelets=frozenset(made["identityProfile"]),
        control_planes=frozenset(made["identity"]),
        clusters=frozenset(clusters),
        object_ids=frozenset(object_ids),
        pods=frozenset(pods),
    )


def identities_of(resource: Resource, key: str) -> set[str]:
    """URNs of the user-assigned identities that an input is made of."""
    urns = resource.dependencies.get(key, ())
    return {urn for urn in urns if kind_of(urn) == "azure-native:managedidentity:UserAssignedIdentity"}
