"""A log by somebody who means harm: the page stays a page, nothing is a command, nothing falls over."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from review import drift, gate, words
from review.approval import ORIGINS, SYSTEMS
from review.findings import Told
from review.lines import LogError
from review.log import Log, read
from review.page import render
from review.summary import summary
from tests.unit.review.logs import DEPLOYMENT, POOL, PROVIDER, UNKNOWN, deployment, end, finding, log, pool, step, urn
from tests.unit.review.test_page import spans

EVIL = "<a href=https://evil>click</a>\n\n/azp run\n\n# Owned @octocat `` | ##vso[task.x]##[error]\n::error::x"
TYPE = f"x:y:Z{EVIL}"


def hostile(folder: Path, evil: str) -> Log:
    """A log in which everything that a program can choose is `evil`."""
    kind, component, native = f"x:y:Z{evil}", f"buildfleet:index:{evil}", f"azure-native:{evil}"
    owned = {"parent": urn(component, evil)}
    bad = deployment(image=evil)
    bad["metadata"] = {"name": evil, "namespace": evil, evil: UNKNOWN}
    template = {"properties": {"template": {"resources": [
        {"type": "Microsoft.ContainerService/managedClusters/agentPools", "name": f"c/{evil}", "properties": {}}
    ]}}}  # fmt: skip
    none: dict[str, Any] = {"properties": {"template": {"resources": []}}}
    vaults = {"properties": {"template": {"resources": [{"type": "Microsoft.KeyVault/vaults", "name": evil}]}}}
    reads = deployment()
    reads["spec"]["template"]["spec"]["volumes"] = [{"name": "v", "secret": {"secretName": evil}}]
    secret = {"metadata": {"name": evil, "namespace": "azdo-agents"}, "data": {evil: "1"}}
    own = {"policyPackName": evil, "policyName": evil, "enforcementLevel": evil, "severity": evil}
    return log(
        folder,
        *(
            step(op, one, f"{op}{evil}", {"a": evil, evil: 1}, None if op == "delete" else {"a": 1, "b": UNKNOWN})
            for op in ("create", "update", "replace", "delete", "import", evil)
            for one in (kind, component, native, evil, "")
        ),
        step("update", kind, "x", {"a": 1}, {"a": [evil]}, detailedDiff={evil: {"diffKind": evil}}, **owned),
        step("delete", kind, f"protected{evil}", {}, None, protect=True),
        step("delete", "kubernetes:core/v1:Namespace", evil, {}, None, **owned),
        step("update", "azure-native:resources:Deployment", evil, template, none),
        step("update", "azure-native:resources:Deployment", "vaults", vaults, none),
        step("update", "kubernetes:core/v1:Secret", evil, secret, {**secret, "data": {evil: evil}}),
        step("same", DEPLOYMENT, f"reads{evil}", reads, reads, **owned),
        step("replace", POOL, evil, pool(evil), pool(evil, evil), provider=evil),
        step("update", POOL, "few", pool("few", nodeLabels={"buildfleet.dev/pool": evil}), pool("few", most=1)),
        step("update", DEPLOYMENT, evil, deployment(pool=evil), bad, provider=f"{PROVIDER}::{UNKNOWN}"),
        finding(evil, "mandatory", f"{evil}; allowed: {evil}; fix: {evil}", urn(kind, evil)),
        finding(evil, "mandatory", evil, f"urn:{evil}"),
        finding(evil, "advisory", evil, urn(POOL, evil)),
        {"policyEvent": {**own, "resourceUrn": "", "message": evil}},
        {"diagnosticEvent": {"severity": "warning", "message": evil}},
        {"diagnosticEvent": {"severity": "error", "message": evil}},
        {"buildfleetRehearsal": {"stack": evil, "simulated": [evil]}},
        {**end("succeeded", {f"{evil}|local|/x": evil})},
    )


LAST = "...<a href=//evil>click</a>\n\n/azp run\n\n# Owned @octocat ##vso[x]"
"""The last part of a type, which a colon would end."""


@pytest.mark.parametrize(
    "evil",
    [EVIL, LAST, LAST.replace(".", ":"), EVIL.replace("\n", " "), "`" + EVIL, "\u202e" + EVIL, "\n::x", "/approve"],
)
def test_whatever_a_program_chooses_stands_on_the_page_as_text(tmp_path: Path, evil: str) -> None:
    found = hostile(tmp_path, evil)
    pages = [summary(found, evil, system=system, origin=origin) for system in SYSTEMS for origin in ORIGINS]
    for page in (summary(found), *pages, drift.drift(found, evil)):
        shown = render(page, "markdown")
        marker, _, below = shown.partition("\n")
        assert re.fullmatch(r"<!-- buildfleet-review: [\w.-]* -->", marker)
        outside = spans(below)
        assert not re.search(r"evil|click|Owned|octocat|azp|approve\b(?!-)", outside), outside
        assert not re.search(r"<(?!/?details>|/?summary>)", outside), outside
        assert not re.search(r"(?m)^/", shown)
        assert not re.search(r"(?i)##(vso)?\[|(?m:^\s*::)|(?<![\w.])@\w", shown), shown


def test_no_page_and_no_gate_has_a_command_to_the_machine_that_prints_it(tmp_path: Path) -> None:
    found = hostile(tmp_path, EVIL)
    texts = [
        gate.text(found, gate.refusals(found, approvals=(), packs=["buildfleet"], stack="prod", real=True)),
        gate.text(found, gate.refusals(found, approvals=(), stack=EVIL, system="azure")),
        render(summary(found), "text"),
        render(drift.drift(found), "text"),
        words.clean("\u202e##VSO[a]\n #\u200b#[b]\n\t::c::d"),
        words.clean("::stop-commands::x"),
    ]
    for text in texts:
        assert not re.search(r"(?i)##(vso)?\[", text), text
        assert not re.search(r"(?m)^\s*::", text), text
    # What is no command stays as it can be copied.
    assert words.clean(urn(POOL, "a")) == urn(POOL, "a")


def test_a_type_that_ends_like_a_word_of_ours_is_not_called_that(tmp_path: Path) -> None:
    for own in ("cluster", "stack", "node pool", "resource"):
        shown = render(summary(log(tmp_path, step("create", f"x:y:{own}", "a", None, {}), end())), "markdown")
        assert "- resource `a`" in shown
    shown = render(summary(log(tmp_path, step("create", "x:y:Bucket", "a", None, {}), end())), "markdown")
    assert "- `Bucket` `a`" in shown
    assert "This creates 1 `Bucket`." in shown


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9" * 50, "9" * 5000])
def test_a_number_that_no_engine_writes_is_refused_with_its_line(tmp_path: Path, number: str) -> None:
    event = json.dumps(step("update", POOL, "a", pool("a", count="@"), pool("a"))).replace('"@"', number)
    file = tmp_path / "events.json"
    file.write_text(f"{event}\n{json.dumps(end())}\n")
    with pytest.raises(LogError, match="line 1: no event of the engine"):
        read(file)


def test_the_largest_numbers_that_are_read_are_summed(tmp_path: Path) -> None:
    for most in (10**39, 1e308, -(10**30)):
        found = log(tmp_path, step("update", POOL, "a", pool("a"), pool("a", most=most)), end())  # type: ignore[arg-type]  # not only whole ones
        assert render(summary(found), "text")
    sized = deployment(replicas=1e308, grace=1e308)  # type: ignore[arg-type]  # as above
    assert render(summary(log(tmp_path, step("update", DEPLOYMENT, "a", sized, deployment()), end())), "text")


@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 200_000,
        "eyJaaaaaaaaaa." * 40_000,
        "://" * 200_000,
        "-----BEGIN" * 60_000,
        "-----END" * 80_000,
        "\n " * 300_000,
        "<{%" * 200_000,
        "a" * 600_000,
        "; allowed: " * 50_000,
        "x (" * 200_000,
    ],
)
def test_a_long_text_is_cleaned_and_read_in_a_time_that_grows_with_its_length(text: str) -> None:
    began = time.monotonic()
    words.clean.__wrapped__(text)
    told = {"rule": "r", "mandatory": True, "severity": "", "noun": "", "name": "", "resource": "", "touched": True}
    assert Told(**told, message=text).parts is None  # type: ignore[arg-type]  # a dict of several types
    assert time.monotonic() - began < 5


def test_web_tokens_are_hidden_wherever_they_stand_in_a_run() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
    for text in (
        token,
        f"x{token}",
        f"a-b_{token}",
        f"https://h/{token}?a",
        f"k={token}",
        f"eyJ.{token}",
        f"a.{token}",
    ):
        assert "eyJhbGci" not in words.clean(text), text
        assert "c2lnbmF" not in words.clean(text), text
