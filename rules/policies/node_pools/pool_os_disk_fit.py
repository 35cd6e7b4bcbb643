"""`pool-os-disk-fit`: the nodes' disk holds what builds put on it, and is one that the machine has.

Azure Local has no setting for disks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules import pool_size
from rules.policies.azure import Pool, pools
from rules.policies.node import Verdict
from rules.policies.node_pools.facts import platform_facts, pool_facts, require, told
from rules.policies.node_pools.purpose import each, purpose
from rules.policies.rule import ADVISORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "pool-os-disk-fit"


def _holds_images(pool: Pool, context: Context) -> Iterator[Verdict]:
    found = list(told(ID, pool_size.os_disk(platform_facts(pool, context), pool_facts(pool))))
    yield from found
    if found or pool.platform != "aks" or not pool.is_windows() or purpose(pool) != "build":
        return
    node = pool.body.get("osDiskSizeGB")
    size, least = node.number(), context.options["windowsBuildGB"]
    if size is None or size < least:
        yield Problem(
            rule=ID,
            path=node.path,
            given=NOTHING if size is None else given(size),
            allowed=f"{least} GB or more on a Windows build pool: Docker keeps its images beside the system",
            fix=f"write {least}; it takes another pool, as Azure cannot change the disk of one",
        )


def _ephemeral(pool: Pool, context: Context) -> Iterator[Verdict]:
    if pool.platform != "aks" or pool.body.get("osDiskType").text() != "Ephemeral":
        return
    found = list(told(ID, pool_size.ephemeral_disk(platform_facts(pool, context), pool_facts(pool))))
    yield from found
    if not found:
        require(pool, "vmSize", "osDiskSizeGB")


def _encrypted(pool: Pool, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("enableEncryptionAtHost")
    if context.options["encryptionAtHost"] and pool.platform == "aks" and not node.flag(False):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="true",
            fix="write true; it takes another pool, and the feature EncryptionAtHost of the subscription",
        )


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="a node's disk holds what builds put on it",
    why="Base images of Windows take 5 to 20 GB each. A node whose disk is full evicts its pods, and the disk of a "
    "pool cannot be changed.",
    fix="Write osDiskSizeGB: 256 on Windows build pools, and Ephemeral only where the machine's own disk is as large.",
    severity="medium",
    levels=ADVISORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_holds_images, _ephemeral, _encrypted)),
    options={
        "windowsBuildGB": Option(
            default=256,
            schema={"type": "integer", "minimum": 1, "description": "least disk of a Windows build node, in GB"},
        ),
        "encryptionAtHost": Option(
            default=False,
            schema={
                "type": "boolean",
                "description": "whether caches and temporary disks must be encrypted at the host, which the "
                "subscription must have enabled and not every size can",
            },
        ),
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000287"),
        Reference(framework="Checkov", id="CKV_AZURE_226"),
        Reference(framework="Checkov", id="CKV_AZURE_227"),
        Reference(framework="Azure Policy", id="41425d9f"),
    ),
)
