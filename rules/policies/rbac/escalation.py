"""`rbac-no-escalation`: no role has a right by which it can get every other.

Two levels:

- Never, in any role: wildcards, `escalate`, `bind`, `impersonate`, the kubelet's API (`nodes/proxy`), tokens of other
  accounts, certificates that one signs oneself, persistent volumes, which may be any folder of a node, who is trusted,
  and objects that decide what the API server admits.
- In namespaces with privileged pods, whoever may make a pod has its node. So in the engine's namespace nobody may. In
  those of agents with Docker nobody may who reads Secrets too, but for the runners with hooks and ARC's controller, as
  documented: their roles carry the label `buildfleet.dev/runner-set`, and go no further than ours do. Jobs of such
  runners can reach their node, which is why they are for trusted repositories.

A role is judged by itself: two roles bound to one account, one to make pods and one to read Secrets, are not seen.
Where a ClusterRole is bound is for `rbac-bound-cluster-role`. In
the cluster, roles of the fleet's namespaces are judged, and ClusterRoles are not: operators' charts bring their own,
and Kubernetes lets nobody write a role with more rights than he has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.policies.fleet import Confinement
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from rules.words import given

ID: Final = "rbac-no-escalation"
RUNNER_SET_LABEL: Final = "buildfleet.dev/runner-set"
"""`components.contract.LABEL_RUNNER_SET`."""

VERBS: Final = ("*", "bind", "escalate", "impersonate")
_ANY: Final = ("*",)
_WRITE: Final = ("create", "delete", "deletecollection", "patch", "update")
_ADMISSION: Final = "admissionregistration.k8s.io"
RIGHTS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
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

MAKES_PODS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "pods"): ("create",),
    # By websockets a shell is opened with GET.
    ("", "pods/attach"): ("create", "get"),
    ("", "pods/exec"): ("create", "get"),
    ("", "pods/ephemeralcontainers"): ("patch", "update"),
    ("", "replicationcontrollers"): ("create",),
    ("actions.github.com", "autoscalingrunnersets"): ("create",),
    ("actions.github.com", "ephemeralrunners"): ("create",),
    ("actions.github.com", "ephemeralrunnersets"): ("create",),
    ("apps", "daemonsets"): ("create", "patch", "update"),
    ("apps", "deployments"): ("create", "patch", "update"),
    ("apps", "replicasets"): ("create", "patch", "update"),
    ("apps", "statefulsets"): ("create", "patch", "update"),
    ("batch", "cronjobs"): ("create", "patch", "update"),
    # The template of a Job cannot be changed.
    ("batch", "jobs"): ("create",),
    ("keda.sh", "scaledjobs"): ("create", "patch", "update"),
}
READS_SECRETS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {("", "secrets"): ("get", "list", "watch")}

_MANAGE: Final = ("create", "delete", "get", "list", "patch", "update")
DOCUMENTED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
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

    def has(self, rights: Mapping[tuple[str, str], tuple[str, ...]]) -> list[Node]:
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

    def within(self, rights: Mapping[tuple[str, str], tuple[str, ...]]) -> bool:
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


def _grant(node: Node) -> Grant:
    return Grant(node, node.get("apiGroups").items(), node.get("resources").items(), node.get("verbs").items())


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    rules = item.body.get("rules").items()
    yield from each_known(rules, _never)
    if item.kind == "Role":
        yield from guarded(_where_privileged(item, rules, context))


def _never(node: Node) -> Iterator[Verdict]:
    grant = _grant(node)
    for one, allowed, fix in (
        *(
            (verb, "the verbs that are needed, without escalate, bind and impersonate", "name the verbs")
            for verb in grant.verbs
            if verb.text() in VERBS
        ),
        *((group, "API groups by name", "name the groups") for group in grant.groups if group.text() == "*"),
        *((one, "resources by name", "name the resources") for one in grant.resources if one.text() == "*"),
    ):
        yield _problem(one, allowed, fix)
    for resource in grant.has(RIGHTS):
        if resource.text() != "*":
            yield _problem(resource, "no right by which a role gets others", "leave it out")


def _where_privileged(item: Object, rules: list[Node], context: Context) -> Iterator[Verdict]:
    if touches_pods(rules):
        yield from where_privileged(item, rules, context.fleet.confinement(item.namespace()))


def touches_pods(rules: list[Node]) -> bool:
    """Whether rules of a role grant what matters where pods are privileged. Raises `NotKnown`."""
    return any(map(any, _of_pods([_grant(node) for node in rules])))


def _of_pods(grants: list[Grant]) -> tuple[list[Node], list[Node]]:
    makes = [one for grant in grants for one in grant.has(MAKES_PODS)]
    return makes, [one for grant in grants if not grant.by_name for one in grant.has(READS_SECRETS)]


def where_privileged(item: Object, rules: list[Node], purpose: Confinement | None) -> Iterator[Problem]:
    """What is wrong with the rules of a role that holds in a namespace of this purpose. Raises `NotKnown`."""
    grants = [_grant(node) for node in rules]
    makes, reads = _of_pods(grants)
    if purpose == "engine":
        for one in {node.path: node for node in (*makes, *reads)}.values():
            yield _problem(one, "in the engine's namespace, neither making pods nor reading Secrets", "leave it out")
    elif purpose == "agents-docker" and makes and reads and not _documented(item, grants):
        yield _problem(
            reads[0],
            "where pods are privileged, making pods or reading Secrets, not both, but for runner sets of the fleet",
            "name the Secret in resourceNames, or run in a namespace whose pods have no privilege",
        )


def _documented(item: Object, grants: list[Grant]) -> bool:
    return bool(item.meta.get("labels", RUNNER_SET_LABEL).text()) and all(one.within(DOCUMENTED) for one in grants)


def _problem(node: Node, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=node.path, given=given(node.value), allowed=allowed, fix=fix)


def _has(rule: str, rights: Mapping[tuple[str, str], tuple[str, ...]]) -> str:
    """CEL: as `Grant.has`, of the rule in a variable."""
    table = "{" + ", ".join(f"{literal(f'{g}|{r}')}: {literal(list(verbs))}" for (g, r), verbs in rights.items()) + "}"
    return (
        f"{table}.exists(k, {rule}.?resources.orValue([]).exists(n, "
        "n == k.split('|')[1] || n == '*' || n == '*/' + (k.contains('/') ? k.split('/')[1] : '')) && "
        f"{rule}.?apiGroups.orValue([]).exists(g, g == '*' || g == k.split('|')[0]) && "
        f"{rule}.verbs.exists(v, v == '*' || v in {table}[k] || '*' in {table}[k]))"
    )


def _twins() -> tuple[Twin, ...]:
    # The API server has null where a role has no rules.
    rules = "(dyn(object).?rules.orValue(null) == null ? [] : dyn(object).rules)"
    star = " || ".join(f"'*' in r.?{key}.orValue([])" for key in ("apiGroups", "resources"))
    never = f"!{rules}.exists(r, r.verbs.exists(v, v in {literal(list(VERBS))}) || {star} || {_has('r', RIGHTS)})"
    makes = f"{rules}.exists(r, {_has('r', MAKES_PODS)})"
    reads = f"{rules}.exists(r, r.?resourceNames.orValue([]).size() == 0 && {_has('r', READS_SECRETS)})"
    table = "{" + ", ".join(f"{literal(f'{g}|{n}')}: {literal(list(v))}" for (g, n), v in DOCUMENTED.items()) + "}"
    documented = (
        f"dyn(object).metadata.?labels[?'{RUNNER_SET_LABEL}'].orValue('') != '' && {rules}.all(r, "
        "r.?apiGroups.orValue([]).all(g, r.?resources.orValue([]).all(n, "
        f"r.verbs.all(v, v in {table}[?(g + '|' + n)].orValue([])))))"
    )
    role = "request.kind.kind != 'Role' || "
    return (
        Twin(
            family="rbac",
            expression=f"{role}{never}",
            message="no wildcard, no escalate, bind or impersonate, and no right by which a role gets others",
        ),
        Twin(
            family="rbac",
            expression=f"{role}variables.confinement != 'engine' || (!{makes} && !{reads})",
            message="in the engine's namespace nobody makes pods or reads Secrets",
        ),
        Twin(
            family="rbac",
            expression=f"{role}variables.confinement != 'agents-docker' || !{makes} || !{reads} || ({documented})",
            message="where pods are privileged, nobody but runner sets of the fleet may make pods and read Secrets",
        ),
    )


RULE: Final = Rule[Object](
    id=ID,
    group="rbac",
    title="no role has a right by which it gets others: wildcards, impersonation, the kubelet's API, admission; or, "
    "where pods are privileged, pods and Secrets together",
    why="Such a right is cluster-admin by another name; and where pods are privileged, whoever makes a pod has its "
    "node and all that runs there.",
    fix="Name groups, resources and verbs; keep runners that make pods in a namespace whose pods have no privilege.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("ClusterRole", "Role"),
    check=_check,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.1.3"),
        Reference(framework="CIS Kubernetes 1.12", id="5.1.8"),
        Reference(framework="Azure Policy", id="ca8d5704-aa2b-40cf-b110-dc19052825ad"),
        Reference(framework="Checkov", id="CKV_K8S_49"),
        Reference(framework="Checkov", id="CKV2_K8S_2"),
    ),
    twins=_twins(),
)
