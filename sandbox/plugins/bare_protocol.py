"""The protocol's messages without the rest of the SDK.

`import pulumi.runtime.proto` runs the package `pulumi` first, which imports the whole SDK. A plugin that needs only the
messages saves that time, which each `pulumi` command would pay up to three times: here the two parent packages are
empty stand-ins that know where their submodules are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


@contextmanager
def bare_pulumi() -> Iterator[None]:
    """While open, `pulumi.runtime.proto` can be imported alone; afterwards `import pulumi` gives the real package.

    Does nothing where the SDK has been imported already. Raises `ModuleNotFoundError` where it is not installed.
    """
    if "pulumi" in sys.modules:
        yield
        return
    spec = find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the Pulumi SDK is not installed for this interpreter: pip install pulumi")
    root = Path(next(iter(spec.submodule_search_locations)))
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    try:
        yield
    finally:
        # All of them: the real parents must find their submodules unimported, to bind them as attributes. The message
        # classes stay the same ones, because protobuf keeps one class for each descriptor.
        for name in [name for name in sys.modules if name == "pulumi" or name.startswith("pulumi.")]:
            del sys.modules[name]
