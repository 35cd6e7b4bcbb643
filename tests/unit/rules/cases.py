"""How the tests of rules are written: what passes, and what is refused with its full text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

import pytest

from rules.problem import Problem

Check = Callable[[], Iterable[Problem]]


def text(problems: Iterable[Problem]) -> str:
    """All that an author reads, a line for each part; long lines are folded."""
    lines = [
        line
        for problem in problems
        for line in (
            f"{problem.rule}: {problem.path}",
            f"  given: {problem.given}",
            f"  allowed: {problem.allowed}",
            f"  fix: {problem.fix}",
        )
    ]
    fold = textwrap.TextWrapper(
        width=110, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return "\n".join(fold.fill(line) for line in lines)


def passes(*cases: tuple[str, Check]) -> pytest.MarkDecorator:
    """Cases in which a rule says nothing."""
    return pytest.mark.parametrize("check", [pytest.param(check, id=name) for name, check in cases])


def refused(*cases: tuple[str, Check, str]) -> pytest.MarkDecorator:
    """Cases in which a rule says exactly this."""
    return pytest.mark.parametrize(
        ("check", "said"), [pytest.param(check, said.strip(), id=name) for name, check, said in cases]
    )
