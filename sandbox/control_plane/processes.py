"""Processes that outlive their starter, and are never mistaken for others.

Owns the record `processes.json`: the pid, start time and boot of each component. A pid alone is no identity, since
the kernel hands it out again; a pid with its start time within one boot is. Linux only: start times come from
`/proc`, signals go through pidfds.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.control_plane.files import write_private

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_ENDED = "ZX"  # states of a process that has ended and is not yet, or just being, collected by its parent

# The child waits for a line on its standard input before it becomes the component. It gets the line after its pid has
# been recorded; if the starter is killed first, the pipe closes and the child ends. So there is no moment at which a
# component runs that the record does not know. exec keeps the pid and the start time.
_GATE = 'read -r go && exec "$@" </dev/null'


@dataclass(frozen=True)
class Identity:
    """One process, distinguishable from every later one with the same pid."""

    pid: int
    start_time: int
    """Clock ticks from boot to the process's start: field 22 of `/proc/PID/stat`, proc_pid_stat(5)."""
    boot_id: str


def identify(pid: int) -> Identity | None:
    """The identity of a process that runs now; `None` when there is none or it is a zombie."""
    found = _read(pid)
    return None if found is None or found[1] in _ENDED else found[0]


def _read(pid: int) -> tuple[Identity, str] | None:
    """Identity and state letter of whatever has this pid."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    state, *rest = stat[stat.rindex(")") + 2 :].split()
    return Identity(pid=pid, start_time=int(rest[18]), boot_id=BOOT_ID.read_text().strip()), state


def alive(identity: Identity) -> bool:
    """Whether this very process still runs."""
    return identify(identity.pid) == identity


class Record:
    """The file that says which processes belong to a sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Identity]:
        """The recorded processes by component, alive or not."""
        try:
            found = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        return {name: Identity(**entry) for name, entry in found.items()}

    def add(self, name: str, identity: Identity) -> None:
        """Record one more process."""
        self._write({**self.read(), name: identity})

    def clear(self) -> None:
        """Forget all processes."""
        self._path.unlink(missing_ok=True)

    def _write(self, identities: Mapping[str, Identity]) -> None:
        entries = {name: asdict(identity) for name, identity in identities.items()}
        write_private(self._path, json.dumps(entries, indent=2, sort_keys=True) + "\n")


def spawn(
    name: str, command: Sequence[str | Path], *, environment: Mapping[str, str], log: Path, record: Record
) -> Identity:
    """Start `command` in a session of its own, with its output in `log`, and record it before it begins.

    The log of the run before is kept beside it as `NAME.previous.log`.
    """
    if log.exists():
        log.replace(log.with_name(f"{log.stem}.previous.log"))
    reader, writer = os.pipe()
    try:
        pid = os.posix_spawn(
            "/bin/sh",
            ["/bin/sh", "-c", _GATE, name, *(os.fspath(part) for part in command)],
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, reader, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.fspath(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        identity = identify(pid)
        if identity is None:
            raise ProcessLookupError(f"{name} (pid {pid}) ended before it began")
        record.add(name, identity)
        os.write(writer, b"go\n")
        return identity
    finally:
        os.close(reader)
        os.close(writer)


def stop(identities: Iterable[Identity], *, grace_seconds: float) -> None:
    """End these processes and wait until they are gone: SIGTERM at once to all, SIGKILL after `grace_seconds`."""
    with _open(identities) as descriptors:
        for descriptor in descriptors:
            _signal(descriptor, signal.SIGTERM)
        remaining = _wait(descriptors, grace_seconds)
        for descriptor in remaining:
            _signal(descriptor, signal.SIGKILL)
        _wait(remaining, None)


@contextmanager
def _open(identities: Iterable[Identity]) -> Iterator[dict[int, Identity]]:
    """Pidfds of those that run. What is opened before its identity is checked cannot be recycled after."""
    descriptors: dict[int, Identity] = {}
    try:
        for identity in identities:
            try:
                descriptor = os.pidfd_open(identity.pid)
            except ProcessLookupError:
                continue
            found = _read(identity.pid)
            if found is not None and found[0] == identity:
                if found[1] not in _ENDED:
                    descriptors[descriptor] = identity
                    continue
                _reap(descriptor)
            os.close(descriptor)
        yield descriptors
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _signal(descriptor: int, number: signal.Signals) -> None:
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return


def _wait(descriptors: Mapping[int, Identity], seconds: float | None) -> dict[int, Identity]:
    """Wait until the processes have ended; returns those that have not within `seconds`."""
    remaining = dict(descriptors)
    poller = select.poll()
    for descriptor in remaining:
        poller.register(descriptor, select.POLLIN)
    deadline = None if seconds is None else time.monotonic() + seconds
    while remaining:
        left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        ended = poller.poll(left)
        if not ended:
            break
        for descriptor, _ in ended:
            poller.unregister(descriptor)
            _reap(descriptor)
            del remaining[descriptor]
    return remaining


def _reap(descriptor: int) -> None:
    """Collect a child of ours, so that it does not stay a zombie; another's child is its parent's business."""
    try:
        os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return
