"""Networks, as they are written."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings.model import Means

Cidr = Annotated[
    str, Field(pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"), Means("a network: address, slash, prefix length", "10.0.0.4/32")
]
Ipv4Network = Annotated[
    str,
    Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$"),
    Means("an IPv4 network: address, slash, prefix length", "10.240.0.0/16"),
]
