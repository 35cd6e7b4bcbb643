"""The files in `pipelines/` as data: every step of every job, and Azure's files with their loops written out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

PIPELINES = Path(__file__).resolve().parents[3] / "pipelines"
GITHUB = sorted(path for path in PIPELINES.glob("github-*.yml") if "engine-smoke" not in path.name)
AZURE = sorted(path for path in PIPELINES.glob("azure-pipelines-*.yml") if "engine-smoke" not in path.name)

_EACH = re.compile(r"\$\{\{ each (\w+) in (?:parameters\.(\w+)|split\('([^']*)', '(.)'\)) \}\}")
_EXPRESSION = re.compile(r"\$\{\{ (?:replace\((\w+), '-', '_'\)|(parameters\.)?(\w+)) \}\}")


def github(path: Path) -> dict[str, Any]:
    """A workflow; its key `on` is a text."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in document.items()}


def azure(path: Path) -> dict[str, Any]:
    """A pipeline with its parameters' defaults put in."""
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    values = {one["name"]: one.get("default") for one in document.get("parameters", [])}
    expanded: dict[str, Any] = _texts(_expand(document, values, {}))
    return expanded


def _texts(value: Any) -> Any:
    """With texts for numbers and flags, as the schema has them everywhere but in the inputs of tasks."""
    if isinstance(value, dict):
        return {name: item if name == "inputs" else _texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _expand(value: Any, parameters: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _expand(item, parameters, names) for key, item in value.items()}
    if isinstance(value, list):
        found: list[Any] = []
        for item in value:
            loop = _EACH.fullmatch(next(iter(item))) if isinstance(item, dict) and len(item) == 1 else None
            if loop is None:
                found.append(_expand(item, parameters, names))
                continue
            for each in parameters[loop[2]] if loop[2] else loop[3].split(loop[4]):
                found += _expand(item[loop[0]], parameters, {**names, loop[1]: each})
        return found
    if isinstance(value, str):
        return _EXPRESSION.sub(lambda one: _value(one, parameters, names), value)
    return value


def _value(one: re.Match[str], parameters: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if one[1]:
        return names[one[1]].replace("-", "_")
    return str(parameters[one[3]]) if one[2] else names[one[3]]


def github_jobs(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The jobs of a workflow."""
    yield from document["jobs"].items()


def azure_jobs(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Stage, job and steps of a pipeline."""
    for stage in document.get("stages", [] if "extends" in document else [document]):
        for job in stage["jobs"]:
            steps = job["steps"] if "steps" in job else job["strategy"]["runOnce"]["deploy"]["steps"]
            yield stage.get("stage", ""), job, steps


def commands(path: Path) -> Iterator[str]:
    """Every command that a file runs."""
    if path in GITHUB:
        for _, job in github_jobs(github(path)):
            yield from (step["run"] for step in job.get("steps", []) if "run" in step)
        return
    for _, _, steps in azure_jobs(azure(path)):
        for step in steps:
            assert not {"script", "powershell", "pwsh"} & set(step), step
            if "bash" in step:
                yield step["bash"]
            elif step.get("task", "").startswith("AzureCLI@"):
                yield step["inputs"]["inlineScript"]
