"""A stack file of one's own, from one that is there: `make new STACK=prod FROM=aks`.

Owns the copy: the environment gets the new stack's name, values that somebody else encrypted stay behind with the keys
that decrypt them, and every comment but the head of the example stays where it is. Tells what to edit, which secrets to
set and what to run. Refuses to overwrite a file, and changes nothing else: no stack is made, nothing is reached.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from infra.settings.load import secret_names
from infra.settings.report import PREFIX
from rules import names
from sandbox import stack_file
from sandbox.stack_file import NAMESPACE, StackFile

# infra/settings/environment.py: `name`.
ENVIRONMENT: Final = names.Limit(
    what="an environment",
    words="1 to 20 lower-case letters, digits and single hyphens, starting with a letter and not ending in a hyphen",
    shortest=1,
    longest=20,
    separator="-",
    letter_first=True,
    hash_length=4,
)
ENCRYPTION: Final = ("encryptedkey", "encryptionsalt", "secretsprovider")
"""Keys beside `config`, by which Pulumi decrypts this file's values."""
SCHEMA_LINE: Final = "# yaml-language-server:"

_PLACEHOLDERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"([0-9a-f])\1{7}-\1{4}-\1{4}-\1{4}-\1{12}",  # an id of one digit
        r"contoso",
        r"\bexample\.(com|net|org)\b",
        r"\b(192\.0\.2|198\.51\.100|203\.0\.113)\.",  # RFC 5737: addresses for documents
        r"placeholder",
        r"\b0123456789abcdef\b",
    )
)


_CHOICES: Final = re.compile(
    re.escape(PREFIX) + r"(environment\.(owner|tags\.)|platform\.(location$|vcpuQuota\.|budget\.(?!contacts)))"
)
ENTRA_PLATFORMS: Final = ("aks", "azure-local")
"""Platforms whose API server is logged in to by kubelogin."""
PEM_SETTING: Final = ".auth.privateKeySecret"


class NewStackError(Exception):
    """No stack file was written; the message is for the user."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A piece of a text, by character, and what takes its place."""

    start: int
    end: int
    text: str = ""


def create(folder: Path, stack: str | None, source: str) -> str:
    """Write `Pulumi.STACK.yaml` in `folder` from `Pulumi.SOURCE.yaml`; what to do next.

    Raises `NewStackError` for no name or one that is none, a file that is there, and a source whose secrets cannot be
    told from its sections; `StackFileError` where the source cannot be read.
    """
    if stack is None:
        raise NewStackError(f"STACK is needed: the new environment's name, as in make new STACK=prod FROM={source}")
    if not names.STACK.allows(stack):
        raise NewStackError(
            f"STACK={stack}: a stack's name, which becomes part of other names, has {names.STACK.words}. "
            f"Perhaps STACK={names.suggestion(names.STACK, stack)}?"
        )
    target = folder / f"Pulumi.{stack}.yaml"
    if target.exists():
        raise NewStackError(f"{target.name} is there already; nothing was changed. Edit it, or choose another name.")
    template = stack_file.read(folder / f"Pulumi.{source}.yaml", named_by="FROM")
    text = derived(template.path.read_text(), stack)
    with target.open("x") as file:  # not over one that came in between
        file.write(text)
    return next_steps(stack_file.read(target), stack)


def derived(text: str, stack: str) -> str:
    """The text of a stack file, as that of another stack. Raises `NewStackError`, `StackFileError`."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    config = _value(root, "config")
    if not isinstance(config, yaml.MappingNode) or not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise NewStackError("The source has no config to copy. Choose another one with FROM=NAME.")
    cuts = [_name(config, stack), *_lines(text, root, ENCRYPTION)]
    secrets = [key.value for key, value in config.value if _is_secret(value)]
    if secrets and config.flow_style:
        raise NewStackError("The source has its config in braces; write it in lines, so that secrets can be left out.")
    cuts += _lines(text, config, secrets)
    for key, value in config.value:
        if key.value not in secrets and any(_is_secret(node) for node in _nodes(value)):
            raise NewStackError(
                f"{key.value} has an encrypted value inside. Secrets have keys of their own here; move it out of the "
                "section, with `pulumi config set --secret`."
            )
    for cut in sorted(cuts, key=lambda cut: -cut.start):
        text = text[: cut.start] + cut.text + text[cut.end :]
    return _without_head(text)


def next_steps(file: StackFile, stack: str) -> str:
    """What is left to do with a new stack file."""
    secrets = secret_names(file.sections)
    edit = [f"     {path}: {given}" for path, given in placeholders(file.sections)]
    chosen = [f"     {path}: {given}" for path, given in choices(file.sections)]
    azure = (file.sections.get("platform") or {}).get("kind") in ENTRA_PLATFORMS
    return "\n".join(
        [
            f"{file.path.name} is written. Next:",
            "",
            "  1. Put in what is yours, in place of what only looks like it:",
            *(edit or ["     (no placeholder was found)"]),
            *(["     and decide what the example decided:", *chosen] if chosen else []),
            f"     make check STACK={stack}      what is wrong with it",
            f"     make preview STACK={stack}    in the sandbox, without credentials",
            "",
            "  2. What Pulumi needs on this machine:",
            "     make environment             the program's Python packages, in .venv",
            "     az login                     to Azure, for state and secrets too",
            *(["     kubelogin on PATH            az aks install-cli, or see docs/azure.md"] if azure else []),
            "",
            "  3. Make the stack, with its state in a storage account of yours and its secrets under a key of yours",
            "     (docs/state.md; bootstrap/azure_state.sh makes both, once for all environments):",
            "     pulumi login 'azblob://CONTAINER?storage_account=ACCOUNT'",
            f"     pulumi stack init {stack} --secrets-provider=azurekeyvault://VAULT.vault.azure.net/keys/KEY",
            *(["", "  4. Set the secrets; each command asks for the value or takes the file:"] if secrets else []),
            *(f"     {command}" for command in _set_secrets(file.sections, secrets, stack)),
            "",
            f"  {5 if secrets else 4}. Deploy:",
            f"     pulumi preview --stack {stack}",
            f"     pulumi up --stack {stack}",
        ]
    )


def _set_secrets(sections: Mapping[str, Any], secrets: Collection[str], stack: str) -> list[str]:
    """The command for each secret. Pulumi's prompt takes one line, and a PEM key has many."""
    keys = {value for path, value in _texts(sections, "") if path.endswith(PEM_SETTING)}
    return [
        f"pulumi config set --secret {NAMESPACE}{name} --stack {stack}" + (" < FILE.pem" if name in keys else "")
        for name in secrets
    ]


def choices(sections: Mapping[str, Any]) -> list[tuple[str, str]]:
    """As `placeholders`, of settings that nobody else's value suits, though it cannot be told by looking at it."""
    known = {path for path, _ in placeholders(sections)}
    found = ((f"{PREFIX}{path}", value) for path, value in _texts(sections, ""))
    return [(path, value) for path, value in found if path not in known and _CHOICES.match(path)]


def placeholders(sections: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Path and value of everything in a stack file that is there to be replaced, in the file's order."""
    return [(f"{PREFIX}{path}", value) for path, value in _texts(sections, "") if _is_placeholder(path, value)]


def _is_placeholder(path: str, value: str) -> bool:
    if path.endswith(".installationId"):
        return value == "1"
    return any(pattern.search(value) for pattern in _PLACEHOLDERS)


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _texts(item, f"{path}.{key}" if path else str(key))
        case list():
            for index, item in enumerate(value):
                yield from _texts(item, f"{path}[{index}]")
        case str() | int():
            yield path, str(value)


def _name(config: yaml.MappingNode, stack: str) -> Cut:
    name = _value(_value(config, f"{NAMESPACE}environment"), "name")
    if name is None:
        raise NewStackError(f"The source has no {NAMESPACE}environment.name, which is the new stack's to have.")
    return Cut(start=name.start_mark.index, end=name.end_mark.index, text=names.fit(ENVIRONMENT, stack))


def _value(node: yaml.Node | None, wanted: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == wanted), None)


def _lines(text: str, mapping: yaml.MappingNode, keys: Collection[str]) -> Iterator[Cut]:
    """The whole lines of these keys and their values, which are texts or `{secure: ...}`."""
    for key, value in mapping.value:
        if key.value in keys:
            # A block's own end is where the next key begins, behind the comments between.
            last = value.value[0][1] if isinstance(value, yaml.MappingNode) else value
            newline = text.find("\n", last.end_mark.index)
            start = text.rfind("\n", 0, key.start_mark.index) + 1
            yield Cut(start=start, end=len(text) if newline < 0 else newline + 1)


def _is_secret(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and [key.value for key, _ in node.value] == ["secure"]


def _nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _nodes(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _nodes(item)


def _without_head(text: str) -> str:
    """Without the comment that tells what the example is; editors still find the schema."""
    lines = text.splitlines(keepends=True)
    first = next((index for index, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join([*(line for line in lines[:first] if line.startswith(SCHEMA_LINE)), *lines[first:]])
