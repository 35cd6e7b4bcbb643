"""What every plugin's process does at its start and at its end.

Owns the engine's process contract: one line with the port, then served until interrupted; gone within five seconds,
or the user waits for as long and the engine kills it.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread
from types import FrameType

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
"""Server options: the engine's messages may be larger than gRPC's 4 MiB."""


def leave_when_interrupted() -> None:
    """From now on SIGINT and SIGTERM end this process at once and quietly, whatever its threads wait for.

    Not by a Python signal handler: that runs on the main thread between two instructions, and a signal that comes
    just before the main thread blocks is only seen when it wakes. The interpreter writes to the pipe from the C
    handler itself.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    Thread(target=_leave, args=(reader,), daemon=True).start()


def announce(port: int) -> None:
    """Tell the engine where to connect: the first line of the output. What follows reaches it line by line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a TextIOWrapper, in a process of our own
    print(port, flush=True)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Without a handler, the default action would end the process before the pipe is read."""


def _leave(reader: int) -> None:
    while os.read(reader, 1)[0] not in (signal.SIGINT, signal.SIGTERM):
        pass
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
