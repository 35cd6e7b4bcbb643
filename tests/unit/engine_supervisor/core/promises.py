"""What must hold in every simulated pool, at each action and after each round."""

from __future__ import annotations

from collections.abc import Iterator

from engine_supervisor import actions as act
from engine_supervisor.core import Decision
from engine_supervisor.journal import Journal
from engine_supervisor.world import Owner, World
from tests.unit.engine_supervisor.simulation import LEASE, Node, SimulatedPod, Simulation

CHANGES = (act.Cordon, act.StopEngine, act.InstallFeature, act.Reboot)
"""What takes a node out of service."""
BEYOND_STARTS = (act.Register, act.StopEngine, act.Guard, act.Reload, act.Configure, act.Install, act.Discard)


def keep(simulation: Simulation) -> None:
    """Hold a simulation to all of them."""
    simulation.before_action += [slots_bound, jobs_end, jobs_stay, foreign_left_alone, prune_spares_builds]
    simulation.after_round += [ready_means_network, cordons_of_others_stay]


def slots_bound(simulation: Simulation, node: Node, seen: World, journal: Journal, action: act.Action) -> None:
    """Never more nodes out of service by will than there are slots; none for a target whose rollout was stopped."""
    if not isinstance(action, CHANGES) or not _voluntary(journal):
        return
    out = {one.name for one in simulation.nodes if one is not node and _out(simulation, one)} | {node.name}
    assert len(out) <= len(simulation.leases), f"out of service: {sorted(out)}"
    operation = journal.operation
    assert operation is not None
    if isinstance(action, act.Cordon) and operation.kind != "prune" and not operation.rolling_back:
        stopped = {slot.stopped for slot in seen.cluster.slots} if seen.cluster else set()
        assert operation.target not in stopped


def jobs_end(simulation: Simulation, node: Node, seen: World, journal: Journal, action: act.Action) -> None:
    """Nothing of ours cuts a job off before the settings allow it."""
    if not isinstance(action, (act.StopEngine, act.StartEngine, act.Reboot)) or not _at_work(simulation, node):
        return
    operation = journal.operation
    if operation is None:
        assert journal.answered_boot != f"boot-{node.boot}", "a later start is an operation"
    elif operation.kind != "repair" and not operation.rolling_back and operation.starts <= 1:
        waited = simulation.now - operation.since
        at_limit = waited >= node.settings.rollout.wait_minutes * 60 and node.settings.rollout.at_limit == "evict"
        died = any(one.kind == "job" for one in node.pods) and not node.answers
        assert at_limit or died, f"{operation} cuts {_at_work(simulation, node)} off"


def jobs_stay(simulation: Simulation, node: Node, seen: World, journal: Journal, action: act.Action) -> None:
    """A job that has its network is told to go only where its engine is dead, or at a limit that the settings set."""
    if not isinstance(action, (act.Evict, act.Delete)) or journal.start is None:
        return
    cutoff = journal.start.ended_at if journal.start.answered_at is None else journal.start.answered_at
    young = [pod for pod in action.pods if pod.of_job and (pod.started_at is None or pod.started_at > (cutoff or 0))]
    operation = journal.operation
    if not young or operation is None:
        assert not young
        return
    rollout = node.settings.rollout
    at_limit = rollout.at_limit == "evict" and simulation.now - operation.since >= rollout.wait_minutes * 60
    assert at_limit or operation.kind == "repair" or operation.rolling_back or not node.answers


def foreign_left_alone(simulation: Simulation, node: Node, seen: World, journal: Journal, action: act.Action) -> None:
    """Of an adopted service nothing but the start is ours."""
    if node.service.owner is Owner.OTHER and node.settings.existing != "replace":
        assert not isinstance(action, BEYOND_STARTS)
        assert node.settings.existing == "adopt" or not isinstance(action, act.StartEngine)


def prune_spares_builds(simulation: Simulation, node: Node, seen: World, journal: Journal, action: act.Action) -> None:
    """No layer is taken from under a build, but at the limit of an operation."""
    if isinstance(action, act.Prune) and journal.operation is None:
        assert not _at_work(simulation, node)


def ready_means_network(simulation: Simulation, node: Node, seen: World, decision: Decision) -> None:
    """No ready node has an ordinary pod without a network, as far as the API server could tell."""
    if not decision.report.ready:
        return
    assert node.answers
    lost = [pod for pod in _cut_off(node) if pod.told_at <= min(node.looked_at, simulation.now)]
    assert not lost, f"{lost} on a node that is ready: {decision.report.reason}"


def cordons_of_others_stay(simulation: Simulation, node: Node, seen: World, decision: Decision) -> None:
    """What is not marked as ours is not ours to lift."""
    if any(isinstance(action, act.Uncordon) for action in decision.actions):
        assert seen.cluster is not None
        assert seen.cluster.cordoned_by_us


def settled(simulation: Simulation) -> bool:
    return next(_unsettled(simulation), None) is None


def unsettled(simulation: Simulation) -> list[str]:
    """What is still to come on the way to rest, in words."""
    return list(_unsettled(simulation))


def _unsettled(simulation: Simulation) -> Iterator[str]:
    yield from (f"{name} is held" for name, lease in simulation.leases.items() if lease.holder is not None)
    for node in simulation.nodes:
        if node.cordoned_by_us:
            yield f"{node.name} is cordoned"
        if node.known.operation is not None:
            yield f"{node.name} has an operation"
        if _cut_off(node):
            yield f"{node.name} has pods without a network"
        yield from (f"{node.name} {what}" for what in _engine_unsettled(simulation, node))


def _engine_unsettled(simulation: Simulation, node: Node) -> list[str]:
    """The engine of the settings runs, or, if that was refused, the former one; nothing does where nothing can."""
    want, there = node.wanted, node.service.target
    barred = want.target.key in node.known.refused or want.target.key in {
        lease.stopped for lease in simulation.leases.values()
    }
    unfit = {*simulation.dead, *simulation.broken}
    found = []
    if node.service.owner is Owner.OTHER:
        if node.settings.existing != "adopt" and not barred:
            found.append("has a foreign service")
    elif there is None or (there != want.target and not barred):
        found.append(f"has {there}")
    elif there == want.target and node.reload_hash != want.reload_hash:
        found.append("has not reloaded")
    if there is None:
        hopeless = barred or want.target.version in unfit
    else:
        hopeless = there.version in unfit and (barred or want.target.version in unfit)
    if hopeless:
        return []
    if node.decision is None or not node.decision.report.ready:
        found.append(f"is not ready: {node.decision.report.reason if node.decision else ''}")
    return found


def _voluntary(journal: Journal) -> bool:
    return journal.operation is not None and journal.operation.kind != "repair"


def _out(simulation: Simulation, node: Node) -> bool:
    """Whether a node is out of service by will, and its supervisor has been alive lately enough to know of its slot."""
    journal = node.known
    operation = journal.operation
    if operation is None or not _voluntary(journal):
        return False
    touched = node.cordoned_by_us or operation.starts > 0 or operation.drained_at is not None
    held = any(
        one.holder == node.name and simulation.now - one.renewed_at <= LEASE for one in simulation.leases.values()
    )
    return touched and held


def _at_work(simulation: Simulation, node: Node) -> list[SimulatedPod]:
    """Jobs that go on, and could."""
    return [
        pod
        for pod in node.pods
        if pod.kind == "job" and pod.network and not pod.terminating and pod.taken_at <= simulation.now
    ]


def _cut_off(node: Node) -> list[SimulatedPod]:
    return [pod for pod in node.pods if not pod.network]
