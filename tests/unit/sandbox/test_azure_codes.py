"""Every code that the simulated Azure answers with is known to be Azure's, or is said to be a guess."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azure import codes

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    *sorted((ROOT / "sandbox/azure").rglob("*.py")),
    *sorted((ROOT / "sandbox/plugins/azure_native_provider").glob("*.py")),
]
POSITIONS = {"AzureError": 1, "error": 1, "refused": 4, "Refusal": 2, "name": 4}
"""Which argument is the code, of the calls that refuse."""


def used(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=given) if called in POSITIONS:
                if len(given) > POSITIONS[called]:
                    yield from texts(given[POSITIONS[called]])
            case ast.Dict(keys=keys, values=values):
                answer = {
                    key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant)
                }
                if answer.keys() >= {"code", "status"}:
                    yield from texts(answer["code"])
            case ast.Assign(targets=[ast.Name(id="_CODES")]) | ast.AnnAssign(target=ast.Name(id="_CODES")):
                assert isinstance(node.value, ast.Dict)
                for value in node.value.values:
                    yield from texts(value)
            case ast.FunctionDef(args=ast.arguments(args=parameters, defaults=defaults)):
                for parameter, value in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True):
                    if parameter.arg == "code":
                        yield from texts(value)
            case ast.ClassDef(name="Refusal", body=body):
                for line in body:
                    if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "code" and line.value:
                        yield from texts(line.value)


def texts(node: ast.AST) -> Iterator[str]:
    """The texts that an argument may be; of a choice, both and not the condition."""
    if isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


@pytest.fixture(scope="module")
def answered() -> set[str]:
    return {code for path in SOURCES for code in used(ast.parse(path.read_text()))}


def test_every_code_is_seen_guessed_or_ours(answered: set[str]) -> None:
    seen = [code for group in codes.SEEN.values() for code in group]
    listed = [*seen, *codes.GUESSED, *codes.OURS]
    assert sorted(set(listed)) == sorted(listed), "in two tables"
    assert answered == set(listed)
    assert len(answered) > 70, "the search for codes finds them"


def test_a_guess_says_what_it_is_about() -> None:
    for code, about in {**codes.GUESSED, **codes.OURS}.items():
        assert code.isascii()
        assert " " in about
