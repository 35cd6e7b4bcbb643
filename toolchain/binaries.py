"""The pinned binaries: found on the machine, or built once from source.

Owns the order of business: look at everything first, refuse what cannot be done before anything is begun, then build
what is missing, one binary after the other, each with all cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain import build, cache, found, golang, modules
from toolchain.found import Found
from toolchain.pins import ESTIMATES_SEEN_ON, PINS, Pin, pin
from toolchain.progress import duration, say


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one binary comes from, or that it has to be built."""

    pin: Pin
    found: Found | None
    passed: str
    """Why a binary of that name on the machine is not used; often empty."""


def pinned_version(name: str) -> str:
    """The version that is built where none is found, as in go.mod: for example `v1.36.3`."""
    return pin(name).version


def ensure(names: Sequence[str] = tuple(PINS)) -> dict[str, Path]:
    """The absolute paths of the binaries `names`, in that order; what the machine lacks is built, which takes minutes.

    Names are those of `toolchain.pins.PINS`. Progress goes to standard error; where all is there, nothing is printed.
    Raises MissingPrerequisite before anything is begun, ToolchainError when a build fails.
    """
    standings = survey(names)
    built = build_missing(standings)
    paths = {s.pin.name: s.found.path for s in standings if s.found} | built
    return {name: paths[name] for name in names}


def survey(names: Sequence[str] = tuple(PINS)) -> list[Standing]:
    """Where each binary comes from, in the order of building; changes nothing.

    Raises MissingPrerequisite if something must be built and cannot be.
    """
    wanted = {pin(name).name for name in names}
    standings = [_standing(p) for p in PINS.values() if p.name in wanted]
    if any(s.found is None for s in standings):
        _require_go(standings)
        cache.folder("tools")
    return standings


def seconds_to_build(standings: Sequence[Standing]) -> int:
    """The estimate for what is missing."""
    return sum(s.pin.estimate for s in standings if s.found is None)


def build_missing(standings: Sequence[Standing]) -> dict[str, Path]:
    """Builds what a survey found missing."""
    missing = [s for s in standings if s.found is None]
    if not missing:
        return {}
    say(
        f"{len(missing)} to build from source, once, into {cache.directory()}: "
        f"about {duration(seconds_to_build(missing))} on {ESTIMATES_SEEN_ON}, and the downloads."
    )
    built = {}
    try:
        for number, standing in enumerate(missing, start=1):
            wanted = standing.pin
            title = f"[{number}/{len(missing)}] {wanted.name} {wanted.version}"
            if standing.passed:
                say(f"{title}: is built because {standing.passed}")
            go = golang.require([modules.required_go(wanted.folder)], f"to build {wanted.name}")
            with cache.lock("build", f"builds {wanted.name} {wanted.version}"):
                path = build.cached(wanted, go)
                if path:
                    say(f"{title}: built by another process meanwhile")
                built[wanted.name] = path or build.build(wanted, go, title, seconds_to_build(missing[number:]))
    except KeyboardInterrupt:
        say("\nInterrupted. Nothing partial is left; the next run resumes: Go keeps the packages that it has compiled.")
        raise
    return built


def _standing(wanted: Pin) -> Standing:
    looked = found.look(wanted)
    if isinstance(looked, Found):
        return Standing(pin=wanted, found=looked, passed="")
    path = build.cached(wanted, golang.find([modules.required_go(wanted.folder)]))
    return Standing(pin=wanted, found=Found(path=path, origin="cache") if path else None, passed=looked.reason)


def _require_go(standings: Sequence[Standing]) -> None:
    missing = [s.pin for s in standings if s.found is None]
    otherwise = []
    if any(p.name == "pulumi" for p in missing):
        number = pinned_version("pulumi").removeprefix("v")
        otherwise.append(f"for pulumi, have Pulumi {number} or newer on PATH (https://www.pulumi.com/docs/install/)")
    if any(p.control_plane for p in missing):
        otherwise.append(f"for the control plane, set {found.ASSETS_VARIABLE} to a directory that has it")
    needed = [modules.required_go(p.folder) for p in missing]
    golang.require(needed, f"to build {', '.join(p.name for p in missing)}", "; or ".join(otherwise))
