"""What every plugin's process does at its start and at its end.

Owns the engine's process contract: one line with the port, then served until interrupted; gone within five seconds,
or the user waits for as long and the engine kills it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Callable
from threading import Thread
from types import FrameType

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
"""Server options: the engine's messages may be larger than gRPC's 4 MiB."""


def leave_with_the_engine(last: Callable[[], None] = lambda: None) -> None:
    """From now on this process ends at once and quietly when the engine does or says so, whatever its threads wait for.

    The engine says so by SIGINT. When it is killed, it says nothing, and what waits for an object would go on without
    it: but the pipe to our standard input, into which the engine never writes, is closed. `last` is called before the
    end.
    """
    _leave_when_interrupted(last)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        Thread(target=_leave_after_input, args=(last,), daemon=True).start()


def _leave_when_interrupted(last: Callable[[], None]) -> None:
    # Not by a Python signal handler: that runs on the main thread between two instructions, and a signal that comes
    # just before the main thread blocks is only seen when it wakes. The interpreter writes to the pipe from the C
    # handler itself.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    Thread(target=_leave_after_signal, args=(reader, last), daemon=True).start()


def announce(port: int) -> None:
    """Tell the engine where to connect: the first line of the output. What follows reaches it line by line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a TextIOWrapper, in a process of our own
    print(port, flush=True)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Without a handler, the default action would end the process before the pipe is read."""


def _leave_after_signal(reader: int, last: Callable[[], None]) -> None:
    while os.read(reader, 1)[0] not in (signal.SIGINT, signal.SIGTERM):
        pass
    _leave(last)


def _leave_after_input(last: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _leave(last)


def _leave(last: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):  # nobody reads what a killed engine's plugin still has to say
        last()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)
