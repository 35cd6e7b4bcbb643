"""The command line behind `make up`, `make preview`, `make status` and `make down`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox.control_plane import ControlPlaneError
from sandbox.engine import EngineError
from sandbox.plugins.install import InstallError
from sandbox.rehearsal import Rehearsal, RehearsalError, erase_all
from sandbox.stack_file import StackFileError
from toolchain.errors import ToolchainError


def main(arguments: list[str]) -> int:
    """Run one command; errors meant for the user end in exit code 1 and their message alone."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Rehearse a stack on this machine.")
    parser.add_argument("command", choices=["up", "preview", "status", "down"])
    parser.add_argument("--stack", default="dev", help="NAME of Pulumi.NAME.yaml (default: dev)")
    parser.add_argument("--file", type=Path, help="a stack file in another place")
    parser.add_argument("--all", action="store_true", help="with down: erase every sandbox of this checkout")
    options = parser.parse_args(arguments)
    try:
        if options.command == "down" and options.all:
            return erase_all()
        rehearsal = Rehearsal(options.stack, options.file)
        run = {"up": rehearsal.up, "preview": rehearsal.preview, "status": rehearsal.status, "down": rehearsal.down}
        return run[options.command]()
    except (EngineError, ControlPlaneError, InstallError, RehearsalError, StackFileError, ToolchainError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"\nInterrupted. The sandbox of stack {options.stack} is as the engine left it: `make up` goes on, "
            "`make down` ends it.",
            file=sys.stderr,
        )
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
