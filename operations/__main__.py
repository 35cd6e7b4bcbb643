"""`python -m operations diagnose --stack NAME [--context NAME] [--output FOLDER]`: what `make diagnose` runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from operations import report
from operations.connection import Connection, Unreachable, configuration
from operations.gather import gather


def main(arguments: Sequence[str]) -> int:
    """Print the report; the exit code is 0 whatever it says, as looking has succeeded."""
    parser = argparse.ArgumentParser(prog="operations", description="Reads a cluster, and changes nothing.")
    diagnose = parser.add_subparsers(required=True).add_parser("diagnose", help="what the engine's nodes say")
    diagnose.add_argument("--stack", required=True, help="name of the stack")
    diagnose.add_argument("--context", help="context of the kubeconfig; without it the stack's sandbox")
    diagnose.add_argument("--output", type=Path, help="folder to write the report and everything behind it to")
    asked = parser.parse_args(arguments)
    try:
        with Connection(configuration(asked.stack, asked.context or None)) as connection:
            found = gather(connection, asked.stack)
    except Unreachable as error:
        print(error, file=sys.stderr)
        return 1
    print(report.text(found), end="")
    if asked.output is not None:
        files = report.write(found, asked.output)
        print(f"\nWrote {len(files)} files to {asked.output}. They hold no Secrets; read them before you hand them on.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
