"""What a template hides is told of it once, stops only where a program must be strict, and can be waived."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from policy.findings import Finding
from policy.messages import _RULES_TOLD
from policy.pack import Pack, Subject
from rules.policies.catalogue import RULES
from rules.policies.node import UNKNOWN
from rules.policies.pack import INPUTS_KNOWN
from rules.policies.resource import Options, Resource
from rules.policies.settings import ID, from_config

PROFILES = Path(__file__).resolve().parents[3] / "policy" / "profiles"
TODAY = datetime.date(2026, 11, 22)
TYPE = "azure-native:resources:Deployment"
WAIVER = {"urn": f"{TYPE}::sql", "reason": "a database", "owner": "data", "expires": "2027-01-31"}


def deployment(template: dict[str, Any], **properties: Any) -> Resource:
    inputs = {"properties": {"mode": "Incremental", **template, **properties}}
    urn = f"urn:pulumi:prod::shop::{TYPE}::sql"
    return Resource(type=TYPE, name="sql", urn=urn, inputs=inputs, options=Options(custom_timeouts={"update": 3600}))


LINKED = deployment({"templateLink": {"uri": "https://example.com/sql.json"}})


def pool(name: str, size: str, **properties: Any) -> Resource:
    body = {
        "osType": "Linux",
        "mode": "User",
        "vmSize": size,
        "enableAutoScaling": True,
        "minCount": 0,
        "maxCount": 2,
        "upgradeSettings": {"maxSurge": "33%"},
    }
    arm = "Microsoft.ContainerService/managedClusters/agentPools"
    declared = {"n": {"type": "string"}, "size": {"type": "string"}}
    template = {"parameters": declared, "resources": [{"type": arm, "name": name, "properties": body}]}
    return deployment({"template": template}, **properties)


HIDDEN = pool("[concat('c/', parameters('n'))]", "[toLower(parameters('size'))]")
GIVEN = {"n": {"value": "lin"}, "size": {"value": "Standard_D4s_v5"}}
PLAIN = pool("fleet/lin", "[parameters('size')]", parameters=GIVEN)
PENDING = pool("fleet/lin", "[parameters('size')]", parameters={**GIVEN, "size": {"value": UNKNOWN}})


def pack(profile: str, dry_run: bool, *waivers: dict[str, str], **shared: Any) -> Pack:
    document = json.loads((PROFILES / f"{profile}.json").read_text())
    document[ID] = {**document.get(ID, {}), **shared, "waivers": list(waivers)}
    return Pack(RULES, from_config(document, RULES), dry_run=dry_run, today=lambda: TODAY)


def told(one: Pack, *resources: Resource) -> list[Finding]:
    subjects = [Subject(resource=resource) for resource in resources]
    found = [finding for subject in subjects for finding in one.judge(subject)] + one.judge_stack(subjects)
    return [finding for finding in found if finding.rule == INPUTS_KNOWN]


BOTH = pytest.mark.parametrize("dry_run", [True, False], ids=["preview", "update"])


@BOTH
def test_a_template_that_is_linked_is_told_of_once_whatever_rules_ask(dry_run: bool) -> None:
    (found,) = told(pack("production", dry_run), LINKED)
    assert found.level == "mandatory"
    assert found.message.startswith(f"sql ({TYPE}): properties.templateLink: Azure alone knows what it is; ")
    assert "more ask for it; fix: write the template's content into the program" in found.message
    assert found.message.endswith(f"or waive {INPUTS_KNOWN} for this resource")
    assert "--target" not in found.message


@BOTH
@pytest.mark.parametrize("resource", [LINKED, HIDDEN], ids=["linked", "expressions"])
def test_where_a_program_need_not_be_strict_what_is_hidden_stops_neither_preview_nor_update(
    resource: Resource, dry_run: bool
) -> None:
    assert [finding.level for finding in told(pack("dev", dry_run), resource)] == ["advisory"]


def test_what_is_only_not_known_yet_stops_an_update_as_ever() -> None:
    assert {finding.level for finding in told(pack("dev", True), PENDING)} == {"advisory"}
    found = told(pack("dev", False), PENDING)
    assert {finding.level for finding in found} == {"mandatory"}
    assert "not known yet" in found[0].message


def test_parameters_that_the_program_gives_hide_nothing() -> None:
    assert told(pack("production", True), PLAIN) == []


def test_each_place_is_told_of_once_and_again_when_the_resource_is_judged_anew() -> None:
    one = pack("production", False)
    first = [finding.message for finding in told(one, HIDDEN)]
    places = [message.partition(": ")[2].partition(": ")[0] for message in first]
    assert len(places) == len(set(places))
    assert [finding.message for finding in told(one, HIDDEN)] == first


def test_names_that_stand_for_too_much_are_told_of_as_hidden() -> None:
    lines = {
        f"v{index}": [{"type": "a.b/c", "resources": f"[variables('v{index - 1}')]"}] * 2 for index in range(1, 40)
    }
    whole = deployment({"template": {"variables": lines, "resources": "[variables('v39')]"}})
    (found,) = told(pack("production", False), whole)
    assert "properties.template.resources: Azure alone knows what it is" in found.message


def test_one_resource_is_judged_while_another_is_told_of() -> None:
    one = pack("production", False)
    one.tell("a", ["x", "y"])
    one.tell("b", ["x"])
    assert one.untold("a", ["z", "y", "w"]) == ["w", "z"]
    places = one._hidden
    one.judge(Subject(resource=LINKED))
    # The map that another thread adds to is the same one, and none is made of all its entries.
    assert one._hidden is places
    assert one.untold("b", ["x"]) == []


def test_a_waiver_of_what_is_not_known_covers_all_rules() -> None:
    found = told(pack("production", False, {"rule": INPUTS_KNOWN, **WAIVER}), LINKED)
    assert [finding.level for finding in found] == ["advisory"]
    assert found[0].message.endswith("; waived by data until 2027-01-31: a database")


def test_a_waiver_of_one_rule_covers_that_one_alone() -> None:
    one = pack("production", False, {"rule": "pool-name-valid", **WAIVER})
    found = told(one, LINKED)
    assert [finding.level for finding in found] == ["mandatory"]
    assert "pool-name-valid" not in found[0].message


def test_a_rule_that_is_waived_hides_no_other_that_asks_later() -> None:
    stack_rules = {"cost-ceiling", "azure-role-least-privilege"}
    on = {rule.id: "disabled" for rule in RULES if rule.id not in {"pool-name-valid", INPUTS_KNOWN, *stack_rules}}
    document = {**on, ID: {"waivers": [{"rule": "pool-name-valid", **WAIVER}]}}
    one = Pack(RULES, from_config(document, RULES), today=lambda: TODAY)
    assert [finding.level for finding in told(one, LINKED)] == ["advisory", "mandatory"]


def test_a_few_rules_are_named() -> None:
    assert _RULES_TOLD == 3
    on = {rule.id: "disabled" for rule in RULES if rule.id not in {"pool-name-valid", INPUTS_KNOWN}}
    one = Pack(RULES, from_config(on, RULES), today=lambda: TODAY)
    (found,) = told(one, LINKED)
    assert "allowed: what can be read, as pool-name-valid asks for it; fix" in found.message
