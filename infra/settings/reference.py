"""The configuration reference, made from the models.

`python -m infra.settings.reference` writes it, `--check` says whether the committed one is current.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from infra.settings.generated import write_or_check
from infra.settings.model import Settings
from infra.settings.report import PREFIX
from infra.settings.schema import PATH as SCHEMA_PATH
from infra.settings.shape import TAG, Key, Shape, keys
from infra.settings.stack import StackSettings

PATH = "docs/configuration.md"

_INTRODUCTION = f"""\
<!-- Made by `python -m infra.settings.reference`. Change the models in infra/settings instead. -->

# Configuration

A stack file, `Pulumi.STACK.yaml`, describes one environment. Each section is a key `{PREFIX}SECTION` under `config`.
The file is checked as a whole before anything is changed, and every mistake is told at once.

Its first line gives editors the [schema](../{SCHEMA_PATH}):

```yaml
# yaml-language-server: $schema={SCHEMA_PATH}
```

Settings that are *planned* have their place and no effect yet; using one is refused.

Secrets are never in a section. A section names the key of a secret, for example `azureDevOpsToken`, which is set with
`pulumi config set --secret azureDevOpsToken`.

| section | needed | what for |
| --- | --- | --- |
"""


def text() -> str:
    """The whole document."""
    sections = keys(StackSettings)
    rows = "".join(
        f"| [`{key.name}`](#{key.name.lower()}) | {'yes' if key.required else 'planned' if key.planned else 'no'} "
        f"| {_cell(_purpose(key))} |\n"
        for key in sections.values()
    )
    return _INTRODUCTION + rows + "".join(_section(key) for key in sections.values())


def _section(key: Key) -> str:
    shape = key.shape.item or key.shape
    lines = [f"\n## {key.name}\n\n"]
    if key.planned:
        lines.append("*Planned.* ")
    if key.shape.kind == "list":
        lines.append("A list. Each entry: ")
    if shape.kind == "variants":
        lines.append(f"One of {_kinds(shape)}.\n")
        lines.extend(_variants(shape, key.name))
    elif shape.model is not None:
        lines.append(f"{_documentation(shape.model)}\n\n")
        lines.extend(_table(shape.model, key.name))
    return "".join(lines)


def _table(model: type[Settings], path: str) -> Iterator[str]:
    """A table of the model's keys, then one for each section below it."""
    yield "| key | type | default | what for |\n| --- | --- | --- | --- |\n"
    for key in keys(model).values():
        yield f"| `{key.name}` | {_cell(_type(key.shape))} | {_cell(_default(key))} | {_cell(_purpose(key))} |\n"
    for key in keys(model).values():
        shape = key.shape.item or key.shape
        below = f"{path}.{key.name}"
        if shape.kind == "variants":
            yield f"\n### {below}\n\nOne of {_kinds(shape)}.\n"
            yield from _variants(shape, below)
        elif shape.model is not None:
            yield f"\n### {below}\n\n{_documentation(shape.model)}\n\n"
            yield from _table(shape.model, below)


def _variants(shape: Shape, path: str) -> Iterator[str]:
    for tag, model in shape.variants.items():
        yield f"\n#### {path}, `{TAG}: {tag}`\n\n{_documentation(model)}\n\n"
        yield from _table(model, path)


def _kinds(shape: Shape) -> str:
    return ", ".join(f"`{TAG}: {tag}`" for tag in shape.variants)


def _type(shape: Shape) -> str:
    if shape.kind == "list" and shape.item is not None and shape.item.kind == "text":
        return f"{shape.words}; each {shape.item.words}"
    if shape.kind in ("object", "variants"):
        return "a map, see below"
    if shape.kind == "choice":
        return " or ".join(f"`{choice}`" for choice in shape.choices)
    return shape.words


def _default(key: Key) -> str:
    if key.required:
        return "needed"
    if key.default is None:
        return ""
    if isinstance(key.default, Settings):
        written = key.default.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return f"`{json.dumps(written, ensure_ascii=False)}`" if written else "its defaults"
    return f"`{json.dumps(_plain(key.default), ensure_ascii=False)}`"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _purpose(key: Key) -> str:
    shape = key.shape.item or key.shape
    described = key.description or (_documentation(shape.model) if shape.model is not None else "")
    if not described and shape.kind == "variants":
        described = f"One of {_kinds(shape)}."
    return f"*Planned.* {described}".strip() if key.planned else described


def _documentation(model: type[Settings]) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def _cell(text: str) -> str:
    """In a table a line break ends the row and a bar the cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(write_or_check(PATH, text(), module="infra.settings.reference", arguments=sys.argv[1:]))
