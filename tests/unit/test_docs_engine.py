"""The papers of Docker Engine on Windows nodes: what they name, quote and tell to run is what the code has."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from components import contract
from components.docker_engine.alerts import alert_rules
from components.docker_engine.supervisor_pod import SETTINGS_FILE
from components.docker_engine.supervisor_settings import INSTALL_ROOT
from engine_supervisor.adapters.windows import firewall, services
from engine_supervisor.core.targets import RELOADABLE, RELOADABLE_FEATURES
from engine_supervisor.program.metrics import PREFIX, TABLE
from infra.settings.docker_engine import Prune
from rules.tables.docker_engine import SUPERVISOR_PORT
from sandbox.windows_nodes.__main__ import ACTIONS
from tests.unit.test_docs_azure import anchors, known, refused, stack

ROOT = Path(__file__).resolve().parents[2]
SUPERVISOR = ROOT / "images" / "docker-engine" / "engine_supervisor"
PAPERS = ("windows-docker-engine", "existing-windows-nodes", "troubleshooting")
SECTIONS = {
    "operations": "Windows nodes: Docker Engine",
    "not-verified": "Docker Engine on Windows nodes",
}
"""Papers of which only a section is about the engine."""
NAMES = (*PAPERS, *SECTIONS)
ROOTS = ("dockerEngine", "builds", "images", "nodePools", "platform", "environment")
BELOW_ENGINE = ("rollout", "prune", "smoke", "metrics", "monitoring", "logLimits", "nodePrepull")
"""Sections that the papers name without `dockerEngine` before them, where that stands in the sentence."""


def text(name: str) -> str:
    whole = (ROOT / "docs" / f"{name}.md").read_text()
    if title := SECTIONS.get(name):
        return whole.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return whole


def code(name: str) -> list[str]:
    """What stands in backticks, blocks apart."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text(name), flags=re.S))


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(name), re.M | re.S)


def section(name: str, title: str) -> str:
    return text(name).split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def cells(table: str) -> list[list[str]]:
    """Rows of a table without its head; a `\\|` is no border."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if not set(line) <= set("|- ")
    ][1:]


@cache
def said() -> tuple[str, ...]:
    """All texts of the supervisor between values that are filled in."""
    return tuple(
        node.value
        for path in sorted(SUPERVISOR.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def unsaid(quoted: str) -> list[str]:
    """Parts of a quoted text that the supervisor does not say; what is filled in stands in capitals, or is left out."""
    parts = [part.strip() for part in re.split(r"\.\.\.|\b[A-Z][A-Z_]+\b|\b\d[\d.]*\b", quoted)]
    return [part for part in parts if len(part) > 6 and not any(part in one for one in said())]


def unknown_settings(words: str) -> set[str]:
    """Settings that are named and not in the schema."""
    named = set(re.findall(rf"(?<![\w./:-])(?:{'|'.join(ROOTS)})(?:\.[a-zA-Z]+)+(?![\w/])", words))
    short = re.findall(rf"(?<![\w./:-])(?:{'|'.join(BELOW_ENGINE)})(?:\.[a-zA-Z]+)+(?![\w/])", words)
    unknown = {path for path in named if not known(path)}
    return unknown | {path for path in short if not known(f"dockerEngine.{path}") and not known(path)}


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_the_engine_that_a_paper_names_is_in_the_schema(name: str) -> None:
    assert not unknown_settings(" ".join(code(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_label_and_annotation_that_a_paper_names_is_in_the_contract(name: str) -> None:
    ours = {value for key, value in vars(contract).items() if key.isupper() and isinstance(value, str)}
    named = set(re.findall(r"buildfleet(?:\\?\.)dev/[a-z-]+", text(name)))
    assert not {one for one in named if one.replace("\\", "").removesuffix("-") not in ours}


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_that_a_paper_names_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    commands = "\n".join([*code(name), *blocks(name, "sh")])
    assert not set(re.findall(r"(?m)(?:^|&& |; )make ([a-z]+)", commands)) - targets


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_that_a_paper_names_is_published(name: str) -> None:
    published = {PREFIX + row.name for row in TABLE}
    assert not set(re.findall(rf"{PREFIX}[a-z_]+", text(name))) - published


def test_the_table_of_metrics_is_that_of_the_program() -> None:
    rows = [row for row in cells(section("windows-docker-engine", "Metrics and alerts")) if PREFIX in row[0]]
    assert [(row[0].strip("`"), tuple(re.findall(r"`(\w+)`", row[1])), row[2]) for row in rows] == [
        (PREFIX + row.name, row.labels, row.help) for row in TABLE
    ]


def test_the_alerts_of_the_paper_are_those_that_are_deployed() -> None:
    rows = [row[0].strip("`") for row in cells(section("windows-docker-engine", "Metrics and alerts"))]
    deployed = {str(rule["alert"]) for rule in alert_rules(stack="prod", job="engine")}
    assert {row for row in rows if row.startswith("DockerEngine")} == deployed


def states() -> set[str]:
    """What the core's reports say: `state=`, the words of operations, and the first of what `readiness` tells."""
    found: set[str] = set()
    for path in sorted((SUPERVISOR / "core").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            values: list[ast.expr] = []
            if isinstance(node, ast.keyword) and node.arg == "state":
                values = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
            elif isinstance(node, ast.Dict) and path.name == "operations.py":
                values = node.values
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and path.name == "readiness.py":
                values = node.value.elts[:1]
            found |= {one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def test_the_states_of_the_paper_are_those_of_the_supervisor() -> None:
    named = {
        one for row in cells(section("windows-docker-engine", "States")) for one in re.findall(r"`([^`]+)`", row[0])
    }
    assert named == states()


def test_the_keys_that_take_no_start_are_those_of_the_supervisor() -> None:
    rows = cells(section("windows-docker-engine", "Configuration"))
    named = set(re.findall(r"`([a-z-]+)`", rows[0][0])) - {"features"}
    assert named == RELOADABLE | RELOADABLE_FEATURES


@pytest.mark.parametrize("name", NAMES)
def test_every_yaml_block_can_be_read(name: str) -> None:
    for block in blocks(name, "yaml"):
        assert list(yaml.safe_load_all(block))


def test_the_stack_file_of_the_guide_is_one_that_the_program_takes() -> None:
    (block,) = (block for block in blocks("existing-windows-nodes", "yaml") if "buildfleet:dockerEngine" in block)
    sections = {"environment": stack("dev")["environment"]}
    sections |= {key.removeprefix("buildfleet:"): value for key, value in yaml.safe_load(block).items()}
    assert refused(sections) == ""


@pytest.mark.parametrize("name", NAMES)
def test_no_table_has_a_row_of_another_width_than_its_head(name: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", text(name), re.M):
        assert len({len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table


@pytest.mark.parametrize("name", NAMES)
def test_no_paper_has_a_place_that_was_left_to_fill_in(name: str) -> None:
    words = re.sub(r"`[^`\n]+`", "", re.sub(r"```.*?```", "", text(name), flags=re.S))
    assert not re.findall(r"\b[A-Z]{2,}_[A-Z_]+\b|\bTODO\b|@@", words)


def test_every_reason_that_the_troubleshooting_calls_the_supervisors_is_one_that_it_says() -> None:
    rows = [
        row
        for title in ("The engine's pod is in CrashLoopBackOff", "The supervisor says")
        for row in cells(section("troubleshooting", title))
    ]
    quoted = [one for row in rows for one in re.findall(r"`([^`]+)`", row[0])]
    assert len(quoted) > 10
    assert not {one: missing for one in quoted if (missing := unsaid(one))}


def test_the_commands_name_places_as_the_program_does() -> None:
    commands = text("operations")
    for place in (INSTALL_ROOT, firewall.RULE, SETTINGS_FILE, f"sc.exe' qc {services.NAME}"):
        assert place in commands, place
    journal = r"buildfleet\docker-engine\journal.json"
    assert rf"C:\ProgramData\{journal}" in commands
    assert set(journal.split("\\")) <= set(said())
    assert f"port {SUPERVISOR_PORT}" in text("windows-docker-engine")


def test_the_thresholds_of_pruning_are_those_of_the_settings() -> None:
    rows = {row[0].strip("`"): row[1] for row in cells(section("windows-docker-engine", "Disk"))}
    assert rows == {key: str(value) for key, value in Prune().model_dump(by_alias=True).items()}


def test_every_setting_that_the_supervisor_tells_people_to_change_is_in_the_schema() -> None:
    reasons = [one for one in said() if " " in one and "\n" not in one.strip()]
    assert len(reasons) > 50
    assert not set().union(*map(unknown_settings, reasons))


def test_the_check_of_reasons_finds_one_that_nobody_says() -> None:
    assert unsaid("the engine has gone for a walk")


def test_what_the_paper_lets_try_in_the_sandbox_is_what_can_be_tried() -> None:
    rows = cells(
        (ROOT / "docs" / "operations.md").read_text().split("### Docker Engine in the sandbox\n")[1].split("\n## ")[0]
    )
    tried = {action for row in rows for action in re.findall(r"`NODE ([a-z-]+)", row[0])}
    assert len(tried) > 8
    assert tried <= set(ACTIONS)


def test_what_the_troubleshooting_has_to_answer_is_there() -> None:
    asked = (
        "failed to load vmcompute.dll, ensure that the Containers feature is installed",
        "Docker engine pipe not available",
        "Cannot connect to the Docker daemon",
        "Windows DinD requested but not supported on Azure AKS",
        "We stopped hearing from agent",
        "no matching manifest for windows/amd64",
    )
    first = " ".join(row[0] for row in cells(section("troubleshooting", "In a job or an agent")))
    assert not [one for one in asked if one not in first]


def test_the_pipe_that_is_not_there_is_told_by_our_own_jobs_in_these_words() -> None:
    said_by_jobs = (ROOT / "images" / "docker-cli" / "image_build" / "engine.py").read_text()
    assert "Docker engine pipe not available" in said_by_jobs


def test_links_from_other_papers_lead_to_the_sections_of_the_engine() -> None:
    assert "windows-nodes-docker-engine" in anchors(ROOT / "docs" / "operations.md")
    assert "docker-engine-on-windows-nodes" in anchors(ROOT / "docs" / "not-verified.md")
