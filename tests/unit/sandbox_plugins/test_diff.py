"""What a change of the inputs means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.codec import UNKNOWN, Object
from sandbox.plugins.kubernetes_provider.diff import IMPORTED, plan
from sandbox.plugins.kubernetes_provider.keys import AUTONAMED
from sandbox.plugins.places import format_path

trees: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def thing(
    kind: str = "ConfigMap", api_version: str = "v1", name: str = "n", namespace: str = "ns", **rest: Any
) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **rest}


def paths(old: Object, new: Object, **options: Any) -> dict[str, tuple[str, bool]]:
    return {format_path(c.path): (c.kind, c.replaces) for c in plan(old, new, **options).changes}


@given(trees)
def test_what_is_the_same_has_no_changes(value: Any) -> None:
    assert plan(thing(spec=value), thing(spec=value)).changes == ()


@given(trees, trees)
def test_what_is_not_the_same_has_changes(one: Any, other: Any) -> None:
    # In a map, a null is what is not there.
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if item is not None}
        if isinstance(value, list):
            return [bare(item) for item in value]
        return (type(value), value)

    assert bool(plan(thing(spec=one), thing(spec=other)).changes) == (bare(one) != bare(other))


def test_each_field_is_told_with_its_path() -> None:
    old = thing("Role", spec={"a": 1, "b": [1, 2], "gone": 0})
    new = thing("Role", spec={"a": True, "b": [1, 3, 4], "new.one": ""})
    assert paths(old, new) == {
        "spec.a": ("update", False),
        "spec.b[1]": ("update", False),
        "spec.b[2]": ("add", False),
        "spec.gone": ("delete", False),
        'spec["new.one"]': ("add", False),
    }


@pytest.mark.parametrize(
    ("kind", "version", "old", "new", "path"),
    [
        ("Deployment", "apps/v1", {"selector": {"a": "1"}}, {"selector": {"a": "2"}}, "spec.selector.a"),
        ("DaemonSet", "apps/v1", {"selector": {"a": "1"}}, {}, "spec.selector"),
        ("StatefulSet", "apps/v1", {"serviceName": "a"}, {"serviceName": "b"}, "spec.serviceName"),
        ("Job", "batch/v1", {"template": {"spec": 1}}, {"template": {"spec": 2}}, "spec.template.spec"),
        ("Pod", "v1", {"containers": [{"image": "a"}]}, {"containers": [{"image": "b"}]}, "spec.containers[0].image"),
        ("Pod", "v1", {"containers": [{"image": "a"}]}, {"containers": []}, "spec.containers[0]"),
        ("Service", "v1", {"clusterIP": "None"}, {}, "spec.clusterIP"),
        ("PersistentVolumeClaim", "v1", {"accessModes": ["a"]}, {"accessModes": ["b"]}, "spec.accessModes[0]"),
    ],
)  # fmt: skip
def test_an_immutable_field_replaces(kind: str, version: str, old: Object, new: Object, path: str) -> None:
    found = plan(thing(kind, version, spec=old), thing(kind, version, spec=new))
    assert [(format_path(change.path), change.replaces) for change in found.changes] == [(path, True)]
    assert found.replaces
    assert found.delete_first


@pytest.mark.parametrize(
    ("kind", "version", "field"),
    [
        ("Deployment", "apps/v1", "template"),
        ("PodDisruptionBudget", "policy/v1", "minAvailable"),
        ("Deployment", "x.io/v1", "selector"),
    ],
)
def test_another_field_or_another_group_does_not(kind: str, version: str, field: str) -> None:
    assert not plan(thing(kind, version, spec={field: 1}), thing(kind, version, spec={field: 2})).replaces


def test_a_new_name_replaces_and_the_new_one_comes_first() -> None:
    found = plan(thing(name="a"), thing(name="b"))
    assert found.replaces
    assert not found.delete_first


def test_no_namespace_is_the_default_one() -> None:
    assert plan(thing(namespace="default"), thing(namespace="")).changes == ()
    assert plan({**thing(), "metadata": {"name": "n"}}, thing(namespace="default")).changes == ()
    assert plan(thing(namespace="default"), thing(namespace="other")).replaces


@pytest.mark.parametrize(("kind", "field"), [("ConfigMap", "data"), ("ConfigMap", "binaryData"), ("Secret", "data")])
def test_new_contents_make_a_new_object_unless_the_provider_says_otherwise(kind: str, field: str) -> None:
    old, new = thing(kind, **{field: {"a": "1"}}), thing(kind, **{field: {"a": "2"}})
    assert plan(old, new).replaces
    assert not plan(old, new, immutable_data=False).replaces
    assert plan(old, {**new, "immutable": True}, immutable_data=False).replaces


def test_an_autonamed_object_is_replaced_by_one_beside_it() -> None:
    old = thing(data={"a": "1"})
    old["metadata"]["annotations"] = {AUTONAMED: "true"}
    assert not plan(old, {**old, "data": {"a": "2"}}).delete_first


def test_an_unknown_is_a_change() -> None:
    assert paths(thing("Role", rules=["a"]), thing("Role", rules=[UNKNOWN])) == {"rules[0]": ("update", False)}


@pytest.mark.parametrize("ignored", ["spec.replicas", "spec", "spec[*]", 'spec["replicas"]'])
def test_what_is_ignored_is_no_change(ignored: str) -> None:
    old, new = (
        thing("Deployment", "apps/v1", spec={"replicas": 1}),
        thing("Deployment", "apps/v1", spec={"replicas": 2}),
    )
    assert plan(old, new, ignore=[ignored]).changes == ()


def test_what_an_import_found_and_no_program_states_is_no_change() -> None:
    old = {
        **thing(
            "Service", spec={"clusterIP": "10.0.0.1", "type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}]}
        ),
        IMPORTED: True,
    }
    assert plan(old, thing("Service", spec={"ports": [{"port": 80}]})).changes == ()
    assert paths(old, thing("Service", spec={"ports": [{"port": 81}]})) == {"spec.ports[0].port": ("update", False)}
