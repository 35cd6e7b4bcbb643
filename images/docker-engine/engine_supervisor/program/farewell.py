"""What the end of the program leaves behind: what `core.farewell` says, carried out as far as it goes.

Each step is tried whatever became of the one before: a destroyed stack must not leave a service because its API server
was slow. Safe to repeat, by another process of ours too: the container's `preStop` and its SIGTERM both come here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from engine_supervisor import core, names, ports
from engine_supervisor.actions import Action, FreeSlot, Uncordon
from engine_supervisor.journal import Journal
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.execution import Hands
from engine_supervisor.program.journal_file import JournalFile
from engine_supervisor.program.log import Log
from engine_supervisor.program.looking import Eyes
from engine_supervisor.settings import Settings

LIMIT_SECONDS: Final = 120.0
"""No step begins later: the pod's grace period ends, and `destroy` waits."""


class Leaving:
    """Carries a farewell out."""

    def __init__(
        self,
        settings: Settings,
        host: ports.Host,
        cluster: ports.Cluster,
        eyes: Eyes,
        hands: Hands,
        clock: Clock,
        log: Log,
    ) -> None:
        self._settings = settings
        self._host = host
        self._cluster = cluster
        self._eyes = eyes
        self._hands = hands
        self._clock = clock
        self._log = log

    def leave(self, fate: ports.Fate) -> bool:
        """Do what this fate asks for, under `Host.acting`; whether all of it was done."""
        began, steps, undone = self._clock.monotonic(), self._steps(fate), 0
        for name, step in steps:
            try:
                if self._clock.monotonic() - began > LIMIT_SECONDS:
                    raise ports.Failed(f"no time left after {LIMIT_SECONDS:.0f} s")
                step()
            except (ports.Failed, ports.Away) as error:
                undone += 1
                self._log.line("farewell-failed", step=name, reason=str(error))
        self._log.line("farewell", fate=fate, steps=[name for name, _ in steps], undone=undone)
        return undone == 0

    def _steps(self, fate: ports.Fate) -> list[tuple[str, Callable[[], None]]]:
        actions, uninstall = self._farewell(fate)
        # Neither the journal nor the build matters to what gives a node back.
        steps: list[tuple[str, Callable[[], None]]] = [
            (type(action).__name__, partial(self._hands.do, action, Journal(), "")) for action in actions
        ]
        if uninstall:
            gone = dict.fromkeys((names.NODE_ENGINE, names.NODE_ENGINE_VERSION))
            steps.append(("Unmark", lambda: self._cluster.mark(gone, None)))
            steps.append(("Uninstall", lambda: self._host.uninstall(data=not self._settings.keep_data)))
        return steps

    def _farewell(self, fate: ports.Fate) -> tuple[tuple[Action, ...], bool]:
        """What to do, and whether to uninstall. A node that cannot be seen is left without us all the same."""
        try:
            world = self._eyes.cluster(self._eyes.node())
            journal = core.remember(world, JournalFile(self._host).read() or Journal())
        except (ports.Failed, ports.Away) as error:
            if fate != "goes":
                raise
            self._log.line("farewell-failed", step="look", reason=str(error))
            # Another's slot is left alone.
            return (Uncordon(), *(FreeSlot(name) for name in self._settings.slots)), True
        farewell = core.farewell(world, journal, fate)
        return farewell.actions, farewell.uninstall
