"""A page in Markdown: what a pull request's author wrote stays text."""

from __future__ import annotations

import re

import pytest

from review.page import LARGEST, Bullet, Given, Page, Section, render

WRONG = [
    "<img src=x onerror=alert(1)>",
    "</details></summary><script>",
    "[a](https://example.com)",
    "![a](https://example.com/x.png)",
    "@octocat",
    "a `b` c ``d``",
    "`",
    "\n/approve\n",
    "\n## heading",
    "a | b | c",
    "<!-- buildfleet-review: prod -->",
    "-->",
    "```\n# out\n```",
    "#1 contoso/ci#2",
    "https://example.com",
    "\u202etxt.exe",
]


def spans(text: str) -> str:
    """The text without its code spans and blocks: what Markdown reads as Markdown."""
    text = re.sub(r"(?ms)^ *(`{3,})text\n.*?^ *\1$", "", text)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", text)


def page(text: str) -> Page:
    given = Given(text, 400)
    return Page(
        marker="m",
        title=("Preview of ", given),
        lead=("Lead ", given),
        sections=[
            Section(
                title="S",
                lines=[("line ", given)],
                bullets=[
                    Bullet(
                        line=("b ", given),
                        below=[("c ", given)],
                        details=[(("d ", given), [("e ", given)])],
                        folded="f",
                    ),
                    Bullet(line=("g",), block=text),
                ],
                table=[("a", "b"), (given, "1")],
            )
        ],
    )


@pytest.mark.parametrize("text", WRONG)
def test_nothing_that_somebody_else_wrote_is_read_as_markdown(text: str) -> None:
    shown = render(page(text), "markdown")
    plain = render(page("harmless"), "markdown")
    assert re.sub(r"\s+", " ", spans(shown)) == re.sub(r"\s+", " ", spans(plain))
    assert not re.search(r"(?<![\w.])@\w", shown), "a bot that looks for mentions finds none"
    assert not re.search(r"(?m)^/", shown), "a bot that looks for commands finds none"
    assert shown.count("<!-- m -->") == 1
    assert shown.startswith("<!-- m -->\n")


def test_a_bar_does_not_end_a_cell_of_a_table() -> None:
    (row,) = (line for line in render(page("a | b"), "markdown").splitlines() if line.endswith("| 1 |"))
    assert row == "| `a \\| b` | 1 |"


@pytest.mark.parametrize("style", ["markdown", "text"])
def test_a_page_of_any_size_fits_into_a_comment(style: str) -> None:
    bullets = [
        Bullet(line=("thing ", Given(f"{n}-" + "x" * 100)), details=[(("d ", Given("y" * 100)), ())] * 20, folded="20")
        for n in range(500)
    ]
    huge = Page(
        marker="m", title=("t",), lead=("l",), sections=[Section(title=f"S{n}", bullets=bullets) for n in range(9)]
    )
    shown = render(huge, style)  # type: ignore[arg-type]  # a parametrized text
    assert len(shown) <= LARGEST
    assert "more, which are in the log of the run" in shown
    blocks = Page(marker="m", title=("t",), lead=("l",), sections=[
        Section(title="S", bullets=[Bullet(line=("b",), block="\n".join(["z`" * 150] * 60))] * 30)
    ])  # fmt: skip
    cut = render(blocks, style)  # type: ignore[arg-type]  # a parametrized text
    assert len(cut) <= LARGEST
    # Nothing is left open: what is posted below is not part of a block.
    assert len(re.findall(r"(?m)^  ```(text)?$", cut)) % 2 == 0


def test_the_same_page_is_the_same_text_and_the_plain_one_has_no_markdown() -> None:
    assert render(page("a"), "markdown") == render(page("a"), "markdown")
    shown = render(page("a"), "text")
    assert not re.search(r"[`#<>]", shown)
    assert "Preview of a" in shown
