"""The end of a stack in its sandbox: destroyed as a real one is, then looked for.

Owns the proof that a destroy leaves nothing: no object that carries the stack's label, no node of its pools, no
resource in the simulated Azure. Refuses to end well where something is left, because in a real environment that would
go on costing money.
"""

from __future__ import annotations

from sandbox import report, simulated_azure
from sandbox.engine import Engine
from sandbox.run_mark import RunMark


class Remains(Exception):
    """Something of the stack outlived its destroy; the message is for the user."""


def destroy(engine: Engine, mark: RunMark) -> int:
    """Destroy the stack and the state; the engine's exit code. Raises `Remains` where it is 0 and something is left."""
    if engine.unprotect():
        print(
            "Production protects what holds its data. A rehearsal takes that off; you would by `pulumi state "
            "unprotect`."
        )
    ids = engine.ids("azure-native")
    code = mark.during(lambda started: engine.destroy(started=started), checkpoints=engine.checkpoints)
    if code != 0:
        return code
    left = set(report.left_behind(engine.kubeconfig, engine.stack))
    if simulated_azure.made_pools(ids):
        left.update(report.nodes_left(engine.kubeconfig))
    azure = simulated_azure.found(engine.azure, engine.kubeconfig) if engine.azure else None
    if azure:
        left.update(simulated_azure.left_behind(azure, ids))
    if left:
        raise Remains("After the destroy these are left:\n  " + "\n  ".join(sorted(left)))
    print("After the destroy: no object of the stack is left in the cluster.")
    if azure and ids:
        print("No resource of the stack is left in the simulated Azure.")
        for vault in simulated_azure.soft_deleted(azure, ids):
            print(f"Soft-deleted, as Azure does it, so the name stays taken until it is purged or expires: {vault}")
    return 0
