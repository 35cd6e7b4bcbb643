"""The command line behind `make up`, `make preview`, `make status`, `make down`, `make check` and `make new`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from sandbox import event_log, new_stack
from sandbox.azure import AzureError
from sandbox.control_plane import ApiError, ControlPlaneError
from sandbox.engine import EngineError, Terminated
from sandbox.new_stack import NewStackError
from sandbox.plugins.install import InstallError
from sandbox.policies import Policies, PoliciesError
from sandbox.rehearsal import ROOT, Rehearsal, RehearsalError, erase_all
from sandbox.run_mark import EngineKilled
from sandbox.stack_file import StackFileError
from sandbox.teardown import Remains
from toolchain.errors import ToolchainError

ERRORS = (
    ApiError,
    AzureError,
    ControlPlaneError,
    EngineError,
    EngineKilled,
    InstallError,
    NewStackError,
    PoliciesError,
    RehearsalError,
    Remains,
    StackFileError,
    ToolchainError,
)
"""Errors whose text is for the user."""


def main(arguments: list[str]) -> int:
    """Run one command; errors meant for the user end in exit code 1 and their message alone."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Rehearse a stack on this machine.")
    parser.add_argument("command", choices=["up", "preview", "status", "down", "check", "new"])
    parser.add_argument("--stack", help="NAME of Pulumi.NAME.yaml (default: dev; new has none)")
    parser.add_argument("--file", type=Path, help="a stack file in another place")
    parser.add_argument("--from", dest="source", default="aks", help="with new: the stack to copy (default: aks)")
    parser.add_argument(
        "--checkpoints",
        action="store_true",
        help="with up and down: save the engine's state after every step, so that a killed run can be gone on with",
    )
    parser.add_argument("--events", type=Path, help="with preview: file for the engine's log of events, see review/")
    parser.add_argument(
        "--policy-pack",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="with preview and up: a policy pack to run, of this checkout or another one; may be repeated",
    )
    parser.add_argument("--policy-pack-config", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--all", action="store_true", help="with down: erase every sandbox of this checkout")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    try:
        if options.command == "down" and options.all:
            return erase_all()
        if options.command == "new":
            print(new_stack.create(ROOT, options.stack, options.source))
            return 0
        rehearsal = Rehearsal(
            "dev" if options.stack is None else options.stack,
            options.file,
            options.checkpoints,
            events=options.events,
            policies=Policies(tuple(options.policy_pack), tuple(options.policy_pack_config)),
        )
        return run(rehearsal, options.command)
    except ERRORS as error:
        event_log.refuse(options.events, options.stack or "dev", str(error))
        print(error, file=sys.stderr)
        return 1


def run(rehearsal: Rehearsal, command: str) -> int:
    """Run one command on one stack."""
    commands = {
        "up": rehearsal.up,
        "preview": rehearsal.preview,
        "status": rehearsal.status,
        "down": rehearsal.down,
        "check": rehearsal.check,
    }
    try:
        return commands[command]()
    except KeyboardInterrupt:
        left = "`make up` goes on, `make down` ends it." if rehearsal.is_running() else "Nothing is running."
        print(f"\nInterrupted. Sandbox of stack {rehearsal.stack}: {left}", file=sys.stderr)
        return 130


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    """Ends as Ctrl-C does, so that no engine outlives us."""
    raise Terminated


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
