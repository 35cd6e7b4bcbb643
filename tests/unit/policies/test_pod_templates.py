"""Pod templates in texts: where they are found, what is read, what cannot be, and that none costs much or is passed
over."""

from __future__ import annotations

import base64
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
from rules.policies.rule import Rule
from rules.policies.settings import ID, from_config
from rules.policies.workloads import host_namespaces, privileged_confined
from tests.unit.policies.scenes import FLEET, UNKNOWN, kubernetes

RULE: Rule[Any] = privileged_confined.RULE
PRIVILEGED = "spec: {containers: [{name: $job, securityContext: {privileged: true}}]}\n"
AT = 'data["pod.yaml"].spec.containers[0].securityContext.privileged'


def config_map(text: str) -> Resource:
    return kubernetes(
        "core/v1:ConfigMap", {"metadata": {"name": "files", "namespace": "web"}, "data": {"pod.yaml": text}}
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


# Where templates stand, and how they are written there.

OPEN = "spec: {hostPID: true, containers: [{name: $job, securityContext: {privileged: true}}]}"
BOTH = {"host-namespaces-confined", "privileged-confined"}


def holding(kind: str, name: str, namespace: object = "github-runners", **entries: object) -> Resource:
    return kubernetes(f"core/v1:{kind}", {"metadata": {"name": name, "namespace": namespace}, **entries})


POD_RULES = [rule for rule in RULES if rule.group == RULE.group and rule.check is not None]


def of_pods(resource: Resource) -> set[str]:
    """Rules of pods that find anything, or cannot judge."""
    readings = Readings()
    return {rule.id for rule in POD_RULES if list(judge(rule, resource, rule.context(FLEET), readings))}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def told(resource: Resource) -> tuple[set[str], set[str]]:
    """Rules that tell of a problem, and those that say that they cannot judge."""
    problems: set[str] = set()
    unclear: set[str] = set()
    for rule in RULES:
        for verdict in judge(rule, resource, rule.context(FLEET)):
            (unclear if isinstance(verdict, Unchecked) else problems).add(rule.id)
    return problems, unclear


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(holding("ConfigMap", "files", data={"hook-template.yaml": OPEN}), id="a text"),
        pytest.param(holding("ConfigMap", "files", data={"a.yaml": OPEN}), id="under any name"),
        pytest.param(holding("ConfigMap", "files", binaryData={"a.yaml": encoded(OPEN)}), id="in base64"),
        pytest.param(holding("Secret", "files", stringData={"a.yaml": OPEN}), id="a Secret's text"),
        pytest.param(holding("Secret", "files", data={"hook-template.yaml": encoded(OPEN)}), id="a Secret's data"),
        pytest.param(holding("SecretPatch", "files", data={"a.yaml": encoded(OPEN)}), id="a patch of a Secret"),
        pytest.param(
            holding("ConfigMap", "hook-extension", data={"content": f"kind: Anything\n{OPEN}"}), id="of any kind"
        ),
    ],
)
def test_a_template_is_found_wherever_a_runner_may_mount_it_from(resource: Resource) -> None:
    assert told(resource)[0] >= BOTH


ODD = [
    pytest.param("kind: PodTemplateSpec\nspec: {hostNetwork: true, hostPID: true}", id="no containers"),
    pytest.param("kind: PodTemplateSpec\nspec: {hostPID: true, containers: {}}", id="containers that are a map"),
    pytest.param("x: &k hostPID\nspec:\n  *k : true\n", id="an alias for a key"),
    pytest.param("x: &s spec\n*s : {hostPID: true}\n", id="an alias for spec"),
    pytest.param("spec:\n  ? hostPID # c\n  : true\n", id="a key far from its colon"),
    pytest.param('spec:\n  ? "host\\\n    PID"\n  : true\n', id="a key in two lines"),
    pytest.param('"s\\x70ec": {"host\\x50ID": true}', id="escapes"),
]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize(("name", "key"), [("hook-extension", "content"), ("files", "hook-template.yaml")])
def test_where_hooks_are_named_a_template_is_found_however_it_is_written(name: str, key: str, text: str) -> None:
    assert "host-namespaces-confined" in told(holding("ConfigMap", name, data={key: text}))[0]


def test_elsewhere_a_document_of_another_kind_is_just_that() -> None:
    text = "kind: Prometheus\nspec: {tolerations: [{operator: Exists}]}"
    assert pods(holding("ConfigMap", "dashboards", data={"prometheus.yaml": text})) == []


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(holding("ConfigMap", "hook-extension", data={"content": UNKNOWN}), id="GitHub's own example"),
        pytest.param(holding("ConfigMap", "app-template", data={"a": UNKNOWN}), id="by the name of the object"),
        pytest.param(holding("ConfigMap", "files", binaryData={"hook.yaml": UNKNOWN}), id="base64"),
        pytest.param(holding("ConfigMap", "files", data=UNKNOWN), id="all data"),
        pytest.param(holding("ConfigMap", "files", binaryData=UNKNOWN), id="all binary data"),
        pytest.param(holding("Secret", "files", stringData={"hook-template.yaml": UNKNOWN}), id="a Secret's text"),
        pytest.param(holding("Secret", "hook-extension", data=UNKNOWN), id="a Secret's data"),
        pytest.param(holding("ConfigMap", "hook-extension", data={"content": f"{OPEN}\na: b: c"}), id="no YAML"),
    ],
)
def test_what_may_be_a_template_and_is_not_known_is_never_silence(resource: Resource) -> None:
    assert told(resource)[1] >= {*BOTH, "docker-pipe-confined", "host-process-confined"}


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(holding("ConfigMap", "files", data={"address": UNKNOWN}), id="an address"),
        pytest.param(holding("ConfigMap", "files", data={"webhook-url": UNKNOWN}), id="a webhook"),
        pytest.param(holding("Secret", "content-api", data={"token": UNKNOWN}), id="a token"),
        pytest.param(holding("Secret", "credentials", data=UNKNOWN), id="a Secret"),
        pytest.param(holding("ConfigMap", "mail-templates", data={"a.html": "<p>volumes: {{ a }}: b"}), id="a mail"),
        pytest.param(
            holding("ConfigMap", "templates", data={"run": "docker run \\\n  -v a: b: c"}), id="a command in two lines"
        ),
        pytest.param(holding("Secret", "files", data={"a.yaml": "no base64!"}), id="no base64"),
    ],
)
def test_what_is_no_template_stops_nobody(resource: Resource) -> None:
    assert of_pods(resource) == set()


ORDINARY = [
    pytest.param(
        "nginx-templates",
        {"default.conf.template": "server {\n  # containers and volumes\n  {{ .spec }}\n  return 200 'a: b: c';\n}"},
        id="a web server's",
    ),
    pytest.param(
        "alertmanager-templates", {"slack.tmpl": '{{ define "x" }}\nspec of containers: a: b'}, id="of alerts"
    ),
    pytest.param("site-content", {"index.md": "The spec of our volumes: see [x](y).\n - `a: b`: c\n"}, id="a page"),
    pytest.param("pg-extensions", {"init.sql": "CREATE EXTENSION x; -- see spec: volumes: a\n{%\n"}, id="a database's"),
    pytest.param("site-content", {"index.html": UNKNOWN}, id="an unknown page"),
    pytest.param("pg-extensions", {"host": UNKNOWN}, id="an unknown address"),
    pytest.param("slack", {"web-hook": UNKNOWN, "web_hook": UNKNOWN}, id="an unknown webhook"),
]


@pytest.mark.parametrize(("name", "data"), ORDINARY)
def test_outside_of_the_fleet_a_name_alone_makes_no_template(name: str, data: dict[str, object]) -> None:
    assert of_pods(holding("ConfigMap", name, "shop", data=data)) == set()


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(holding("Secret", "slack-web-hook", stringData={"url": UNKNOWN}), id="a webhook"),
        pytest.param(holding("Secret", "slack", stringData={"hook-url": UNKNOWN}), id="its address"),
        pytest.param(holding("Secret", "hook-extension", "shop", stringData={"content": UNKNOWN}), id="elsewhere"),
        pytest.param(holding("Secret", "hook-extension", "shop", stringData=UNKNOWN), id="elsewhere, all"),
    ],
)
def test_an_unknown_secret_is_no_template_but_by_its_name_where_runners_are(resource: Resource) -> None:
    assert of_pods(resource) == set()


@pytest.mark.parametrize("namespace", ["azdo-agents", "docker-engine", UNKNOWN], ids=str)
@pytest.mark.parametrize("value", [UNKNOWN, "? spec\n: [{a: b: c\nhostPID"], ids=["unknown", "unreadable"])
def test_in_the_fleet_and_where_a_namespace_is_not_known_a_name_is_enough(namespace: object, value: object) -> None:
    assert "host-process-confined" in of_pods(holding("ConfigMap", "a-content", namespace, data={"a": value}))


def test_what_is_found_by_its_form_is_told_once_in_the_fleet_too() -> None:
    two = f"{OPEN}\n---\nkind: Other\nspec: {{hostIPC: true}}\n"
    resource = holding("ConfigMap", "hook-extension", data={"content": two})
    rule = host_namespaces.RULE
    paths = [verdict.path for verdict in judge(rule, resource, rule.context(FLEET))]
    assert sorted(paths) == ["data.content.spec.hostIPC", "data.content.spec.hostPID"]


def test_elsewhere_no_text_is_parsed_for_a_name() -> None:
    pod_templates._documents.cache_clear()
    page = "kind: a\nspec of: volumes\n" * 2000
    of_pods(holding("ConfigMap", "page-content", "shop", data={str(index): f"{page}{index}" for index in range(4)}))
    assert pod_templates._documents.cache_info().misses == 0


@pytest.mark.parametrize("value", [{"hook.yaml": UNKNOWN}, UNKNOWN], ids=["one", "all"])
def test_a_text_that_is_not_known_is_named_itself(value: object) -> None:
    resource = holding("ConfigMap", "hook-extension", data=value)
    at = "data" if value is UNKNOWN else 'data["hook.yaml"]'
    paths = {verdict.path for rule in POD_RULES for verdict in judge(rule, resource, rule.context(FLEET))}
    assert paths == {at}


@pytest.mark.parametrize(
    "secret_paths", [frozenset[str](), frozenset({"data"}), frozenset({'data["hook.yaml"]'})], ids=str
)
def test_no_message_shows_a_text_of_a_secret(secret_paths: frozenset[str]) -> None:
    spec: dict[str, Any] = {
        "hostPID": True,
        "nodeSelector": {"agentpool": "hunter2"},
        "serviceAccountName": "hunter2",
        "tolerations": [{"key": "hunter2", "value": "hunter2"}],
        "volumes": [{"name": "v", "hostPath": {"path": r"\\.\pipe\hunter2"}}],
        "containers": [
            {
                "name": "hunter2",
                "image": "hunter2.example.com/a",
                "command": ["docker", "-H", "tcp://hunter2"],
                "env": [{"name": "PASSWORD", "value": "hunter2"}],
                "securityContext": {"privileged": True},
            }
        ],
    }
    text = json.dumps({"metadata": {"labels": {"buildfleet.dev/trust": "hunter2"}}, "spec": spec})
    resource = dataclasses.replace(
        holding("Secret", "files", data={"hook.yaml": encoded(text)}), secret_paths=secret_paths
    )
    found = [verdict for rule in RULES for verdict in judge(rule, resource, rule.context(FLEET))]
    assert {verdict.rule for verdict in found if not isinstance(verdict, Unchecked)} >= BOTH
    assert any(isinstance(verdict, Unchecked) for verdict in found)
    assert "hunter2" not in repr(found)
    pack = Pack(RULES, from_config({ID: {}}, RULES))
    assert "hunter2" not in repr(pack.judge(Subject(resource=resource, secrets=[encoded(text)])))
