"""Resources of Azure that stand beside a cluster, in whatever form a program writes them.

Owns the types that this group's rules judge, and how one of them says whose it is. Refuses to judge.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rules.policies.arm import OPAQUE, arm_resources, may_be
from rules.policies.node import Node
from rules.policies.resource import Resource


@dataclass(frozen=True)
class Part:
    """One resource of a type. `body` has its fields without `properties` above."""

    type: PartType
    resource: Resource
    body: Node
    top: Node
    """Where ARM has what stands beside `properties`: `name`, `scope`, `identity`."""
    typed: bool = True
    """Whether it is a resource of Pulumi's, and not inside of a template."""
    own_type: bool = False
    """Whether it is a resource of azure-native's own type for it."""


@dataclass(frozen=True, kw_only=True)
class PartType:
    """A type of resource, and a reader for `Rule.read`."""

    arm: str
    """In ARM, in lower case."""
    kinds: Collection[str]
    """In azure-native, as `Resource.kind` has it."""

    def __call__(self, resource: Resource) -> list[Part]:
        """What a resource makes of this type. A template that is not known yet may: its part is unknown as a whole."""
        if resource.kind in self.kinds:
            return [Part(self, resource, resource.root, resource.root, own_type=True)]
        return [
            Part(self, resource, top if arm == OPAQUE else top.get("properties"), top, typed)
            for arm, top, typed, _ in arm_resources(resource)
            if may_be(arm, self.arm)
        ]


DIAGNOSTIC_SETTING = PartType(
    arm="microsoft.insights/diagnosticsettings",
    # Version 2 of the provider calls the module insights.
    kinds=("azure-native:insights:DiagnosticSetting", "azure-native:monitor:DiagnosticSetting"),
)
FEDERATED_CREDENTIAL = PartType(
    arm="microsoft.managedidentity/userassignedidentities/federatedidentitycredentials",
    kinds=("azure-native:managedidentity:FederatedIdentityCredential",),
)
MAINTENANCE = PartType(
    arm="microsoft.containerservice/managedclusters/maintenanceconfigurations",
    kinds=("azure-native:containerservice:MaintenanceConfiguration",),
)
REGISTRY = PartType(
    arm="microsoft.containerregistry/registries",
    kinds=("azure-native:containerregistry:Registry",),
)
ROLE_ASSIGNMENT = PartType(
    arm="microsoft.authorization/roleassignments",
    kinds=("azure-native:authorization:RoleAssignment",),
)
ROLE_DEFINITION = PartType(
    arm="microsoft.authorization/roledefinitions",
    kinds=("azure-native:authorization:RoleDefinition",),
)
