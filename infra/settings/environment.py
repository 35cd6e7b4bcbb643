"""Whose environment this is, and how careful to be with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from infra.settings.model import Example, Means, Settings, Text


class Environment(Settings):
    """Name, owner and tags of the environment."""

    name: Annotated[
        str,
        Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=20),
        Means(
            "1 to 20 lower-case letters, digits and hyphens, from a letter to a letter or digit", "prod", hyphens=True
        ),
    ]
    """Short name, for example `prod`. Value of the label `buildfleet.dev/environment` of every namespace."""
    production: bool = False
    """Protect the namespaces, and with them all that is in them, against deletion and replacement; on `aks` and
    `azure-local` also the resource group, cluster, vault, registry, identities and egress addresses that are made, but
    not node pools. `pulumi destroy`, and every change that would delete something protected, stop with an error that
    names it. Protection is taken off by `pulumi state unprotect URN`, not by changing this key: `destroy` does not run
    the program, and so does not see the change."""
    owner: Annotated[Text, Example("platform-team")]
    """Team that is asked when something is wrong. Annotation `buildfleet.dev/owner` of every namespace."""
    tags: Mapping[str, str] = {}
    """Put on every Azure resource, beside `environment` and `owner`; only on `aks` and `azure-local`."""
