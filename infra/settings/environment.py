"""Whose environment this is, and how careful to be with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from infra.settings.model import Means, Settings, Text


class Environment(Settings):
    """Name, owner and tags of the environment."""

    name: Annotated[
        str,
        Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=20),
        Means("1 to 20 lower-case letters, digits and hyphens, from a letter to a letter or digit", "prod"),
    ]
    """Short name, for example `prod`. Value of the label `buildfleet.dev/environment` of every namespace."""
    production: bool = False
    """Protect the namespaces, and with them all that is in them, against deletion and replacement."""
    owner: Text
    """Team that is asked when something is wrong. Annotation `buildfleet.dev/owner` of every namespace."""
    tags: Mapping[str, str] = {}
    """Put on every Azure resource, beside `environment` and `owner`; only on `aks` and `azure-local`."""
