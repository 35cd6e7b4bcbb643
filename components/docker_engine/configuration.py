"""`daemon.json` of the engine on a Windows node.

Owns the keys that make the engine safe on a shared node. Users add and change the rest; `dockerd --validate` on the
node has the last word before anything is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import contract
from rules.tables.docker_engine import RESERVED_KEYS


def daemon_configuration(configuration: Mapping[str, Any], *, data_root: str) -> dict[str, Any]:
    """The whole of `daemon.json`: our defaults, then `configuration`, then what is not negotiable.

    Process isolation is the default because nodes in a cloud rarely nest virtual machines; `exec-opts` changes it.
    Raises ValueError for a key that is ours.
    """
    for key in sorted(set(configuration) & set(RESERVED_KEYS)):
        raise ValueError(f"configuration of Docker Engine: {key!r} cannot be set here: {RESERVED_KEYS[key]}")
    return {
        "exec-opts": ["isolation=process"],
        **configuration,
        "hosts": [contract.DOCKER_PIPE_URL],
        "data-root": data_root,
    }
