"""What previews and updates cost, as ratios to what they could cost at least: `make bench`.

Whole commands of the real engine against the real API server of a sandbox of its own are timed. Seconds are this
machine's; ratios are what to compare. Goals are printed beside the figures and are not tests: a busy machine misses
them without anything being wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.policies import policies
from bench.timing import Paired, paired, seconds
from sandbox.engine import Engine
from sandbox.rehearsal import Rehearsal

PROGRAMS = Path(__file__).parent / "programs"
IMAGE = Path(__file__).parents[1] / "images" / "docker-engine"
OBJECTS = 4
"""Kubernetes objects of one runner set in mode `none`: service account, role, role binding, runner set."""
PREVIEWS = ((10, 3), (100, 3), (1000, 1))
UPDATES = ((10, 3), (100, 1))
"""(Runner sets, counted runs)."""
WHAT = ("dev", "preview", "up", "aks", "supervisor", "policies")


class Bench:
    """The engines that are timed, all against the sandbox of one stack."""

    def __init__(self, folder: Path, rehearsal: Rehearsal) -> None:
        self._folder = folder
        self._rehearsal = rehearsal

    def stack(self) -> Engine:
        """The engine of the stack."""
        return self._rehearsal.engine()

    def anew(self) -> Engine:
        """The stack with a state in which nothing is made yet."""
        return self._with_own_state(self.stack(), "anew", stack_file=self.stack().stack_file)

    def replay(self) -> Engine:
        """The resources of the stack by a bare loop."""
        engine = self.program("replay")
        latest = json.loads(self.stack().state_file.read_text())["checkpoint"]["latest"]
        (engine.directory / "replay.json").write_text(json.dumps(latest["resources"]))
        return engine

    def program(self, name: str, sets: int = 0) -> Engine:
        """The engine of one of our small programs, with a state of its own."""
        engine = replace(self.stack(), program=PROGRAMS / name, stack=f"n{sets}")
        return self._with_own_state(engine, f"{name}-{sets}")

    def _with_own_state(self, engine: Engine, name: str, stack_file: Path | None = None) -> Engine:
        own = replace(engine, directory=self._folder / name)
        if not own.directory.exists():
            own.directory.mkdir()
            (own.directory / "pulumi-home").symlink_to(engine.directory / "pulumi-home")
            own.prepare()
            if stack_file is not None:
                # With its encryption: the placeholders in it were encrypted by its salt.
                own.stack_file.write_bytes(stack_file.read_bytes())
        return own


@contextmanager
def brought_up(folder: Path, stack: str) -> Iterator[Bench]:
    """A bench on a stack that is up, so that its namespaces are there and its next `up` has nothing to do."""
    rehearsal = Rehearsal(stack)
    own = folder / stack
    own.mkdir()
    try:
        if rehearsal.up() != 0:
            raise SystemExit(f"the {stack} stack does not come up; see above")
        yield Bench(own, rehearsal)
    finally:
        rehearsal.erase()


def run(engine: Engine, *command: str) -> None:
    """Run one command to its end, unseen; a command that fails ends the benchmark."""
    if engine.run(*command, output=subprocess.DEVNULL) != 0:
        raise SystemExit(f"pulumi {' '.join(command)} of {engine.program} failed; run it by hand to see why")


def preview(engine: Engine) -> None:
    """One preview."""
    run(engine, "preview")


def up(engine: Engine) -> None:
    """One update."""
    run(engine, "up", "--yes", "--skip-preview")


def up_and_destroy(engine: Engine) -> float:
    """Seconds of an update alone; what it made is removed again, since the other program makes the same names."""
    taken = seconds(up, engine)
    run(engine, "destroy", "--yes", "--skip-preview")
    return taken


def dev_stack(bench: Bench) -> None:
    """The dev stack against a program that only imports the same modules, and against one that does nothing."""
    anew = paired(preview, bench.anew(), bench.replay(), runs=5)
    line("dev stack, preview of everything, to a bare loop that makes the same resources", anew, goal=1.15)
    dev = bench.stack()
    for title, command in (("preview", preview), ("up, nothing to do", up)):
        for other, program, goal in (
            ("a program with the same imports", "imports", 1.15),
            ("an empty program", "empty", None),
        ):
            line(f"dev stack, {title}, to {other}", paired(command, dev, bench.program(program), runs=5), goal)


def aks_stack(bench: Bench, runs: int) -> None:
    """Previews of the aks stack against a program that only imports the same modules of azure-native."""
    floor = bench.program("azure_modules")
    for title, engine in (("without a change", bench.stack()), ("of everything anew", bench.anew())):
        times = paired(preview, engine, floor, runs=runs)
        line(f"aks stack, preview {title}, to a program with the same azure-native imports", times, goal=1.5)
    line(
        "aks stack, preview without a change, to an empty program",
        paired(preview, bench.stack(), bench.program("empty"), runs=runs),
    )


def previews(bench: Bench, sizes: Sequence[tuple[int, int]]) -> None:
    """Runner sets against a bare loop over the SDK that makes the same objects."""
    floor = statistics.median(seconds(preview, bench.program("imports")) for _ in range(3))
    for sets, runs in sizes:
        ours, bare = bench.program("runner_sets", sets), bench.program("bare_loop", sets)
        per_object(sets, "preview", paired(preview, ours, bare, runs=runs, warm=runs > 1), floor)


def updates(bench: Bench, sizes: Sequence[tuple[int, int]]) -> None:
    """As `previews`, of updates that create everything."""
    floor = statistics.median(seconds(up, bench.program("imports")) for _ in range(3))
    for sets, runs in sizes:
        ours, bare = bench.program("runner_sets", sets), bench.program("bare_loop", sets)
        times = [(up_and_destroy(ours), up_and_destroy(bare)) for _ in range(runs)]
        pairs = Paired(ours=tuple(a for a, _ in times), other=tuple(b for _, b in times))
        per_object(sets, "up", pairs, floor)


def per_object(sets: int, title: str, times: Paired, floor: float) -> None:
    """Two lines: the whole command, and what an object costs above the floor."""
    line(f"{sets} runner sets ({sets * OBJECTS} objects), {title}, to a bare loop", times)
    each = 1000 * (statistics.median(times.ours) - floor) / (sets * OBJECTS)
    print(f"    per object, above the floor: {times.ratio_above(floor):.2f} (goal 1.05), {each:.1f} ms", flush=True)


def line(title: str, times: Paired, goal: float | None = None) -> None:
    """One figure."""
    goals = f" (goal {goal:.2f})" if goal else ""
    ours, other = statistics.median(times.ours), statistics.median(times.other)
    print(f"{title}: {times.ratio:.2f}{goals}, {ours:.2f} s to {other:.2f} s, {len(times.ours)} runs", flush=True)


def main(arguments: list[str]) -> int:
    """Run the comparisons, all or some."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Time previews and updates in a sandbox.")
    parser.add_argument("only", nargs="*", help=f"{', '.join(WHAT)}; default: all")
    parser.add_argument(
        "--quick", action="store_true", help="leave out the largest sizes, and run aks three times only"
    )
    options = parser.parse_args(arguments)
    wanted = options.only or WHAT
    if unknown := sorted(set(wanted) - set(WHAT)):
        parser.error(f"{', '.join(unknown)} is nothing to measure; allowed: {', '.join(WHAT)}")
    if "supervisor" in wanted:
        # Here: the supervisor's package is that of its image, and a benchmark of previews needs none of its libraries.
        sys.path.append(str(IMAGE))
        from bench.supervisors import supervisors

        supervisors(quick=options.quick)
    with tempfile.TemporaryDirectory(prefix="buildfleet-bench-") as name:
        folder = Path(name)
        if "policies" in wanted:
            policies(folder / "policies", runs=2 if options.quick else 5)
        os.environ["BUILDFLEET_SANDBOX"] = str(folder / "sandbox")
        if {"dev", "preview", "up"} & set(wanted):
            with brought_up(folder, "dev") as bench:
                if "dev" in wanted:
                    dev_stack(bench)
                if "preview" in wanted:
                    previews(bench, PREVIEWS[:-1] if options.quick else PREVIEWS)
                if "up" in wanted:
                    updates(bench, UPDATES[:-1] if options.quick else UPDATES)
        if "aks" in wanted:
            with brought_up(folder, "aks") as bench:
                aks_stack(bench, runs=3 if options.quick else 5)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
