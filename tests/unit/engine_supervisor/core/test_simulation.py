"""Pools that everything happens to, in any order: what must never happen does not, and in the end all is well.

The core is the real one; `promises` holds it at each action and each round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from engine_supervisor.settings import Rollout, Settings
from engine_supervisor.world import Feature, Owner, Running, Service
from tests.unit.engine_supervisor.core import promises
from tests.unit.engine_supervisor.simulation import GIB, Failed, Node, Simulation, settings

HOUR = 3600.0
VERSIONS = ("29.2.1", "29.3.0", "29.4.0")


def set_version(simulation: Simulation, node: Node, number: int) -> None:
    """Other settings arrive, on one node after the other, each with a new supervisor."""
    version = VERSIONS[number % len(VERSIONS)]
    for delay, one in enumerate(simulation.nodes):
        change(simulation, one, delay * float(number % 50), version=version)


def set_daemon(simulation: Simulation, node: Node, number: int) -> None:
    """Configuration that takes a start, and such that does not."""
    daemon = {"data-root": r"D:\docker", "debug": bool(number & 1), "dns": ["10.0.0.10"] if number & 2 else []}
    for one in simulation.nodes:
        change(simulation, one, 0, daemon=daemon)


def change(simulation: Simulation, node: Node, delay: float, **changes: object) -> None:
    def arrive() -> None:
        node.settings = replace(node.settings, **changes)  # type: ignore[arg-type]  # as Settings has them
        simulation.sleep(node, 5)

    simulation.at(simulation.now + delay, arrive)


def start_by_another(simulation: Simulation, node: Node, number: int) -> None:
    """Somebody restarts the service."""
    simulation.crash(node)
    try:
        simulation.start_engine(node)
    except Failed:
        return


def cordon(simulation: Simulation, node: Node, number: int) -> None:
    if not node.unschedulable:
        node.unschedulable = True
    elif not node.cordoned_by_us:
        node.unschedulable = False


def uncordon_ours(simulation: Simulation, node: Node, number: int) -> None:
    """A person lifts our cordon; the mark stays."""
    if node.cordoned_by_us:
        node.unschedulable = False


def kill(simulation: Simulation, node: Node, number: int) -> None:
    """Between two actions of a round to come."""
    node.dies_after = number % 4


def pull_out(simulation: Simulation, node: Node, number: int) -> None:
    """The supervisor is gone for so long that others may take its slot."""
    simulation.sleep(node, 60.0 * (number % 15))


def foreign_service(simulation: Simulation, node: Node, number: int) -> None:
    """Somebody registers a Docker service of their own in the place of ours."""
    simulation.crash(node)
    node.service = Service(owner=Owner.OTHER, state=Running.STOPPED, guarded=False)
    if number & 1:
        start_by_another(simulation, node, number)


def unmark(simulation: Simulation, node: Node, number: int) -> None:
    for lease in simulation.leases.values():
        lease.stopped = None


def set_attribute(name: str, value: Callable[[Simulation, int], object]) -> Callable[[Simulation, Node, int], None]:
    def event(simulation: Simulation, node: Node, number: int) -> None:
        setattr(simulation, name, value(simulation, number))

    return event


EVENTS: dict[str, Callable[[Simulation, Node, int], None]] = {
    "version": set_version,
    "daemon": set_daemon,
    "crash": lambda simulation, node, number: simulation.crash(node),
    "silence": lambda simulation, node, number: simulation.silence(node, 10.0 * number),
    "started by another": start_by_another,
    "reboot": lambda simulation, node, number: simulation.reboot(node),
    "reimage": lambda simulation, node, number: simulation.reimage(node),
    "journal lost": lambda simulation, node, number: setattr(node, "journal", None),
    "kill": kill,
    "pulled out": pull_out,
    "api away": set_attribute("away_until", lambda simulation, number: simulation.now + 10.0 * number),
    "budget": set_attribute("budget_until", lambda simulation, number: simulation.now + 60.0 * number),
    "no image": set_attribute("no_image_until", lambda simulation, number: simulation.now + 20.0 * number),
    "broken": set_attribute("broken", lambda simulation, number: {VERSIONS[1]} if number & 1 else set()),
    "dead": set_attribute("dead", lambda simulation, number: {VERSIONS[2]} if number & 1 else set()),
    "cordon": cordon,
    "uncordon": uncordon_ours,
    "disk": lambda simulation, node, number: setattr(node, "free", number * GIB),
    "unguarded": lambda simulation, node, number: setattr(node, "service", replace(node.service, guarded=False)),
    "foreign": foreign_service,
    "feature": lambda simulation, node, number: setattr(node, "feature", Feature.ABSENT) if not node.answers else None,
    "unmarked": unmark,
    "job": lambda simulation, node, number: (simulation.job(node, 60.0 * number), None)[1],
}

HAPPENING = st.tuples(
    st.sampled_from(sorted(EVENTS)), st.integers(0, 3), st.integers(0, 63), st.sampled_from((0.0, 3.0, 40.0, 400.0))
)


def pool(seed: int, nodes: int, slots: int, existing: str, at_limit: str) -> Settings:
    return settings(
        slots=tuple(f"docker-engine-win22-{number}" for number in range(slots)),
        existing=existing,
        feature="install",
        rollout=Rollout(wait_minutes=20, at_limit=at_limit, pause_minutes=5),  # type: ignore[arg-type]  # a literal
    )


@given(
    seed=st.integers(0, 2**16),
    nodes=st.integers(1, 4),
    slots=st.integers(1, 2),
    existing=st.sampled_from(("replace", "adopt")),
    at_limit=st.sampled_from(("postpone", "evict")),
    happenings=st.lists(HAPPENING, min_size=3, max_size=30),
)
@effort(max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_happens_to_a_pool_its_promises_hold_and_it_comes_to_rest(
    seed: int, nodes: int, slots: int, existing: str, at_limit: str, happenings: list[tuple[str, int, int, float]]
) -> None:
    simulation = Simulation(pool(seed, nodes, slots, existing, at_limit), nodes, seed)
    promises.keep(simulation)
    simulation.run(120)
    for event, which, number, seconds in happenings:
        EVENTS[event](simulation, simulation.nodes[which % nodes], number)
        simulation.run(seconds)
    simulation.jobs_every = None
    assert simulation.run(6 * HOUR, until=lambda: promises.settled(simulation)), promises.unsettled(simulation)
