"""Windows container images and the Windows Server of the nodes they land on.

A container without a virtual machine of its own (process isolation, which is all that AKS has) runs only on hosts that
its base image was made for. HostProcess containers run on any, so theirs are not looked at. An image whose name does
not tell its Windows is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.problem import Problem
from rules.tables.windows import CONTAINER_BUILDS, CONTAINER_RELEASES, WINDOWS_SKUS
from rules.words import given, listed

_FAMILY = re.compile(r"ltsc(20(?:19|22|25))(?![0-9])")
# A build alone may be the number of somebody's pipeline run.
_BUILD = re.compile(r"(?<![0-9])10\.0\.(" + "|".join(CONTAINER_BUILDS) + r")(?![0-9])")
_RELEASE = re.compile(r"(?:^|-)(" + "|".join(CONTAINER_RELEASES) + r")(?:-|$)")


def family(image: str) -> str | None:
    """The Windows that an image is made on, as its tag or repository tells: `ltsc2022`; `None` where neither does."""
    text = image.split("@")[0].lower()
    name, _, tag = text.rpartition(":")
    if "/" in tag:  # no tag, and a port before the path
        name, tag = text, ""
    for part in (tag, name or text):
        found = _FAMILY.search(part)
        if found:
            return f"ltsc{found[1]}"
        build = _BUILD.search(part)
        if build:
            return CONTAINER_BUILDS[build[1]]
    release = _RELEASE.search(tag)
    return CONTAINER_RELEASES[release[1]] if release else None


def runs_on(image: str, os_sku: str) -> bool:
    """Whether an image runs on a Windows Server, as far as its name tells: one that tells nothing may."""
    made_on = family(image)
    sku = WINDOWS_SKUS.get(os_sku)
    return made_on is None or sku is None or made_on in sku.container_tags


def fits(path: str, image: str, os_sku: str, pool: str) -> Iterator[Problem]:
    """The image runs on the nodes of a pool."""
    made_on = family(image)
    sku = WINDOWS_SKUS.get(os_sku)
    if runs_on(image, os_sku) or made_on is None or sku is None:
        return
    hosts = [other.name for other in WINDOWS_SKUS.values() if made_on in other.container_tags]
    yield Problem(
        rule="image-windows",
        path=path,
        given=f"{given(image)}, made on {made_on}, for pool {given(pool)} of {os_sku}",
        allowed=f"images made on {listed(sku.container_tags)} for pools of {os_sku}: a Windows container runs only on "
        "the Windows Server that it is made for",
        fix=f"rebuild the image on {sku.container_tags[0]}"
        + (f", or name a pool of {listed(hosts)}" if hosts else "; no Windows Server of AKS runs it any more"),
    )
