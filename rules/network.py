"""Networks in CIDR notation."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from rules.problem import Problem
from rules.words import given


def cidr(path: str, text: str) -> Iterator[Problem]:
    """The text is a network, with no bits set beyond its mask."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        try:
            meant = str(ipaddress.ip_network(text, strict=False))
        except ValueError:
            meant = None
        yield Problem(
            rule="cidr",
            path=path,
            given=given(text),
            allowed="a network such as 10.0.0.0/16, or one address such as 10.0.0.4/32",
            fix=f"did you mean {meant}, or one address with /32 or /128?"
            if meant
            else "write address, slash, prefix length",
        )
