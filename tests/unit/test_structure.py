"""The rooms of the house and what each may know. Imports are read from the source, not from a running program."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("infra", "components", "rules", "sandbox", "toolchain", "bench", "policy")

FORBIDDEN = {
    "components": {"infra", "sandbox", "toolchain", "bench", "policy", "tests"},
    "infra": {"sandbox", "toolchain", "bench", "policy", "tests"},
    "infra/settings": {"pulumi", "pulumi_kubernetes", "pulumi_azure_native", "components"},
    "policy": {"infra", "components", "sandbox", "toolchain", "bench", "tests"},
    "rules": {
        "pulumi",
        "pulumi_kubernetes",
        "pulumi_azure_native",
        "pulumi_policy",
        "pydantic",
        "components",
        "infra",
        "policy",
        "sandbox",
        "toolchain",
        "bench",
        "tests",
    },
    "sandbox": {"bench", "policy", "tests"},
}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_no_room_or_package_that_it_may_not_know(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] in FORBIDDEN[room]
    ]
    assert not wrong


def test_toolchain_runs_before_anything_is_installed_so_it_imports_the_standard_library_alone() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("toolchain")
        for name in imports(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "toolchain"}
    ]
    assert not wrong


def test_configuration_is_read_in_one_module() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for room in SHIPPED
        for path in modules(room)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr == "Config" and ast.unparse(node.value) == "pulumi")
        or (
            isinstance(node, ast.ImportFrom) and node.module == "pulumi" and any(a.name == "Config" for a in node.names)
        )
        or (isinstance(node, ast.ImportFrom | ast.Import) and "pulumi.runtime.config" in ast.unparse(node))
    }
    assert readers == {"infra/config.py"}


def test_every_component_has_a_literal_type_token_of_its_own() -> None:
    tokens = []
    for path in modules("components"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ClassDef) or "ComponentResource" not in {ast.unparse(b) for b in node.bases} | {
                ast.unparse(b).split(".")[-1] for b in node.bases
            }:
                continue
            calls = [
                call
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__"
            ]
            assert len(calls) == 1, f"{path.relative_to(ROOT)}: {node.name} calls super().__init__ once"
            token = calls[0].args[0]
            assert isinstance(token, ast.Constant), f"{node.name}: the token is a literal, since tokens are state"
            tokens.append(token.value)
    assert tokens
    assert all(isinstance(token, str) and token.startswith("buildfleet:index:") for token in tokens)
    assert len(tokens) == len(set(tokens))


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT)) for room in SHIPPED for path in modules(room) if not ast.get_docstring(tree(path))
    ]
    assert not silent


def test_the_program_is_short_enough_to_be_read_at_a_glance() -> None:
    assert len((ROOT / "infra" / "__main__.py").read_text().splitlines()) < 60


def test_no_file_names_a_package_registry_or_a_path_of_the_machine_it_was_written_on() -> None:
    # Spelt in parts, so that this file does not find itself.
    registries = ["--index" + "-url", "pypi" + ".org", "proxy.golang" + ".org"]
    needles = [*registries, "/wo" + "rk/", "/root" + "/.pyenv", "/root" + "/go/"]
    suffixes = {".py", ".md", ".txt", ".in", ".yaml", ".yml", ".toml", ".json", ".mod", ".sum", ".ps1", ".sh", ""}
    found = [
        f"{path.relative_to(ROOT)}: {needle}"
        for path in sorted(ROOT.rglob("*"))
        if path.is_file()
        and path.suffix in suffixes
        and not {".git", ".venv", ".sandbox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
        & set(path.relative_to(ROOT).parts)
        for needle in needles
        if needle in path.read_text(errors="ignore")
    ]
    assert not found
