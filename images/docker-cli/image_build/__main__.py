"""`python -m image_build build|smoke --request FILE`, the command of the pods of `ImageBuild` and `EngineSmokeTest`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from image_build import programs
from image_build.ports import World
from image_build.request import read_build, read_smoke
from image_build.windows import Windows


def main(arguments: Sequence[str], world: World) -> int:
    """The exit code: 0; 1 where another try may help; 2 where none will."""
    parser = argparse.ArgumentParser(prog="image_build", description=__doc__)
    parser.add_argument("command", choices=["build", "smoke"])
    parser.add_argument("--request", type=Path, required=True)
    asked = parser.parse_args(arguments)

    def work(log: programs.Log) -> Mapping[str, Any]:
        if asked.command == "smoke":
            return programs.smoke(world, read_smoke(asked.request), log)
        # Removed at the end: the registry's credentials are in it.
        with tempfile.TemporaryDirectory(prefix="build-", ignore_cleanup_errors=True) as folder:
            return programs.build(world, read_build(asked.request), log, folder=Path(folder), environment=os.environ)

    return programs.guarded(world, work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Windows()))
