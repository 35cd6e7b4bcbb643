"""The engine's removal from a node, when its stack is destroyed.

Goes through all parts whatever fails in between, since nobody comes back for the rest, and tells what is left. Leaves
a service that is not ours, and its data with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine_supervisor.adapters.windows import credential_specs, files, firewall
from engine_supervisor.adapters.windows.programs import Programs
from engine_supervisor.adapters.windows.seams import Node
from engine_supervisor.adapters.windows.services import EngineService
from engine_supervisor.adapters.windows.state import State
from engine_supervisor.ports import Failed
from engine_supervisor.world import Owner

NETWORKS_BEFORE: Final = "networks-before.json"
CREDENTIAL_SPECS: Final = "credential-specs.json"
_TOLD: Final = 5
"""Of the parts of the data root that are left: there may be thousands."""


def remember_networks(node: Node, state: State) -> None:
    """Before the first start of an engine of ours: the networks that are not its own."""
    path = state.path(NETWORKS_BEFORE)
    if path.exists():
        return
    try:
        found = node.networks.networks()
    except Failed:
        # Worth no engine: the removal leaves the network then.
        return
    files.replace(path, json.dumps(sorted(_identity(one) for one in found)) + "\n")


def uninstall(
    node: Node, *, service: EngineService, programs: Programs, state: State, data_root: Path, data: bool
) -> None:
    """Remove all parts; `Failed` tells those that are left."""
    left: list[str] = []

    def attempt(step: Callable[[], None]) -> bool:
        try:
            step()
        except Failed as error:
            left.append(str(error))
            return False
        return True

    foreign = service.look().owner is Owner.OTHER
    removed = foreign or attempt(service.remove)
    attempt(lambda: firewall.open_ports(node, ()))
    attempt(lambda: credential_specs.write(data_root, {}, state.path(CREDENTIAL_SPECS)))
    if removed and not foreign:
        attempt(lambda: _remove_networks(node, state))
    if removed:
        # An engine that still runs has these open.
        attempt(programs.remove)
    attempt(state.remove)
    if removed and not foreign and data:
        # Last: it may take longer than the pod has, and what is left of it does nothing.
        attempt(lambda: _remove_data(node, data_root))
    if left:
        raise Failed("not removed from the node: " + "; ".join(left))


def _remove_networks(node: Node, state: State) -> None:
    """Docker's own `nat` network: of that name and type, and not there before our first engine."""
    text = files.read(state.path(NETWORKS_BEFORE))
    if text is None:
        # No engine of ours was ever started, or which networks are its own is not known.
        return
    before = set(json.loads(text))
    for network in node.networks.networks():
        named = (str(network.get("Name", "")).lower(), str(network.get("Type", "")).lower()) == ("nat", "nat")
        if named and _identity(network) not in before:
            node.networks.delete_network(str(network["ID"]))


def _remove_data(node: Node, data_root: Path) -> None:
    """The data root. Layers of containers consist of what only HNS' sibling, the host compute service, can delete."""
    layers = data_root / "windowsfilter"
    left: dict[Path, str] = {}

    def attempt(path: Path, step: Callable[[], None]) -> None:
        try:
            step()
        except Failed as error:
            left[path] = str(error)

    for layer in _content(layers):
        if layer.is_dir():
            attempt(layer, partial(node.networks.destroy_layer, str(layer)))
    others = [path for path in _content(data_root) if path != layers]
    for path in (*_content(layers), *others):
        if path not in left:
            attempt(path, partial(files.remove, path))
    if left:
        more = f"; and {len(left) - _TOLD} more" if len(left) > _TOLD else ""
        raise Failed("; ".join(list(left.values())[:_TOLD]) + more)
    files.remove(data_root)


def _content(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Failed(f"{folder} cannot be read: {error}") from error


def _identity(network: Any) -> str:
    return str(network.get("ID", "")).lower()
