"""The policies by which the API server holds the rules, for one stack.

Owns which policies a fleet has, their names and labels, and that a binding never is without its policy. What they ask
is in `policy_specs`; the rules themselves are in `rules.policies`.

One policy and one binding a family of rules, and a second pair where some of a family's rules advise only: what a
policy does with a violation is one thing for all of its rules. The API server takes up a binding within about a second
after it was made; until then it refuses nothing.

Refuses to be made for nobody: without the stack's name the policies would judge every namespace and own none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import (
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
)

from components import contract
from components.admission.policy_specs import (
    FAMILIES,
    FORCES,
    Force,
    Scope,
    binding_spec,
    policy_name,
    policy_spec,
    twins_of,
)
from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata, plain
from rules.policies.catalogue import RULES
from rules.policies.fleet import Fleet
from rules.policies.rule import Family


@dataclass(frozen=True, kw_only=True)
class AdmissionPoliciesArgs:
    """What `AdmissionPolicies` needs."""

    fleet: Fleet
    """Plain values, with `stack`: they are written into the policies."""
    scope: Scope = "cluster"
    """Whether pods of other namespaces are held to the rules of confinement, too."""
    action: Literal["deny", "warn"] = "deny"
    """`warn`: nothing is refused; who asks is told, and the audit log."""
    after: Sequence[pulumi.Resource] = ()
    """What is made before the policies and deleted after them: what lets a preview read them."""


class AdmissionPolicies(pulumi.ComponentResource):
    """A ValidatingAdmissionPolicy and its binding for each family of rules."""

    policy_names: Sequence[str]
    """In Kubernetes, sorted."""
    bindings: Sequence[pulumi.Resource]
    """What is to be in place before the first pod is. Not the component: it does not stand for its children."""

    def __init__(self, name: str, args: AdmissionPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        fleet = args.fleet
        if not fleet.stack:
            raise ValueError("admission policies: fleet.stack is not given; the policies carry its name, so give one")
        wanted: list[tuple[Family, Force]] = [
            (family, force) for family in FAMILIES for force in FORCES if twins_of(family, RULES, fleet, force)
        ]
        super().__init__(
            "buildfleet:index:AdmissionPolicies",
            name,
            {
                "stack": fleet.stack,
                "profile": fleet.profile,
                "scope": args.scope,
                "action": args.action,
                "rules": {
                    policy_name(fleet.stack, family, force): [
                        rule.id for rule, _ in twins_of(family, RULES, fleet, force)
                    ]
                    for family, force in wanted
                },
            },
            opts,
        )
        bindings: list[pulumi.Resource] = []
        for family, force in wanted:
            called = policy_name(fleet.stack, family, force)
            # What only advises is no policy of the family, for whoever looks whether there is one that refuses.
            part = family if force == "mandatory" else f"{family}-advice"
            labels = {**object_labels(stack=fleet.stack), contract.LABEL_POLICY_FAMILY: part}
            policy = ValidatingAdmissionPolicy(
                f"{name}-{part}",
                metadata=metadata(called, labels=labels),
                spec=plain(policy_spec(family, RULES, fleet, args.scope, force=force)),
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
            )
            done = force if args.action == "deny" else "advisory"
            bindings.append(
                ValidatingAdmissionPolicyBinding(
                    f"{name}-{part}-binding",
                    metadata=metadata(called, labels=labels),
                    spec=plain(binding_spec(policy=called, force=done)),
                    # A binding without its policy refuses nothing, and says so nowhere.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
                )
            )
        self.bindings = bindings
        self.policy_names = sorted(policy_name(fleet.stack, family, force) for family, force in wanted)
        self.register_outputs({"policyNames": self.policy_names})
