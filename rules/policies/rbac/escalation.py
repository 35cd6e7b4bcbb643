"""`rbac-no-escalation`: no role has a right by which it can get every other.

Three levels:

- Never, in any role: wildcards, `escalate`, `bind`, `impersonate`, the kubelet's API (`nodes/proxy`), tokens of other
  accounts, certificates that one signs oneself, persistent volumes, which may be any folder of a node, who is trusted,
  and objects that decide what the API server admits. Nor is a ClusterRole summed up of roles that its author does not
  choose (`aggregationRule`).
- In namespaces with privileged pods, whoever may make a pod, or change one, has its node. So in the engine's namespace
  nobody may. In those of agents with Docker nobody may who reads Secrets too, but for the runners with hooks and ARC's
  controller, as documented: their roles carry the label `buildfleet.dev/runner-set`, and go no further than ours do;
  in the cluster, of somebody who may assign trust, since a program has no author whom one could ask.
  Jobs of such runners can reach their node, which is why they are for trusted repositories.
- What a ClusterRole adds to Kubernetes' `view`, which may be bound everywhere, neither makes pods nor reads Secrets.
  What it adds to `edit` and `admin` may: they do so already, and `rbac-no-cluster-admin` says where they are bound.

The ClusterRoles of an operator are passed over where the option names them, and then bound to its own accounts only;
one that adds to a role of Kubernetes' own is not passed over, as whoever has that is no account of the operator. Who
has it as part of another role (`aggregationRule`) is for `rbac-bound-cluster-role`, which sees the roles together.

A role is judged by itself: two roles bound to one account, one to make pods and one to read Secrets, are not seen.
Where a ClusterRole is bound is for `rbac-bound-cluster-role`. In the cluster, roles of the fleet's namespaces are
judged, and ClusterRoles and who is bound to them are not, so the option is for the policy pack alone: operators' charts
bring their own, and Kubernetes lets nobody write a role with more rights than he has, and lets only cluster-admin sum
roles up (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-creation-or-update, read
2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from rules.policies.fleet import Confinement
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.rbac.aggregation import TO_VIEW, adds_to_kubernetes, is_chosen, selectors
from rules.policies.rbac.operators import OPTIONS, advice, is_account_of, operators
from rules.policies.rbac.rights import (
    DOCUMENTED,
    MAKES_PODS,
    READS_SECRETS,
    RIGHTS,
    VERBS,
    Grant,
    grant_of,
    has_cel,
    of_pods,
)
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from rules.words import given, listed

ID: Final = "rbac-no-escalation"
RUNNER_SET_LABEL: Final = "buildfleet.dev/runner-set"
"""`components.contract.LABEL_RUNNER_SET`."""


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    if item.kind == "Role":
        rules = item.body.get("rules").items()
        yield from each_known(rules, never)
        yield from guarded(_where_privileged(item, rules, context))
    elif item.kind == "ClusterRole":
        yield from guarded(_cluster_role(item, context))
        yield from guarded(_for_viewers(item))
    else:
        yield from _binding(item, operators(context))


def _cluster_role(item: Object, context: Context) -> Iterator[Verdict]:
    found = [*guarded(_summed_up(item)), *guarded(_rules(item))]
    if not found:
        return
    known = operators(context)
    name = item.meta.get("name")
    if known and name.text() in known and not adds_to_kubernetes(item):
        return
    more = advice(context, name.text() if name.is_known else None)
    for one in found:
        yield replace(one, fix=f"{one.fix}, {more}") if isinstance(one, Problem) else one


def _rules(item: Object) -> Iterator[Verdict]:
    yield from each_known(item.body.get("rules").items(), never)


def _summed_up(item: Object) -> Iterator[Verdict]:
    def selector(node: Node) -> Iterator[Verdict]:
        if not is_chosen(node):
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"a selector of ClusterRoles, {given(node.value)}",
                allowed="matchLabels with a label that is not one of Kubernetes' own",
                fix="sum up roles by a label that they carry for this alone",
            )

    yield from each_known(selectors(item), selector)


def _for_viewers(item: Object) -> Iterator[Verdict]:
    label = item.meta.get("labels", TO_VIEW)
    if label.is_known and label.text() != "true":
        return
    grants = [grant_of(node) for node in item.body.get("rules").items()]
    found = [one for ones in of_pods(grants) for one in ones]
    for one in {node.path: node for node in found}.values():
        label.known()
        yield _problem(
            one, f"in view, to which {TO_VIEW} adds it, neither making pods nor reading Secrets", "remove the label"
        )
    if selectors(item):
        label.known()
        yield _problem(label, "in view no role that is summed up of others, which are not seen", "remove the label")


def _binding(item: Object, known: Mapping[str, frozenset[str]]) -> Iterator[Verdict]:
    """The role of an operator, to which much is open, is its own accounts' alone."""
    reference = item.body.get("roleRef")
    if not known or reference.get("kind").text() != "ClusterRole":
        return
    namespaces = known.get(reference.get("name").text() or "")
    if namespaces is None:
        return

    def subject(node: Node) -> Iterator[Verdict]:
        if not is_account_of(node, namespaces):
            yield _problem(
                node.get("namespace" if node.get("kind").text() == "ServiceAccount" else "name"),
                f"service accounts in {listed(sorted(namespaces))}, as the role is that of an operator there",
                "write a role with what is needed, and bind that",
            )

    yield from each_known(item.body.get("subjects").items(), subject)


def never(node: Node) -> Iterator[Verdict]:
    """What no role may have, of one of a role's rules."""
    grant = grant_of(node)
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
    return any(map(any, of_pods([grant_of(node) for node in rules])))


def where_privileged(item: Object, rules: list[Node], purpose: Confinement | None) -> Iterator[Problem]:
    """What is wrong with the rules of a role that holds in a namespace of this purpose. Raises `NotKnown`."""
    grants = [grant_of(node) for node in rules]
    makes, reads = of_pods(grants)
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
    return Problem(
        rule=ID, path=node.path, given=given(node.value if node.is_given else None), allowed=allowed, fix=fix
    )


def _twins() -> tuple[Twin, ...]:
    # The API server has null where a role has no rules.
    rules = "(dyn(object).?rules.orValue(null) == null ? [] : dyn(object).rules)"
    star = " || ".join(f"'*' in r.?{key}.orValue([])" for key in ("apiGroups", "resources"))
    never = f"!{rules}.exists(r, r.verbs.exists(v, v in {literal(list(VERBS))}) || {star} || {has_cel('r', RIGHTS)})"
    makes = f"{rules}.exists(r, {has_cel('r', MAKES_PODS)})"
    reads = f"{rules}.exists(r, r.?resourceNames.orValue([]).size() == 0 && {has_cel('r', READS_SECRETS)})"
    table = "{" + ", ".join(f"{literal(f'{g}|{n}')}: {literal(list(v))}" for (g, n), v in DOCUMENTED.items()) + "}"
    documented = (
        f"dyn(object).metadata.?labels[?'{RUNNER_SET_LABEL}'].orValue('') != '' && {rules}.all(r, "
        "r.?apiGroups.orValue([]).all(g, r.?resources.orValue([]).all(n, "
        f"r.verbs.all(v, v in {table}[?(g + '|' + n)].orValue([])))))"
    )
    # The label says what a role is for, and anybody can write it: who does has to be one who may assign trust.
    may = f"authorizer.group('{GROUP}').resource('{RESOURCE}').check('{VERB}').allowed()"
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
            expression=f"{role}variables.confinement != 'agents-docker' || !{makes} || !{reads} || "
            f"(({documented}) && {may})",
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
    fix="Name groups, resources and verbs; keep runners that make pods in a namespace whose pods have no privilege. "
    "The ClusterRoles of an operator that needs more are named in the option operators.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    check=_check,
    options=OPTIONS,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.1.3"),
        Reference(framework="CIS Kubernetes 1.12", id="5.1.8"),
        Reference(framework="Azure Policy", id="ca8d5704-aa2b-40cf-b110-dc19052825ad"),
        Reference(framework="Checkov", id="CKV_K8S_49"),
        Reference(framework="Checkov", id="CKV2_K8S_2"),
    ),
    twins=_twins(),
)
