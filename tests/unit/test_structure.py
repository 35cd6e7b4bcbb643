"""The rooms of the house and what each may know. Imports are read from the source, not from a running program."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUPERVISOR = "images/docker-engine/engine_supervisor"
BUILDER = "images/docker-cli/image_build"
SHIPPED = (
    "infra",
    "components",
    "rules",
    "sandbox",
    "toolchain",
    "bench",
    "bootstrap",
    "operations",
    "policy",
    "review",
    SUPERVISOR,
    BUILDER,
)
ROOMS = {
    "bench",
    "bootstrap",
    "components",
    "infra",
    "operations",
    "policy",
    "review",
    "rules",
    "sandbox",
    "tests",
    "toolchain",
}
ON_NODES = {"engine_supervisor", "image_build"}

FORBIDDEN = {
    # Alone in its image, on the node.
    SUPERVISOR: {*ROOMS, "image_build", "lightkube", "pulumi", "pulumi_azure_native", "pulumi_kubernetes", "pydantic"},
    # Decides, and cannot act.
    f"{SUPERVISOR}/core": {*ROOMS, "docker", "kubernetes", "prometheus_client", "subprocess", "os", "pathlib", "time"},
    "bench": {"tests"},
    "components": {*ON_NODES, "infra", "operations", "policy", "review", "sandbox", "toolchain", "bench", "tests"},
    "infra": {*ON_NODES, "operations", "policy", "review", "sandbox", "toolchain", "bench", "tests"},
    "operations": {*ON_NODES, "infra", "sandbox", "toolchain", "bench", "tests"},
    # Runs beside any program: nothing of ours but the rules, and no provider's SDK.
    "policy": {
        *ON_NODES,
        *(ROOMS - {"policy", "rules"}),
        "pulumi_kubernetes",
        "pulumi_azure_native",
        "pulumi_policy",
    },
    # Runs before anything of a pull request is installed: the standard library, and what is as plain.
    "review": {*ON_NODES, *(ROOMS - {"components", "review", "rules"}), "pulumi", "pydantic"},
    "infra/settings": {"pulumi", "pulumi_kubernetes", "pulumi_azure_native", "components"},
    "rules": {
        "pulumi",
        "pulumi_kubernetes",
        "pulumi_azure_native",
        "pulumi_policy",
        "pydantic",
        *ON_NODES,
        "components",
        "operations",
        "policy",
        "review",
        "infra",
        "sandbox",
        "toolchain",
        "bench",
        "tests",
    },
    "sandbox": {"bench", "policy", "review", "tests"},
    "toolchain": {"infra", "components", "rules", "sandbox", "bench", "tests"},
}


def modules(room: str) -> list[Path]:
    found = sorted((ROOT / room).rglob("*.py"))
    assert found, f"{room} has no modules: a test of it could not fail"
    return found


def tracked() -> list[Path]:
    """The files that git tracks, so that a user's own beside them are none of our business."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


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


@pytest.mark.parametrize("room", ["bootstrap", "toolchain", BUILDER])
def test_what_runs_where_nothing_is_installed_imports_the_standard_library_alone(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, Path(room).name}
    ]
    assert not wrong


def test_configuration_is_read_in_one_module() -> None:
    # The sandbox's language host hands configuration to the program, which is another thing than reading it.
    readers = {
        str(path.relative_to(ROOT))
        for room in ("infra", "components", "rules", "bench")
        for path in modules(room)
        for node in ast.walk(tree(path))
        # `pulumi.Config`, under whatever name pulumi was imported, and what is imported from where it lives.
        if (isinstance(node, ast.Attribute) and node.attr == "Config")
        or (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").split(".")[0] == "pulumi"
            and "onfig" in ast.unparse(node)
        )
        or (isinstance(node, ast.Import) and "pulumi.runtime" in ast.unparse(node))
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
    found = [
        f"{path.relative_to(ROOT)}: {needle}"
        for path in tracked()
        for needle in needles
        if needle in path.read_text(errors="ignore")
    ]
    assert not found


def test_no_document_has_a_place_that_is_still_to_be_filled() -> None:
    unfilled = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".md" and re.search(r"@@[A-Z]+@@|TODO|TBD", path.read_text())
    ]
    assert not unfilled
