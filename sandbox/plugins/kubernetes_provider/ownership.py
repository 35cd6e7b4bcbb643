"""Who owns which fields of an object, in the API server's books.

Owns the taking over of an object that was created by other means: imported, or made by the official provider, which
creates by a plain POST. Its fields stay its creator's, so without this an apply could add to a list and never remove
from it.
"""

from __future__ import annotations

from typing import Any

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.client import FIELD_MANAGER


def taken_over(live: Object) -> list[Object] | None:
    """The object's `managedFields` with its creator's fields in our hands; `None` if that needs no change.

    Others who came later, controllers among them, keep theirs.
    """
    metadata = live["metadata"]
    entries: list[Object] = metadata.get("managedFields") or []
    if any(entry["manager"] == FIELD_MANAGER and entry["operation"] == "Apply" for entry in entries):
        return None
    before = [entry for entry in entries if _is_creators(entry, metadata.get("creationTimestamp"))]
    if not before:
        return None
    fields: Object = {}
    for entry in before:
        fields = _merged(fields, entry.get("fieldsV1") or {})
    ours = {**before[0], "manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields}
    return [ours, *(entry for entry in entries if entry not in before)]


def _is_creators(entry: Object, created: str | None) -> bool:
    if entry["operation"] != "Update" or entry.get("subresource"):
        return False
    # The official provider's names: `pulumi-kubernetes`, and with a suffix for each object.
    return entry.get("time") == created or str(entry["manager"]).startswith(FIELD_MANAGER)


def _merged(one: Any, other: Any) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    return {key: _merged(one.get(key, {}), other.get(key, {})) for key in sorted(one.keys() | other.keys())}
