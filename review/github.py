"""GitHub: the pull request of a run, its comment and its approvals.

Owns the few requests that a workflow needs beside the engine: one comment a stack, replaced and not repeated; and the
labels that approve a destruction, with whoever set them. Nothing of a pull request is run or taken at its word: its
number is GitHub's own event's, or looked up by the commit that the run was for.

Refuses approvals of people without write access, of the pull request's author, and of whoever wrote or committed one of
its commits: the last one who set a label is who gave it. A commit by an address that is no account's is nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from review.protected import LABEL
from review.web import Http, HttpError
from review.words import line

_WRITERS: Final = ("admin", "write")
"""`permission` of a collaborator: `maintain` is told as `write`, `triage` as `read`
(https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user, read 2026-11)."""
_BOT: Final = "github-actions[bot]"
_PAGE: Final = 100
_MOST_COMMITS: Final = 250
"""https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request, read 2026-11."""
_PAGES: Final = 50


class PullRequestError(Exception):
    """There is no pull request to speak of; the message is for the run's log."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What GitHub tells a run of itself, by variables and the event's file."""

    repository: str
    event: Mapping[str, Any]

    @staticmethod
    def of(variables: Mapping[str, str]) -> Run:
        """The run that the environment of a workflow describes."""
        try:
            event = json.loads(Path(variables["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
            return Run(repository=variables["GITHUB_REPOSITORY"], event=event)
        except KeyError as error:
            raise PullRequestError(f"{error.args[0]} is not set: this is for a workflow of GitHub Actions.") from error


def client(variables: Mapping[str, str]) -> Http:
    """GitHub's API with the workflow's token, which is in GITHUB_TOKEN."""
    token = variables.get("GITHUB_TOKEN", "")
    if not token:
        raise PullRequestError("GITHUB_TOKEN is not set: give the step `GITHUB_TOKEN: ${{ github.token }}`.")
    return Http(
        variables.get("GITHUB_API_URL", "https://api.github.com"),
        {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"},
    )


def pull_request(http: Http, run: Run) -> Mapping[str, Any]:
    """The pull request that a run is about, open or just merged. Raises `PullRequestError` where there is none."""
    if isinstance(own := run.event.get("pull_request"), Mapping):
        return own
    if isinstance(other := run.event.get("workflow_run"), Mapping):
        return _of_workflow_run(http, run.repository, other)
    sha = str(run.event.get("after") or "")
    merged = http.get(f"/repos/{run.repository}/commits/{quote(sha)}/pulls") if sha else []
    for found in merged:
        if found.get("merge_commit_sha") == sha and found.get("merged_at"):
            return dict(found)
    raise PullRequestError("No pull request belongs to this run.")


def _of_workflow_run(http: Http, repository: str, run: Mapping[str, Any]) -> Mapping[str, Any]:
    # `pull_requests` of the event is empty for forks, and an artifact is the pull request's own word.
    sha, branch = str(run.get("head_sha")), str(run.get("head_branch"))
    owner = str((run.get("head_repository") or {}).get("owner", {}).get("login"))
    query = urlencode({"state": "open", "head": f"{owner}:{branch}", "per_page": _PAGE})
    for found in http.get(f"/repos/{repository}/pulls?{query}"):
        if found["head"]["sha"] == sha:
            return dict(found)
    raise PullRequestError(f"No open pull request has {sha} as its last commit: a newer push has a run of its own.")


def comment(http: Http, repository: str, number: int, text: str) -> str:
    """Post a text that begins with a marker, or replace the one of that marker; what was done."""
    marker = text.partition("\n")[0]
    for found in _all(http, f"/repos/{repository}/issues/{number}/comments"):
        own = (found.get("user") or {}).get("login") == _BOT
        if own and str(found.get("body", "")).replace("\r\n", "\n").partition("\n")[0] == marker:
            http.send("PATCH", f"/repos/{repository}/issues/comments/{int(found['id'])}", {"body": text})
            return f"Replaced the comment on pull request {number}."
    http.send("POST", f"/repos/{repository}/issues/{number}/comments", {"body": text})
    return f"Commented on pull request {number}."


def approvals(http: Http, repository: str, request: Mapping[str, Any], say: Callable[[str], None]) -> list[str]:
    """The labels of a pull request that approve a destruction and count; `say` is told why one does not."""
    number, author = int(request["number"]), str(request["user"]["login"]).casefold()
    # Of the API and not of the event, which is as old as the run.
    labels = {str(one["name"]) for one in _all(http, f"/repos/{repository}/issues/{number}/labels")}
    wanted = sorted(label for label in labels if label.startswith(LABEL))
    actors: dict[str, str] = {}
    hands: set[str] = set()
    if wanted:
        commits = _all(http, f"/repos/{repository}/pulls/{number}/commits")
        if len(commits) >= _MOST_COMMITS:
            say(f"No approval counts: GitHub lists {_MOST_COMMITS} commits at most; who wrote the others is not known.")
            return []
        hands = {
            str(person.get("login", "")).casefold()
            for commit in commits
            for role in ("author", "committer")
            if isinstance(person := commit.get(role), Mapping)
        }
        for event in _all(http, f"/repos/{repository}/issues/{number}/events"):
            if event.get("event") == "labeled":
                actors[str(event["label"]["name"])] = str((event.get("actor") or {}).get("login", ""))
    counted = []
    for label in wanted:
        actor = actors.get(label, "")
        if actor.casefold() == author:
            say(f"{line(label)} does not count: the author set it.")
        elif actor.casefold() in hands:
            say(f"{line(label)} does not count: who set it wrote or committed a part of the pull request.")
        elif not actor or not _may_write(http, repository, actor):
            say(f"{line(label)} does not count: who set it has no write access.")
        else:
            counted.append(label)
    return counted


def _may_write(http: Http, repository: str, login: str) -> bool:
    try:
        found = http.get(f"/repos/{repository}/collaborators/{quote(login)}/permission")
    except HttpError as error:
        if error.status == 404:
            return False
        raise
    return found.get("permission") in _WRITERS


def _all(http: Http, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in range(1, _PAGES + 1):
        got = http.get(f"{path}?per_page={_PAGE}&page={page}")
        found += got
        if len(got) < _PAGE:
            return found
    raise PullRequestError(f"{path}: more than {_PAGE * _PAGES} entries.")
