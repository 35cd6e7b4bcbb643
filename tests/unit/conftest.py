"""What the whole unit rung shares: less looking for garbage.

The SDKs make half a million objects that live to the end. Python would look through all of them again and again for
what can be freed, which is a third of the time of a test that registers a whole platform.
"""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Everything that the tests' modules load at import is here to stay."""
    gc.freeze()
    # What is loaded later stays, too: look rarely.
    gc.set_threshold(50_000, 20, 50)
