"""What whoever previews a stack may read in its cluster: every object of the stack.

`pulumi preview --refresh` reads each object that is in the state. The official provider takes an object that is not
there for deleted, but fails at one that it may not read (pulumi-kubernetes, `provider.go`, Read, read 2026-11), and the
preview with it. No role that others offer for reading covers all kinds of a stack: Kubernetes' `view` and Azure's RBAC
Reader have no Secrets, roles, bindings, admission policies and custom resources.

Owns these rights:

- in the cluster: `get` of the kinds in `READABLE`, all that the program can make but Secrets; also of others' objects,
  as none of these kinds is meant to hold a secret
- in a namespace of workloads: `get` of the stack's own Secrets, by name. Those that others put there, or that KEDA and
  ARC make, stay unread. A Role each: an update comes before all deletions, so a Role for all would lose the name of a
  Secret that goes while the Secret is still there, and if the run then fails, no preview could read the state
- in a namespace of a chart: `get` and `list` of its Secrets. Helm keeps a release in Secrets, which it finds by their
  labels, and Kubernetes cannot grant a list of some names alone

Who previews decrypts the state, and so has the values of the stack's Secrets anyway (docs/state.md).

Leaves pods, replica sets and claims to `view` and its like: by them the provider tells whether a workload is ready, and
where it may not list them, it takes the workload for not ready and goes on.

Refuses to grant a right to write: a server-side dry run needs one, and a preview does without it
(docs/pull-requests.md). Refuses to protect a right: whom it is for may change, in production too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata, plain
from rules.names import Limit, fit

_RBAC_GROUP: Final = "rbac.authorization.k8s.io"

_ROLE: Final = Limit(
    what="a Role",
    words="1 to 253 lower-case letters, digits and single hyphens",
    shortest=1,
    longest=253,
    separator="-",
    letter_first=True,
    hash_length=8,
)
"""As long as a Secret's own name may be. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, read
2026-11"""

READABLE: Final[Mapping[str, Sequence[str]]] = {
    "": ("configmaps", "namespaces", "serviceaccounts"),
    "actions.github.com": ("autoscalingrunnersets",),
    "admissionregistration.k8s.io": ("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
    "apps": ("daemonsets", "deployments", "statefulsets"),
    "azmonitoring.coreos.com": ("podmonitors",),
    "batch": ("jobs",),
    "coordination.k8s.io": ("leases",),
    "keda.sh": ("scaledjobs", "triggerauthentications"),
    "monitoring.coreos.com": ("podmonitors", "prometheusrules"),
    "networking.k8s.io": ("networkpolicies",),
    "policy": ("poddisruptionbudgets",),
    _RBAC_GROUP: ("clusterrolebindings", "clusterroles", "rolebindings", "roles"),
    "scheduling.k8s.io": ("priorityclasses",),
}
"""Resources by API group. Not those of the stack at hand: a kind that a change adds is then readable before the first
object of it is there. A test holds it against what the program registers."""


@dataclass(frozen=True, kw_only=True)
class Previewer:
    """Who previews a stack, with what lets them read it."""

    user: pulumi.Input[str]
    """As the API server calls them; of an identity of Entra the object id."""
    rights: Sequence[pulumi.Resource] = ()
    """What is to be in place before there is anything to read, and until nothing is left."""


@dataclass(frozen=True, kw_only=True)
class PreviewAccessArgs:
    """What `PreviewAccess` needs."""

    stack: str
    user: pulumi.Input[str]
    """Who previews, as the API server calls them. AKS calls a managed identity by its object id, as a user and not as a
    group (https://github.com/Azure/kubelogin/issues/39, read 2026-11)."""


class PreviewAccess(pulumi.ComponentResource):
    """The right to read the stack's objects but for its Secrets."""

    previewer: Previewer
    """For whatever makes a namespace with Secrets of the stack in it."""

    def __init__(self, name: str, args: PreviewAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("buildfleet:index:PreviewAccess", name, {"stack": args.stack, "user": args.user}, opts)
        called = access_name(args.stack)
        where = metadata(called, labels=object_labels(stack=args.stack))
        own = pulumi.ResourceOptions(parent=self)
        role = ClusterRole(f"{name}-role", metadata=where, rules=[plain(rule) for rule in cluster_rules()], opts=own)
        binding = ClusterRoleBinding(
            f"{name}-binding",
            metadata=where,
            role_ref=plain({"apiGroup": _RBAC_GROUP, "kind": "ClusterRole", "name": called}),
            subjects=_subjects(args.user),
            opts=own,
        )
        self.previewer = Previewer(user=args.user, rights=(role, binding))
        self.register_outputs({})


def rights_of(previewer: Previewer | None) -> list[pulumi.Resource]:
    """What objects wait for; nothing, where the program does not know who previews."""
    return [] if previewer is None else list(previewer.rights)


def access_name(stack: str, secret: str | None = None) -> str:
    """Of the ClusterRole and of a chart's Role, or of the Role for one Secret; their bindings have the same."""
    name = f"buildfleet-{stack}-preview"
    return name if secret is None else fit(_ROLE, name, secret)


def cluster_rules() -> list[dict[str, Any]]:
    """Rules of the ClusterRole."""
    return [
        {"apiGroups": [group], "resources": sorted(resources), "verbs": ["get"]}
        for group, resources in sorted(READABLE.items())
    ]


def secret_rules(secret: str | None) -> list[dict[str, Any]]:
    """Rules of a Role: for one Secret; `None`: for those of a chart's namespace, where Helm looks for its own."""
    if secret is None:
        return [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]
    return [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["get"]}]


def secrets_access(
    parent: pulumi.Resource,
    name: str,
    *,
    stack: str,
    namespace: pulumi.Input[str],
    previewer: Previewer,
    secret: str | None,
) -> list[pulumi.Resource]:
    """Register the right to read a Secret, or those of a chart; returns what is made before it and deleted after it.

    Args:
        parent: whose children they are.
        name: their names begin with it.
        stack: whose they are.
        namespace: of the Secrets.
        previewer: who reads.
        secret: its name; `None`: all of a chart's namespace.
    """
    called = access_name(stack, secret)
    child = f"{name}-preview" if secret is None else f"{name}-preview-{secret}"
    where = metadata(called, namespace=namespace, labels=object_labels(stack=stack))
    own = pulumi.ResourceOptions(parent=parent, protect=False)
    return [
        Role(child, metadata=where, rules=[plain(rule) for rule in secret_rules(secret)], opts=own),
        RoleBinding(
            f"{child}-binding",
            metadata=where,
            role_ref=plain({"apiGroup": _RBAC_GROUP, "kind": "Role", "name": called}),
            subjects=_subjects(previewer.user),
            opts=own,
        ),
    ]


def _subjects(user: pulumi.Input[str]) -> list[Any]:
    return [plain({"apiGroup": _RBAC_GROUP, "kind": "User", "name": user})]
