"""Azure's own policies on what pods may do, assigned to a cluster with the policy add-on.

Owns the assignments of the definitions in `rules.tables.azure_policy`: on HostProcess, ContainerAdministrator, the
host's namespaces, network and paths, privileged containers, and on the images of namespaces that have such rights. What
each lets through is computed from the images of the stack (`rules.azure_policy`), by image and for its need alone.

They stand at the resource group of the cluster: Azure Policy for Kubernetes knows assignments to management groups,
subscriptions and resource groups (MicrosoftDocs/azure-docs, governance/policy/concepts/policy-for-kubernetes.md, read
2026-11-22), not to a cluster. In a group that is brought they hold for other clusters in it, too.

`audit` reports and lets everything through; `deny` refuses pods, not what makes them: a Deployment is accepted and its
pods never come. The add-on asks for assignments every 15 minutes, so a new image is refused until then, and it lets
everything through while it is down. What must hold at all times belongs into the cluster's own admission policies.

Whoever assigns needs Resource Policy Contributor: a contributor may not.

Refuses nothing by itself; `rules.azure_policy` refuses images that would exempt more than themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization

from components.azure.scope import AzureScope
from rules.azure_policy import Mode, StackImage, assigned, parameters
from rules.names import POLICY_ASSIGNMENT, fit


@dataclass(frozen=True, kw_only=True)
class PolicyAssignmentsArgs:
    """What `PolicyAssignments` needs."""

    scope: AzureScope
    environment: str
    """Name of the environment; assignments are called ENVIRONMENT-DEFINITION, or a shorter name with a hash where that
    has more than 64 characters."""
    mode: Mode
    images: Sequence[StackImage]
    """All containers of the namespaces of this project, with what each needs of its node."""


class PolicyAssignments(pulumi.ComponentResource):
    """One assignment for each definition."""

    def __init__(self, name: str, args: PolicyAssignmentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        definitions = assigned(args.images)
        wanted = {definition.key: parameters(definition, args.images, args.mode) for definition in definitions}
        super().__init__(
            "buildfleet:index:PolicyAssignments",
            name,
            {"environment": args.environment, "mode": args.mode, "parameters": wanted},
            opts,
        )
        # As an output of the group where that is made here, so that the assignments come after it.
        scope = pulumi.Output.from_input(args.scope.resource_group).apply(lambda _: args.scope.resource_group_id)
        for definition in definitions:
            authorization.PolicyAssignment(
                f"{name}-{definition.key}",
                policy_assignment_name=fit(POLICY_ASSIGNMENT, args.environment, definition.key),
                scope=scope,
                policy_definition_id=definition.resource_id,
                # New versions with the same parameters, and no others.
                definition_version=definition.version_range,
                display_name=f"{args.environment}: {definition.title}",
                enforcement_mode="Default",
                parameters={
                    key: authorization.ParameterValuesValueArgs(value=value)
                    for key, value in wanted[definition.key].items()
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
