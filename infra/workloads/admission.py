"""The cluster's admission policies, from the section `policy` and all that the stack file says of its fleet."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from infra.fleet import fleet_of, policy_of
from infra.settings.stack import StackSettings


def deploy(
    settings: StackSettings, *, stack: str, opts: pulumi.ResourceOptions, after: Sequence[pulumi.Resource] = ()
) -> Sequence[pulumi.Resource]:
    """Register the policies, after what lets a preview read them; returns what namespaces wait for before they hand
    their names on."""
    policy = policy_of(settings)
    if policy is None:
        return ()
    # Loads every rule, which a stack without policies needs not wait for.
    from components.admission.admission_policies import AdmissionPolicies, AdmissionPoliciesArgs

    return AdmissionPolicies(
        "admission-policies",
        AdmissionPoliciesArgs(
            fleet=fleet_of(settings, stack=stack), scope=policy.scope, action=policy.action, after=after
        ),
        opts=opts,
    ).bindings
