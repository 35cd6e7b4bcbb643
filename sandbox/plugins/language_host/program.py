"""One run of a Pulumi program, with its errors told exactly once.

Owns what happens between the engine's request and the program's last line. It runs inside the host when the project's
interpreter is the host's own, which saves the start of another process; else this file is run as a script by the
project's interpreter, with the request on standard input, because it holds secrets that belong in no argument list.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

BAIL_CODE = 32
"""Exit code of a script whose error the user has been told already (the official host's own convention)."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the engine asks to run. `program` is the file or folder to run, `directory` the working directory."""

    program: str
    directory: str
    root_directory: str
    project: str
    stack: str
    organization: str
    monitor: str
    engine: str
    dry_run: bool
    parallel: int
    config: dict[str, str]
    config_secret_keys: list[str]
    arguments: list[str]

    def to_json(self) -> str:
        """Its text for the other process."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended: well, with an error for the engine to tell, or told already (`bail`)."""

    error: str = ""
    bail: bool = False


def run(request: Request) -> Outcome:
    """Run the program to its end, all its resources registered. Must be called on the main thread, once a process."""
    import pulumi
    from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

    set_all_config(request.config, request.config_secret_keys)
    configure(
        Settings(
            project=request.project,
            stack=request.stack,
            organization=request.organization,
            root_directory=request.root_directory,
            monitor=request.monitor,
            engine=request.engine,
            parallel=request.parallel,
            dry_run=request.dry_run,
        )
    )
    os.chdir(request.directory)
    sys.argv = [request.program, *request.arguments]
    # asyncio complains of every future nobody looked at, and a program that fails leaves many. The error itself is
    # told below.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Four times the parallelism: a thread is held for each call to the engine that waits, as in the official host.
    executor = ThreadPoolExecutor(max_workers=max(request.parallel, 1) * 4)
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(run_in_stack(lambda: _run_file(request.program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return Outcome(bail=True)
    except SystemExit as error:
        return _of_exit(error)
    except _NoProgramError as error:
        pulumi.log.error(str(error))
        return Outcome(bail=True)
    except Exception as error:
        pulumi.log.error(f"Program failed with an unhandled exception:\n{own_traceback(error, request.program)}")
        return Outcome(bail=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return Outcome()


def own_traceback(error: BaseException, program: str) -> str:
    """The traceback from the first frame of the user's program on; the whole one where no frame is the program's."""
    folder = Path(program).resolve()
    if folder.is_file():
        folder = folder.parent
    first: TracebackType | None = error.__traceback__
    while first is not None and not _is_in(folder, first.tb_frame.f_code.co_filename):
        first = first.tb_next
    if first is None and isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error))
    shown = error.with_traceback(first or error.__traceback__)
    return "".join(traceback.format_exception(shown))


def _is_in(folder: Path, file: str) -> bool:
    # Frozen modules have `<frozen NAME>` for a file.
    return Path(file).is_absolute() and Path(file).resolve().is_relative_to(folder)


class _NoProgramError(Exception):
    """There is nothing to run."""


def _run_file(program: str) -> None:
    path = Path(program)
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise _NoProgramError(f"There is no program: {path} has no __main__.py (Pulumi.yaml: `main` names the folder).")
    # `run_path` puts a folder on sys.path itself, and a file's folder not: that of the script must be there as for
    # `python FILE`.
    if path.is_file():
        sys.path.insert(0, str(path.parent))
    runpy.run_path(program, run_name="__main__")


def _of_exit(error: SystemExit) -> Outcome:
    match error.code:
        case None | 0:
            return Outcome()
        case int() as code:
            return Outcome(error=f"Program exited with non-zero exit code: {code}")
        case message:
            return Outcome(error=str(message))


def _main() -> int:
    document: dict[str, Any] = json.load(sys.stdin)
    outcome = run(Request(**document))
    if outcome.error:
        print(outcome.error, file=sys.stderr, flush=True)
        return 1
    return BAIL_CODE if outcome.bail else 0


if __name__ == "__main__":
    # Python puts this file's folder first on the path, where a program could find our modules by their bare names.
    sys.path.pop(0)
    code = _main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # without waiting for calls that a failed program left under way
