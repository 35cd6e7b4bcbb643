"""`python -m operations diagnose --stack NAME [--context NAME] [--output FOLDER]`: what `make diagnose` runs.

`python -m operations admission --stack NAME [--context NAME] [--settings FILE]`: which pods that are there the stack's
admission policies would refuse; it reads what `python -m infra.policy_config --stack NAME --for-admission` prints.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from operations import admission, report
from operations.connection import Connection, Unreachable, configuration
from operations.gather import gather


def main(arguments: Sequence[str]) -> int:
    """Print a report; the exit code is 0 whatever it says, where looking has succeeded."""
    parser = argparse.ArgumentParser(prog="operations", description="Reads a cluster, and changes nothing.")
    commands = parser.add_subparsers(required=True)
    diagnose = commands.add_parser("diagnose", help="what the engine's nodes say")
    diagnose.set_defaults(run=_diagnose)
    judged = commands.add_parser("admission", help="which pods that are there the admission policies would refuse")
    judged.set_defaults(run=_admission)
    for command in (diagnose, judged):
        command.add_argument("--stack", required=True, help="name of the stack")
        command.add_argument("--context", help="context of the kubeconfig; without it the stack's sandbox")
    diagnose.add_argument("--output", type=Path, help="folder to write the report and everything behind it to")
    judged.add_argument("--settings", default="-", help="file with what infra.policy_config prints; default: stdin")
    asked = parser.parse_args(arguments)
    try:
        return int(asked.run(asked))
    except (Unreachable, admission.NoSettings) as error:
        print(error, file=sys.stderr)
        return 1


def _diagnose(asked: argparse.Namespace) -> int:
    with Connection(configuration(asked.stack, asked.context or None)) as connection:
        found = gather(connection, asked.stack)
    print(report.text(found), end="")
    if asked.output is not None:
        files = report.write(found, asked.output)
        print(f"\nWrote {len(files)} files to {asked.output}. They hold no Secrets; read them before you hand them on.")
    return 0


def _admission(asked: argparse.Namespace) -> int:
    fleet, scope = admission.question_in(asked.settings, asked.stack)
    with Connection(configuration(asked.stack, asked.context or None)) as connection:
        found = admission.judged(connection, fleet, scope)
    print(admission.text(found), end="")
    return 1 if found.notes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
