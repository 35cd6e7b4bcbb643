"""Who has to agree to what judges: the owners that the docs list for GitHub and Azure have all that is read there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.unit.review.pipeline_files import AZURE, GITHUB, PIPELINES, commands

ROOT = PIPELINES.parent
DOCS = (ROOT / "docs" / "pull-requests.md").read_text()
OWNERS = "@contoso/platform-owners"
CODEOWNERS = [
    line.split()
    for line in DOCS.partition("## Who owns what")[2].partition("```text\n")[2].partition("```")[0].splitlines()
]
FILTER = re.findall(r"path filter `([^`]+)`", DOCS)

WATCH = """
import contextlib, importlib, io, json, os, sys
opened = set()
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.add(os.path.abspath(arguments[0]))
sys.addaudithook(watch)
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    if hasattr(module, "__path__"):
        importlib.import_module(name + ".__main__")
from infra import policy_config
with contextlib.redirect_stdout(io.StringIO()):
    policy_config.main(["--stack", "aks"])
files = {str(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
names = sorted({name.partition(".")[0] for name in sys.modules} - {"__main__"})
read = sorted(one for one in opened | files if one.startswith(os.getcwd()) and not one.endswith(".pyc"))
print(json.dumps([names, read]))
"""


def make(folder: Path, *arguments: str) -> str:
    """What is said by a `make` that knows nothing of one that runs the tests."""
    command, environment = ["make", *arguments], {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


def owner(path: str) -> str:
    """By GitHub's rules: the last pattern that matches has it."""
    found = [owners for pattern, *owners in CODEOWNERS if re.fullmatch(expression(pattern), path)]
    return " ".join(found[-1]) if found else ""


def expression(pattern: str) -> str:
    """A pattern of CODEOWNERS, of the forms that the docs use."""
    anywhere = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    each = {"**/": "(?:.*/)?", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*)", pattern.lstrip("/"))
    return anywhere + "".join(each.get(part, re.escape(part)) for part in parts) + "(?:/.*)?"


def filtered(path: str, text: str) -> bool:
    """By Azure's rules: from left to right, `!` takes away, and `*` is of any depth."""
    included = False
    for one in text.split(";"):
        if re.fullmatch(".*".join(map(re.escape, one.lstrip("!").split("*"))), f"/{path}"):
            included = not one.startswith("!")
    return included


def targets() -> set[str]:
    """What the lanes call of the Makefile."""
    found = (re.match(r"make .*?-f Makefile ([a-z-]+)", one) for path in [*GITHUB, *AZURE] for one in commands(path))
    return {match[1] for match in found if match}


@cache
def modules() -> tuple[str, ...]:
    """What those targets start, and the policy pack."""
    shown = make(ROOT, "-n", "-f", "Makefile", *sorted(targets()), f"BASE={ROOT}", "REAL=1", "ORIGIN=fork")
    return tuple(sorted({"policy", *re.findall(r" -m ([a-z_.]+)", shown)}))


@cache
def read_where_a_change_is_judged() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of all modules that are imported there, and the files of this repository that are read."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *modules()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names, read = json.loads(done.stdout)
    own = [str(Path(one).relative_to(ROOT)) for one in read if "/.venv/" not in one]
    folders = ("policy", "pipelines", "toolchain", "requirements")
    beside = [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    beside += [ROOT / "Makefile", *ROOT.glob("Pulumi*.yaml"), *ROOT.glob("*.toml"), *ROOT.glob("requirements*.txt")]
    return tuple(names), tuple(sorted({*own, *(str(path.relative_to(ROOT)) for path in beside if path.is_file())}))


def could_be_added() -> set[str]:
    """Files that would be read instead of, or before, those that are there."""
    names, read = read_where_a_change_is_judged()
    folders = {Path(one).parent for one in read if one.endswith(".py")}
    shadows = {f"{place}{name}{end}" for name in names for end in (".py", "/__init__.py") for place in ("", "policy/")}
    packages = {str(folder / "__init__.py") for folder in folders}
    return {"GNUmakefile", "makefile", ".github/CODEOWNERS", "policy/overrides/prod.json", *shadows, *packages}


def test_what_is_read_where_a_change_is_judged_is_found() -> None:
    assert {"gate", "summary", "comment", "approvals", "policy-config", "not-older", "review"} <= targets()
    assert {"infra.policy_config", "review", "policy", "toolchain"} <= set(modules())
    _, read = read_where_a_change_is_judged()
    assert {"review/gate.py", "infra/policy_config.py", "Pulumi.aks.yaml", "policy/servicer.py", "Makefile"} <= set(
        read
    )
    assert {"rules/names.py", "components/contract.py", "components/__init__.py", "sandbox/__main__.py"} <= set(read)
    assert {"GNUmakefile", "infra/__init__.py", "components/__init__.py", "argparse.py"} <= could_be_added()


def test_the_owners_have_all_that_is_read_where_a_change_is_judged_and_all_that_could_be_added_there() -> None:
    _, read = read_where_a_change_is_judged()
    for path in {*read, *could_be_added()}:
        assert owner(path) == OWNERS, path
        assert filtered(path, FILTER[0]), path


@pytest.mark.parametrize("attack", ["GNUmakefile", "infra/__init__.py", "components/__init__.py", "argparse.py"])
def test_a_file_that_would_take_over_the_gate_needs_the_owners(attack: str) -> None:
    assert owner(attack) == OWNERS
    assert filtered(attack, FILTER[0])


def test_what_is_handed_out_is_text_alone_and_the_same_on_both_systems() -> None:
    assert len(FILTER) == 1
    assert CODEOWNERS[0] == ["*", OWNERS]
    assert all(pattern.endswith(".md") and len(owners) == 1 for pattern, *owners in CODEOWNERS[1:])
    _, read = read_where_a_change_is_judged()
    papers = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*"), *(ROOT / "images").rglob("*.md")]
    others = {"docs/argparse.py", "docs/reviews/Makefile", "docs/CODEOWNERS"}
    for path in {*read, *others, *(str(paper.relative_to(ROOT)) for paper in papers if paper.is_file())}:
        assert filtered(path, FILTER[0]) == (owner(path) == OWNERS), path
    assert owner("docs/builds.md") == owner("docs/reviews/pool-added.md") == "@contoso/engineers"
    assert owner("SECURITY.md") == owner("docs/argparse.py") == OWNERS


def test_a_gnumakefile_is_not_read_where_a_change_is_judged(tmp_path: Path) -> None:
    for name in ("GNUmakefile", "makefile"):
        (tmp_path / name).write_text("gate policy-config:\n\t@echo open\n")
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    given = ["REVIEW=echo shut", "VENV=true", "PREPARE=true", "ENVIRONMENT=true", f"POLICY={tmp_path}/policy.json"]
    for target in ("gate", "review"):
        told = make(tmp_path, "-f", "Makefile", target, *given)
        assert "shut" in told
        assert "open" not in told
    # Without saying which, it would be.
    assert make(tmp_path, "gate") == "open\n"
    for call in re.findall(r"\$\(MAKE\).*", (ROOT / "Makefile").read_text()):
        assert re.match(r"\$\(MAKE\)( -C \S+)? -f Makefile ", call), call
