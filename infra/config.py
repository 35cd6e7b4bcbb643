"""The program's configuration: the only room that asks Pulumi for it.

Owns reading every key of the project, known or not, and which of them are encrypted. Refuses to look at the value of
a secret: `validate` gets its key only, and `secret` hands the value on as a secret output. The one exception is the
password of the Windows administrators, which Azure takes only in a certain form: its value is looked at, and no message
holds it.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from infra.settings.load import SECTIONS, validate
from infra.settings.report import PREFIX, InvalidStack
from infra.settings.stack import StackSettings


def load() -> StackSettings:
    """The settings of the stack that is being run.

    Raises:
        pulumi.RunError: the stack file is refused; the text names everything that is wrong. Pulumi prints it without
            a stack trace.
    """
    # pulumi.Config answers for keys that one knows to ask for; a misspelt section is found only in the whole map.
    every: dict[str, Any] = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    encrypted = set(runtime_config.get_config_secret_keys_env())
    encrypted |= {key for key in every if runtime_config.is_config_secret(key)}
    plain = {
        key.removeprefix(PREFIX): value
        for key, value in every.items()
        if key.startswith(PREFIX) and key not in encrypted
    }
    try:
        return validate(
            {key: _decoded(key, value) for key, value in plain.items()},
            secrets={key.removeprefix(PREFIX) for key in encrypted if key.startswith(PREFIX)},
            file=f"Pulumi.{pulumi.get_stack()}.yaml",
            stack=pulumi.get_stack(),
            password=lambda name: every.get(f"{PREFIX}{name}"),
        )
    except InvalidStack as invalid:
        raise pulumi.RunError(str(invalid)) from None


def secret(name: str) -> pulumi.Output[str]:
    """The value of a secret that the settings name; `load` has seen that it is there."""
    return pulumi.Config(PREFIX.removesuffix(":")).require_secret(name)


def _decoded(key: str, value: Any) -> object:
    """Pulumi hands over a section as JSON text, and a plain text as it is."""
    if key not in SECTIONS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
