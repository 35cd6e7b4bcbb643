"""What `namespace-pss-labels` mends by itself: only what cannot refuse a pod that was admitted."""

from __future__ import annotations

import pytest

from rules.policies.judge import judge
from rules.policies.namespaces.pod_security import RULE
from rules.policies.resource import Resource
from tests.unit.policies.cases.namespaces.pod_security import NAMESPACE, PSA, namespace
from tests.unit.policies.scenes import FLEET, UNKNOWN

CONTEXT = RULE.context(FLEET)


def remedied(resource: Resource) -> dict[str, object] | None:
    assert RULE.remedy is not None
    return RULE.remedy(resource, CONTEXT)


def test_audit_warn_and_versions_are_added_as_they_are_enforced() -> None:
    before = namespace("azdo-agents", {"team": "a", f"{PSA}enforce": "baseline", f"{PSA}enforce-version": "v1.36"})
    after = remedied(before)
    assert after is not None
    metadata = after["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["labels"] == {
        "team": "a",
        f"{PSA}audit": "baseline",
        f"{PSA}audit-version": "v1.36",
        f"{PSA}enforce": "baseline",
        f"{PSA}enforce-version": "v1.36",
        f"{PSA}warn": "baseline",
        f"{PSA}warn-version": "v1.36",
    }
    mended = Resource(type=before.type, name=before.name, inputs=after)
    assert list(judge(RULE, mended, CONTEXT)) == []
    assert remedied(mended) is None, "there is nothing more to mend"
    assert list(judge(RULE, before, CONTEXT)), "what was given is left as it was"


@pytest.mark.parametrize(
    ("name", "labels", "token"),
    [
        ("azdo-agents", None, NAMESPACE),
        ("azdo-agents", {"team": "a"}, NAMESPACE),
        ("azdo-agents", UNKNOWN, NAMESPACE),
        ("azdo-agents", {f"{PSA}enforce": UNKNOWN}, NAMESPACE),
        (UNKNOWN, {f"{PSA}enforce": "baseline"}, NAMESPACE),
        ("web", {f"{PSA}enforce": "baseline"}, NAMESPACE),
        ("azdo-agents", {f"{PSA}enforce": "baseline"}, f"{NAMESPACE}Patch"),
    ],
)
def test_no_level_is_invented_and_no_others_namespace_is_touched(name: object, labels: object, token: str) -> None:
    assert remedied(namespace(name, labels, token)) is None
