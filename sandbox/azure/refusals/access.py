"""Identities, federated credentials, role and policy assignments.

Sources: resource-name-rules (managedIdentity, authorization); entra workload-id
workload-identity-federation-considerations (20 credentials, one audience, letter-by-letter subjects);
role-based-access-control/troubleshooting; azure-native 3.29.0; read 2026-08-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import GUID, guid, managed_identity, name, one_of, refused, required
from sandbox.azure.values import UNKNOWN, Object, list_at, object_at, text_at, value_at

PRINCIPALS: Final = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
_ROLE: Final = re.compile(
    r"(/.*)?/providers/Microsoft\.Authorization/roleDefinitions/" + GUID.pattern, flags=re.IGNORECASE
)
_POLICY: Final = re.compile(
    r"(/.*)?/providers/Microsoft\.Authorization/policy(Set)?Definitions/[^/]+", flags=re.IGNORECASE
)
_POLICY_NAME: Final = r"[^<>*%&:\\?/.+ ]([^<>*%&:\\?/+]{0,62}[^<>*%&:\\?/.+ ])?"


def identity(inputs: Object) -> Iterator[Refusal]:
    """The name of a user-assigned identity."""
    words = "3 to 128 letters, digits, hyphens and underscores, starting with a letter or digit"
    yield from name(inputs, "resourceName", r"[A-Za-z0-9][-\w]{2,127}", words)


def federated_credential(inputs: Object) -> Iterator[Refusal]:
    """Name, an https issuer, a subject, exactly one audience."""
    path = "federatedIdentityCredentialResourceName"
    words = "3 to 120 letters, digits, hyphens and underscores, starting with a letter or digit"
    yield from name(inputs, path, r"[A-Za-z0-9][-\w]{2,119}", words)
    yield from required(inputs, ["issuer", "subject", "audiences"])
    issuer = text_at(inputs, "issuer")
    if issuer and re.fullmatch(r"https://[^/\s?#]+[^\s?#]*", issuer) is None:
        yield refused("issuer", issuer, "an https URL without query", "write the issuer as its tokens say it in `iss`")
    audiences = list_at(inputs, "audiences")
    if audiences is not None and len(audiences) > 1:
        yield refused("audiences", audiences, "exactly one audience", "make a credential for each")
    for key in ("issuer", "subject"):
        value = text_at(inputs, key)
        if value is not None and len(value) > 600:
            yield refused(key, value, "at most 600 characters", "shorten it")


def role_assignment(inputs: Object) -> Iterator[Refusal]:
    """A GUID for a name, a role and a principal."""
    value = text_at(inputs, "roleAssignmentName")
    if value is not None and GUID.fullmatch(value) is None:
        allowed = "a GUID, made from what the assignment says so that it is the same in each run"
        yield refused("roleAssignmentName", value, allowed, "use uuid5", "InvalidRoleAssignmentId")
    yield from required(inputs, ["scope", "principalId", "roleDefinitionId"])
    yield from guid(inputs, "principalId")
    yield from one_of(inputs, "principalType", PRINCIPALS)
    role = text_at(inputs, "roleDefinitionId")
    if role and _ROLE.fullmatch(role) is None:
        allowed = "/subscriptions/ID/providers/Microsoft.Authorization/roleDefinitions/GUID"
        yield refused("roleDefinitionId", role, allowed, "give the role's id, not its name", "InvalidRoleDefinitionId")
    if text_at(inputs, "condition") and value_at(inputs, "conditionVersion") is None:
        yield refused("conditionVersion", None, "2.0 where there is a condition", 'write "2.0"')


def policy_assignment(inputs: Object) -> Iterator[Refusal]:
    """A name, a definition, and a region where there is an identity."""
    yield from name(inputs, "policyAssignmentName", _POLICY_NAME, "1 to 64 characters without < > * % & : \\ ? / +")
    yield from required(inputs, ["scope", "policyDefinitionId"])
    yield from one_of(inputs, "enforcementMode", ("Default", "DoNotEnforce", "Enroll"))
    policy = text_at(inputs, "policyDefinitionId")
    if policy and _POLICY.fullmatch(policy) is None:
        allowed = "the id of a policyDefinition or policySetDefinition"
        yield refused("policyDefinitionId", policy, allowed, "give the id", "InvalidPolicyDefinitionId")
    if object_at(inputs, "identity") and value_at(inputs, "location") is None:
        yield refused("location", None, "a region where there is an identity", "give location", "LocationRequired")
    if object_at(inputs, "identity"):
        yield from managed_identity(inputs, ("SystemAssigned", "UserAssigned", "None"))
    for key, parameter in sorted(object_at(inputs, "parameters").items()):
        if parameter is not UNKNOWN and not (isinstance(parameter, dict) and "value" in parameter):
            yield refused(f"parameters.{key}", parameter, "an object with the key value", "write {value: ...}")


def policy_exemption(inputs: Object) -> Iterator[Refusal]:
    """A name, an assignment, and why."""
    yield from name(inputs, "policyExemptionName", _POLICY_NAME, "1 to 64 characters without < > * % & : \\ ? / +")
    yield from required(inputs, ["scope", "policyAssignmentId", "exemptionCategory"])
    yield from one_of(inputs, "exemptionCategory", ("Waiver", "Mitigated"))
