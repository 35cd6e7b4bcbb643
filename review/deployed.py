"""Whether what is about to be deployed is as new as what was deployed last.

Owns the reading of a stack's history and the question to git. A queue of runs can be run again one by one, and a run of
last week is approved as easily as one of today: what came since would be taken back without a word in its plan's title.

Refuses what git does not have: of a commit that is not there nobody can say whether it is older. Counts updates alone,
also one that failed, as it may have changed something; a refresh or an import deploys no commit. Does not see an update
that was killed: a DIY backend writes the history when the engine has ended.
Sources: Pulumi 3.256.0, pkg/backend/diy/backend.go (`apply`), and of the history's form
pkg/cmd/pulumi/stack/stack_history.go; `environment` of a DIY backend has `git.head`, also of a detached, a shallow and
a linked checkout (tried 2026-11).
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

from review.words import line

_COMMIT: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_KIND: Final = "update"
_HEAD: Final = "git.head"
_SHORT: Final = 12


class HistoryError(Exception):
    """The history or the checkout cannot be read; the message says why and what is needed."""


class Older(Exception):
    """What is about to be deployed may not be; the message says why and how to go on."""


def not_older(stack: str, history: str, checkout: Path) -> str:
    """Say in a line why the commit of a checkout may be deployed.

    Args:
        stack: name of the stack, for messages.
        history: what `pulumi stack history --json` printed, newest first.
        checkout: a folder of the checkout whose commit is asked about.

    Raises:
        Older: it is not as new as what was deployed last, or that cannot be told.
        HistoryError: the history is none, or there is no checkout.
    """
    name = line(stack)
    entries = _entries(history)
    update = next((one for one in entries if one.get("kind") == _KIND), None)
    if update is None:
        what = f"none of the {len(entries)} newest entries of its history is an update" if entries else "no history"
        return f"Stack {name}: {what}, so nothing newer is known to be deployed."
    environment = update.get("environment")
    last = environment.get(_HEAD) if isinstance(environment, dict) else None
    when = line(str(update.get("startTime", "an unknown time")), 40)
    if not isinstance(last, str) or not _COMMIT.fullmatch(last):
        return f"Stack {name}: the update of {when} does not say of which commit it was, so nothing was compared."
    head = _head(checkout)
    this, was = f"this is {head[:_SHORT]}", f"{last[:_SHORT]}, deployed at {when}"
    if head == last:
        return f"Stack {name}: {this}, which was deployed last."
    if not _has(checkout, last):
        raise Older(_missing(name, this, was, shallow=_git(checkout, "rev-parse", "--is-shallow-repository")[1]))
    code, told = _git(checkout, "merge-base", "--is-ancestor", last, head)
    if code == 0:
        return f"Stack {name}: {this}, which has {was}."
    if code != 1:
        raise HistoryError(f"git merge-base: {line(told)}")
    raise Older(
        f"Stack {name}: {this}, which does not have {was}: it is older, or of another branch, and would take back what "
        "came since. Run the newest of the protected branch; if that is refused too, what was deployed is not on it: "
        "deploy once by hand from the protected branch. To go back on purpose revert the commit there, so that it says "
        "what runs."
    )


def _missing(name: str, this: str, was: str, *, shallow: str) -> str:
    told = f"Stack {name}: {this}; git does not have {was}, so it is not known which is older."
    if shallow.strip() == "true":
        return (
            f"{told} Fetch the whole history: fetch-depth: 0 on GitHub, fetchDepth: 0 in Azure, git fetch --unshallow."
        )
    return (
        f"{told} Fetch the whole history, with the branch that it was of. Where nobody has that commit, deploy once by "
        "hand from the protected branch."
    )


def _entries(history: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(history)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise HistoryError("The history is no list of updates. Hand over what `pulumi stack history --json` prints.")
    return found


def _head(checkout: Path) -> str:
    code, told = _git(checkout, "rev-parse", "--verify", "HEAD^{commit}")
    if code != 0:
        raise HistoryError(f"{checkout}: no checkout of git with a commit: {line(told)}")
    return told.strip()


def _has(checkout: Path, commit: str) -> bool:
    return _git(checkout, "cat-file", "-e", f"{commit}^{{commit}}")[0] == 0


def _git(checkout: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and what git said."""
    try:
        done = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise HistoryError(f"git cannot be run ({error.strerror}).") from error
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr
