"""`windows-image-matches-pool`: a Windows container is made for the Windows Server of its nodes.

Owns which Windows Server a pod will land on: that of the fleet's pools that its selector names, else what the selector
says itself. What an image is made on is read from its name (`rules.windows_images`); one that does not tell is let be.
HostProcess containers run on any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Verdict, each_known
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import asked, asks_for, literal
from rules.tables.windows import CONTAINER_BUILDS, CONTAINER_RELEASES, WINDOWS_SKUS
from rules.windows_images import fits

ID: Final = "windows-image-matches-pool"
_SKU_LABEL: Final = "kubernetes.azure.com/os-sku"
_BUILD_LABEL: Final = "node.kubernetes.io/windows-build"
_SKU_BY_BUILD: Final = {sku.build: sku.name for sku in WINDOWS_SKUS.values()}


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(pod.namespace()) is None or pod.host_process():
        return
    servers = _servers(pod, context.fleet)

    def runs(container: Container) -> Iterator[Verdict]:
        image = container.node.get("image")
        text = image.text()
        if text:
            found = (problem for pool, sku in servers.items() for problem in fits(image.path, text, sku, pool))
            yield from (replace(problem, rule=ID) for problem in list(found)[:1])

    yield from each_known(pod.containers, runs)


def _servers(pod: Pod, fleet: Fleet) -> Mapping[str, str]:
    """Windows Server by pool, of every pool that may take the pod."""
    selector = pod.node_selector
    named = {pool.name: pool.os_sku for pool in fleet.pools_named(selector) if pool.os == "windows" and pool.os_sku}
    if named:
        return named
    if sku := selector.get(_SKU_LABEL):
        return {f"{_SKU_LABEL}={sku}": sku}
    build = selector.get(_BUILD_LABEL, "")
    return {f"{_BUILD_LABEL}={build}": _SKU_BY_BUILD[build]} if build in _SKU_BY_BUILD else {}


_FAMILY: Final = "ltsc20(19|22|25)([^0-9]|$)"
_BUILD: Final = rf"(^|[^0-9])10\\.0\\.({'|'.join(CONTAINER_BUILDS)})([^0-9]|$)"
_RELEASE: Final = f"(^|-)({'|'.join(CONTAINER_RELEASES)})(-|$)"
_MARK: Final = f"ltsc20(19|22|25)|{'|'.join((*CONTAINER_BUILDS, *CONTAINER_RELEASES))}"


def _marks(tags: tuple[str, ...]) -> list[str]:
    """What names of images say that are made on one of these."""
    others = {**CONTAINER_BUILDS, **CONTAINER_RELEASES}
    return [*tags, *(mark for mark, tag in others.items() if tag in tags)]


_RUNS: Final = literal({sku.name: _marks(sku.container_tags) for sku in WINDOWS_SKUS.values()})
_NAMED: Final = "variables.poolsNamed.filter(p, p.os == 'windows' && p.osSku != '').map(p, p.osSku)"
_TOLD: Final = (
    f"[?[{asks_for(_SKU_LABEL)} ? string({asked(_SKU_LABEL)}) : '', "
    f"{asks_for(_BUILD_LABEL)} ? {literal(_SKU_BY_BUILD)}[?{asked(_BUILD_LABEL)}].orValue('') : '']"
    ".filter(s, s != '')[?0]]"
)
# Pairs of the tag and the whole name, then the first mark in the order of `rules.windows_images.family`.
_MARKED: Final = (
    ".map(c, c.?image.orValue('').split('@')[0].lowerAscii())"
    ".map(t, [t.matches('[:/]') ? t.find(':[^/:]*$').replace(':', '') : t, t])"
    f".map(t, [t[0].find('{_FAMILY}'), t[0].find('{_BUILD}'), t[1].find('{_FAMILY}'), t[1].find('{_BUILD}'), "
    f"t[0].find('{_RELEASE}')].filter(m, m != ''))"
)

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="Windows images are made for the Windows Server of the pool that they run on",
    why="A Windows container runs only on hosts that its base image was made for. On others its pod fails after a "
    "pull of many gigabytes, and is tried again for ever.",
    fix="Build the image on the Windows Server of the pool, or place the pod on another pool.",
    severity="medium",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(Reference(framework="AKS", id="windows-best-practices"),),
    twins=(
        Twin(
            family="workloads",
            expression=f"variables.hostProcess || ({_NAMED}.size() > 0 ? {_NAMED} : dyn({_TOLD}))"
            f".all(s, variables.containers{_MARKED}"
            f".all(m, m.size() == 0 || !(s in {_RUNS}) || m[0].find('{_MARK}') in {_RUNS}[s]))",
            message="an image is made on another Windows Server than its pool's nodes run",
        ),
    ),
)
