"""Every step of a supervisor on a simulated node, counted: so that one can be killed before or after any of them.

A step is one call of a port that changes something: on the host, in Docker or in the cluster, and each write of the
journal. Their names and times are kept in the node's store.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sandbox.windows_nodes.store import State, Store

KEPT: Final = 400


@dataclass(frozen=True)
class Steps:
    """Those of one supervisor; `version` is the engine in its image."""

    store: Store
    version: str

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Carry one step out, with what the faults `kills` and `slow` have for it.

        `kills`: a list of `{"step": name, "nth": n, "when": "before" | "after", "version": ...}`; each strikes once,
        at the n-th step of this name of supervisors of this version, or at the first after it. `slow`: seconds by step.
        """
        with self.store.transaction() as state:
            made = {"name": name, "at": time.time(), "pid": os.getpid(), "version": self.version}
            state["steps"] = [*state["steps"], made][-KEPT:]
            counted = f"{self.version} {name}"
            state["counts"][counted] = state["counts"].get(counted, 0) + 1
            seconds = float(state["faults"].get("slow", {}).get(name, 0))
            dies = self._struck(state, name, state["counts"][counted])
        if dies == "before":
            _die()
        if seconds:
            time.sleep(seconds)
        yield
        if dies == "after":
            _die()

    def _struck(self, state: State, name: str, count: int) -> str | None:
        kills = state["faults"].get("kills", [])
        for kill in kills:
            if (kill["step"], kill["version"]) == (name, self.version) and kill["nth"] <= count:
                kills.remove(kill)
                return str(kill["when"])
        return None


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
