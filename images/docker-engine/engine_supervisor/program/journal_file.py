"""The journal on the node: read each round, since another process of ours may have changed or removed it.

One that cannot be written, on a full disk for one, is remembered by this process alone for as long.
"""

from __future__ import annotations

from engine_supervisor import journal as journals
from engine_supervisor import ports
from engine_supervisor.journal import Journal


class JournalFile:
    """The journal of one node."""

    def __init__(self, host: ports.Host) -> None:
        self._host = host
        self._text: str | None = None
        self._journal = Journal()
        self._unwritten: Journal | None = None
        self.writable = True
        """Whether the last one could be written."""
        self.known = False
        """Whether this process has seen or written one."""

    def read(self) -> Journal | None:
        """The journal; `None` where there is none. One that is damaged is empty."""
        text = self._host.read_journal()
        if text is None:
            self._unwritten = None
            return None
        if text != self._text:
            self._text, self._journal, self._unwritten = text, journals.load(text) or Journal(), None
        self.known = True
        return self._journal if self._unwritten is None else self._unwritten

    def keep(self, journal: Journal) -> None:
        """Remember this one instead, while none can be written."""
        self._unwritten = journal

    def write(self, journal: Journal) -> None:
        """Replace it. Where that is `Failed`, `read` tells it all the same until the file changes."""
        text = journals.dump(journal)
        self._unwritten, self.writable = journal, False
        self._host.write_journal(text)
        self._text, self._journal, self._unwritten = text, journal, None
        self.known = self.writable = True
