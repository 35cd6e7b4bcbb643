"""What can be made to go wrong on a simulated Windows node: for users who try it out, and for tests.

Each function changes the node at once. Those that say `faults` lie in wait until `clear`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from sandbox.windows_nodes import machine
from sandbox.windows_nodes.store import Store

FULL_BYTES: Final = 2 * machine.GIB
JUNK: Final = "registry.example.com/left-behind-by-a-build:1"
FOREIGN_VERSION: Final = "27.3.1"


def crash(store: Store) -> None:
    """The engine ends now, under whatever runs in it."""
    with store.transaction() as state:
        machine.settle(state, time.time())
        if state["service"] is not None and state["service"]["state"] != "stopped":
            machine.end(state, "fatal error: runtime: cannot allocate memory")


def reboot(store: Store) -> None:
    """Windows restarts."""
    with store.transaction() as state:
        machine.settle(state, time.time())
        machine.reboot(state, time.time())


def reimage(store: Store) -> None:
    """The node's disk is laid down anew: no engine, no journal; its pods are started again by the kubelet."""
    with store.transaction() as state:
        now = time.time()
        new = machine.fresh(
            node=state["node"],
            build=state["build"],
            disk_bytes=state["disk"]["total"],
            now=now,
            boots=state["boots"] + 1,
        )
        endpoints = {uid: {**endpoint, "at": now} for uid, endpoint in {**state["endpoints"], **state["lost"]}.items()}
        state.clear()
        state.update(new, endpoints=endpoints)


def fill_disk(store: Store, *, free_bytes: int = FULL_BYTES, prunable: bool = True) -> None:
    """Leave so much free: filled by an image that nothing uses, or by files that are none of Docker's."""
    with store.transaction() as state:
        bytes_ = machine.free_bytes(state) - free_bytes
        if prunable:
            state["images"][JUNK] = {"bytes": bytes_, "used_at": 0.0}
        else:
            state["disk"]["other"] += bytes_


def empty_disk(store: Store) -> None:
    """Take away what filled the disk."""
    with store.transaction() as state:
        state["images"].pop(JUNK, None)
        state["disk"]["other"] = 0


def foreign_service(store: Store) -> None:
    """Somebody else's Docker is registered, runs, and starts by itself."""
    with store.transaction() as state:
        now = time.time()
        state["service"] = {
            "owner": "other",
            "version": FOREIGN_VERSION,
            "target": None,
            "guarded": False,
            "state": "running",
            "pid": 2100,
            "began_at": now,
            "wipes_at": None,
            "answers_at": now,
            "ends_at": None,
        }


def feature_absent(store: Store) -> None:
    """The node's image lacks the Windows feature Containers."""
    with store.transaction() as state:
        state["feature"] = "absent"


def drives(store: Store, names: Sequence[str]) -> None:
    """The node has these drives, for example `["C:"]`."""
    with store.transaction() as state:
        state["drives"] = sorted(names)


def build(store: Store, *, running: bool) -> None:
    """A build in the engine, over the pipe."""
    with store.transaction() as state:
        state["containers"]["running"] = state["clients"] = int(running)


def lie_in_wait(store: Store, faults: Mapping[str, Any]) -> None:
    """Add to `faults`; a value of `None` takes one away.

    `smoke_fails`: versions, `*` for all. `registry_away`: true. `start_fails`, `never_answers`: how many starts.
    `start_seconds`: how long the next ones take. `crash_after`: seconds after the next start. `slow` and `kills`: see
    `steps`. `haste`: by how much the waits of the next supervisor are shortened, all of them.
    """
    with store.transaction() as state:
        state["faults"] = {key: value for key, value in {**state["faults"], **faults}.items() if value is not None}


def kill(store: Store, step: str, *, version: str, when: Literal["before", "after"], nth: int = 1) -> None:
    """The supervisor whose image has this version is killed before or after its n-th step of this name; see `steps`."""
    with store.transaction() as state:
        kills = state["faults"].setdefault("kills", [])
        kills.append({"step": step, "nth": nth, "when": when, "version": version})


def clear(store: Store) -> None:
    """End every fault that lies in wait, and what fills the disk."""
    with store.transaction() as state:
        state["faults"] = {}
    empty_disk(store)
