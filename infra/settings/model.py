"""The base of all settings models, and the field types they share.

A field marked `planned()` is part of the settled shape of a stack file but has no effect yet; using it is refused
with a clear message instead of being ignored.

Collections are tuples and `Mapping`s: settings are read, never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PLANNED = "x-buildfleet-planned"
"""Key in a field's JSON Schema: the setting is named and checked, but this version does nothing with it."""


def to_key(field: str) -> str:
    """A field's key in the stack file: camelCase, with names and units written as their owners do."""
    key = to_camel(field).replace("Devops", "DevOps").replace("Gb", "GB")
    return key.replace("Gib", "GiB").replace("Mib", "MiB")


class Settings(BaseModel):
    """Plain, frozen data in camelCase; unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_key,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )


def planned(default: Any = None) -> Any:
    """A field that later versions fill with behaviour."""
    return Field(default=default, json_schema_extra={PLANNED: True})


@dataclass(frozen=True)
class Means:
    """What a pattern takes, in words, and one value that it takes. A regular expression is no answer to a user."""

    words: str
    example: str | None = None
    hyphens: bool = False
    """Whether a text that does not fit may do so in lower case, with hyphens for what is not taken."""


@dataclass(frozen=True)
class Example:
    """A value of one key, where its type's would not tell what the key is for."""

    text: str


@dataclass(frozen=True)
class Gone:
    """A choice that there was, or that Azure has, and the fix for who writes it."""

    choice: str
    fix: str


Text = Annotated[str, Field(min_length=1), Means("a text that is not empty")]

DnsLabel = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=63),
    Means("1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends", "ci", hyphens=True),
]
"""A Kubernetes name: lower-case letters, digits and hyphens, at most 63."""

ObjectName = Annotated[
    str,
    Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=40),
    Means(
        "1 to 40 lower-case letters, digits and hyphens, from a letter to a letter or digit",
        "linux-docker",
        hyphens=True,
    ),
]
"""The name of a thing of ours: as a Kubernetes name, but starts with a letter and leaves room for suffixes."""

Quantity = Annotated[
    str,
    Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"),
    Means("a Kubernetes quantity, quoted", "8Gi"),
]
"""A Kubernetes quantity, for example `500m`, `2`, `8Gi`."""

SecretName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", min_length=1, max_length=64),
    Means("the key of a secret of the stack: 1 to 64 letters, digits, hyphens and underscores", "azureDevOpsToken"),
]
"""The key of a secret in the stack's configuration: `pulumi config set --secret KEY`."""

HttpsUrl = Annotated[
    str,
    Field(pattern=r"^https://[^\s/]+(/[^\s]*)?$"),
    Means("a URL that starts with https:// and has no blanks", "https://contoso.com"),
]

Guid = Annotated[
    str,
    Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    Means("an id of Entra", "00000000-0000-0000-0000-000000000000"),
]

Version = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$"), Means("a version of three numbers", "1.2.3")]

Folder = Annotated[
    str,
    Field(pattern=r"^/[^\s]*[^\s/]$"),
    Means("an absolute path without blanks and without a slash at the end", "/var/lib/docker"),
]
