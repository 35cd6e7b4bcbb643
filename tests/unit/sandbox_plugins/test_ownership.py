"""Taking over an object that was made by other means."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.kubernetes_provider.ownership import taken_over

BORN = "2026-01-01T00:00:00Z"


def entry(manager: str, operation: str = "Update", time: str = BORN, **more: Any) -> dict[str, Any]:
    fields = {"f:spec": {f"f:{manager}": {}}}
    return {"manager": manager, "operation": operation, "time": time, "fieldsV1": fields, **more}


def owners(*entries: dict[str, Any]) -> list[tuple[str, str]] | None:
    found = taken_over({"metadata": {"creationTimestamp": BORN, "managedFields": list(entries)}})
    return None if found is None else [(item["manager"], item["operation"]) for item in found]


def test_the_creators_fields_become_ours_and_controllers_keep_theirs() -> None:
    later = entry("autoscaler", time="2026-01-02T00:00:00Z")
    status = entry("controller", subresource="status")
    assert owners(entry("curl"), later, status) == [
        ("pulumi-kubernetes", "Apply"),
        ("autoscaler", "Update"),
        ("controller", "Update"),
    ]


def test_the_official_providers_fields_become_ours_whenever_it_wrote_them() -> None:
    one, other = entry("pulumi-kubernetes"), entry("pulumi-kubernetes-1234", time="2026-01-02T00:00:00Z")
    found = taken_over({"metadata": {"creationTimestamp": BORN, "managedFields": [one, other]}})
    assert found is not None
    assert [item["manager"] for item in found] == ["pulumi-kubernetes"]
    assert set(found[0]["fieldsV1"]["f:spec"]) == {"f:pulumi-kubernetes", "f:pulumi-kubernetes-1234"}


def test_an_object_that_we_apply_already_is_left_as_it_is() -> None:
    assert owners(entry("pulumi-kubernetes", "Apply"), entry("kubectl")) is None
    assert owners() is None
