"""The program is alone in its image."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3] / "images" / "docker-cli" / "image_build"


def test_the_program_imports_the_standard_library_and_itself_alone() -> None:
    modules = sorted(PACKAGE.glob("*.py"))
    assert len(modules) > 5
    for path in modules:
        for statement in ast.walk(ast.parse(path.read_text())):
            names = [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
            names += [one.name for one in statement.names] if isinstance(statement, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in {*sys.stdlib_module_names, "image_build"}, f"{path.name} imports {name}"


def test_every_module_says_what_it_owns() -> None:
    assert not [path.name for path in PACKAGE.glob("*.py") if not ast.get_docstring(ast.parse(path.read_text()))]
