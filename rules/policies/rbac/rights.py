"""What roles grant, and which rights get others.

Owns the tables, and how a rule of a role is held against them, in Python and in CEL: both are made from one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.policies.node import Node
from rules.policies.twin import literal
from rules.tables.trust_right import GROUP, RESOURCE, VERB

Rights = Mapping[tuple[str, str], tuple[str, ...]]
"""Verbs by API group and resource."""

VERBS: Final = ("*", "bind", "escalate", "impersonate")
_ANY: Final = ("*",)
_WRITE: Final = ("create", "delete", "deletecollection", "patch", "update")
_ADMISSION: Final = "admissionregistration.k8s.io"
RIGHTS: Final[Rights] = {
    ("", "nodes/proxy"): _ANY,
    ("", "persistentvolumes"): ("create",),
    ("", "serviceaccounts/token"): ("create",),
    # Who may assign trust is for cluster administrators to say, not for a program.
    (GROUP, RESOURCE): (VERB,),
    ("certificates.k8s.io", "certificatesigningrequests/approval"): ("patch", "update"),
    ("certificates.k8s.io", "signers"): ("approve", "sign"),
    (_ADMISSION, "mutatingwebhookconfigurations"): _WRITE,
    (_ADMISSION, "validatingwebhookconfigurations"): _WRITE,
    (_ADMISSION, "mutatingadmissionpolicies"): _WRITE,
    (_ADMISSION, "mutatingadmissionpolicybindings"): _WRITE,
    (_ADMISSION, "validatingadmissionpolicies"): _WRITE,
    (_ADMISSION, "validatingadmissionpolicybindings"): _WRITE,
}
"""Verbs by group and resource that no role has; `*`: none at all."""

_TEMPLATE: Final = ("create", "patch", "update")
MAKES_PODS: Final[Rights] = {
    # The image of a pod that runs can be changed, and it keeps what it is otherwise: HostProcess, its account, volumes.
    ("", "pods"): _TEMPLATE,
    # By websockets a shell is opened with GET.
    ("", "pods/attach"): ("create", "get"),
    ("", "pods/exec"): ("create", "get"),
    ("", "pods/ephemeralcontainers"): ("patch", "update"),
    ("", "replicationcontrollers"): _TEMPLATE,
    ("actions.github.com", "autoscalingrunnersets"): _TEMPLATE,
    ("actions.github.com", "ephemeralrunners"): _TEMPLATE,
    ("actions.github.com", "ephemeralrunnersets"): _TEMPLATE,
    ("apps", "daemonsets"): _TEMPLATE,
    ("apps", "deployments"): _TEMPLATE,
    ("apps", "replicasets"): _TEMPLATE,
    ("apps", "statefulsets"): _TEMPLATE,
    ("batch", "cronjobs"): _TEMPLATE,
    # The template of a Job cannot be changed.
    ("batch", "jobs"): ("create",),
    ("keda.sh", "scaledjobs"): _TEMPLATE,
}
"""Verbs by which a pod, or its container, becomes what somebody likes."""
READS_SECRETS: Final[Rights] = {("", "secrets"): ("get", "list", "watch")}

_MANAGE: Final = ("create", "delete", "get", "list", "patch", "update")
DOCUMENTED: Final[Rights] = {
    ("", "pods"): ("create", "delete", "get", "list"),
    ("", "pods/exec"): ("create", "get"),
    ("", "pods/log"): ("get", "list", "watch"),
    ("", "pods/status"): ("get",),
    ("", "secrets"): _MANAGE,
    ("", "serviceaccounts"): _MANAGE,
    ("batch", "jobs"): ("create", "delete", "get", "list"),
    ("rbac.authorization.k8s.io", "rolebindings"): _MANAGE,
    ("rbac.authorization.k8s.io", "roles"): _MANAGE,
}
"""What the roles of a runner set have at most: those of the container hooks and of ARC's controller
(`components.github.rbac`)."""


@dataclass(frozen=True)
class Grant:
    """One rule of a role."""

    node: Node
    groups: list[Node]
    resources: list[Node]
    verbs: list[Node]

    def has(self, rights: Rights) -> list[Node]:
        """The resources of this rule for which it grants one of the rights, in any version of a wildcard."""
        groups, verbs = {one.text() for one in self.groups}, {one.text() for one in self.verbs}
        found = []
        for resource in self.resources:
            for (group, name), forbidden in rights.items():
                if (
                    resource.text() in (name, "*", f"*/{name.partition('/')[2]}")
                    and groups & {group, "*"}
                    and (verbs & {*forbidden, "*"} or (forbidden == _ANY and verbs))
                ):
                    found.append(resource)
                    break
        return found

    def within(self, rights: Rights) -> bool:
        """Whether it grants nothing but these."""
        return all(
            verb.text() in rights.get((group.text() or "", resource.text() or ""), ())
            for group in self.groups
            for resource in self.resources
            for verb in self.verbs
        )

    @property
    def by_name(self) -> bool:
        """Whether it is for some objects only, by name."""
        return bool(self.node.get("resourceNames").items())


def grant_of(node: Node) -> Grant:
    """A rule of a role, read. Raises `NotKnown`."""
    return Grant(node, node.get("apiGroups").items(), node.get("resources").items(), node.get("verbs").items())


def of_pods(grants: list[Grant]) -> tuple[list[Node], list[Node]]:
    """The resources by which pods are made, and those by which Secrets are read that nobody has named."""
    makes = [one for grant in grants for one in grant.has(MAKES_PODS)]
    return makes, [one for grant in grants if not grant.by_name for one in grant.has(READS_SECRETS)]


def has_cel(rule: str, rights: Rights) -> str:
    """CEL: as `Grant.has`, of the rule in a variable."""
    table = "{" + ", ".join(f"{literal(f'{g}|{r}')}: {literal(list(verbs))}" for (g, r), verbs in rights.items()) + "}"
    return (
        f"{table}.exists(k, {rule}.?resources.orValue([]).exists(n, "
        "n == k.split('|')[1] || n == '*' || n == '*/' + (k.contains('/') ? k.split('/')[1] : '')) && "
        f"{rule}.?apiGroups.orValue([]).exists(g, g == '*' || g == k.split('|')[0]) && "
        f"{rule}.verbs.exists(v, v == '*' || v in {table}[k] || '*' in {table}[k]))"
    )
