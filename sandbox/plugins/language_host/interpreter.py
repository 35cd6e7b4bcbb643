"""Which interpreter runs a project, by the options of its runtime.

Owns the reading of `runtime.options` of `Pulumi.yaml` and `PulumiPolicy.yaml`. Refuses toolchains other than pip's,
which would have to be asked for their environment.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

TOOLCHAINS = ("", "pip")


class InterpreterError(Exception):
    """The options name an interpreter that there is not; the message is for the user."""


def find(root: Path, options: Mapping[str, object]) -> Path:
    """The interpreter of the project at `root`: that of `virtualenv` (relative to `root`), else the one that runs this.

    Raises `InterpreterError` for a `toolchain` other than `pip` and for a `virtualenv` without an interpreter.
    """
    toolchain = str(options.get("toolchain") or "")
    if toolchain not in TOOLCHAINS:
        raise InterpreterError(
            f"runtime.options.toolchain is {toolchain}; this language host knows pip only. "
            "Set it to pip and name the environment in runtime.options.virtualenv."
        )
    name = str(options.get("virtualenv") or "")
    if not name:
        return Path(sys.executable)
    interpreter = root / name / "bin" / "python"
    if not interpreter.exists():
        raise InterpreterError(
            f"runtime.options.virtualenv is {name}, and {interpreter} does not exist. "
            f"Make it: python -m venv {root / name}, then pip install the requirements into it."
        )
    return interpreter


def is_ours(interpreter: Path) -> bool:
    """Whether this process runs in the interpreter's environment, so that the same modules would be found."""
    # Only the folders are resolved: in a virtual environment the file itself is a link to an interpreter outside of it.
    return interpreter.parent.resolve() == Path(sys.executable).parent.resolve()
