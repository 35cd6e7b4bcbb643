"""The command line behind `make up`, `make preview`, `make status` and `make down`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from sandbox.control_plane import ApiError, ControlPlaneError
from sandbox.engine import EngineError, Terminated
from sandbox.plugins.install import InstallError
from sandbox.rehearsal import Rehearsal, RehearsalError, erase_all
from sandbox.run_mark import EngineKilled
from sandbox.stack_file import StackFileError
from toolchain.errors import ToolchainError

ERRORS = (
    ApiError,
    ControlPlaneError,
    EngineError,
    EngineKilled,
    InstallError,
    RehearsalError,
    StackFileError,
    ToolchainError,
)
"""Errors whose text is for the user."""


def main(arguments: list[str]) -> int:
    """Run one command; errors meant for the user end in exit code 1 and their message alone."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Rehearse a stack on this machine.")
    parser.add_argument("command", choices=["up", "preview", "status", "down", "check"])
    parser.add_argument("--stack", default="dev", help="NAME of Pulumi.NAME.yaml (default: dev)")
    parser.add_argument("--file", type=Path, help="a stack file in another place")
    parser.add_argument("--all", action="store_true", help="with down: erase every sandbox of this checkout")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    try:
        if options.command == "down" and options.all:
            return erase_all()
        rehearsal = Rehearsal(options.stack, options.file)
        return run(rehearsal, options.command)
    except ERRORS as error:
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
