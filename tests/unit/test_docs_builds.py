"""The paper of image builds: what it shows is taken, what it quotes is said, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from components import contract
from components.docker_engine.build_access import account_name
from image_build.registry import SCOPE
from infra.settings import builds
from infra.settings.load import secret_names, validate
from infra.settings.shape import keys
from infra.settings.shared import Namespaces
from tests.unit.infra.test_workloads import dev

ROOT = Path(__file__).resolve().parents[2]
PAPER = (ROOT / "docs" / "builds.md").read_text()
PROSE = " ".join(re.sub(r"```.*?```", "", PAPER, flags=re.S).split())


def rows(title: str) -> list[list[str]]:
    """The cells of the tables of a section, without their heads."""
    section = PAPER.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:] if not set(line) <= set("|- ")
    ]


def test_the_build_that_the_paper_shows_is_legal_beside_the_dev_stack() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAPER, re.M | re.S)
    sections = dev() | {"builds": yaml.safe_load(block)["config"]["buildfleet:builds"]}
    (build,) = validate(sections, secrets=secret_names(sections)).builds
    assert build.memory_gib == 8


def test_the_table_of_credentials_is_that_of_the_settings() -> None:
    kinds = set(keys(builds.Build)["credentials"].shape.variants)
    assert {row[0].strip("`") for row in rows("Credentials")} == kinds


def test_every_message_of_the_table_is_said_by_the_program_or_by_kubernetes() -> None:
    package = ROOT / "images" / "docker-cli" / "image_build"
    said = " ".join(path.read_text() for path in sorted(package.glob("*.py"))).lower()
    others = {"DeadlineExceeded"}
    quoted = {message for row in rows("The smoke test") for message in re.findall(r"`([^`]+)`", row[0])} - others
    assert len(quoted) >= 7
    for message in quoted:
        for part in message.split("..."):
            words = part.strip().lower().removeprefix("workload identity: entra ").removeprefix("client version")
            assert words.strip() in said, message


def test_names_that_the_paper_tells_are_those_that_are_made() -> None:
    namespace = Namespaces().builds
    assert f"system:serviceaccount:{namespace}:{account_name('NAME')}" in PROSE
    assert f"kubectl -n {namespace} " in PAPER
    assert contract.LABEL_INSTANCE in PAPER
    assert SCOPE in PROSE


def test_each_way_to_build_says_whether_it_runs_windows_commands() -> None:
    assert {row[1] for row in rows("Which way to build")} <= {"yes", "no", "Linux"}
    assert len(rows("Which way to build")) == 7


def test_the_make_target_that_the_paper_names_takes_what_it_is_given() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^diagnose: ## ", makefile, re.M)
    for variable in set(re.findall(r"make diagnose .*", PAPER)[0].split()[2:]):
        assert f"$({variable.partition('=')[0]})" in makefile
    assert "$(CONTEXT)" in makefile
    assert "$(OUTPUT)" in makefile
