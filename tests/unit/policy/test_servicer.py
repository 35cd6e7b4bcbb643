"""The protocol, without an engine."""

from __future__ import annotations

from typing import Any, NoReturn

import grpc
import pytest

from policy.protocol import LEVELS, analyzer_pb2
from policy.servicer import Servicer
from rules.policies.catalogue import RULES
from rules.policies.node import Verdict
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Rule
from rules.policies.settings import ID
from rules.problem import Problem
from rules.tables import engine_marks as marks
from tests.unit.policy.made_up import COMPANY, GREEN, TYPE, urn, whole
from tests.unit.policy.test_values import message, secret

ANY: Any = None


class Refused(Exception):
    pass


class Refusing:
    """A context that an RPC aborts."""

    def abort(self, code: grpc.StatusCode, text: str) -> NoReturn:
        raise Refused(f"{code.name}: {text}")


def request(name: str = "web", **inputs: Any) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(type=TYPE, name=name, urn=urn(name), properties=message(inputs))


def configuration(**entries: Any) -> analyzer_pb2.ConfigureAnalyzerRequest:
    made = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, (level, properties) in entries.items():
        entry = made.policyConfig[name.replace("_", "-")]
        entry.enforcementLevel = LEVELS[level]
        entry.properties.update(properties)
    return made


def found(response: analyzer_pb2.AnalyzeResponse) -> list[tuple[str, int, str]]:
    return [(one.policyName, one.enforcementLevel, one.urn) for one in response.diagnostics]


def test_every_rule_is_described_with_all_that_its_module_says() -> None:
    info = Servicer(RULES).GetAnalyzerInfo(ANY, ANY)
    described = {policy.name: policy for policy in info.policies}
    assert info.supportsConfig
    assert described.keys() == {ID, *(rule.id for rule in RULES)}
    for rule in RULES:
        policy = described[rule.id]
        assert policy.enforcementLevel == LEVELS[rule.levels.production]
        assert (policy.displayName, policy.description, policy.remediation_steps) == (rule.title, rule.why, rule.fix)
        assert policy.url == f"docs/policies.md#{rule.id}"
        assert {*policy.configSchema.properties.fields} == {*rule.options}
        stack = analyzer_pb2.POLICY_TYPE_STACK
        assert (policy.policy_type == stack) == (rule.check_stack is not None)
        assert policy.severity


def test_a_resource_is_judged_without_a_configuration_by_the_levels_of_production() -> None:
    assert found(Servicer([GREEN]).Analyze(request(colour="red"), ANY)) == [("green", analyzer_pb2.MANDATORY, urn())]


def test_a_configuration_is_taken_as_the_engine_sends_it() -> None:
    servicer = Servicer([GREEN])
    shared = {"strict": True, "pools": [{"name": "a", "os": "linux", "selector": {"pool": "a"}}]}
    entries = {"fleet_settings": ("mandatory", shared), "green": ("advisory", {"colours": ["blue"]})}
    servicer.Configure(configuration(**entries), ANY)
    assert found(servicer.Analyze(request(colour="blue"), ANY)) == []
    assert found(servicer.Analyze(request(colour="red"), ANY)) == [("green", analyzer_pb2.ADVISORY, urn())]


def test_a_configuration_that_is_not_sound_is_refused_with_all_its_mistakes() -> None:
    entries = {"gren": ("mandatory", {}), "green": ("mandatory", {"color": "red"})}
    with pytest.raises(Refused, match="INVALID_ARGUMENT: the configuration has 2 mistakes") as caught:
        Servicer([GREEN]).Configure(configuration(**entries), Refusing())
    assert 'did you mean "colours"?' in str(caught.value)


@pytest.mark.parametrize("dry_run", [True, False])
def test_whether_it_is_a_preview_is_what_the_engine_says(dry_run: bool) -> None:
    servicer = Servicer([*RULES, GREEN])
    servicer.Configure(configuration(fleet_settings=("mandatory", {"strict": False})), ANY)
    servicer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=dry_run), ANY)
    level = analyzer_pb2.ADVISORY if dry_run else analyzer_pb2.MANDATORY
    answer = servicer.Analyze(request(colour=marks.UNKNOWN_TEXT), ANY)
    assert found(answer) == [("policy-inputs-known", level, urn())]


def test_rules_of_the_stack_see_the_inputs_that_the_author_wrote_and_what_they_are_made_of() -> None:
    seen: list[Resource] = []

    def check(pairs: Any, context: Context) -> Any:
        seen.extend(resource for resource, _ in pairs)
        verdict: Verdict = Problem(rule="all", path="", given="1", allowed="2", fix="3")
        yield None, verdict

    rule: Rule[Resource] = Rule(
        id="all", group="cost", title="t", why="w", fix="f", severity="low", levels=MANDATORY, read=whole,
        check_stack=check,
    )  # fmt: skip
    servicer = Servicer([rule])
    servicer.Analyze(request("web", a=1), ANY)
    servicer.Analyze(request("gone", a=2), ANY)
    stack = analyzer_pb2.AnalyzeStackRequest()
    web = stack.resources.add(type=TYPE, name="web", urn=urn("web"), properties=message({"output": 1}))
    web.propertyDependencies["a"].urns.extend(["urn:b", "urn:a"])
    stack.resources.add(type=TYPE, name="old", urn=urn("old"), properties=message({"output": 2}))
    assert found(servicer.AnalyzeStack(stack, ANY)) == [("all", analyzer_pb2.MANDATORY, "")]
    # By URN: the engine sends them in another order each time.
    assert [(one.name, one.inputs, one.dependencies) for one in seen] == [
        ("old", {"output": 2}, {}),
        ("web", {"a": 1}, {"a": ("urn:a", "urn:b")}),
    ]


def test_options_of_a_resource_reach_the_rules() -> None:
    options: list[Any] = []

    def check(resource: Resource, context: Context) -> Any:
        options.append(resource.options)
        yield from ()

    rule: Rule[Resource] = Rule(
        id="one", group="cost", title="t", why="w", fix="f", severity="low", levels=MANDATORY, read=whole, check=check
    )
    asked = request()
    asked.options.protect = True
    asked.options.ignoreChanges.append("count")
    asked.options.customTimeouts.create = 60
    asked.options.parent = "urn:parent"
    Servicer([rule]).Analyze(asked, ANY)
    (given,) = options
    assert (given.protect, given.ignore_changes, given.custom_timeouts, given.parent) == (
        True,
        ("count",),
        {"create": 60.0},
        "urn:parent",
    )


def test_nothing_is_mended_by_default() -> None:
    assert not Servicer([GREEN]).Remediate(request(colour="red"), ANY).remediations


def test_what_is_mended_keeps_secrets_and_what_is_not_known() -> None:
    servicer = Servicer([GREEN, COMPANY])
    servicer.Configure(configuration(green=("remediate", {})), ANY)
    inputs = {"colour": "red", "token": secret("hunter2"), "id": marks.UNKNOWN_TEXT, "__defaults": []}
    (mended,) = servicer.Remediate(request(**inputs), ANY).remediations
    assert mended.policyName == "green"
    assert mended.properties == message({**inputs, "colour": "green", "painted": True})


def test_a_secret_that_is_mended_stays_one() -> None:
    servicer = Servicer([GREEN])
    servicer.Configure(configuration(green=("remediate", {})), ANY)
    (mended,) = servicer.Remediate(request(colour=secret("red")), ANY).remediations
    assert mended.properties == message({"colour": secret("green"), "painted": True})
