"""`in-cluster-twin-present`: where pods are privileged, the API server itself holds the rules, too.

A policy pack sees what a program says. Pods that runners make, what Helm makes, and whoever has kubectl are seen by the
API server alone. So a stack that runs the engine or agents with Docker has ValidatingAdmissionPolicies of the three
families that confine them, told by the label `buildfleet.dev/policy-family`, each bound to refuse, whatever it matches.
Each has a validation for every rule of the family that is mandatory in the fleet's profile: its message begins with the
rule's id.

A policy must fail closed, and say no `reason`: Forbidden is answer 403, which Pulumi's provider passes over in previews
(pulumi-kubernetes, `Create` and `Update`, read 2026-07).

Refuses to read expressions but for those that are one word, `true` and `false`: a policy that somebody has written to
look like ours is for the review of his change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import ABSENT, NotKnown, Unchecked, Verdict, guarded
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
_MAKE: Final = "make the policies with the component buildfleet:index:AdmissionPolicies"
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
    named = place if isinstance(place, str) else "a namespace of the fleet"
    found = list(_cluster(subjects, named, context.fleet))
    # Where it is in doubt whether the policies are needed, that matters only if they are not there.
    if found and isinstance(place, tuple):
        yield place
    else:
        yield from found


def _cluster(subjects: Found, place: str, fleet: Fleet) -> Told:
    policies = [(one, item) for one, item in subjects if isinstance(item, Object) and item.kind == POLICY]
    bindings = [item for _, item in subjects if isinstance(item, Object) and item.kind == BINDING]
    missing: list[str] = []
    for family in FAMILIES:
        own = [(one, item) for one, item in policies if item.meta.get("labels", FAMILY_LABEL).value == family]
        if not own:
            missing.append(family)
        for resource, item in own:
            yield from ((resource, verdict) for verdict in guarded(_policy(item)))
            yield from ((resource, verdict) for verdict in guarded(_judges(item)))
            yield from ((resource, verdict) for verdict in guarded(_names(item, _mandatory(family, fleet))))
            yield from ((resource, verdict) for verdict in guarded(_bound(item, bindings)))
    if missing:
        yield (
            None,
            Problem(
                rule=ID,
                path="",
                given=f"privileged pods in {place}, and no {POLICY} of {listed(missing, 'and')}",
                allowed=f"one with the label {FAMILY_LABEL} for each of {listed(FAMILIES, 'and')}",
                fix=_MAKE,
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


def _judges(item: Object) -> Iterator[Verdict]:
    """Whether the policy asks anything: no condition that is never met, no validation that always is."""
    lists = (("matchConditions", "false"), ("validations", "true"))
    for expression, never in (
        (one.get("expression"), never) for key, never in lists for one in item.body.get("spec", key).items()
    ):
        if expression.is_known and (expression.text() or "").strip() == never:
            yield Problem(
                rule=ID,
                path=expression.path,
                given=f"{never}, so that nothing is refused",
                allowed="the expression that the rule has",
                fix=_MAKE,
            )


def _mandatory(family: Family, fleet: Fleet) -> list[str]:
    """Ids of the rules that the family's policy holds in the fleet's profile."""
    from rules.policies.catalogue import RULES  # which has this rule in it

    return [
        rule.id
        for rule in RULES
        if (rule.levels.production if fleet.profile == "production" else rule.levels.dev) == "mandatory"
        and any(twin.family == family for twin in rule.twins)
    ]


def _names(item: Object, rules: Sequence[str]) -> Iterator[Verdict]:
    """Whether the policy has a validation for each of these rules. Raises `NotKnown`."""
    if item.partial:
        return
    validations = item.body.get("spec", "validations")
    messages = [one.get("message") for one in validations.items()]
    told = {message.value.partition(": ")[0] for message in messages if isinstance(message.value, str)}
    missing = [rule for rule in rules if rule not in told]
    if not missing:
        return
    for message in messages:
        message.known()
    yield Problem(
        rule=ID,
        path=validations.path,
        given=f"no message that begins with {listed(missing)}",
        allowed="a validation for every mandatory rule of the family, its message beginning with the rule's id",
        fix=_MAKE,
    )


def _bound(item: Object, bindings: Sequence[Object]) -> Iterator[Verdict]:
    name = item.meta.get("name")
    unknown: str | None = None
    narrowed = False
    for binding in bindings:
        spec = binding.body.get("spec")
        try:
            actions = [one.text() for one in spec.get("validationActions").items()]
            if spec.get("policyName").text() == name.text() and "Deny" in actions:
                resources = spec.get("matchResources").known()
                if resources is ABSENT or resources == {}:  # an empty one narrows nothing
                    return
                narrowed = True
        except NotKnown as error:
            unknown = unknown or error.path
    if unknown is not None:
        yield Unchecked(path=unknown)
        return
    yield Problem(
        rule=ID,
        path=name.path,
        given=f"{given(name.text())}, with a binding for some resources only"
        if narrowed
        else f"{given(name.text())}, without a binding that denies",
        allowed=f"a {BINDING} of the policy with the action Deny and no matchResources",
        fix="remove matchResources" if narrowed else "bind the policy with validationActions [Audit, Deny]",
    )


RULE: Final = Rule[Object | Pod](
    id=ID,
    group="the pack itself",
    title="a stack with privileged pods has all mandatory rules in the cluster, too, and they refuse",
    why="Pods that runners make, what Helm makes, and whoever has kubectl pass by every policy pack.",
    fix="Make the admission policies with the stack, and bind them with the action Deny.",
    severity="high",
    levels=PRODUCTION_ONLY,
    read=_read,
    check_stack=_check_stack,
    references=(Reference(framework="CIS Kubernetes 1.12", id="5.2.1"),),
)
