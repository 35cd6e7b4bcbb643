"""`pool-no-public-access`: nobody reaches a node from the internet, nor with a key of its own.

No remedy: the address of its nodes replaces a pool, and without the key whoever works by SSH is locked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Verdict
from rules.policies.node_pools.purpose import each
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "pool-no-public-access"


def _address(pool: Pool, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("enableNodePublicIP")
    if pool.platform == "aks" and node.flag():
        yield Problem(
            rule=ID,
            path=node.path,
            given="true",
            allowed="false",
            fix="remove it, which takes another pool, and let nodes leave by the cluster's way out",
        )


def _ssh(pool: Pool, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("securityProfile", "sshAccess")
    if pool.platform != "aks" or (not node.is_given and not context.options["sshAccessSaid"]) or pool.is_windows():
        return
    if (node.text("LocalUser") or "").casefold() == "localuser":
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else f"{NOTHING}, which is LocalUser",
            allowed='"Disabled"',
            fix='write "Disabled", and use `kubectl debug node/NAME` where somebody must look',
        )


# No remedies: Azure cannot take the addresses from a pool that is there, and nodes are reimaged for another SSH access.
RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="nodes have no public addresses, and no SSH with a key of their own",
    why="A build node runs code under test: an address that the internet reaches is one more way in, and out past the "
    "firewall.",
    fix="Remove enableNodePublicIP, and sshAccess: LocalUser.",
    severity="critical",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_address, _ssh)),
    options={
        "sshAccessSaid": Option(
            default=False,
            schema={
                "type": "boolean",
                "description": "whether a Linux pool must say its SSH access, and not have LocalUser by default",
            },
        )
    },
    references=(
        Reference(framework="Checkov", id="CKV_AZURE_143"),
        Reference(framework="Azure Policy", id="28257686"),
    ),
)
