"""The papers: what they link to, name, quote and show exists, and is what the program takes."""

from __future__ import annotations

import ast
import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings.load import validate
from infra.settings.report import InvalidStack

ROOT = Path(__file__).resolve().parents[2]
PAPERS = tuple(ROOT / "docs" / f"{name}.md" for name in ("azure", "azure-local", "runbooks", "state", "windows-2025"))
NAMES = [paper.name for paper in PAPERS]
LINKING = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
ROOTS = ("platform", "nodePools", "network", "registry", "monitoring", "environment", "keda", "arc", "images")
"""Sections of a stack file by which the papers name settings: `platform.windows`, not `windows`."""


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def blocks(name: str, language: str) -> list[str]:
    """Fenced blocks of a language, without the indentation that they have in a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text(name), re.M | re.S)
    return [re.sub(rf"^{indent}", "", body, flags=re.M) for indent, body in found]


def anchors(paper: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", paper.read_text(), flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def linking() -> list[str]:
    return [*LINKING, *sorted(str(paper.relative_to(ROOT)) for paper in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", linking())
def test_every_link_leads_to_a_file_and_a_heading_that_exist(name: str) -> None:
    source = ROOT / name
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", source.read_text()):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        paper = (source.parent / file).resolve() if file else source
        if not paper.exists() or (anchor and anchor not in anchors(paper)):
            wrong.append(target)
    assert not wrong


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "schema" / "stack.schema.json").read_text())
    return found


def branches(node: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and all that it may also be."""
    if "$ref" in node:
        found: Any = schema()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return branches(found)
    several = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    items = [node["items"]] if isinstance(node.get("items"), dict) else []
    return [node, *(deeper for one in [*several, *items] for deeper in branches(one))]


def known(path: str) -> bool:
    nodes: list[dict[str, Any]] = [schema()["properties"]["config"]]
    for index, key in enumerate(path.split(".")):
        wanted = f"buildfleet:{key}" if index == 0 else key
        nodes = [
            branch["properties"][wanted] if wanted in branch.get("properties", {}) else branch["additionalProperties"]
            for node in nodes
            for branch in branches(node)
            if wanted in branch.get("properties", {}) or isinstance(branch.get("additionalProperties"), dict)
        ]
        if not nodes:
            return False
    return True


def named_settings(name: str) -> set[str]:
    code = " ".join(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text(name), flags=re.S)))
    return set(re.findall(rf"(?<![\w./:-])(?:{'|'.join(ROOTS)})(?:\.[a-zA-Z]+)+(?![\w/])", code))


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_a_paper_names_is_in_the_schema(name: str) -> None:
    assert not {path for path in named_settings(name) if not known(path)}


def test_the_check_of_settings_finds_settings_and_tells_wrong_ones() -> None:
    assert len(named_settings("azure.md")) > 20
    assert known("platform.apiServer.authorizedRanges")
    assert not known("platform.apiServer.authorisedRanges")


@pytest.mark.parametrize("name", NAMES)
def test_every_yaml_block_can_be_read(name: str) -> None:
    for block in blocks(name, "yaml"):
        assert yaml.safe_load(block)


def stack(name: str) -> dict[str, Any]:
    config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key.removeprefix("buildfleet:"): value for key, value in config.items()}


SECRETS = {"azureDevOpsToken", "githubAppKey", "registryPassword", "windowsAdminPassword"}


def refused(sections: dict[str, Any]) -> str:
    try:
        validate(sections, secrets=SECRETS & set(re.findall(r"\w+", json.dumps(sections))), stack="prod")
    except InvalidStack as wrong:
        return str(wrong)
    return ""


def test_the_adopted_cluster_of_the_paper_is_a_platform_that_the_program_takes() -> None:
    (block,) = (block for block in blocks("azure-local.md", "yaml") if "existingCluster" in block)
    sections = stack("azure-local")
    sections["platform"] = yaml.safe_load(block)["buildfleet:platform"]
    assert refused(sections) == ""


def step(sections: dict[str, Any], diff: str) -> dict[str, Any]:
    """The sections after a diff of the paper. What it takes away, and what it leaves, must have been there."""
    after = copy.deepcopy(sections)
    lines = diff.splitlines()
    pools = any(line.strip() == "buildfleet:nodePools:" for line in lines)
    items = after["nodePools"] if pools else after["azureDevOps"]["agentPools"]
    for line in lines:
        if not line[1:].lstrip().startswith("- "):
            continue
        (item,) = yaml.safe_load(line[1:].lstrip())
        if line[0] == "+":
            items.append(item)
        else:
            assert item in items, f"the paper says {item}, which is not there"
            if line[0] == "-":
                items.remove(item)
    return after


def before_the_move() -> dict[str, Any]:
    """The example of AKS as it was before it had a pool with Windows Server 2025."""
    sections = stack("aks")
    sections["nodePools"] = [pool for pool in sections["nodePools"] if pool.get("osSku") != "Windows2025"]
    # The paper leaves images for the new nodes to the reader: before there are any, none may be named.
    prepull = sections["dockerEngine"].get("prepull", [])
    sections["dockerEngine"]["prepull"] = [image for image in prepull if "ltsc2025" not in image]
    agents = sections["azureDevOps"]["agentPools"]
    sections["azureDevOps"]["agentPools"] = [pool for pool in agents if pool["nodePool"] != "w25"]
    for runner_set in sections["github"]["runnerSets"]:
        # The paper moves them in the same step as the agents, in words.
        runner_set["nodePool"] = "lin" if runner_set["nodePool"] == "w22" else runner_set["nodePool"]
    sections["github"]["runnerSets"] = [
        one for one in sections["github"]["runnerSets"] if one["mode"] != "windows-host-engine"
    ]
    return sections


def test_the_move_to_windows_server_2025_is_legal_after_each_of_its_steps() -> None:
    sections = before_the_move()
    assert refused(sections) == ""
    diffs = blocks("windows-2025.md", "diff")
    assert len(diffs) == 4
    for diff in diffs:
        sections = step(sections, diff)
        assert refused(sections) == "", diff
    assert {pool["osSku"] for pool in sections["nodePools"] if pool["os"] == "windows"} == {"Windows2025"}


def test_the_old_pool_cannot_be_removed_before_its_agents_have_moved() -> None:
    new_pool, trial, _, removal = blocks("windows-2025.md", "diff")
    sections = step(step(step(before_the_move(), new_pool), trial), removal)
    assert '"w22"' in refused(sections)


def section(paper: str, title: str) -> str:
    return text(paper).split(f"### {title}\n", 1)[1].split("\n#", 1)[0]


@cache
def said() -> frozenset[str]:
    """All texts in the source between values that are filled in; those that stand on several lines are one."""
    found: set[str] = set()
    for room in ("components", "infra", "rules", "sandbox", "toolchain"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.strip())
    return frozenset(found)


def quoted(rows: str) -> list[str]:
    """The texts of a table's first column."""
    first = [line.split(" | ")[0] for line in rows.splitlines() if line.startswith("| `")]
    return [one for cell in first for one in re.findall(r"`([^`]+)`", cell)]


def unsaid(text_of_a_row: str) -> list[str]:
    """The parts of a quoted text that are nowhere in the source; names and numbers of a reader's own are left out."""
    parts = [part.strip() for part in re.split(r"\.\.\.|'C'|\b[A-Z]+\b|\b\d[\d.]*\b", text_of_a_row)]
    return [part for part in parts if len(part) > 10 and not any(_is_of(part, one) for one in said())]


def _is_of(part: str, one: str) -> bool:
    # What stands before or behind a value that is filled in is shorter than what a reader sees.
    return part in one or (len(one) > 15 and one in part)


OURS = ("Before anything is changed", "The sandbox")


@pytest.mark.parametrize("title", OURS)
def test_every_error_of_ours_that_the_troubleshooting_quotes_is_one_that_we_say(title: str) -> None:
    rows = quoted(section("operations.md", title))
    assert len(rows) > 5
    assert not {row: missing for row in rows if (missing := unsaid(row))}


def test_every_error_that_the_troubleshooting_calls_simulated_is_one_of_the_simulated_azure() -> None:
    rows = [row for row in section("operations.md", "Azure").splitlines() if "°" in row.split(" | ")[0]]
    assert len(rows) > 15
    marked = [one for row in rows for one in re.findall(r"`([^`]+)`[^`|]*°", row.split(" | ")[0])]
    assert not {one: missing for one in marked if (missing := unsaid(one))}


def test_the_check_of_quotations_finds_a_text_that_nobody_says() -> None:
    assert unsaid("Another rehearsal of stack NAME is under way") == []
    assert unsaid("Another rehearsal of stack NAME has begun already") == ["has begun already"]
