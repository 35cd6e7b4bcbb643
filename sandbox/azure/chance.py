"""Which injected fault strikes a request."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from sandbox.azure import ids
from sandbox.azure.errors import AzureError
from sandbox.azure.faults import Fault
from sandbox.azure.values import Object


def add(state: Object, faults: tuple[Fault, ...]) -> None:
    """Keep faults, each with a count of the requests that it matched; without any, forget all."""
    if not faults:
        state["faults"] = []
    state["faults"] += [{"fault": asdict(fault), "matched": 0} for fault in faults]


def struck(state: Object, token: str, resource_id: str, operation: str) -> list[Fault]:
    """The faults that strike this request. Counts it."""
    found = []
    for entry in state["faults"]:
        fault = Fault(**entry["fault"])
        if fault.token not in ("", token) or fault.operation not in ("", operation):
            continue
        if fault.resource.lower() not in ids.key(resource_id):
            continue
        entry["matched"] += 1
        number = entry["matched"]
        if fault.chance is None:
            strikes = fault.at <= number < fault.at + fault.times
        else:
            digest = hashlib.sha256(f"{fault.seed} {number}".encode()).digest()
            strikes = int.from_bytes(digest[:4], "big") < fault.chance * 2**32
        if strikes:
            found.append(fault)
    return found


def error(fault: Fault, what: str) -> AzureError:
    """What a fault answers about a resource."""
    return AzureError(fault.status, fault.code, f"{what}: {fault.message}", fault.retry_after)
