"""Azure Repos: the comment of a run on its pull request.

Owns one thread a stack, whose comment is replaced and not repeated. Refuses builds of forks: their token may not
comment, and the summary is on the run's own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from review.github import PullRequestError
from review.web import Http, HttpError

_VERSION: Final = "api-version=7.1"
_CLOSED: Final = "closed"
"""Status of a thread that nobody has to resolve."""


def client(variables: Mapping[str, str]) -> Http:
    """The organization's API with the run's token, which is in SYSTEM_ACCESSTOKEN."""
    token = variables.get("SYSTEM_ACCESSTOKEN", "")
    if not token:
        raise PullRequestError(
            "SYSTEM_ACCESSTOKEN is not set: give the step `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`."
        )
    return Http(_given(variables, "SYSTEM_COLLECTIONURI"), {"Authorization": f"Bearer {token}"})


def comment(http: Http, variables: Mapping[str, str], text: str) -> str:
    """Post a text that begins with a marker, or replace the one of that marker; what was done."""
    if variables.get("SYSTEM_PULLREQUEST_ISFORK", "").casefold() == "true":
        return "No comment: this is a build of a fork. Its summary is on the run's page."
    number = int(_given(variables, "SYSTEM_PULLREQUEST_PULLREQUESTID"))
    project, repository = (quote(_given(variables, name)) for name in ("SYSTEM_TEAMPROJECT", "BUILD_REPOSITORY_ID"))
    threads = f"/{project}/_apis/git/repositories/{repository}/pullRequests/{number}/threads"
    marker = text.partition("\n")[0]
    for thread in http.get(f"{threads}?{_VERSION}")["value"]:
        first = _first(thread)
        if first is not None and first["content"].partition("\n")[0].strip() == marker:
            path = f"{threads}/{int(thread['id'])}/comments/{int(first['id'])}?{_VERSION}"
            try:
                http.send("PATCH", path, {"content": text})
            except HttpError as error:
                if error.status != 403:
                    raise
                continue  # somebody else's, with our marker
            return f"Replaced the comment on pull request {number}."
    body = {"comments": [{"parentCommentId": 0, "content": text, "commentType": "text"}], "status": _CLOSED}
    http.send("POST", f"{threads}?{_VERSION}", body)
    return f"Commented on pull request {number}."


def _first(thread: Mapping[str, Any]) -> Mapping[str, Any] | None:
    comments = thread.get("comments") or []
    own = not thread.get("isDeleted") and comments and isinstance(comments[0].get("content"), str)
    return comments[0] if own else None


def _given(variables: Mapping[str, str], name: str) -> str:
    if not variables.get(name):
        raise PullRequestError(f"{name} is not set: this is for a pull request's run in Azure Pipelines.")
    return variables[name]
