"""What the program's end leaves behind on the node and in the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from engine_supervisor.actions import Action, FreeSlot, Uncordon
from engine_supervisor.core.slots import held
from engine_supervisor.journal import Journal
from engine_supervisor.ports import Fate
from engine_supervisor.world import Running, World


@dataclass(frozen=True, kw_only=True)
class Farewell:
    """What to do last, in order: the actions, then the uninstallation and the marks of the node."""

    uninstall: bool
    """Remove service, programs, firewall rule, network and node labels."""
    actions: tuple[Action, ...]


def farewell(world: World, journal: Journal, fate: Fate) -> Farewell:
    """What to leave behind.

    Goes the DaemonSet, everything of ours goes. Stays it, or is that not known, the engine runs on. A node that is
    only being drained is given back, since nobody knows when the next supervisor comes, which finds no slot for its
    operation and begins anew; one whose engine has been stopped stays cordoned: nothing can work there yet.

    Args:
        world: with the cluster as it was last seen, `None` if it does not answer: the cordon is lifted all the same
            (`Uncordon` leaves another's), and a slot expires.
        journal: as `remember` made it.
        fate: of our DaemonSet.
    """
    back: tuple[Action, ...] = (Uncordon(),)
    if world.cluster is not None:
        back = (*back, *(FreeSlot(slot.name) for slot in held(world.cluster)))
    if fate == "goes":
        return Farewell(uninstall=True, actions=back)
    runs = world.host.service.state is Running.RUNNING
    operation = journal.operation
    untouched = operation is None or (runs and operation.starts == 0 and operation.drained_at is None)
    return Farewell(uninstall=False, actions=back if untouched else ())
