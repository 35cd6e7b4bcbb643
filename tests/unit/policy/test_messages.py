"""No piece of a secret in a message."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.masking import IN_SENTENCES, IN_VALUES, Mask
from policy.pack import Pack, Subject
from policy.values import decode
from rules.policies.catalogue import RULES
from rules.policies.node import Verdict
from rules.policies.resource import Resource
from rules.policies.rule import Context
from rules.policies.settings import from_config
from rules.problem import Problem
from tests.unit.policy.made_up import TYPE, made
from tests.unit.policy.test_values import message, secret


def told(inputs: dict[str, object], problem: Problem) -> str:
    def check(resource: Resource, context: Context) -> Iterator[Verdict]:
        yield problem

    rule = made("careless", check)
    decoded = decode(message(inputs))
    resource = Resource(type=TYPE, name="web", inputs=decoded.inputs, secret_paths=frozenset(decoded.secrets))
    subject = Subject(resource=resource, secrets=tuple(decoded.secret_texts()))
    (found,) = Pack([rule], from_config({}, [rule])).judge(subject)
    return found.message


def problem(path: str, value: str, allowed: str = "none", fix: str = "remove it") -> Problem:
    return Problem(rule="careless", path=path, given=value, allowed=allowed, fix=fix)


@pytest.mark.parametrize("path", ["data.token", "data.token.left", "data.token[0]"])
def test_what_stands_at_a_secret_or_in_it_is_not_shown_nor_where_in_it(path: str) -> None:
    text = told({"data": {"token": secret("hunter22")}}, problem(path, '"hunter22"'))
    assert text == f"web ({TYPE}): data.token: a secret (not shown); allowed: none; fix: remove it"


def test_a_neighbour_of_a_secret_is_shown() -> None:
    text = told({"data": {"token": secret("hunter22")}}, problem("data.tokens", '"red"'))
    assert 'data.tokens: "red";' in text


def test_a_secret_is_not_shown_from_another_place_whole_or_shortened() -> None:
    inputs = {"a": secret("correct-horse"), "b": {"c": 'run --password "correct-horse"'}}
    assert 'b.c: "run --password ***";' in told(inputs, problem("b.c", '"run --password correct-horse"'))
    assert 'b.c: "***...";' in told(inputs, problem("b.c", '"correct-...'.replace("correct-...", 'correct-..."')))
    assert "correct" not in told(inputs, problem("b.c", "x", fix="use correct-horse instead"))


def test_a_number_may_be_a_secret() -> None:
    assert "48151623" not in told({"pin": secret(48151623)}, problem("x", "48151623", allowed="not 48151623"))


def test_the_words_of_a_rule_stay_where_a_secret_happens_to_have_some() -> None:
    text = told({"pin": secret("remove-the-image")}, problem("x", "1", fix="remove it from the image"))
    assert text.endswith("fix: remove it from the image")


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet='abc\\"\n', min_size=IN_VALUES, max_size=20),
    st.text(alphabet="abcx", max_size=10),
    st.sampled_from([IN_VALUES, IN_SENTENCES]),
)
def test_no_run_of_characters_of_a_secret_is_left(hidden: str, around: str, length: int) -> None:
    shown = Mask([hidden], length)(f"{around}{hidden}{around}")
    size = min(length, len(hidden))
    pieces = {hidden[start : start + size] for start in range(len(hidden) - size + 1)}
    assert not [piece for piece in pieces if piece in shown]


def test_short_secrets_are_words() -> None:
    assert Mask(["yes"], IN_VALUES)("yes") == "yes"


def test_a_template_in_a_secret_is_to_be_put_where_it_can_be_read() -> None:
    template = "spec: {containers: [{name: $job, image: hunter22.example.com/a:1}]}"
    decoded = decode(
        message(
            {
                "kind": "Secret",
                "metadata": {"name": "hook", "namespace": "runners"},
                "stringData": secret({"hook-template.yaml": template}),
            }
        )
    )
    resource = Resource(
        type="kubernetes:core/v1:Secret", name="hook", inputs=decoded.inputs, secret_paths=frozenset(decoded.secrets)
    )
    rules = [rule for rule in RULES if rule.id == "image-registry-allowlist"]
    document = {"fleet-settings": {"registries": ["registry.example.com"], "namespaces": {"agents": ["runners"]}}}
    pack = Pack(rules, from_config(document, rules), dry_run=True)
    found = pack.judge(Subject(resource=resource, secrets=tuple(decoded.secret_texts())))
    (text,) = [one.message for one in found]
    assert "stands in a Secret, whose texts are not read" in text
    assert text.endswith("fix: put it into a ConfigMap")
    assert "hunter22" not in text
