"""What the toolchain refuses, in the caller's terms."""

from __future__ import annotations


class ToolchainError(Exception):
    """Something failed; the text says what, where its log is and what to do. The CLI prints it and exits with 1."""


class MissingPrerequisite(ToolchainError):
    """The machine lacks something: one sentence that names it and the command that installs it."""
