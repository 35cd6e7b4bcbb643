"""Names: what each system takes, and one function that makes a name fit.

Owns the limits of Azure's node pools, registries and vaults, of Kubernetes names and labels, and of runner scale sets.

Refuses to truncate: cutting `windows-build-a` and `windows-build-b` to the same 12 characters is how two things get
one name. A name that must be changed gets a hash of the whole, so it is the same in each run and differs from others.
"""

from __future__ import annotations

import hashlib
import re
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
    KUBERNETES,
    LABEL_VALUE,
    RUNNER_SCALE_SET,
    REGISTRY,
    STACK,
    VAULT,
)


def fit(limit: Limit, *parts: str) -> str:
    """The parts joined by the limit's separator: unchanged when that is legal, else shortened and hashed.

    Two inputs whose joined texts differ get different names, up to the chance of a hash collision (1 in 1.6 million for
    the 6 characters of a Windows pool, 1 in 2.8 million million where there is room).
    """
    joined = limit.separator.join(parts)
    if limit.allows(joined):
        return joined
    room = limit.longest - limit.hash_length - len(limit.separator)
    head = _cleaned(limit, joined)[:room].rstrip("-")
    return f"{head}{limit.separator}{_digest(joined, limit.hash_length)}"


def suggestion(limit: Limit, name: str) -> str:
    """A legal name close to `name`, for a message: cut, not hashed, as a person will judge it."""
    clean = _cleaned(limit, name)[: limit.longest].rstrip("-")
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
