"""What a killed engine left half-known: creates that it had begun, of which the state has no id.

Owns the repair that Pulumi leaves to a person with `pulumi stack export` and `pulumi stack import`: each of them is
written into the state with the id that it has if it was made, and the next refresh reads it or finds that it was not.
`pulumi refresh --import-pending-creates`, which is meant for it, drops them (3.256.0, tried). Without the repair the
next update would make everything twice, or be told that it exists.

Knows ids of Kubernetes and azure-native, which follow from the inputs. Refuses to guess any other: those are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.azure import UnsupportedType, arm_type
from sandbox.engine import Engine

CREATING = "creating"
HELM = "kubernetes:helm.sh/"


def adopt(engine: Engine) -> list[str]:
    """Repair the state that a killed run may have left; the names of what was adopted, for the user."""
    if not engine.is_half_known():
        return []
    document = engine.export()
    adopted = repair(document["deployment"])
    engine.replace_state(document)
    return adopted


def repair(deployment: dict[str, Any]) -> list[str]:
    """Move what was being created among the resources of a deployment; their names. Changes the deployment."""
    resources: list[dict[str, Any]] = deployment.setdefault("resources", [])
    adopted = []
    for operation in deployment.pop("pending_operations", None) or []:
        resource = operation["resource"]
        if operation["type"] != CREATING:
            continue  # an update or a delete of what the state has: the refresh sees what came of it
        if (resource_id := _id(resource, resources)) is not None and _insert(resources, resource, resource_id):
            adopted.append(resource["urn"].rpartition("::")[2])
    return sorted(adopted)


def _insert(resources: list[dict[str, Any]], resource: Mapping[str, Any], resource_id: str) -> bool:
    """Put what was being created into the state; False where the state has it already.

    A resource of the same URN is the one that it replaces. Either that one is deleted after the create, or it is gone
    already and kept only to tell that its replacement is due.
    """
    made = {**resource, "id": resource_id, "outputs": {}}
    place = next((n for n, one in enumerate(resources) if one["urn"] == made["urn"] and not one.get("delete")), None)
    if place is None:
        resources.append(made)
        return True
    old = resources[place]
    if old.get("pendingReplacement"):
        resources[place] = made
        return True
    if old.get("id") == resource_id:
        return False
    # Before the old one: behind it are those that depend on this URN, and the engine wants them in that order.
    resources[place : place + 1] = [made, {**old, "delete": True}]
    return True


def _id(resource: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str | None:
    kind, inputs = str(resource["type"]), resource.get("inputs") or {}
    if kind.startswith("azure-native:"):
        provider = str(resource.get("provider", "")).rpartition("::")[0]
        arguments: Mapping[str, Any] = next((one["inputs"] for one in resources if one["urn"] == provider), {})
        try:
            return arm_type(kind).id(str(arguments.get("subscriptionId") or ""), inputs)
        except (UnsupportedType, ValueError):
            return None
    if kind.startswith("kubernetes:"):
        metadata = inputs if kind.startswith(HELM) else inputs.get("metadata") or {}
        name, namespace = metadata.get("name"), metadata.get("namespace")
        return f"{namespace}/{name}" if namespace and name else name
    return None
