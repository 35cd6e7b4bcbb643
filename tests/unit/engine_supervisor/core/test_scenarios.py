"""Days in the life of a pool, told in order: one change or mishap each, under the promises of every simulation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine_supervisor import actions as act
from engine_supervisor.journal import Journal
from engine_supervisor.settings import Settings
from engine_supervisor.world import Running, World
from tests.unit.engine_supervisor.core import promises
from tests.unit.engine_supervisor.simulation import GIB, Node, Simulation, settings

HOUR = 3600.0
NEW = "29.3.0"
ONE_SLOT = settings(slots=("docker-engine-win22-0",))


def pool(nodes: int = 1, *, jobs_every: float | None = None, given: Settings = ONE_SLOT) -> Simulation:
    """A pool that has come to rest."""
    simulation = Simulation(given, nodes, 7, jobs_every=jobs_every)
    promises.keep(simulation)
    rest(simulation)
    return simulation


def rest(simulation: Simulation, hours: float = 3) -> None:
    assert simulation.run(hours * HOUR, until=lambda: promises.settled(simulation)), promises.unsettled(simulation)


def release(simulation: Simulation, version: str = NEW) -> None:
    for node in simulation.nodes:
        node.settings = replace(node.settings, version=version)


def versions(simulation: Simulation) -> list[str]:
    return [node.service.target.version if node.service.target else "" for node in simulation.nodes]


def steps(simulation: Simulation) -> list[str]:
    """The actions from here on, by name."""
    found: list[str] = []

    def note(simulation: Simulation, node: Node, seen: World, journal: Journal, action: act.Action) -> None:
        found.append(type(action).__name__)

    simulation.before_action.append(note)
    return found


@pytest.mark.parametrize("step", range(12))
def test_a_supervisor_that_is_killed_at_any_step_of_an_installation_goes_on(step: int) -> None:
    simulation = Simulation(ONE_SLOT, 1, 7, jobs_every=None)
    promises.keep(simulation)
    simulation.nodes[0].dies_after = step
    rest(simulation)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("step", range(24))
def test_a_supervisor_that_is_killed_at_any_step_of_an_upgrade_or_of_the_way_back_goes_on(
    step: int, broken: bool
) -> None:
    simulation = pool()
    simulation.broken = {NEW} if broken else set()
    release(simulation)
    simulation.nodes[0].dies_after = step
    rest(simulation)
    assert versions(simulation) == ["29.2.1" if broken else NEW]


def test_a_new_node_is_ready_within_two_minutes() -> None:
    simulation = Simulation(ONE_SLOT, 1, 7)
    assert simulation.run(120, until=lambda: promises.settled(simulation)), promises.unsettled(simulation)


def test_an_upgrade_goes_through_the_pool_one_node_at_a_time_and_waits_for_a_build() -> None:
    simulation = pool(2)
    builds = [simulation.job(node, 900) for node in simulation.nodes]
    simulation.run(30)
    release(simulation)
    simulation.run(800)
    assert all(build in node.pods and build.network for build, node in zip(builds, simulation.nodes, strict=True))
    assert [node.unschedulable for node in simulation.nodes].count(True) == 1
    assert all(node.decision is not None and node.decision.report.ready for node in simulation.nodes)
    rest(simulation)
    assert versions(simulation) == [NEW, NEW]


def test_a_version_that_runs_no_container_reaches_one_node_and_leaves_it_again() -> None:
    simulation = pool(3)
    simulation.broken = {NEW}
    found = steps(simulation)
    release(simulation)
    rest(simulation)
    assert versions(simulation) == ["29.2.1"] * 3
    assert found.count("StopEngine") == 2, "there and back, on one node"
    assert [lease.stopped for lease in simulation.leases.values()] == [simulation.nodes[0].wanted.target.key]


def test_an_engine_that_dies_under_agents_is_started_after_they_have_ended() -> None:
    simulation = pool()
    node = simulation.nodes[0]
    build = simulation.job(node, 300)
    simulation.run(30)
    simulation.crash(node)
    simulation.run(200)
    assert (node.service.state, build.network) == (Running.STOPPED, True)
    rest(simulation)
    assert node.service.state is Running.RUNNING


def test_a_full_disk_is_cleaned_when_the_build_on_it_ends() -> None:
    simulation = pool()
    node = simulation.nodes[0]
    simulation.job(node, 600)
    simulation.run(30)
    node.free = GIB
    simulation.run(60)
    assert node.decision is not None
    assert not node.decision.report.ready
    rest(simulation)
    assert node.free > GIB


def test_a_minute_without_the_api_server_changes_nothing() -> None:
    simulation = pool(2)
    found = steps(simulation)
    simulation.away_until = simulation.now + 60
    simulation.run(400)
    assert found == []
    assert promises.settled(simulation)


def test_a_supervisor_that_is_gone_for_long_gives_its_turn_away_and_its_node_back_when_it_comes() -> None:
    simulation = pool(2)
    for node in simulation.nodes:
        simulation.job(node, 1100)
    simulation.run(30)
    release(simulation)
    simulation.run(60)
    holder = next(node for node in simulation.nodes if node.unschedulable)
    simulation.sleep(holder, 900)
    simulation.run(800)
    assert next(iter(simulation.leases.values())).holder not in (None, holder.name)
    rest(simulation)
    assert versions(simulation) == [NEW, NEW]


def test_a_node_at_peace_asks_the_api_server_twelve_times_an_hour() -> None:
    simulation = pool()
    simulation.run(HOUR)
    calls, rounds = simulation.calls, simulation.rounds
    simulation.run(HOUR)
    assert simulation.calls - calls <= 12
    assert simulation.rounds - rounds <= 360
