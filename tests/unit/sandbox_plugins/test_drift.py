"""A refresh finds what has changed, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes_provider.drift import imported_inputs, refreshed_inputs

INPUTS: dict[str, Any] = {
    "metadata": {"name": "n", "labels": {"ours": "1"}},
    "spec": {
        "hostNetwork": False,
        "empty": {},
        "cpu": "1000m",
        "args": ["a", "b"],
        "containers": [{"name": "one", "image": "x"}, {"name": "two", "image": "y"}],
    },
}
WRITTEN: dict[str, Any] = {
    "metadata": {"name": "n", "labels": {"ours": "1"}, "uid": "u"},
    "spec": {
        "cpu": "1",
        "default": True,
        "args": ["a", "b"],
        "containers": [{"name": "one", "image": "x", "pull": "Always"}, {"name": "two", "image": "y"}],
    },
    "status": {"ready": 1},
}


def changed(**spec: Any) -> dict[str, Any]:
    return {**WRITTEN, "spec": {**WRITTEN["spec"], **spec}}


def test_defaults_dropped_values_and_canonical_spellings_are_no_drift() -> None:
    assert refreshed_inputs(INPUTS, WRITTEN, WRITTEN) == INPUTS
    assert refreshed_inputs(INPUTS, WRITTEN, {**WRITTEN, "status": {"ready": 2}}) == INPUTS


@pytest.mark.parametrize(
    ("live", "field", "found"),
    [
        (changed(cpu="2"), "cpu", "2"),
        (changed(hostNetwork=True), "hostNetwork", True),
        (changed(args=["a"]), "args", ["a"]),
        (changed(args=["a", "b", "c"]), "args", ["a", "b", "c"]),
    ],
)
def test_a_changed_field_is_found(live: dict[str, Any], field: str, found: object) -> None:
    assert refreshed_inputs(INPUTS, WRITTEN, live)["spec"] == {**INPUTS["spec"], field: found}


def test_a_removed_field_is_found() -> None:
    live = {**WRITTEN, "metadata": {"name": "n", "uid": "u"}}
    assert refreshed_inputs(INPUTS, WRITTEN, live)["metadata"] == {"name": "n"}


def test_what_others_added_is_theirs() -> None:
    live = changed(
        containers=[{"name": "injected", "image": "z"}, *WRITTEN["spec"]["containers"]],
        more=1,
    )
    assert refreshed_inputs(INPUTS, WRITTEN, live) == INPUTS


def test_an_item_is_found_by_its_name_though_it_moved() -> None:
    one, two = WRITTEN["spec"]["containers"]
    live = changed(containers=[two, {**one, "image": "other"}])
    assert refreshed_inputs(INPUTS, WRITTEN, live)["spec"]["containers"] == [
        {"name": "one", "image": "other"},
        {"name": "two", "image": "y"},
    ]


def test_a_removed_item_is_found() -> None:
    live = changed(containers=WRITTEN["spec"]["containers"][:1])
    assert refreshed_inputs(INPUTS, WRITTEN, live)["spec"]["containers"] == [{"name": "one", "image": "x"}]


def test_drift_stays_in_the_inputs_when_it_is_refreshed_twice() -> None:
    live = changed(cpu="2")
    once = refreshed_inputs(INPUTS, WRITTEN, live)
    assert refreshed_inputs(once, live, live) == once


def test_an_import_states_what_a_client_may_state() -> None:
    live = {
        "kind": "Service",
        "metadata": {
            "name": "n",
            "uid": "u",
            "resourceVersion": "1",
            "managedFields": [],
            "annotations": {"deployment.kubernetes.io/revision": "1"},
        },
        "spec": {"a": 1},
        "status": {},
    }
    assert imported_inputs(live) == {"kind": "Service", "metadata": {"name": "n"}, "spec": {"a": 1}, "__imported": True}
