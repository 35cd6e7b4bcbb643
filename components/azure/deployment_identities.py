"""The identities with which pipelines preview and deploy an environment, without any stored secret.

Owns two identities, whose tokens they take, and what each may do:

- deploy, on the resource group: Contributor, to change what is in it; Role Based Access Control Administrator, limited
  to grants of the roles in `rules.tables.azure_roles.DELEGABLE` to identities; the latter on what was brought, too,
  with what a cluster needs to join a subnet, to write to a workspace or to use a private DNS zone
- deploy, on the cluster: AKS RBAC Cluster Admin, to make namespaces, roles and workloads
- deploy, only where the stack has policy assignments: Resource Policy Contributor on the resource group, as Contributor
  may not write them; only where it has a budget: Cost Management Contributor on the subscription, and for preview
  Cost Management Reader
- preview, on the resource group and on what was brought: Reader, to compare with what is there
- preview, on the cluster: AKS Cluster User, to get a kubeconfig, and AKS RBAC Reader, for pods and replica sets, which
  tell whether a workload is ready. It has no Secrets, roles and custom resources: what a stack has in its cluster
  `components.kubernetes.preview_access` lets it read

What deploy cannot do, on purpose: grant one of its own roles, or of preview's, to itself or others, or any to people,
as the vault's groups have one. So these are given by a person, who runs the first `up` and each later one that changes
them; the pipeline's runs find them unchanged. What it can do all the same: give itself the roles it may give to the
stack's identities, among them reading the vault; and, as contributor, write federated credentials of the identities in
its group. So whoever can run code under the subjects of `deploy` has the environment.

Of Secrets preview sees the stack's own, whose values it has from the state, and those beside the charts; of the vault
none. It cannot do a server-side dry run, which needs the right to write: what Pod Security would refuse shows only in
`up`. It runs the code of a pull request; GitHub gives forks no token.

Refuses one token for both identities: a pull request could then deploy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.azure.identity import Federation, WorkloadIdentity, WorkloadIdentityArgs, identity_id
from components.azure.roles import may_grant, role_assignment
from components.azure.scope import AzureScope
from rules.tables import azure_roles


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A resource in which the stack grants roles, but which it did not make."""

    name: str
    """A word for it, for example `registry`; part of the names of the assignments."""
    id: str
    """ARM id."""
    deploy_role: str | None = None
    """What deploy needs there beside the right to grant, from `rules.tables.azure_roles`: Network Contributor on a
    subnet that a cluster is to join, Log Analytics Contributor on a workspace that logs are to go to, Private DNS Zone
    Contributor on a zone that a cluster is to write to."""


@dataclass(frozen=True, kw_only=True)
class DeploymentIdentitiesArgs:
    """What `DeploymentIdentities` needs."""

    scope: AzureScope
    environment: str
    """Name of the environment: the identities are called ENVIRONMENT-deploy and ENVIRONMENT-preview."""
    deploy: Sequence[Federation] = ()
    """Who may change the environment. None: no such identity."""
    preview: Sequence[Federation] = ()
    """Who may read it. None: no such identity."""
    cluster_id: pulumi.Input[str]
    """ARM id of the cluster, as its output, so that assignments wait for it."""
    cluster_id_text: str
    """The same in plain text."""
    brought: Sequence[Brought] = ()
    """Registry, vault, subnet, workspace, where they are not made here."""
    policy_assignments: bool = False
    """Whether the stack assigns policies."""
    budget: bool = False
    """Whether the stack has a budget."""
    protect: bool = False
    """Keep the identities from being deleted."""


class DeploymentIdentities(pulumi.ComponentResource):
    """Identities for pipelines, with their roles."""

    client_ids: Mapping[str, pulumi.Output[str]]
    """`deploy` and `preview`, as far as they exist: what a pipeline logs in with."""
    principal_ids: Mapping[str, pulumi.Output[str]]
    """The same two: what they are called by whoever grants them a right, the API server of the cluster too."""

    def __init__(self, name: str, args: DeploymentIdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        wanted = {"deploy": args.deploy, "preview": args.preview}
        kinds = [kind for kind, federations in wanted.items() if federations]
        super().__init__(
            "buildfleet:index:DeploymentIdentities",
            name,
            {
                "environment": args.environment,
                "identities": kinds,
                "clusterId": args.cluster_id,
                "brought": {item.name: item.id for item in sorted(args.brought, key=lambda item: item.name)},
                "policyAssignments": args.policy_assignments,
                "budget": args.budget,
                "protect": args.protect,
            },
            opts,
        )
        client_ids: dict[str, pulumi.Output[str]] = {}
        principal_ids: dict[str, pulumi.Output[str]] = {}
        for kind in kinds:
            identity_name = f"{args.environment}-{kind}"
            identity = WorkloadIdentity(
                f"{name}-{kind}",
                WorkloadIdentityArgs(
                    scope=args.scope,
                    identity_name=identity_name,
                    federations=wanted[kind],
                    protect=args.protect,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            client_ids[kind], principal_ids[kind] = identity.client_id, identity.principal_id
            for grant in grants(args, kind):
                role_assignment(
                    f"{name}-{kind}-{grant.suffix}",
                    parent=self,
                    role=grant.role,
                    scope_id=grant.scope_id,
                    scope=args.cluster_id if grant.scope_id == args.cluster_id_text else None,
                    principal_key=identity_id(
                        resource_group_id=args.scope.resource_group_id, identity_name=identity_name
                    ),
                    principal_id=identity.principal_id,
                    condition=grant.condition,
                )
        self.client_ids, self.principal_ids = client_ids, principal_ids
        self.register_outputs({"clientIds": client_ids})


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One role of one of the identities."""

    suffix: str
    role: str
    scope_id: str
    condition: str | None = None


def grants(args: DeploymentIdentitiesArgs, kind: str) -> list[Grant]:
    """What an identity may do, see the table above. `kind` is `deploy` or `preview`."""
    group, cluster = args.scope.resource_group_id, args.cluster_id_text
    brought = sorted(args.brought, key=lambda item: item.name)
    subscription = f"/subscriptions/{args.scope.subscription}"
    if kind == "preview":
        return [
            Grant(suffix="reader", role=azure_roles.READER, scope_id=group),
            *(Grant(suffix=f"reader-{item.name}", role=azure_roles.READER, scope_id=item.id) for item in brought),
            Grant(suffix="cluster-user", role=azure_roles.AKS_CLUSTER_USER, scope_id=cluster),
            Grant(suffix="cluster-reader", role=azure_roles.AKS_RBAC_READER, scope_id=cluster),
            *(
                [Grant(suffix="budget", role=azure_roles.COST_MANAGEMENT_READER, scope_id=subscription)]
                if args.budget
                else []
            ),
        ]
    limited = may_grant(azure_roles.DELEGABLE)
    found = [
        Grant(suffix="contributor", role=azure_roles.CONTRIBUTOR, scope_id=group),
        Grant(suffix="grants", role=azure_roles.RBAC_ADMINISTRATOR, scope_id=group, condition=limited),
        *(
            Grant(
                suffix=f"grants-{item.name}", role=azure_roles.RBAC_ADMINISTRATOR, scope_id=item.id, condition=limited
            )
            for item in brought
        ),
        *(
            Grant(suffix=f"uses-{item.name}", role=item.deploy_role, scope_id=item.id)
            for item in brought
            if item.deploy_role is not None
        ),
        Grant(suffix="cluster-admin", role=azure_roles.AKS_RBAC_CLUSTER_ADMIN, scope_id=cluster),
    ]
    if args.policy_assignments:
        found.append(Grant(suffix="policy", role=azure_roles.RESOURCE_POLICY_CONTRIBUTOR, scope_id=group))
    if args.budget:
        found.append(Grant(suffix="budget", role=azure_roles.COST_MANAGEMENT_CONTRIBUTOR, scope_id=subscription))
    return found


def _check(args: DeploymentIdentitiesArgs) -> None:
    deploy = {federation.subject for federation in args.deploy}
    both = sorted(deploy & {federation.subject for federation in args.preview})
    if both:
        raise ValueError(
            f"deployment of {args.environment}: {', '.join(both)} may both preview and deploy, so that the code of a "
            "preview could deploy; give the preview a subject of its own"
        )
