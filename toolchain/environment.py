"""The Python environment: `.venv` in the checkout, from requirements-dev.txt and nothing else.

Owns the stamp in it, which says from what it was made: a second run compares two hashes and is done. The stamp is
written last, so an installation that was interrupted is made anew.

Refuses packages without a hash in requirements-dev.txt, those that others depend on included.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from toolchain import cache, process
from toolchain.errors import MissingPrerequisite, ToolchainError
from toolchain.progress import Progress, duration

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = "requirements-dev.txt"
STAMP = "buildfleet-stamp"
OWN_PACKAGES = ("bench", "components", "infra", "rules", "sandbox", "toolchain")

ESTIMATE_SECONDS = 60
"""Seen on two cores: 40 s with the packages in pip's cache, 2026-11-22. A far package index takes longer."""

PIP_ARGUMENTS = ("--require-hashes", "--no-input", "--disable-pip-version-check", "-r", REQUIREMENTS)
# Not --no-deps: with hashes required, pip refuses a dependency that the file lacks instead of leaving it out.


def python() -> Path:
    """The interpreter of the environment."""
    return CHECKOUT / ".venv" / "bin" / "python"


def outstanding() -> bool:
    """Whether the environment has to be made: it is missing, unfinished, or made from something else."""
    # `exists` follows the link: it is False too when the Python that the environment was made from is gone.
    return not python().exists() or _read_stamp() != _stamp()


def require() -> None:
    """Refuses, in one sentence, a Python that cannot make environments."""
    # Debian and Ubuntu ship both apart from python3.
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise MissingPrerequisite(f"{sys.executable} cannot make virtual environments: `apt-get install python3-venv`.")


def ensure() -> None:
    """Makes the environment if it is outstanding; about a minute. Says nothing where it is there."""
    if not outstanding():
        return
    require()
    with cache.lock(str(CHECKOUT), f"makes {CHECKOUT / '.venv'}"):
        if outstanding():
            _make()


def adopt() -> None:
    """Stamps a `.venv` that was made by other means, if it has all that requirements-dev.txt asks for.

    Raises ToolchainError, and changes nothing, where it has not. What it has beyond that is left alone.
    """
    if not python().exists():
        raise ToolchainError(f"there is no {CHECKOUT / '.venv'} to adopt: `make environment` makes one")
    command = [str(python()), "-m", "pip", "install", "--dry-run", "--no-index", "--quiet", "--report", "-"]
    answer = subprocess.run(
        [*command, *PIP_ARGUMENTS],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        env=_environment(),
    )
    # With --no-index a package that is not there is an error, or is in the report if PIP_FIND_LINKS offers it.
    if answer.returncode == 0:
        lacking = [item["metadata"]["name"] for item in json.loads(answer.stdout)["install"]]
    else:
        lacking = [answer.stderr.strip().splitlines()[-1]]
    if lacking:
        raise ToolchainError(
            f"{CHECKOUT / '.venv'} lacks something of {REQUIREMENTS} and is not adopted "
            f"(`make environment` makes it anew): {', '.join(lacking)}"
        )
    with cache.lock(str(CHECKOUT), f"compiles {CHECKOUT / '.venv'}"):
        _compile(cache.log("environment-bytecode"), Progress("Python environment, bytecode"))
        _write_stamp()


def _make() -> None:
    venv = CHECKOUT / ".venv"
    if venv.is_symlink():
        # What it points to may serve another checkout, and `venv --clear` would empty it.
        venv.unlink()
    _stamp_path().unlink(missing_ok=True)
    progress, log = Progress("Python environment"), cache.log("environment")
    again = f"Log: {log}\nTry again: make environment"
    steps = {
        "made": [sys.executable, "-m", "venv", "--clear", ".venv"],
        # The bytecode comes afterwards, on all cores.
        "filled": [str(python()), "-m", "pip", "install", "--no-compile", "--no-warn-script-location", *PIP_ARGUMENTS],
    }
    try:
        for what, command in steps.items():
            code = process.run(
                command,
                log=log,
                progress=progress,
                describe=lambda text: _standing(progress, text),
                cwd=CHECKOUT,
                environment=_environment(),
            )
            if code != 0:
                progress.end(f"failed after {progress.elapsed}")
                raise ToolchainError(
                    f".venv could not be {what} (exit code {code}). The last lines:\n{process.tail(log)}\n{again}"
                )
        _compile(log, progress)
    except KeyboardInterrupt:
        progress.end("interrupted; the next run makes it anew, from pip's cache")
        raise
    _write_stamp()
    progress.end(f"ready in {progress.elapsed}")


def _compile(log: Path, progress: Progress) -> None:
    """Writes the bytecode of all packages, ours too.

    Where PYTHONDONTWRITEBYTECODE is set, nobody else would: then each preview compiles Pulumi's SDKs anew, for seconds.
    The exit code is not looked at: some packages ship files for other Pythons, and bytecode is only about speed.
    """
    site = f".venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    own = [name for name in OWN_PACKAGES if (CHECKOUT / name).is_dir()]
    command = [str(python()), "-m", "compileall", "-q", "-j", "0", site, *own]
    process.run(
        command,
        log=log,
        progress=progress,
        describe=lambda _: f"{progress.elapsed}, writing bytecode",
        cwd=CHECKOUT,
        environment=_environment(),
    )


def _standing(progress: Progress, log: str) -> str:
    """Of pip's output: it collects all packages, then installs them in one go that prints nothing."""
    collected = log.count("\nCollecting ") + log.startswith("Collecting ")
    if "Installing collected packages" in log:
        doing = f"installing {collected} packages"
    else:
        doing = f"{collected} packages fetched" if collected else "making .venv"
    left = ESTIMATE_SECONDS - progress.seconds
    return f"{progress.elapsed}, {doing}" + (f", about {duration(left)} left" if left > 0 else "")


def _environment() -> dict[str, str]:
    """The user's environment (mirrors, certificates), without what would hinder: bytecode off, installing elsewhere."""
    hindering = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    return {k: v for k, v in os.environ.items() if k not in hindering} | {"PYTHONUNBUFFERED": "1"}


def _stamp() -> str:
    """From what the environment is made: the requirements, the Python, and the place, which its scripts name."""
    told = f"python {sys.implementation.cache_tag}\ncheckout {CHECKOUT}\n".encode()
    return hashlib.sha256(told + (CHECKOUT / REQUIREMENTS).read_bytes()).hexdigest()


def _stamp_path() -> Path:
    return CHECKOUT / ".venv" / STAMP


def _read_stamp() -> str:
    return _stamp_path().read_text().strip() if _stamp_path().is_file() else ""


def _write_stamp() -> None:
    partial = _stamp_path().with_suffix(".partial")
    partial.write_text(_stamp() + "\n")
    partial.replace(_stamp_path())
