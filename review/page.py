"""A page of text, and how it is written in Markdown and in plain text.

Owns the line between our words and those of a pull request. A `Given` is somebody else's: it is cleaned, and in
Markdown always stands in a code span or block, in which nothing is a link, an image, HTML or a heading; what could be a
mention or a command to a bot is broken up. Refuses a page that is larger than a comment may be: it leaves out details,
then ends of lists, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from review import words

Format = Literal["markdown", "text"]

LARGEST: Final = 60_000
"""Characters: GitHub takes 65,536 in a comment, Azure DevOps 150,000. The rest is for who adds a line."""

_FENCE: Final = re.compile(r"  (`{3,})(text)?$")
_FENCE_ROOM: Final = 500
_LINE: Final = 400
"""Characters of a line of a block, which is its longest fence, too."""
_LINES: Final = 60
_MENTION: Final = re.compile(r"(?<![\w.])@(?=\w)")
_BREAK: Final = "\u200b"
"""No width: to the eye the text is the same, to a bot it is no mention."""


@dataclass(frozen=True)
class Given:
    """A text of the pull request's."""

    text: str
    longest: int = 120


Part = str | Given
Line = Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class Bullet:
    """A line of a list, with lines below, and with details that are folded away."""

    line: Line
    below: Sequence[Line] = ()
    details: Sequence[tuple[Line, Sequence[Line]]] = ()
    """Lines, each with lines below."""
    folded: str = ""
    """What the details are, in our words."""
    block: str = ""
    """Somebody else's text of several lines."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what is below it. Cells of tables are parts."""

    title: str
    lines: Sequence[Line] = ()
    bullets: Sequence[Bullet] = ()
    table: Sequence[Sequence[Part]] = ()
    """The first row is the head."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: a note, its first sentence, then sections."""

    marker: str
    """By which the page is found again where it was posted."""
    title: Line
    lead: Line
    note: Line = ()
    """What a reader has to know before all else: it stands directly below the title."""
    sections: Sequence[Section] = field(default_factory=tuple)


def render(page: Page, style: Format, largest: int = LARGEST) -> str:
    """The page as text, at most `largest` characters: without details, then with fewer bullets, if it has to be."""
    text = ""
    for details, bullets in ((True, 400), (False, 400), (False, 60), (False, 20), (False, 5)):
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(_page(page, style, details, bullets))).rstrip() + "\n"
        if len(text) <= largest:
            return text
    told = "\n\nCut here: the whole of it is in the log of the run.\n"
    kept = text[: largest - len(told) - _FENCE_ROOM].rpartition("\n")[0]
    return f"{kept}{_closing(kept)}{told}"


def _closing(text: str) -> str:
    """What ends the block that a cut has left open, so that what is written below is not part of it."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if found is not None and not fence:
            fence = found[1]
        elif found is not None and found[0].strip() == fence:
            fence = ""
    return f"\n  {fence}" if fence else ""


def _page(page: Page, style: Format, details: bool, most: int) -> Iterator[str]:
    write = _markdown if style == "markdown" else _plain
    if style == "markdown":
        yield f"<!-- {page.marker} -->"
        yield f"## {write(page.title)}"
    else:
        yield write(page.title)
    if page.note:
        yield from ("", write(page.note))
    yield from ("", write(page.lead))
    for section in page.sections:
        yield from ("", f"### {section.title}" if style == "markdown" else section.title.upper(), "")
        for line in section.lines:
            yield from (write(line), "")
        if section.table:
            yield from _table(section.table, style)
        for bullet in section.bullets[:most]:
            yield from _bullet(bullet, style, details)
        if len(section.bullets) > most:
            yield f"- and {len(section.bullets) - most} more, which are in the log of the run"


def _bullet(bullet: Bullet, style: Format, details: bool) -> Iterator[str]:
    write = _markdown if style == "markdown" else _plain
    yield f"- {write(bullet.line)}"
    for line in bullet.below:
        yield f"  - {write(line)}"
    if bullet.block:
        yield from _block(bullet.block, style)
    if not bullet.details:
        return
    if not details:
        yield f"  - {bullet.folded}"
    elif style == "markdown":
        yield from ("", f"  <details><summary>{bullet.folded}</summary>", "")
        yield from _details(bullet, style)
        yield from ("", "  </details>", "")
    else:
        yield f"  {bullet.folded}:"
        yield from _details(bullet, style)


def _details(bullet: Bullet, style: Format) -> Iterator[str]:
    write = _markdown if style == "markdown" else _plain
    pad = "  " if style == "markdown" else "    "
    for line, below in bullet.details:
        yield f"{pad}- {write(line)}"
        yield from (f"{pad}  - {write(each)}" for each in below)


def _block(text: str, style: Format) -> Iterator[str]:
    lines = [_unbroken(line) if style == "markdown" else line for line in words.clean(text).strip("\n").split("\n")]
    lines = [line[:_LINE].rstrip() for line in lines[:_LINES]] + (["..."] if len(lines) > _LINES else [])
    if style == "text":
        yield from (f"    {line}" for line in lines)
        return
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    # Every line is indented: a bot that reads lines which begin with a slash finds none.
    yield from ("", f"  {fence}text", *(f"  {line}" for line in lines), f"  {fence}", "")


def _table(rows: Sequence[Sequence[Part]], style: Format) -> Iterator[str]:
    if style == "markdown":
        head, *rest = rows
        yield f"| {' | '.join(_cell(cell) for cell in head)} |"
        yield f"| {' | '.join('---' for _ in head)} |"
        yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rest)
    else:
        cells = [[_plain([cell]) for cell in row] for row in rows]
        widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
        yield from (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
        )


def _cell(part: Part) -> str:
    # A bar ends a cell even inside of a code span.
    return _markdown([part]).replace("|", "\\|")


def _markdown(line: Line) -> str:
    return "".join(part if isinstance(part, str) else _span(part) for part in line)


def _plain(line: Line) -> str:
    return "".join(part if isinstance(part, str) else words.line(part.text, part.longest) for part in line)


def _span(given: Given) -> str:
    text = _unbroken(words.line(given.text, given.longest)) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    # Spaces, as a span must not begin or end with its own fence.
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def _unbroken(text: str) -> str:
    return _MENTION.sub(f"@{_BREAK}", text)
