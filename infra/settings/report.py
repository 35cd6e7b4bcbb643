"""What the author of a stack file reads when it is refused."""

from __future__ import annotations

from collections.abc import Sequence

from rules.problem import Problem

PREFIX = "buildfleet:"
"""Before each key of ours in a stack file."""
STACK = "stack"
"""The path of the stack's own name, which is no key of the file."""


class InvalidStack(Exception):
    """A stack file that is refused, with everything that is wrong with it.

    `problems` are in the order of the settings. The text names each with path, value, what is allowed and the fix; it
    never holds the value of a secret.
    """

    def __init__(self, problems: Sequence[Problem], *, file: str = "The stack file") -> None:
        self.problems = tuple(problems)
        self.file = file
        super().__init__(report(self.problems, file=file))


def report(problems: Sequence[Problem], *, file: str) -> str:
    """A header with the count, then a block for each problem."""
    count = f"{len(problems)} mistake{'' if len(problems) == 1 else 's'}"
    return "\n\n".join([f"{file} has {count}; nothing was changed.", blocks(problems)])


def blocks(problems: Sequence[Problem]) -> str:
    """A block for each problem."""
    return "\n\n".join(_block(problem) for problem in problems)


def _block(problem: Problem) -> str:
    prefix = "" if problem.path == STACK else PREFIX
    return "\n".join(
        [
            f"{prefix}{problem.path}  ({problem.rule})",
            f"  given    {problem.given}",
            f"  allowed  {problem.allowed}",
            f"  fix      {problem.fix}",
        ]
    )
