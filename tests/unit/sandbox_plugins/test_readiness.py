"""When an object is ready."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.readiness import is_awaited, pending, timeout


def live(api_version: str, kind: str, spec: Object, status: Object, **annotations: str) -> Object:
    metadata = {
        "name": "n",
        "generation": 2,
        "annotations": {f"pulumi.com/{key}": value for key, value in annotations.items()},
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec, "status": status}


DEPLOYED = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
ESTABLISHED = {"conditions": [{"type": "Established", "status": "True"}]}
DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
ON_DELETE = {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}
STUCK = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
ROLLED = {
    "observedGeneration": 2,
    "desiredNumberScheduled": 2,
    "currentNumberScheduled": 2,
    "updatedNumberScheduled": 2,
    "numberAvailable": 2,
    "numberReady": 2,
}
SET = {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2}


@pytest.mark.parametrize(
    ("value", "lacking"),
    [
        (live("apps/v1", "Deployment", {"replicas": 2}, DEPLOYED), None),
        (live("apps/v1", "Deployment", {"replicas": 2}, {}), "not seen"),
        (live("apps/v1", "Deployment", {"replicas": 2}, {**DEPLOYED, "observedGeneration": 1}), "not seen"),
        (live("apps/v1", "Deployment", {"replicas": 2}, {**DEPLOYED, "updatedReplicas": 1}), "1 of 2 replicas are of"),
        (live("apps/v1", "Deployment", {"replicas": 2}, {**DEPLOYED, "replicas": 3}), "1 old replicas"),
        (live("apps/v1", "Deployment", {"replicas": 2}, {**DEPLOYED, "availableReplicas": 0}), "0 of 2 replicas"),
        (live("apps/v1", "Deployment", {"replicas": 0}, {"observedGeneration": 2}), None),
        (live("apps/v1", "Deployment", {"replicas": 2, "paused": True}, {}), None),
        (live("apps/v1", "DaemonSet", {}, ROLLED), None),
        (live("apps/v1", "DaemonSet", {}, {"observedGeneration": 2}), None),
        (live("apps/v1", "DaemonSet", {}, {}), "not seen"),
        (live("apps/v1", "DaemonSet", {}, {**ROLLED, "updatedNumberScheduled": 1}), "1 of 2 nodes are of the new"),
        (live("apps/v1", "DaemonSet", {}, {**ROLLED, "numberAvailable": 1}), "1 of 2 nodes are available"),
        (live("apps/v1", "StatefulSet", {"replicas": 2}, SET), None),
        (live("apps/v1", "StatefulSet", {"replicas": 2}, {**SET, "readyReplicas": 1}), "1 of 2 replicas are ready"),
        (live("apps/v1", "StatefulSet", {"replicas": 2}, {**SET, "updatedReplicas": 0}), "0 of 2 replicas"),
        (live("apps/v1", "StatefulSet", ON_DELETE, {**SET, "updatedReplicas": 0}), None),
        (live("batch/v1", "Job", {}, {"conditions": [{"type": "Complete", "status": "True"}]}), None),
        (live("batch/v1", "Job", {"suspend": True}, {}), None),
        (live("batch/v1", "Job", {"completions": 3}, {"succeeded": 1, "active": 2}), "1 of 3 completions, 2 active"),
        (live("v1", "Pod", {}, {"phase": "Succeeded"}), None),
        (live("v1", "Pod", {}, {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}), None),
        (live("v1", "Pod", {}, {}), "Pending and not Ready"),
        (live("v1", "PersistentVolumeClaim", {}, {"phase": "Bound"}), None),
        (live("v1", "PersistentVolumeClaim", {}, {"phase": "Pending"}), "Pending and not Bound"),
        (live(*DEFINITION, {}, {"conditions": None}), "not Established"),
        (live(*DEFINITION, {}, ESTABLISHED), None),
        (live("v1", "ServiceAccount", {}, {}), None),
        (live("example.com/v1", "Deployment", {}, {}), None),
    ],
)  # fmt: skip
def test_a_kind_is_ready_by_its_own_measure(value: Object, lacking: str | None) -> None:
    found = pending(value)
    if lacking is None:
        assert found is None
    else:
        assert found is not None
        assert lacking in found.what
        assert not found.final


@pytest.mark.parametrize(
    "value",
    [
        live("batch/v1", "Job", {}, {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimit"}]}),
        live("v1", "Pod", {}, {"phase": "Failed"}),
        live("v1", "PersistentVolumeClaim", {}, {"phase": "Lost"}),
        live("apps/v1", "Deployment", {"replicas": 1}, {"observedGeneration": 2, "conditions": [STUCK]}),
    ],
)
def test_what_waiting_cannot_mend_ends_the_wait(value: Object) -> None:
    found = pending(value)
    assert found is not None
    assert found.final


def test_the_annotation_switches_waiting_off() -> None:
    value = live("v1", "Pod", {}, {}, skipAwait="true")
    assert pending(value) is None
    assert not is_awaited(value)
    assert is_awaited(live("v1", "Pod", {}, {}))


@pytest.mark.parametrize(
    ("annotations", "custom", "seconds"),
    [
        ({}, 0.0, 300.0),
        ({"timeoutSeconds": "30"}, 0.0, 30.0),
        ({"timeoutSeconds": "30"}, 5.0, 5.0),
        ({"timeoutSeconds": "soon"}, 0.0, 300.0),
    ],
)
def test_the_time_to_wait_is_the_programs_before_the_objects_before_the_kinds(
    annotations: dict[str, Any], custom: float, seconds: float
) -> None:
    assert timeout(live("v1", "Pod", {}, {}, **annotations), custom) == seconds
