"""The small executables by which the engine starts our plugins.

Owns their text. The engine starts a plugin with its own working directory and environment, so a launcher carries the
interpreter and the checkout; it imports one module and nothing on the way there but its packages.
"""

from __future__ import annotations

import shlex
from pathlib import Path


def write(path: Path, *, python: Path, checkout: Path, module: str) -> None:
    """Write to `path` an executable that runs `main()` of `module`, from `checkout`, in the interpreter `python`.

    Not changed where it stands there already, so that a running engine never meets half a file.
    """
    # Imports make many objects and no garbage: the collector is off until `main` is ready to serve.
    # Not by PYTHONPATH: it would be inherited by every program and tool that the plugin starts.
    code = f"import gc, sys; gc.disable(); sys.path.insert(0, {str(checkout)!r}); from {module} import main; main()"
    text = f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -c {shlex.quote(code)} "$@"\n'
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(path)
