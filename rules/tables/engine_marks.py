"""Marks that Pulumi's engine puts into the values of a message for what JSON cannot say.

Sources: sdk/go/common/resource/sig/sig.go and sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi 3.256.0, and
pulumi_policy/proxy.py of pulumi-policy 1.21.0, read 2026-11-22.
"""

from __future__ import annotations

from typing import Final

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key in a map that is one of these:"""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
"""With the value below `value`."""
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
"""With `value`, which is missing where it is not known, and `secret`."""
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
"""A reference to a resource, with `urn` and `id`."""

UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # truth value
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # map
    }
)
"""Texts that stand for a value that is not known yet, by the type that it will have."""
