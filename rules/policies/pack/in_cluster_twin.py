"""`in-cluster-twin-present`: where pods are privileged, the API server itself holds the rules, too.

A policy pack sees what a program says. Pods that runners make, what Helm makes, and whoever has kubectl are seen by the
API server alone. So a stack that runs the engine or agents with Docker has ValidatingAdmissionPolicies of the three
families that confine them, told by the label `buildfleet.dev/policy-family`, each bound to refuse.

A policy must fail closed, and say no `reason`: Forbidden is answer 403, which Pulumi's provider passes over in previews
(pulumi-kubernetes, `Create` and `Update`, read 2026-07).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.node import NotKnown, Unchecked, Verdict, guarded
from rules.policies.objects import Object, objects
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import PRODUCTION_ONLY, Context, Family, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "in-cluster-twin-present"
FAMILY_LABEL: Final = "buildfleet.dev/policy-family"
FAMILIES: Final[tuple[Family, ...]] = ("confinement", "workloads", "trust")
POLICY: Final = "ValidatingAdmissionPolicy"
BINDING: Final = "ValidatingAdmissionPolicyBinding"
_PRIVILEGED: Final = ("agents-docker", "engine")

Found = Sequence[tuple[Resource, Object | Pod]]
Told = Iterator[tuple[Resource | None, Verdict]]


def _read(resource: Resource) -> list[Object | Pod]:
    found: list[Object | Pod] = [item for item in objects(resource) if item.kind in (POLICY, BINDING)]
    return found or list(pods(resource))


def _check_stack(subjects: Found, context: Context) -> Told:
    place = _privileged(subjects, context)
    if place is None:
        return
    found = list(_cluster(subjects, place if isinstance(place, str) else "a namespace of the fleet"))
    # Where it is in doubt whether the policies are needed, that matters only if they are not there.
    if found and isinstance(place, tuple):
        yield place
    else:
        yield from found


def _cluster(subjects: Found, place: str) -> Told:
    policies = [(one, item) for one, item in subjects if isinstance(item, Object) and item.kind == POLICY]
    bindings = [item for _, item in subjects if isinstance(item, Object) and item.kind == BINDING]
    missing: list[str] = []
    for family in FAMILIES:
        own = [(one, item) for one, item in policies if item.meta.get("labels", FAMILY_LABEL).value == family]
        if not own:
            missing.append(family)
        for resource, item in own:
            yield from ((resource, verdict) for verdict in guarded(_policy(item)))
            yield from ((resource, verdict) for verdict in guarded(_bound(item, bindings)))
    if missing:
        yield (
            None,
            Problem(
                rule=ID,
                path="",
                given=f"privileged pods in {place}, and no {POLICY} of {listed(missing, 'and')}",
                allowed=f"one with the label {FAMILY_LABEL} for each of {listed(FAMILIES, 'and')}",
                fix="make the policies with the component buildfleet:index:AdmissionPolicies",
            ),
        )


def _privileged(subjects: Found, context: Context) -> str | tuple[Resource, Unchecked] | None:
    """A namespace with privileged pods; or what must be known to tell; `None`: there is none."""
    unclear: tuple[Resource, Unchecked] | None = None
    for resource, item in subjects:
        if not isinstance(item, Pod):
            continue
        try:
            namespace = item.namespace()
        except NotKnown as unknown:
            unclear = unclear or (resource, Unchecked(path=unknown.path))
            continue
        if namespace is not None and context.fleet.confinement(namespace) in _PRIVILEGED:
            return namespace
    return unclear


def _policy(item: Object) -> Iterator[Verdict]:
    node = item.body.get("spec", "failurePolicy")
    if node.text("Fail") != "Fail":
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value),
            allowed="Fail",
            fix="remove it: a policy that cannot be evaluated has to refuse",
        )
    for validation in item.body.get("spec", "validations").items():
        reason = validation.get("reason")
        if reason.is_given and reason.text() != "Invalid":
            yield Problem(
                rule=ID,
                path=reason.path,
                given=given(reason.value),
                allowed="none, which is Invalid",
                fix="remove it: previews pass over other refusals",
            )


def _bound(item: Object, bindings: Sequence[Object]) -> Iterator[Verdict]:
    name = item.meta.get("name")
    unknown: str | None = None
    for binding in bindings:
        spec = binding.body.get("spec")
        try:
            actions = [one.text() for one in spec.get("validationActions").items()]
            if spec.get("policyName").text() == name.text() and "Deny" in actions:
                return
        except NotKnown as error:
            unknown = unknown or error.path
    if unknown is not None:
        yield Unchecked(path=unknown)
        return
    yield Problem(
        rule=ID,
        path=name.path,
        given=f"{given(name.text())}, without a binding that denies",
        allowed=f"a {BINDING} of the policy with the action Deny",
        fix="bind the policy with validationActions [Audit, Deny]",
    )


RULE: Final = Rule[Object | Pod](
    id=ID,
    group="the pack itself",
    title="a stack with privileged pods has the rules in the cluster, too, and they refuse",
    why="Pods that runners make, what Helm makes, and whoever has kubectl pass by every policy pack.",
    fix="Make the admission policies with the stack, and bind them with the action Deny.",
    severity="high",
    levels=PRODUCTION_ONLY,
    read=_read,
    check_stack=_check_stack,
    references=(Reference(framework="CIS Kubernetes 1.12", id="5.2.1"),),
)
