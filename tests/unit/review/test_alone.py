"""What judges a pull request needs nothing that is installed, and the make targets that run it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from tests.unit.review.logs import POOL, end, log, pool, step

ROOT = Path(__file__).resolve().parents[3]


def test_the_commands_run_with_the_standard_library_alone(tmp_path: Path) -> None:
    log(tmp_path, step("create", POOL, "a", None, pool("a")), end())
    for command in ("summary", "gate", "drift"):
        # -S: no site-packages.
        done = subprocess.run(
            [sys.executable, "-S", "-m", "review", command, "--events", str(tmp_path / "events.json")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (1 if command == "drift" else 0), done.stderr
        assert done.stdout


def test_of_the_components_nothing_but_the_contract_is_known() -> None:
    found = {
        node.module
        for path in (ROOT / "review").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "components"
    }
    names = {
        alias.name
        for path in (ROOT / "review").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "components"
        for alias in node.names
    }
    assert (found, names) == ({"components"}, {"contract"})


def dry(*arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["make", "-n", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_base_judges_where_one_is_given(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "PulumiPolicy.yaml").touch()
    # `make -n` does run what calls make, so that other make has to have the target.
    (tmp_path / "Makefile").write_text("policy-config:\n\t@:\n")
    shown = dry("review", f"BASE={tmp_path}")
    assert f'--policy-pack "{tmp_path}/policy"' in shown
    assert f'--policy-pack "{ROOT}/policy"' not in shown


def test_the_gate_asks_for_our_pack_and_takes_approvals_from_a_file_or_a_digest() -> None:
    assert "--require-pack buildfleet" in dry("gate")
    assert '--approved-file "x.txt"' in dry("gate", "APPROVED=x.txt")
    assert '--approved "abc"' in dry("gate", "DIGEST=abc")
    assert "--ask" in dry("gate", "ASK=1")
    assert "--ask" not in dry("gate")
