"""What the policy pack adds to a preview: against a pack of the same servicer that has no rules.

Owns the program that is previewed: a thousand resources of the kinds that most rules are for, all of which pass. An
echo provider makes them, so that little but the engine and the pack is timed. The engine itself starts the packs, so
that their processor time is counted with its own: on a busy machine that is the steadier figure.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.echo_provider import echoing
from bench.policy_resources import CONFIGURATION, resources
from bench.timing import paired
from sandbox.plugins.install import install
from toolchain import binaries

ROOT: Final = Path(__file__).resolve().parents[1]
PROGRAM: Final = Path(__file__).parent / "programs" / "given_resources"
RESOURCES: Final = 1000
GOAL: Final = 2.0
"""Milliseconds a resource."""
EMPTY: Final = """\
#!{python}
import sys

sys.path.insert(0, {root!r})

from policy.server import serve

serve(())
"""


@dataclass(frozen=True, kw_only=True)
class Previews:
    """`pulumi preview` of the program with one pack."""

    pulumi: Path
    pack: Path
    folder: Path
    variables: Mapping[str, str]
    configuration: Path | None = None

    processor: list[float] = field(default_factory=list)
    """Seconds of each run, of the engine, the program and the pack."""

    def run(self) -> None:
        """One preview; one that fails ends the benchmark."""
        more = [] if self.configuration is None else ["--policy-pack-config", str(self.configuration)]
        before = _processor_seconds()
        self.command("preview", "--policy-pack", str(self.pack), *more, "--suppress-outputs")
        self.processor.append(_processor_seconds() - before)

    def command(self, *command: str) -> None:
        """Any command on the stack."""
        arguments = [str(self.pulumi), *command, "--cwd", str(PROGRAM), "--stack", "bench", "--non-interactive"]
        done = subprocess.run(arguments, env=dict(self.variables), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"pulumi {command[0]} fails:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def policies(folder: Path, *, runs: int) -> None:
    """One line: milliseconds a resource."""
    folder.mkdir()
    (folder / "resources.json").write_text(json.dumps(list(resources(RESOURCES))))
    home = folder / "home"
    found = install(
        home, python=Path(sys.executable), pulumi=binaries.ensure(["pulumi"])["pulumi"], variables=os.environ
    )
    with echoing("kubernetes", "azure-native") as provider:
        inherited = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
        variables = {
            **inherited,
            **found.environment,
            **provider,
            "GIVEN_RESOURCES": str(folder),
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_HOME": str(home),
        }
        configuration = folder / "configuration.json"
        configuration.write_text(json.dumps(CONFIGURATION))
        ours = Previews(
            pulumi=found.pulumi,
            pack=ROOT / "policy" / "serve",
            folder=folder,
            variables=variables,
            configuration=configuration,
        )
        empty = Previews(pulumi=found.pulumi, pack=_empty_pack(folder), folder=folder, variables=variables)
        empty.command("stack", "init", "--no-select")
        times = paired(Previews.run, ours, empty, runs=runs)
    each = _per_resource(times.ours, times.other)
    used = _per_resource(ours.processor[1:], empty.processor[1:])
    wall, floor = statistics.median(times.ours), statistics.median(times.other)
    print(
        f"policy pack, preview of {RESOURCES} resources, above an empty pack: {each:.2f} ms a resource "
        f"(goal {GOAL:.2f}), {used:.2f} ms of a processor; {wall:.2f} s to {floor:.2f} s, {runs} runs",
        flush=True,
    )


def _per_resource(ours: Sequence[float], other: Sequence[float]) -> float:
    """Milliseconds above the other, the median of the pairs."""
    return statistics.median(1000 * (a - b) / RESOURCES for a, b in zip(ours, other, strict=True))


def _empty_pack(folder: Path) -> Path:
    pack = folder / "empty-pack"
    pack.write_text(EMPTY.format(python=sys.executable, root=str(ROOT)))
    pack.chmod(0o755)
    return pack


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
