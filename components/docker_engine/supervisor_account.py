"""The account of the engine's supervisors, and the objects that grant and confine its rights.

Owns their names and their order: the admission policy is there before the rights are. What the rights are is in
`rights`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import (
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
)
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from components import contract
from components.docker_engine.rights import (
    NODE_EVENTS_NAMESPACE,
    binding_spec,
    cluster_rules,
    event_rules,
    namespace_rules,
    policy_spec,
)
from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata, plain

_RBAC_GROUP: Final = "rbac.authorization.k8s.io"


def cluster_name(stack: str) -> str:
    """Of what the cluster has one of for each stack: role, binding, policy, priority class."""
    return f"buildfleet-{stack}-docker-engine"


def supervisor_account(
    parent: pulumi.Resource,
    name: str,
    *,
    stack: str,
    namespace: pulumi.Input[str],
    namespace_name: str,
    leases: Sequence[str],
    daemon_sets: Sequence[str],
    build_slots: bool,
) -> tuple[ServiceAccount, list[pulumi.Resource]]:
    """Register the account, and with it all that its pods need until they are gone.

    Args:
        parent: whose children they are.
        name: their names begin with it.
        stack: whose it is; part of the names of what is cluster-scoped.
        namespace: of the engine.
        namespace_name: the same as a plain text.
        leases: names of all Leases of the rollouts.
        daemon_sets: names of all DaemonSets.
        build_slots: whether nodes offer places for agents.
    """
    labels = object_labels(stack=stack)
    own = pulumi.ResourceOptions(parent=parent)
    everywhere = metadata(cluster_name(stack), labels=labels)
    account = ServiceAccount(
        f"{name}-account",
        metadata=metadata(contract.SERVICE_ACCOUNT_ENGINE, namespace=namespace, labels=labels),
        # Its pods ask for the token themselves.
        automount_service_account_token=False,
        opts=own,
    )
    subjects = [plain({"kind": "ServiceAccount", "name": contract.SERVICE_ACCOUNT_ENGINE, "namespace": namespace})]
    policy = ValidatingAdmissionPolicy(
        f"{name}-confinement",
        metadata=everywhere,
        spec=plain(policy_spec(namespace=namespace_name)),
        opts=own,
    )
    binding = ValidatingAdmissionPolicyBinding(
        f"{name}-confinement-binding",
        metadata=everywhere,
        spec=plain(binding_spec(policy=cluster_name(stack))),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
    made: list[pulumi.Resource] = [
        policy,
        binding,
        ClusterRole(
            f"{name}-nodes",
            metadata=everywhere,
            rules=[plain(rule) for rule in cluster_rules(build_slots=build_slots)],
            opts=own,
        ),
        ClusterRoleBinding(
            f"{name}-nodes-binding",
            metadata=everywhere,
            role_ref=plain({"apiGroup": _RBAC_GROUP, "kind": "ClusterRole", "name": cluster_name(stack)}),
            subjects=subjects,
            # Before the account may do anything, it is confined.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[binding]),
        ),
    ]
    here = metadata("docker-engine", namespace=namespace, labels=labels)
    there = metadata(cluster_name(stack), namespace=NODE_EVENTS_NAMESPACE, labels=labels)
    in_both = (
        ("slots", here, namespace_rules(leases=leases, daemon_sets=daemon_sets)),
        ("events", there, event_rules()),
    )
    for suffix, where, rules in in_both:
        made += [
            Role(f"{name}-{suffix}", metadata=where, rules=[plain(rule) for rule in rules], opts=own),
            RoleBinding(
                f"{name}-{suffix}-binding",
                metadata=where,
                role_ref=plain({"apiGroup": _RBAC_GROUP, "kind": "Role", "name": where["name"]}),
                subjects=subjects,
                opts=own,
            ),
        ]
    return account, made
