"""How a container is asked to end: SIGTERM and SIGINT, on Windows the console's control events.

On Windows it seldom gets here. hcsshim calls CtrlRoutine in the container's first process alone, which is the cmd.exe
that finds Python: when that ends, the job with Python in it is terminated five seconds later. So the container's
`preStop` says the farewell, and notes in the journal that `run` is to end (`Program.leave`). What is handled here is a
console of one's own, and a node that goes down; the console's handler runs in a thread at once, where Python would run
a signal's only after the wait that the main thread is in.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LAST_SECONDS: Final = 60.0
"""How long the console's handler keeps the process for the farewell: Windows ends it when the handler returns."""


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the process is asked to end; what is inside may then take its time to."""
    if threading.current_thread() is not threading.main_thread():
        yield
    elif sys.platform == "win32":
        with _console(stop):
            yield
    else:
        with _signals(stop):
            yield


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    def handle(number: int, frame: object) -> None:
        # In a thread: an Event's lock may be held by the very code that the signal interrupted.
        threading.Thread(target=stop, daemon=True).start()

    former = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


if sys.platform == "win32":

    @contextmanager
    def _console(stop: Callable[[], None]) -> Iterator[None]:
        import ctypes

        ended = threading.Event()

        def handle(event: int) -> bool:
            stop()
            ended.wait(LAST_SECONDS)
            return True

        handler = ctypes.WINFUNCTYPE(ctypes.c_bool, ctypes.c_uint)(handle)
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        if not kernel.SetConsoleCtrlHandler(handler, True):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            yield
        finally:
            ended.set()
            kernel.SetConsoleCtrlHandler(handler, False)
