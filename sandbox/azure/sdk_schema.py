"""What the pinned SDK of azure-native says about the inputs of each resource type that the simulated Azure knows.

Owns `schema.json` and its making: names on the wire, required properties, types, the values of enumerations, and which
properties only an answer has. The SDK is read as text, not imported: its code is generated, so its shape is regular,
and importing nine of its modules takes six seconds where reading the few classes in question takes half of one.
Refuses a class whose annotations have a form that it does not know, rather than leaving a property out.

    python -m sandbox.azure.sdk_schema           writes schema.json
    python -m sandbox.azure.sdk_schema --check   fails if it is not current
"""

from __future__ import annotations

import ast
import json
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from sandbox.azure.types import TYPES

FILE: Final = Path(__file__).with_name("schema.json")
_SCALARS: Final = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "Any": "any"}
_API_VERSION: Final = re.compile(r"Uses Azure REST API version (\d{4}-\d{2}-\d{2}(?:-preview)?)\.")


class UnknownFormError(Exception):
    """The SDK's source is not as it was when this was written."""


def build() -> dict[str, Any]:
    """The whole schema, sorted."""
    reader = _Reader()
    resources = {token: reader.resource(token) for token in sorted(TYPES)}
    return {
        "sdk": json.loads((_package() / "pulumi-plugin.json").read_text())["version"],
        "resources": resources,
        "types": dict(sorted(reader.types.items())),
        "enums": dict(sorted(reader.enums.items())),
    }


def text() -> str:
    """The file's text."""
    return json.dumps(build(), indent=1, sort_keys=True) + "\n"


class _Getter(NamedTuple):
    """A property of a class of the SDK."""

    name: str
    annotation: ast.expr


class _Reader:
    """Resources, and the types and enumerations that they lead to."""

    def __init__(self) -> None:
        self.types: dict[str, dict[str, Any]] = {}
        self.enums: dict[str, list[str]] = {}

    def resource(self, token: str) -> dict[str, Any]:
        _, module, name = token.split(":")
        file = _package() / module / f"{_snake(name)}.py"
        source = file.read_text()
        exported = re.search(r"^__all__ = \['(\w+)', '(\w+)'\]$", source, re.MULTILINE)
        version = _API_VERSION.search(source)
        if exported is None or exported[2] != name or version is None or f'"{token}"' not in source:
            raise UnknownFormError(f"{file}: not the resource {token}")
        found = self._shape(module, file, exported[1], name)
        return {"apiVersion": version[1], **found}

    def _shape(self, module: str, file: Path, given: str, answered: str | None, answers: Path | None = None) -> Any:
        """Properties of the input class `given`, and what the class `answered` has besides or in another form."""
        definition = _class(file, given)
        inputs, required = _getters(definition), _required(definition)
        outputs = _getters(_class(answers or file, answered)) if answered else {}
        properties: dict[str, Any] = {}
        computed = set(outputs) - set(inputs)
        for wire, getter in inputs.items():
            output = outputs[wire].annotation if wire in outputs else None
            properties[wire] = self._type(module, getter.annotation, _response(output) if output else None)
            if output is not None and _container(getter.annotation) != _container(output):
                computed.add(wire)
        return {
            "properties": properties,
            "required": sorted(wire for wire, getter in inputs.items() if getter.name in required),
            "computed": sorted(computed),
        }

    def _type(self, module: str, node: ast.expr, response: str | None) -> Any:
        match node:
            case ast.Subscript(ast.Name("Optional") | ast.Attribute(attr="Input"), inner):
                return self._type(module, inner, response)
            case ast.Subscript(ast.Name("Sequence"), inner):
                return [self._type(module, inner, response)]
            case ast.Subscript(ast.Name("Mapping"), ast.Tuple([_, inner])):
                return {"*": self._type(module, inner, response)}
            case ast.Subscript(ast.Name("Union"), ast.Tuple(options)):
                kinds = [self._type(module, option, None) for option in options]
                # `Union[str, 'OSSKU']`: the names of an enumeration, and any text that its member stands for.
                named = [kind for kind in kinds if kind not in _SCALARS.values()]
                return named[0] if len(named) == 1 else "|".join(sorted(named))
            case ast.Name(name) | ast.Attribute(attr=name) if name in _SCALARS:
                return _SCALARS[name]
            case ast.Constant(str(name)) if name.endswith("Args"):
                return self._object(module, name, response)
            case ast.Constant(str(name)):
                return self._enum(module, name)
        raise UnknownFormError(f"{module}: {ast.unparse(node)} is a form of annotation that is not known")

    def _object(self, module: str, name: str, response: str | None) -> str:
        key = f"{module}:{name.removesuffix('Args')}"
        folder = _package() / module
        answered = response or f"{name.removesuffix('Args')}Response"
        known = _segments(folder / "outputs.py")
        if key not in self.types:
            self.types[key] = {}  # a type may hold itself
            found = self._shape(
                module, folder / "_inputs.py", name, answered if answered in known else None, folder / "outputs.py"
            )
            self.types[key] = found
        return key

    def _enum(self, module: str, name: str) -> str:
        key = f"{module}:{name}"
        if key not in self.enums:
            body = _class(_package() / module / "_enums.py", name).body
            values = [node.value for node in body if isinstance(node, ast.Assign)]
            texts = [node.value for node in values if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            if not texts:
                raise UnknownFormError(f"{key} is an enumeration without values")
            self.enums[key] = sorted(texts)
        return key


@cache
def _package() -> Path:
    spec = find_spec("pulumi_azure_native")
    if spec is None or not spec.submodule_search_locations:
        raise UnknownFormError("pulumi_azure_native is not installed: pip install -r requirements.txt")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def _segments(file: Path) -> dict[str, str]:
    """The text of each class in a file, by name; parsing a whole file of a megabyte would take seconds."""
    parts = re.split(r"^class (\w+)", file.read_text(), flags=re.MULTILINE)
    return {
        name: f"class {name}" + re.split(r"^@", rest, maxsplit=1, flags=re.MULTILINE)[0]
        for name, rest in zip(parts[1::2], parts[2::2], strict=True)
    }


def _class(file: Path, name: str) -> ast.ClassDef:
    try:
        found = ast.parse(_segments(file)[name]).body[0]
    except KeyError:
        raise UnknownFormError(f"{file} has no class {name}") from None
    assert isinstance(found, ast.ClassDef)
    return found


def _getters(definition: ast.ClassDef) -> dict[str, _Getter]:
    """The properties, by their names on the wire."""
    found = {}
    for node in definition.body:
        if not isinstance(node, ast.FunctionDef) or node.returns is None:
            continue
        for decorator in node.decorator_list:
            match decorator:
                case ast.Call(ast.Attribute(attr="getter"), keywords=[ast.keyword("name", ast.Constant(str(wire)))]):
                    found[wire] = _Getter(node.name, node.returns)
                case ast.Attribute(attr="getter"):
                    found[node.name] = _Getter(node.name, node.returns)
    return found


def _required(definition: ast.ClassDef) -> set[str]:
    """Python's names of what the constructor wants."""
    made = next(node for node in definition.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    arguments = zip(made.args.kwonlyargs, made.args.kw_defaults, strict=True)
    return {argument.arg for argument, default in arguments if default is None}


def _response(node: ast.expr) -> str | None:
    """The class of an answer's property, if it has one."""
    named = re.findall(r"'(?:outputs\.)?(\w+)'", ast.unparse(node))
    return named[0] if len(named) == 1 else None


def _container(node: ast.expr) -> str:
    """Whether a property is a list, a map, or one value."""
    shape = re.sub(r"Optional|Input|Output|pulumi|[\[\]. ]", " ", ast.unparse(node)).split()
    return shape[0] if shape and shape[0] in ("Sequence", "Mapping") else ""


def _snake(name: str) -> str:
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", spaced).lower()


def main() -> None:
    """Write the file, or check it."""
    current = text()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(current)
    elif not FILE.exists() or FILE.read_text() != current:
        sys.exit(f"{FILE.name} is not current. Run: python -m sandbox.azure.sdk_schema")


if __name__ == "__main__":
    main()
