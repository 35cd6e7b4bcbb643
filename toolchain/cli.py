"""The command line: `python3 -m toolchain ensure|list|environment|prepare|check`.

Results go to standard output, all else to standard error. Exit codes: 0; 1 when something failed or is missing; 2 for a
wrong command line; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from toolchain import binaries, environment, modules
from toolchain.binaries import Standing
from toolchain.errors import MissingPrerequisite, ToolchainError
from toolchain.pins import ESTIMATES_SEEN_ON, PINS
from toolchain.progress import duration, say


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        match options.command:
            case "ensure":
                for name, path in binaries.ensure(options.names or tuple(PINS)).items():
                    print(name, path)
            case "list":
                _list(options.names or tuple(PINS))
            case "environment":
                environment.adopt() if options.adopt else environment.ensure()
            case "prepare":
                return _prepare(options.say, options.check)
            case "check":
                _check()
    except ToolchainError as error:
        say(f"toolchain: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m toolchain", description="Finds or builds what Buildfleet's sandbox runs on."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    described = {
        "ensure": "find or build binaries, and print their paths",
        "list": "show where each binary comes from; changes nothing",
    }
    for name, text in described.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "names", nargs="*", choices=[*PINS, []], metavar="NAME", help=f"of {', '.join(PINS)}; default: all"
        )
    command = commands.add_parser("environment", help="make .venv from requirements-dev.txt")
    command.add_argument("--adopt", action="store_true", help="accept the .venv that is there if it has all packages")
    command = commands.add_parser(
        "prepare", help="check everything, tell what will be done, then make .venv and all binaries"
    )
    command.add_argument(
        "--say", default="", metavar="TEXT", help="what the caller will do: the first line begins with it"
    )
    command.add_argument(
        "--check", metavar="STACK", help="have the sandbox check this stack's file before anything is built"
    )
    commands.add_parser("check", help="tell whether the machine has all that `prepare` needs; changes nothing")
    return parser


def _prepare(intent: str, stack: str | None) -> int:
    standings = _check_all()
    todo = []
    if environment.outstanding():
        todo.append(f"the Python environment (about {duration(environment.ESTIMATE_SECONDS)})")
    missing = sum(s.found is None for s in standings)
    if missing:
        estimate = duration(binaries.seconds_to_build(standings))
        todo.append(f"{missing} tools built from source (about {estimate} on {ESTIMATES_SEEN_ON}, and the downloads)")
    first = f"First, once: {' and '.join(todo)}." if todo else ""
    if line := f"{intent} {first}".strip():
        say(line)
    environment.ensure()
    if stack is not None and missing:
        # What is wrong with the stack file is told now, and not after minutes of building.
        command = [str(environment.python()), "-m", "sandbox", "check", "--stack", stack]
        if code := subprocess.run(command, cwd=environment.CHECKOUT, check=False).returncode:
            return code
    binaries.build_missing(standings)
    return 0


def _check() -> None:
    standings = _check_all()
    missing = [s.pin.name for s in standings if s.found is None]
    say(f"All prerequisites are there; to build: {', '.join(missing) or 'nothing'}.")


def _check_all() -> list[Standing]:
    """The prerequisites of everything, before anything is begun."""
    if sys.platform != "linux":
        raise MissingPrerequisite(
            f"The sandbox runs on Linux alone (this is {sys.platform}): use a Linux machine or virtual machine."
        )
    if environment.outstanding():
        environment.require()
    standings = binaries.survey()
    modules.require_go()
    return standings


def _list(names: Sequence[str]) -> None:
    width = max(len(name) for name in names)
    for standing in binaries.survey(names):
        pin, found = standing.pin, standing.found
        where = (
            f"{found.origin}: {found.path}"
            if found
            else f"to build, about {duration(pin.estimate)} on {ESTIMATES_SEEN_ON}"
        )
        print(f"{pin.name:<{width}}  {pin.version:<8}  {where}" + (f" ({standing.passed})" if standing.passed else ""))


def _on_terminate(_signal: int, _frame: FrameType | None) -> None:
    """Ends as Ctrl-C does, so that no compiler outlives us."""
    raise KeyboardInterrupt
