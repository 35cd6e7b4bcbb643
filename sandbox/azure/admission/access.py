"""Federated credentials under one identity: at most 20, and no two of the same issuer and subject.

Source: entra workload-identity-federation-considerations, read 2026-08-21.
"""

from __future__ import annotations

from sandbox.azure import ids
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World
from sandbox.azure.values import text_at

_CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
MOST = 20


def put(world: World, put: Put) -> None:
    """Refuse one too many, and one twice."""
    if put.token != _CREDENTIAL:
        return
    mine = ids.key(ids.parent(put.id) or "")
    others = [
        record
        for record in world.of(_CREDENTIAL)
        if ids.key(ids.parent(record["id"]) or "") == mine and ids.key(record["id"]) != ids.key(put.id)
    ]
    if len(others) >= MOST:
        raise put.error(
            400,
            "FederatedIdentityCredentialLimitExceeded",
            f"the identity has {MOST} federated credentials, and no more are allowed. Make a second identity.",
        )
    facts = (text_at(put.inputs, "issuer"), text_at(put.inputs, "subject"))
    for record in others:
        if (record["properties"].get("issuer"), record["properties"].get("subject")) == facts:
            raise put.error(
                409,
                "ConflictingFederatedIdentityCredential",
                f"{ids.name(record['id'])} has the same issuer and subject. Leave one out.",
            )
