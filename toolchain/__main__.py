"""`python3 -m toolchain`. Must parse on any Python 3.6 or newer, to tell an old one that it is old."""

import shutil
import sys

MINIMUM = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def refusal():
    # type: () -> str
    """One sentence for a Python older than 3.11: which newer one of this machine to use, or how to get one."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    found = [name for name in NEWER if shutil.which(name)]
    fix = f"run `make PYTHON={found[0]} ...`" if found else "`apt-get install python3.11 python3.11-venv`"
    return f"toolchain: Python 3.11 or newer is needed, and {sys.executable} is {version}: {fix}."


if __name__ == "__main__":
    if sys.version_info < MINIMUM:
        sys.exit(refusal())
    from toolchain.cli import main

    sys.exit(main(sys.argv[1:]))
