"""A preview before the first update of a stack in Azure.

Owns what is shown of it: nothing where it succeeds. Without it what the provider refuses would come in the middle of
the update, as a resource is checked only when all is made that it depends on. It costs seconds, so a later update goes
without: there little is left to be made.
"""

from __future__ import annotations

import tempfile

from sandbox.engine import QUIET, Engine


def run(engine: Engine) -> int:
    """Preview the stack, if its state is empty; the engine's exit code. What was refused is printed."""
    if not engine.is_empty():
        return 0
    print("Checking all of it, before anything is made ...", flush=True)
    with tempfile.TemporaryFile("w+") as output:
        code = engine.run("preview", *QUIET, output=output.fileno())
        output.seek(0)
        told = output.read()
    if code != 0:
        _, diagnostics, found = told.partition("Diagnostics:\n")
        print(diagnostics + found or told)
        print(
            f"The preview failed, so nothing was made; see above. `make up STACK={engine.stack}` tries again, "
            f"`make down STACK={engine.stack}` ends the sandbox."
        )
    return code
