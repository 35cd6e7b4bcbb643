"""`python -m review summary|gate|drift|not-older|comment|approvals`: what a run asks, and nothing more.

`summary`, `gate` and `drift` read a log of events and print, `not-older` a stack's history. `comment` and `approvals`
speak to GitHub or Azure Repos. Exit codes: 0; 1 when the gate or `not-older` refuses or there is drift; 2 when
something that is needed is not there.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from review import azure_repos, deployed, drift, gate, github
from review.approval import ORIGINS, SYSTEMS
from review.lines import LogError
from review.log import read
from review.page import render
from review.summary import summary
from review.web import HttpError


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    asked = _parser().parse_args(arguments)
    commands = {
        "summary": _summary,
        "gate": _gate,
        "drift": _drift,
        "not-older": _not_older,
        "comment": _comment,
        "approvals": _approvals,
    }
    try:
        return commands[asked.command](asked)
    except deployed.Older as refusal:
        print(refusal)
        return 1
    except (LogError, HttpError, deployed.HistoryError, github.PullRequestError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m review", description="Reads the engine's log of a preview.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, told: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=told, description=told)

    for name, told in (
        ("summary", "what a change does, for a person to read"),
        ("drift", "what differs from the program, by the log of `pulumi preview --refresh`"),
    ):
        page = command(name, told)
        page.add_argument("--events", type=Path, required=True, help="the log: pulumi preview --event-log FILE")
        page.add_argument("--stack", help="name of the stack, where the log has none")
        page.add_argument("--format", choices=("markdown", "text"), default="text", help="default: text")
        page.add_argument("--output", type=Path, help="file to write to; default: standard output")
        if name == "summary":
            _with_system(page)
            page.add_argument(
                "--origin",
                choices=ORIGINS,
                default="branch",
                help="whose code wrote the log: what was merged, a branch of this repository (default), a fork",
            )
    shut = command("gate", "refuse what destroys without a yes, breaks a mandatory rule or did not run to its end")
    shut.add_argument("--events", type=Path, required=True, help="the log: pulumi preview --event-log FILE")
    shut.add_argument("--stack", help="name of the stack that the log has to be of, and of no other")
    _with_system(shut)
    shut.add_argument("--real", action="store_true", help="refuse the log of a rehearsal in the sandbox")
    shut.add_argument(
        "--approved",
        action="append",
        default=[],
        metavar="TEXT",
        help="labels or digests that count, separated by spaces, commas or lines; may be repeated",
    )
    shut.add_argument("--approved-file", type=Path, help="a file with such labels, as `approvals` prints them")
    shut.add_argument(
        "--require-pack", action="append", default=[], metavar="NAME", help="a policy pack that must have run"
    )
    shut.add_argument(
        "--ask",
        action="store_true",
        help="in Azure Pipelines: leave a missing approval to a later stage, which has the digest as output `destroys`",
    )
    newest = command("not-older", "refuse to deploy a commit that does not have the one that was deployed last")
    newest.add_argument("--stack", required=True, help="name of the stack")
    newest.add_argument(
        "--history",
        default="-",
        metavar="FILE",
        help="what `pulumi stack history --json` printed; default: -, the standard input",
    )
    post = command("comment", "write a summary to the pull request of this run, in place of the last one")
    post.add_argument("--system", choices=SYSTEMS, required=True)
    post.add_argument("--file", type=Path, required=True, help="the summary, in Markdown")
    command("approvals", "print the labels of this run's pull request on GitHub that approve a destruction and count")
    return parser


def _with_system(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--system", choices=SYSTEMS, default="github", help="where an approval is given; default: github"
    )


def _summary(asked: argparse.Namespace) -> int:
    page = summary(read(asked.events), asked.stack, system=asked.system, origin=asked.origin)
    _write(render(page, asked.format), asked.output)
    return 0


def _drift(asked: argparse.Namespace) -> int:
    log = read(asked.events)
    _write(render(drift.drift(log, asked.stack), asked.format), asked.output)
    return 1 if drift.found(log) else 0


def _gate(asked: argparse.Namespace) -> int:
    log = read(asked.events)
    texts = [*asked.approved, *([asked.approved_file.read_text(encoding="utf-8")] if asked.approved_file else [])]
    approvals = gate.approvals(texts)
    if asked.ask and (digest := gate.asked(log)) is not None:
        print(f"Needs approval: {digest}\n##vso[task.setvariable variable=destroys;isOutput=true]{digest}")
        approvals.add(digest)
    refusals = gate.refusals(
        log, approvals=approvals, packs=asked.require_pack, stack=asked.stack, real=asked.real, system=asked.system
    )
    print(gate.text(log, refusals), end="")
    return 1 if refusals else 0


def _not_older(asked: argparse.Namespace) -> int:
    history = sys.stdin.read() if asked.history == "-" else Path(asked.history).read_text(encoding="utf-8")
    print(deployed.not_older(asked.stack, history, Path.cwd()))
    return 0


def _comment(asked: argparse.Namespace) -> int:
    text = asked.file.read_text(encoding="utf-8")
    if asked.system == "azure":
        print(azure_repos.comment(azure_repos.client(os.environ), os.environ, text))
        return 0
    http, run = github.client(os.environ), github.Run.of(os.environ)
    print(github.comment(http, run.repository, int(github.pull_request(http, run)["number"]), text))
    return 0


def _approvals(_asked: argparse.Namespace) -> int:
    http, run = github.client(os.environ), github.Run.of(os.environ)
    try:
        request = github.pull_request(http, run)
    except github.PullRequestError as error:
        # A run without a pull request has nobody's approval.
        print(error, file=sys.stderr)
        return 0
    for label in github.approvals(http, run.repository, request, lambda told: print(told, file=sys.stderr)):
        print(label)
    return 0


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        if os.environ.get("TF_BUILD"):
            # Azure Pipelines shows it on the run's page.
            print(f"##vso[task.uploadsummary]{output.absolute()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
