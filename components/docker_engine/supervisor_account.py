"""The account of the engine's supervisors, and the objects that grant and confine its rights.

Owns their names and their order: the admission policy is there before the rights are. What the rights are is in
`rights`.

What is about one pool is a Role of the pool's own: an update comes before all deletions, so a Role for all pools would
lose the DaemonSet of a removed pool while that pool's supervisors still ask whether they are to uninstall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    after: Sequence[pulumi.Resource] = (),
) -> tuple[ServiceAccount, list[pulumi.Resource]]:
    """Register the account, and with it all that its pods need until they are gone.

    Args:
        parent: whose children they are.
        name: their names begin with it.
        stack: whose it is; part of the names of what is cluster-scoped.
        namespace: of the engine.
        namespace_name: the same as a plain text.
        after: what is made before what is in no namespace of the stack, and deleted after it.
    """
    labels = object_labels(stack=stack)
    own = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    everywhere = metadata(cluster_name(stack), labels=labels)
    account = ServiceAccount(
        f"{name}-account",
        metadata=metadata(contract.SERVICE_ACCOUNT_ENGINE, namespace=namespace, labels=labels),
        # Its pods ask for the token themselves.
        automount_service_account_token=False,
        opts=own,
    )
    subjects = _subjects(namespace)
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
            rules=[plain(rule) for rule in cluster_rules()],
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
    there = metadata(cluster_name(stack), namespace=NODE_EVENTS_NAMESPACE, labels=labels)
    return account, [*made, *_granted(parent, f"{name}-events", there, event_rules(), subjects, after)]


def pool_rights(
    parent: pulumi.Resource,
    name: str,
    *,
    labels: Mapping[str, str],
    namespace: pulumi.Input[str],
    daemon_set: str,
    leases: Sequence[str],
) -> list[pulumi.Resource]:
    """Register what the supervisors of one pool may do in the engine's namespace.

    Args:
        parent: whose children they are.
        name: their names begin with it.
        labels: of both.
        namespace: of the engine.
        daemon_set: name of the pool's DaemonSet; the Role has the same.
        leases: names of the Leases of the pool's rollouts.
    """
    where = metadata(daemon_set, namespace=namespace, labels=labels)
    rules = namespace_rules(leases=leases, daemon_set=daemon_set)
    return _granted(parent, f"{name}-slots", where, rules, _subjects(namespace))


def _granted(
    parent: pulumi.Resource,
    name: str,
    where: Any,
    rules: Sequence[Mapping[str, Any]],
    subjects: Any,
    after: Sequence[pulumi.Resource] = (),
) -> list[pulumi.Resource]:
    own = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    return [
        Role(name, metadata=where, rules=[plain(rule) for rule in rules], opts=own),
        RoleBinding(
            f"{name}-binding",
            metadata=where,
            role_ref=plain({"apiGroup": _RBAC_GROUP, "kind": "Role", "name": where["name"]}),
            subjects=subjects,
            opts=own,
        ),
    ]


def _subjects(namespace: pulumi.Input[str]) -> list[Any]:
    return [plain({"kind": "ServiceAccount", "name": contract.SERVICE_ACCOUNT_ENGINE, "namespace": namespace})]
