"""Pod templates in texts of a ConfigMap: what is read, what cannot be, and that none costs much or is passed over."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

import pytest

from policy import messages
from policy.masking import Masks
from policy.pack import Pack, Subject
from rules.policies import pod_templates
from rules.policies.catalogue import RULES
from rules.policies.judge import Readings, judge
from rules.policies.node import Unchecked
from rules.policies.pods import pods
from rules.policies.resource import Resource
from rules.policies.settings import ID, from_config
from rules.policies.workloads import privileged_confined
from tests.unit.policies.scenes import FLEET, kubernetes

RULE = privileged_confined.RULE
PRIVILEGED = "spec: {containers: [{name: $job, securityContext: {privileged: true}}]}\n"
AT = 'data["pod.yaml"].spec.containers[0].securityContext.privileged'


def config_map(text: str) -> Resource:
    return kubernetes(
        "core/v1:ConfigMap", {"metadata": {"name": "hook", "namespace": "web"}, "data": {"pod.yaml": text}}
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PRIVILEGED, id="YAML"),
        pytest.param(f"{{{PRIVILEGED}}}", id="YAML like JSON"),
        pytest.param(f"{PRIVILEGED}released: 2026-02-30", id="a day that is none"),
        pytest.param(f"kind: a\n---\n{PRIVILEGED}", id="the second document"),
        pytest.param(f"a: &a {{b: c}}\nd: *a\n{PRIVILEGED}", id="an alias"),
        pytest.param(f"#!\n{PRIVILEGED}", id="a comment that looks like a script"),
        pytest.param(PRIVILEGED.replace("containers", r'"\x63ontainers"'), id="an escape in a key"),
        pytest.param(
            json.dumps({"a": "b" * 70_000, "spec": {"containers": [{"securityContext": {"privileged": True}}]}}),
            id="JSON of any length",
        ),
    ],
)
def test_what_can_be_read_is_judged(text: str) -> None:
    found = list(judge(RULE, config_map(text), RULE.context(FLEET)))
    assert [verdict.path for verdict in found] == [AT]
    assert not any(isinstance(verdict, Unchecked) for verdict in found)


UNREADABLE = [
    pytest.param(f"{PRIVILEGED}a: b: c", id="no YAML"),
    pytest.param(f"{PRIVILEGED}a: !!bool maybe", id="an error of a constructor"),
    pytest.param(f"{PRIVILEGED}a: {'9' * 5000}", id="a number without end"),
    pytest.param(PRIVILEGED + "#" * pod_templates.LONGEST, id="too long"),
    pytest.param(f"{PRIVILEGED}a: " + "[" * 10_000, id="deep, in brackets"),
    pytest.param(f"{PRIVILEGED}a: " + "[a, " * 200, id="deep, in lists"),
    pytest.param(f"{PRIVILEGED}a:\n  " + "- " * 20_000, id="deep, in dashes"),
    pytest.param('{"spec": {"containers": ' + "[" * 100_000, id="deep, in JSON"),
    pytest.param(f"&a {PRIVILEGED}b: &b [*b]", id="a list in itself"),
    pytest.param(
        PRIVILEGED
        + "a0: &a0 {x: 1}\n"
        + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 12)),
        id="a bomb",
    ),
]  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_looks_like_one_and_cannot_be_read_is_one_pod_that_nobody_could_judge(text: str) -> None:
    (pod,) = pods(config_map(text))
    assert pod.hook
    assert not pod.spec.is_known
    found = list(judge(RULE, config_map(text), RULE.context(FLEET)))
    assert found
    assert all(isinstance(verdict, Unchecked) for verdict in found)


def test_no_rule_fails_on_what_cannot_be_read_and_all_of_pods_say_so() -> None:
    resource, readings = config_map(f"{PRIVILEGED}a: b: c"), Readings()
    for rule in RULES:
        found = list(judge(rule, resource, rule.context(FLEET), readings))
        assert all(isinstance(verdict, Unchecked) for verdict in found), rule.id
        if rule.id in ("host-process-confined", "privileged-confined", "docker-pipe-confined"):
            assert found, rule.id


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("all containers: [", id="a sentence"),
        pytest.param("containers: [a]\nreleased: 2026-02-30", id="no spec"),
        pytest.param(f"#!/bin/sh\nkubectl apply -f - <<EOF\n{PRIVILEGED}EOF\na: b: c", id="a script"),
        pytest.param("containers " * 20_000, id="a long text"),
        pytest.param("spec: {containers: [a]}", id="containers that are none"),
    ],
)
def test_what_is_no_template_is_none(text: str) -> None:
    assert pods(config_map(text)) == []


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_text_is_read_once_for_all_rules_and_soon_given_up(text: str) -> None:
    pod_templates.templates.cache_clear()
    resource, readings = config_map(text), Readings()
    began = time.process_time()
    for rule in RULES:
        list(judge(rule, resource, rule.context(FLEET), readings))
    assert pod_templates.templates.cache_info().misses == 1
    assert time.process_time() - began < 1


def test_a_reading_that_fails_is_made_once_and_fails_for_every_rule() -> None:
    made: list[Resource] = []

    def read(resource: Resource) -> list[Any]:
        made.append(resource)
        raise ValueError("no")

    readings: Readings = {}
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            list(judge(_reading(read), config_map(""), RULE.context(FLEET), readings))
    assert len(made) == 1


def _reading(read: Any) -> Any:
    return dataclasses.replace(RULE, read=read)


def test_the_message_says_that_the_text_cannot_be_read_and_not_that_it_is_not_known_yet() -> None:
    one = Pack([RULE], from_config({ID: {}}, [RULE]))
    (found,) = one.judge(Subject(resource=config_map(f"{PRIVILEGED}a: b: c")))
    assert found.level == "mandatory"
    assert 'data["pod.yaml"]: looks like the template of a pod and cannot be read' in found.message
    assert "not known yet" not in found.message
    told = messages.unchecked(config_map("a"), RULE, ["metadata.namespace"], Masks(()))
    assert "metadata.namespace: not known yet" in told
