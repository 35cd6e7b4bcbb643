"""The journal on the node: read each round, since another process of ours may have removed it."""

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
        self.known = False
        """Whether this process has seen or written one."""

    def read(self) -> Journal | None:
        """The journal; `None` where there is none. One that is damaged is empty."""
        text = self._host.read_journal()
        if text is None:
            return None
        if text != self._text:
            self._text, self._journal = text, journals.load(text) or Journal()
        self.known = True
        return self._journal

    def write(self, journal: Journal) -> None:
        """Replace it."""
        text = journals.dump(journal)
        self._host.write_journal(text)
        self._text, self._journal, self.known = text, journal, True
