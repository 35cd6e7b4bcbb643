"""The command line for trying out what goes wrong on a simulated Windows node."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Final

from sandbox.rehearsal import folder
from sandbox.windows_nodes import faults, machine, places
from sandbox.windows_nodes.store import NoSuchNode, Store, nodes

# What each does, with its argument; in the order of the help.
ACTIONS: Final[Mapping[str, tuple[str, Callable[[Store, str], None]]]] = {
    "crash": ("the engine ends, under whatever runs in it", lambda store, _: faults.crash(store)),
    "reboot": (
        "Windows restarts; the service is on demand, so nothing starts by itself",
        lambda s, _: faults.reboot(s),
    ),
    "reimage": ("the disk is laid down anew: no engine, no journal", lambda store, _: faults.reimage(store)),
    "fill-disk": (
        "an image that nothing uses leaves 2 GiB free; with `files`, files that no prune removes",
        lambda store, how: faults.fill_disk(store, prunable=how != "files"),
    ),
    "smoke-fails": (
        "containers of this VERSION of the engine do not run; `*`: of all",
        lambda store, version: faults.lie_in_wait(store, {"smoke_fails": [version or "*"]}),
    ),
    "registry-away": ("no image can be pulled", lambda store, _: faults.lie_in_wait(store, {"registry_away": True})),
    "start-fails": (
        "the next N starts of the engine end at once",
        lambda store, times: faults.lie_in_wait(store, {"start_fails": int(times or 1)}),
    ),
    "never-answers": (
        "the next N starts run, and never answer on the pipe",
        lambda store, times: faults.lie_in_wait(store, {"never_answers": int(times or 1)}),
    ),
    "foreign-service": (
        "somebody else's Docker is there; reimage the node first",
        lambda s, _: faults.foreign_service(s),
    ),
    "build": ("a build runs in the engine; with `ended` it has ended", lambda s, how: faults.build(s, running=not how)),
    "clear": ("whatever lies in wait, and what fills the disk, is gone", lambda store, _: faults.clear(store)),
    "show": ("the node as it is", lambda store, _: print(json.dumps(_shown(store), indent=2, sort_keys=True))),
}


def main(arguments: list[str]) -> int:
    """Do one thing to one node; without a node, list them."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.windows_nodes",
        description="Make something go wrong on a simulated Windows node, then watch `make status`, the events "
        "(`kubectl get events -A`) and the supervisor's log, .sandbox/STACK/cluster/logs/windows-nodes/NODE.log.",
        epilog="actions:\n" + "\n".join(f"  {name:16} {what}" for name, (what, _) in ACTIONS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", default="dev", help="whose sandbox (default: dev)")
    parser.add_argument("node", nargs="?", help="its name; without one, all are listed")
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="show", metavar="action")
    parser.add_argument("argument", nargs="?", default="", help="of the action")
    options = parser.parse_args(arguments)
    sandbox = folder() / options.stack / "cluster"
    if options.node is None:
        print("\n".join(nodes(places.stores(sandbox))) or f"The sandbox of stack {options.stack} has no Windows node.")
        return 0
    try:
        ACTIONS[options.action][1](places.store(sandbox, options.node), options.argument)
    except NoSuchNode as error:
        print(f"{error}. `make up STACK={options.stack}` makes those of the stack.", file=sys.stderr)
        return 1
    return 0


def _shown(store: Store) -> dict[str, object]:
    state = store.read()
    names = ("boots", "feature", "versions", "service", "images", "endpoints", "lost", "starts", "faults")
    return {**{name: state[name] for name in names}, "free GiB": machine.free_bytes(state) // machine.GIB}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
