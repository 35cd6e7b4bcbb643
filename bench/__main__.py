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
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.timing import Paired, paired, seconds
from sandbox.engine import Engine
from sandbox.rehearsal import Rehearsal

PROGRAMS = Path(__file__).parent / "programs"
OBJECTS = 4
"""Kubernetes objects of one runner set in mode `none`: service account, role, role binding, runner set."""
PREVIEWS = ((10, 3), (100, 3), (1000, 1))
UPDATES = ((10, 3), (100, 1))
"""(Runner sets, counted runs)."""


class Bench:
    """The engines that are timed, all against one sandbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rehearsal = Rehearsal("dev")

    def start(self) -> None:
        """Bring the dev stack up, so that its namespaces are there and its next `up` has nothing to do."""
        if self._rehearsal.up() != 0:
            raise SystemExit("the dev stack does not come up; see above")

    def dev(self) -> Engine:
        """The engine of the dev stack."""
        return self._rehearsal.engine()

    def dev_anew(self) -> Engine:
        """The dev stack with a state in which nothing is made yet."""
        return self._with_own_state(self.dev(), "dev-anew", stack_file=self.dev().stack_file)

    def replay(self) -> Engine:
        """The resources of the dev stack by a bare loop."""
        engine = self.program("replay")
        latest = json.loads(self.dev().state_file.read_text())["checkpoint"]["latest"]
        (engine.directory / "replay.json").write_text(json.dumps(latest["resources"]))
        return engine

    def program(self, name: str, sets: int = 0) -> Engine:
        """The engine of one of our small programs, with a state of its own."""
        engine = replace(self.dev(), program=PROGRAMS / name, stack=f"n{sets}")
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
    anew = paired(preview, bench.dev_anew(), bench.replay(), runs=5)
    line("dev stack, preview of everything, to a bare loop that makes the same resources", anew, goal=1.15)
    dev = bench.dev()
    for title, command in (("preview", preview), ("up, nothing to do", up)):
        for other, program, goal in (
            ("a program with the same imports", "imports", 1.15),
            ("an empty program", "empty", None),
        ):
            line(f"dev stack, {title}, to {other}", paired(command, dev, bench.program(program), runs=5), goal)


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
    parser.add_argument("only", nargs="*", help="dev, preview or up; default: all")
    parser.add_argument("--quick", action="store_true", help="leave out the largest size")
    options = parser.parse_args(arguments)
    wanted = options.only or ["dev", "preview", "up"]
    with tempfile.TemporaryDirectory(prefix="buildfleet-bench-") as folder:
        os.environ["BUILDFLEET_SANDBOX"] = str(Path(folder) / "sandbox")
        bench = Bench(Path(folder))
        try:
            bench.start()
            if "dev" in wanted:
                dev_stack(bench)
            if "preview" in wanted:
                previews(bench, PREVIEWS[:-1] if options.quick else PREVIEWS)
            if "up" in wanted:
                updates(bench, UPDATES[:-1] if options.quick else UPDATES)
        finally:
            Rehearsal("dev").erase()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
