"""The names of Azure's virtual machine sizes, and what they tell: processors, family, features.

Owns the only reading of such a name. Source: Microsoft Learn "Azure virtual machine sizes naming conventions"
(family, sub-family, vCPUs, constrained vCPUs, features, accelerator, version), as known on 2026-11-22. Names of quotas
are those of `az vm list-usage`; those of D, DS, E, F, L and NV were compared with lists in public sources that day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rules.tables import vm_sizes

_NAME = re.compile(
    r"Standard_(?P<family>[A-Z]+)(?P<number>[0-9]+)(?:-(?P<constrained>[0-9]+))?(?P<features>[a-z]*)"
    r"(?:_(?P<accelerator>(?!v[0-9])[A-Za-z0-9]+))?(?:_v(?P<version>[0-9]+))?(?:_Promo)?"
)


@dataclass(frozen=True, kw_only=True)
class VmSize:
    """One size, as its name tells it."""

    name: str
    family: str
    """Capital letters before the number: `D` of `Standard_D8ds_v5`."""
    features: str
    """Small letters after it: `ds`."""
    accelerator: str
    version: int
    """1 where the name has none."""
    vcpus: int
    whole_vcpus: int
    """Of the machine that a size with constrained processors is cut from; else the same."""

    @property
    def burstable(self) -> bool:
        """Whether the processors are lent by credit, which a busy node has used up."""
        return self.family == "B"

    @property
    def arm(self) -> bool:
        """Whether the processor is an Arm one."""
        return "p" in self.features

    @property
    def confidential(self) -> bool:
        """Whether the machine's memory is closed to its host."""
        return self.family in vm_sizes.CONFIDENTIAL_FAMILIES

    @property
    def second_generation_only(self) -> bool:
        """Whether it boots images of generation 2 alone."""
        return self.version >= vm_sizes.GENERATION_2_FROM

    @property
    def local_disk(self) -> bool:
        """Whether the machine has a disk of its own, or a cache, that an ephemeral disk can be on."""
        since = vm_sizes.DISK_IS_A_FEATURE_FROM.get(self.family)
        return since is None or self.version < since or "d" in self.features

    @property
    def temporary_drive(self) -> bool:
        """Whether Windows finds a disk of the machine's own with a file system on it, as drive D:."""
        return self.local_disk and self.version < vm_sizes.TEMPORARY_DISK_IS_RAW_FROM

    @property
    def ephemeral_gb(self) -> int | None:
        """The largest ephemeral disk of the operating system, in GB; `None` where the table does not know."""
        each = vm_sizes.EPHEMERAL_GB_PER_VCPU.get((self.family, self.features, self.version))
        return None if each is None else int(each * self.whole_vcpus)

    @property
    def os_disk_gb(self) -> int:
        """The managed disk that AKS gives a node of this size where none is asked for, in GB."""
        return next(size for least, size in vm_sizes.OS_DISK_GB if self.vcpus >= least)

    @property
    def quota(self) -> str:
        """The family as its quota is called, for example `standardDDSv5Family`. Compare without case."""
        features = "s" if self.family == "B" and self.version == 1 else self.features
        version = f"v{self.version}" if self.version > 1 else ""
        return f"standard{self.family}{features.upper()}{self.accelerator}{version}Family"


@cache
def parse(name: str) -> VmSize | None:
    """The size of that name; `None` for what is no name of a size."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    version = int(match["version"] or 1)
    number = int(match["number"])
    whole = vm_sizes.OLD_VCPUS.get((match["family"], version), {}).get(number, number)
    return VmSize(
        name=name,
        family=match["family"],
        features=match["features"],
        accelerator=match["accelerator"] or "",
        version=version,
        vcpus=int(match["constrained"] or whole),
        whole_vcpus=whole,
    )


def vcpus(name: str) -> int | None:
    """Processors of a size; `None` where the name does not tell."""
    local = vm_sizes.AZURE_LOCAL_VCPUS.get(name)
    if local is not None:
        return local
    size = parse(name)
    return None if size is None else size.vcpus
