"""Names: what each system takes, and one function that makes a name fit.

Owns the limits of Azure's resources, of Kubernetes names and labels, and of runner scale sets. Azure's are in
Microsoft Learn "Naming rules and restrictions for Azure resources", as known on 2026-11-22; those of node pools,
clusters, groups, registries and vaults in Azure/azure-resource-manager-schemas, read 2026-08-16. Ours are narrower:
lower-case letters, digits and single hyphens do everywhere.

Refuses to truncate: cutting `windows-build-a` and `windows-build-b` to the same 12 characters is how two things get
one name. A name that must be changed gets a hash of the whole, so it is the same in each run and differs from others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What one system takes for a name. `separator` joins parts; where it is empty, letters and digits are all."""

    what: str
    words: str
    """The limit in plain words."""
    shortest: int
    longest: int
    separator: str
    letter_first: bool
    hash_length: int

    def allows(self, name: str) -> bool:
        """Whether the name may be used as it is."""
        first = "[a-z]" if self.letter_first else "[a-z0-9]"
        rest = f"({self.separator}?[a-z0-9])*" if self.separator else "[a-z0-9]*"
        return self.shortest <= len(name) <= self.longest and re.fullmatch(first + rest, name) is not None


AKS_POOL: Final = Limit(
    what="a node pool on AKS",
    words="1 to 12 lower-case letters and digits, starting with a letter (AKS, Linux pools)",
    shortest=1,
    longest=12,
    separator="",
    letter_first=True,
    hash_length=5,
)
AKS_WINDOWS_POOL: Final = Limit(
    what="a Windows node pool on AKS",
    words="1 to 6 lower-case letters and digits, starting with a letter (AKS, Windows pools)",
    shortest=1,
    longest=6,
    separator="",
    letter_first=True,
    hash_length=4,
)
AZURE_LOCAL_POOL: Final = Limit(
    what="a node pool on Azure Local",
    words="3 to 12 lower-case letters and digits, starting with a letter (AKS on Azure Local)",
    shortest=3,
    longest=12,
    separator="",
    letter_first=True,
    hash_length=5,
)
KUBERNETES: Final = Limit(
    what="a Kubernetes object",
    words="1 to 63 lower-case letters, digits and single hyphens, starting with a letter and not ending in a hyphen",
    shortest=1,
    longest=63,
    separator="-",
    letter_first=True,
    hash_length=8,
)
LABEL_VALUE: Final = Limit(
    what="a Kubernetes label value",
    words="1 to 63 lower-case letters, digits and single hyphens, not starting or ending with a hyphen",
    shortest=1,
    longest=63,
    separator="-",
    letter_first=False,
    hash_length=8,
)
# The listener is called NAME, a hyphen, eight digits and "-listener", and a Kubernetes name has 63 characters.
# actions/actions-runner-controller charts/gha-runner-scale-set 0.14.2, read 2026-06-30.
RUNNER_SCALE_SET: Final = Limit(
    what="a runner scale set",
    words="1 to 45 lower-case letters, digits and single hyphens, starting with a letter and not ending in a hyphen",
    shortest=1,
    longest=45,
    separator="-",
    letter_first=True,
    hash_length=8,
)
REGISTRY: Final = Limit(
    what="an Azure container registry",
    words="5 to 50 letters and digits",
    shortest=5,
    longest=50,
    separator="",
    letter_first=True,
    hash_length=8,
)
VAULT: Final = Limit(
    what="an Azure key vault",
    words="3 to 24 letters, digits and single hyphens, starting with a letter and not ending in a hyphen",
    shortest=3,
    longest=24,
    separator="-",
    letter_first=True,
    hash_length=8,
)


def _azure(what: str, longest: int, shortest: int = 1) -> Limit:
    return Limit(
        what=what,
        words=f"{shortest} to {longest} lower-case letters, digits and single hyphens, starting with a letter and not "
        "ending in a hyphen",
        shortest=shortest,
        longest=longest,
        separator="-",
        letter_first=True,
        hash_length=8,
    )


RESOURCE_GROUP: Final = _azure("an Azure resource group", 90)
NODE_RESOURCE_GROUP: Final = _azure("the resource group of an AKS cluster's nodes", 80)
CLUSTER: Final = _azure("an AKS cluster", 63)
DNS_PREFIX: Final = _azure("the DNS prefix of an AKS cluster", 54)
CONNECTED_CLUSTER: Final = _azure("a connected cluster", 63)
VIRTUAL_NETWORK: Final = _azure("an Azure virtual network", 64, 2)
SUBNET: Final = _azure("a subnet", 80)
NETWORK_SECURITY_GROUP: Final = _azure("a network security group", 80)
NAT_GATEWAY: Final = _azure("a NAT gateway", 80)
PUBLIC_ADDRESS: Final = _azure("a public IP address", 80)
IDENTITY: Final = _azure("a user-assigned identity", 128, 3)
FEDERATED_CREDENTIAL: Final = _azure("a federated identity credential", 120, 3)
WORKSPACE: Final = _azure("a Log Analytics or Azure Monitor workspace", 63, 4)
DATA_COLLECTION: Final = _azure("a data collection rule or endpoint", 44, 3)
BUDGET: Final = _azure("a budget", 63)
POLICY_ASSIGNMENT: Final = _azure("a policy assignment at a resource group", 64)

STACK: Final = Limit(
    what="a Pulumi stack",
    words="1 to 40 lower-case letters, digits and single hyphens, not starting or ending with a hyphen",
    shortest=1,
    longest=40,
    separator="-",
    letter_first=False,
    hash_length=8,
)

LIMITS: Final = (
    AKS_POOL,
    AKS_WINDOWS_POOL,
    AZURE_LOCAL_POOL,
    BUDGET,
    CLUSTER,
    CONNECTED_CLUSTER,
    DATA_COLLECTION,
    DNS_PREFIX,
    FEDERATED_CREDENTIAL,
    IDENTITY,
    KUBERNETES,
    LABEL_VALUE,
    NAT_GATEWAY,
    NETWORK_SECURITY_GROUP,
    NODE_RESOURCE_GROUP,
    POLICY_ASSIGNMENT,
    PUBLIC_ADDRESS,
    RUNNER_SCALE_SET,
    REGISTRY,
    RESOURCE_GROUP,
    STACK,
    SUBNET,
    VAULT,
    VIRTUAL_NETWORK,
    WORKSPACE,
)

_POOL_SUFFIX: Final = {AKS_POOL: 4, AKS_WINDOWS_POOL: 2}
"""Characters of a pool's name that tell it from the pool which takes its place. Where the name leaves more, up to 4."""


def fit(limit: Limit, *parts: str) -> str:
    """The parts joined by the limit's separator: unchanged when that is legal, else shortened and hashed.

    Two inputs whose joined texts differ get different names, up to the chance of a hash collision (1 in 1.6 million for
    the 6 characters of a Windows pool, 1 in 2.8 million million where there is room).
    """
    joined = limit.separator.join(parts)
    if limit.allows(joined):
        return joined
    return _hashed(limit, joined, joined)


def unique(limit: Limit, *parts: str, scope: str) -> str:
    """The parts joined, and always a hash of them and of `scope`: for names that nobody else in Azure may have.

    `scope` tells apart what says the same elsewhere: the id of the subscription.
    """
    joined = limit.separator.join(parts)
    return _hashed(limit, joined, f"{scope}/{joined}")


def longest_replaceable(limit: Limit) -> int:
    """The longest name of a pool that another can stand beside: 8 characters for Linux, 4 for Windows."""
    return limit.longest - _POOL_SUFFIX[limit]


def pool_name(limit: Limit, name: str, immutable: Mapping[str, object]) -> str:
    """The name in Azure of a pool that is created before the old one is deleted: a change of `immutable` is another.

    Args:
        limit: `AKS_POOL` or `AKS_WINDOWS_POOL`.
        name: the pool's name in the stack file, at most `longest_replaceable(limit)` characters.
        immutable: what Azure cannot change, as JSON has it; keys in any order, `None` as good as left out.

    Raises:
        ValueError: the name leaves no room.
    """
    if len(name) > longest_replaceable(limit):
        raise ValueError(f"{name!r} leaves no room: at most {longest_replaceable(limit)} characters for {limit.what}")
    known = {key: value for key, value in immutable.items() if value is not None}
    text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return f"{name}{_digest(text, min(4, limit.longest - len(name)))}"


def _hashed(limit: Limit, joined: str, hashed: str) -> str:
    room = limit.longest - limit.hash_length - len(limit.separator)
    head = _cleaned(limit, joined)[:room].rstrip("-")
    return f"{head}{limit.separator}{_digest(hashed, limit.hash_length)}"


def suggestion(limit: Limit, name: str) -> str:
    """A legal name close to `name`, for a message: cut or continued, not hashed, as a person will judge it."""
    clean = _cleaned(limit, name)[: limit.longest].rstrip("-")
    if len(clean) < limit.shortest:
        clean = f"{clean}{limit.separator}pool"
    return clean if limit.allows(clean) else fit(limit, name)


def _cleaned(limit: Limit, text: str) -> str:
    words = re.findall("[a-z0-9]+", text.lower())
    clean = limit.separator.join(words)
    if limit.letter_first and not clean[:1].isalpha():
        clean = f"x{clean}"
    return clean or "x"


def _digest(text: str, length: int) -> str:
    # "surrogatepass": any Python text must get a name, even one that is not valid Unicode.
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
