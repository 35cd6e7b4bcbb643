"""The simulated Azure: the one class that its callers use.

Owns the order of things in a request: end what is due, strike with faults, throttle, check the inputs, then what else
exists, then note the operation. What each step refuses is in its own module.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sandbox.azure import birth, chance, digests, ids, invokes, lifecycle, nodes, seeds, shapes, throttling
from sandbox.azure.admission import Put, admit_delete, admit_put
from sandbox.azure.admission.request import label
from sandbox.azure.errors import AzureError, InterruptedWaitError, Refusal
from sandbox.azure.faults import Fault
from sandbox.azure.operations import Kind, Operation
from sandbox.azure.records import World, is_cluster, is_pool
from sandbox.azure.refusals import refusals, versions
from sandbox.azure.settings import Settings
from sandbox.azure.settling import Settling
from sandbox.azure.store import Store
from sandbox.azure.types import GENERIC, POOL, ArmType, arm_type
from sandbox.azure.values import Object, is_known, number_at

ZERO: Final = "00000000-0000-0000-0000-000000000000"
POLL_SECONDS: Final = 0.05
_KEPT_BY_UPGRADES: Final = (*birth.REPLACED, "vmSize")
"""What an update of a pool has to say again."""


class Azure:
    """One Azure, kept in `directory`; any number of processes and threads may use it at once.

    `kubeconfig` is the sandbox cluster's, which every cluster made here stands for; without it no node is simulated and
    no kubeconfig is handed out. `subscription` and `tenant` are those of the provider, told by `getClientConfig`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        kubeconfig: Path | None = None,
        subscription: str = ZERO,
        tenant: str = ZERO,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = Store(directory)
        self._kubeconfig = kubeconfig
        self._subscription = subscription
        self._tenant = tenant
        self._clock = clock
        self._settling = Settling(self._store, clock)

    # --- what a provider needs ---

    def check(self, token: str, inputs: Object) -> list[Refusal]:
        """What Azure would refuse whatever else exists. Unknown values are not refused. Reads and writes nothing."""
        arm_type(token)
        return refusals(token, inputs)

    def begin_put(self, token: str, resource_id: str, inputs: Object, *, create: bool) -> Operation:
        """Accept a create or an update, or raise `AzureError`. All inputs must be known. Returns at once."""
        kind = arm_type(token)
        if not is_known(inputs):
            raise ValueError(f"{label(token, resource_id)}: a value is not known; only previews may have such")
        self._settling.settle(orphans_only=True)
        with self._request("create" if create else "update", token, resource_id) as (world, faults):
            found = world.find(resource_id)
            _refuse_by_existence(token, resource_id, found, create=create)
            throttling.spend(world.state, token, resource_id, self._settings(), world.now)
            _refuse_inputs(kind, resource_id, inputs)
            properties = birth.properties(world, kind, resource_id, inputs, found)
            admit_put(world, Put(type=kind, id=resource_id, inputs=inputs, properties=properties, found=found))
            record = self._changed(world, kind, resource_id, inputs, properties, found)
            return self._begin(world, "create" if create else "update", record, faults)

    def begin_delete(self, token: str, resource_id: str) -> Operation:
        """Accept a delete, or raise `AzureError`. Deleting what is not there succeeds, as Azure's 204 does."""
        arm_type(token)
        self._settling.settle(orphans_only=True)
        with self._request("delete", token, resource_id) as (world, faults):
            record = world.find(resource_id)
            if record is None:
                return Operation(number=0, kind="delete", token=token, resource_id=resource_id)
            if record["seeded"]:
                raise AzureError(
                    403,
                    "AuthorizationFailed",
                    f"{label(token, resource_id)} was brought, not made here, and is not deleted. Remove it from the "
                    "state instead.",
                )
            admit_delete(world, resource_id)
            return self._begin(world, "delete", record, faults)

    def wait(self, operation: Operation, cancelled: threading.Event) -> Object | None:
        """Wait until an operation has ended. Returns the resource's outputs, `None` after a delete.

        Raises `AzureError` if it failed, `InterruptedWaitError` when `cancelled` is set first: the operation goes on.
        """
        while operation.number:
            self._settling.settle(only=operation.number)
            state = self._store.read()
            found = state["operations"].get(str(operation.number))
            if found is None or found["status"] == "succeeded":
                break
            if found["status"] == "failed":
                raise AzureError(**found["error"])
            pause = min(max(found["ends"] - self._clock(), POLL_SECONDS / 5), POLL_SECONDS)
            if cancelled.wait(pause):
                raise InterruptedWaitError(
                    f"{label(operation.token, operation.resource_id)}: not waited for any longer; Azure goes on."
                )
        return None if operation.kind == "delete" else self._outputs(operation.resource_id)

    def get(self, token: str, resource_id: str) -> Object | None:
        """The resource's outputs, `None` if there is none. Seeded resources have those that were seeded."""
        arm_type(token)
        with self._store.transaction() as state:
            faults = chance.struck(state, token, resource_id, "read")
        for fault in faults:
            if fault.status:
                raise chance.error(fault, label(token, resource_id))
        self._settling.settle()
        return self._outputs(resource_id)

    def invoke(self, token: str, args: Object) -> Object:
        """Answer a function of azure-native. Kubeconfigs are secrets, though nothing marks them."""
        self._settling.settle()
        return invokes.answer(
            self._world(),
            token,
            args,
            kubeconfig=self._kubeconfig,
            subscription=self._subscription,
            tenant=self._tenant,
        )

    # --- what is there ---

    def resources(self) -> list[tuple[str, str]]:
        """Id and ARM type of all that was made here, sorted; without what was seeded."""
        self._settling.settle()
        return [(record["id"], record["arm"]) for record in self._world().all() if not record["seeded"]]

    def soft_deleted(self) -> list[str]:
        """Ids of deleted vaults that still keep their names, sorted."""
        self._settling.settle()
        return sorted(vault["id"] for vault in self._world().state["deleted"].values())

    def requests(self) -> list[tuple[str, str, int, str]]:
        """What was asked for so far, but for reads: operation, id, HTTP status and code of the answer, in order."""
        return [(entry[0], entry[1], entry[2], entry[3]) for entry in self._store.read()["log"]]

    # --- what others do ---

    def seed(self, resource_id: str, properties: Object | None = None) -> None:
        """Say that a resource exists which this Azure did not make, and its parents with it.

        A custom location with `{"windowsNodePools": True}` is one whose instance has Windows pools enabled.
        """
        with self._store.transaction() as state:
            seeds.add(World(state, self._clock()), resource_id, dict(properties or {}))

    def purge(self, vault_id: str) -> None:
        """Purge a deleted vault. Raises `AzureError` where purge protection is on."""
        with self._store.transaction() as state:
            vault = state["deleted"].get(ids.name(vault_id).lower())
            if vault is not None and vault["purge_protection"]:
                raise AzureError(
                    409,
                    "MethodNotAllowed",
                    f"{vault['label']}: Operation 'DeletedVaultPurge' is not allowed: purge protection is on until its "
                    "days are over.",
                )
            state["deleted"].pop(ids.name(vault_id).lower(), None)

    def scale(self, pool_id: str, count: int) -> None:
        """What the autoscaler does: another number of nodes, within the pool's bounds, at once."""
        with self._store.transaction() as state:
            record = World(state, self._clock()).find(pool_id)
            if record is None or not is_pool(record):
                raise AzureError(404, "ResourceNotFound", f"there is no pool {pool_id}")
            pool = record["properties"]["properties"] if record["token"] == GENERIC else record["properties"]
            low, high = number_at(pool, "minCount"), number_at(pool, "maxCount")
            if low is not None and high is not None and not low <= count <= high:
                raise AzureError(
                    400,
                    "InvalidParameter",
                    f"{ids.name(pool_id)}: {count} nodes; allowed: {low} to {high}, its minCount and maxCount.",
                )
            pool["count"] = count
        self._settling.bring_nodes_in_line(pool_id)

    def upgrade_pool(self, pool_id: str, version: str) -> Object:
        """What `az aks nodepool upgrade` does, also to an inline pool of AKS; waits for it. Returns the outputs.

        Refused like any update of a pool. Raises `AzureError`.
        """
        record = self._world().find(pool_id)
        if record is None or record["token"] != POOL:
            raise AzureError(404, "ResourceNotFound", f"there is no AKS pool {pool_id}")
        cluster = ids.place(pool_id)
        kept = {key: record["properties"][key] for key in _KEPT_BY_UPGRADES if key in record["properties"]}
        inputs = {
            **kept,
            "resourceGroupName": cluster.resource_group,
            "resourceName": ids.name(ids.parent(pool_id) or ""),
            "agentPoolName": ids.name(pool_id),
            "orchestratorVersion": version,
        }
        operation = self.begin_put(POOL, record["id"], inputs, create=False)
        return self.wait(operation, threading.Event()) or {}

    def change(self, resource_id: str, properties: Object) -> None:
        """What somebody else does in the portal: set top-level properties, past all rules."""
        with self._store.transaction() as state:
            record = World(state, self._clock()).find(resource_id)
            if record is None:
                raise AzureError(404, "ResourceNotFound", f"there is no {resource_id}")
            record["properties"].update(copy.deepcopy(properties))
        self._settling.bring_nodes_in_line(resource_id)

    def inject(self, *faults: Fault) -> None:
        """Add faults; without any, remove all."""
        with self._store.transaction() as state:
            chance.add(state, faults)

    def quotas(self, limits: Mapping[str, int]) -> None:
        """Set vCPU quotas by family (`standardDDSv5Family`) or `cores`; `REGION/FAMILY` for one region."""
        with self._store.transaction() as state:
            state["quotas"].update(limits)

    # --- how ---

    def _settings(self) -> Settings:
        return Settings.of(self._store.settings())

    def _world(self) -> World:
        return World(self._store.read(), self._clock())

    def _outputs(self, resource_id: str) -> Object | None:
        world = self._world()
        record = world.find(resource_id)
        return None if record is None else shapes.outputs(world, record)

    @contextmanager
    def _request(self, operation: str, token: str, resource_id: str) -> Iterator[tuple[World, list[Fault]]]:
        """One request, in one transaction: struck by faults first, its answer logged last, refused or not."""
        refused: AzureError | None = None
        with self._store.transaction() as state:
            # A refusal changes nothing but buckets: the rules work on a copy of what they may have begun to change.
            draft = copy.deepcopy(state)
            try:
                faults = chance.struck(draft, token, resource_id, operation)
                state["faults"] = copy.deepcopy(draft["faults"])
                for fault in faults:
                    if fault.phase == "request" and fault.status:
                        raise chance.error(fault, label(token, resource_id))
                world = World(draft, self._clock())
                # Another thread's, begun and due since the last look: an instant operation is never in the way.
                lifecycle.end_due(world)
                yield world, faults
                state.update(draft)
            except AzureError as error:
                refused = error
                state["buckets"] = draft["buckets"]
            status, code = (refused.status, refused.code) if refused else (202, "Accepted")
            state["log"].append([operation, resource_id, status, code])
        if refused is not None:
            raise refused

    def _changed(
        self, world: World, kind: ArmType, resource_id: str, inputs: Object, properties: Object, found: Object | None
    ) -> Object:
        """The record with its new properties, and its parts, in the state."""
        if found is None:
            key = ids.key(resource_id)
            world.state["births"][key] = world.state["births"].get(key, 0) + 1
            if _is_vault(kind):
                world.state["deleted"].pop(ids.name(resource_id).lower(), None)
            record: Object = {
                "id": resource_id,
                "token": kind.token,
                "arm": ids.arm_name(resource_id) if kind.token == GENERIC else kind.name,
                "state": "Creating",
                "facts": birth.facts(world, kind, resource_id, properties, self._tenant),
                "seeded": False,
                "owner": None,
                "born": False,
                "digests": {},
            }
            world.add(record)
            if is_cluster(record) and self._kubeconfig is not None:
                record["kubeconfig"] = str(self._kubeconfig)
        else:
            record = found
        record["properties"] = properties
        record["digests"] = digests.of(kind, inputs, record["digests"])
        for part in birth.parts(world, record):
            before = world.find(part["id"])
            if before is None:
                own = part["properties"].get("orchestratorVersion")
                version = versions.exact(own) if own else record["facts"].get("version")
                part["facts"] = {"guid": world.generated(part["id"], "guid"), "version": version}
                world.add(part)
            elif before.get("owner"):
                before["properties"].update(part["properties"])
        return record

    def _begin(self, world: World, kind: Kind, record: Object, faults: list[Fault]) -> Operation:
        later = [fault for fault in faults if fault.phase == "operation" and fault.status]
        error = vars(chance.error(later[0], label(record["token"], record["id"]))) if later else None
        seconds = self._settings().duration(record["token"], kind) + sum(fault.seconds for fault in faults)
        going = world.below(record["id"]) if kind == "delete" else []
        touches = any(nodes.kubeconfig_of(world, item) for item in [record, *going] if nodes.affects_nodes(item))
        operation = lifecycle.begin(world, kind, record, seconds=seconds, error=error, nodes=touches)
        return Operation(number=operation["number"], kind=kind, token=operation["token"], resource_id=operation["id"])


def _is_vault(kind: ArmType) -> bool:
    return kind.token == "azure-native:keyvault:Vault"


def _refuse_by_existence(token: str, resource_id: str, found: Object | None, *, create: bool) -> None:
    if create and found is not None:
        raise AzureError(
            409,
            "ResourceAlreadyExists",
            f"cannot create already existing resource '{resource_id}'. Import it, choose another name, or delete it.",
        )
    if not create and found is None:
        raise AzureError(
            404,
            "ResourceNotFound",
            f"{label(token, resource_id)} was not found, so it cannot be changed. Run a refresh, which finds it gone.",
        )


def _refuse_inputs(kind: ArmType, resource_id: str, inputs: Object) -> None:
    found = refusals(kind.token, inputs)
    if found:
        told = "; ".join(str(refusal) for refusal in found)
        raise AzureError(400, found[0].code, f"{label(kind.token, resource_id)}: {told}")
