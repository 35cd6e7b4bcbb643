"""GitHub and Azure Repos: one comment a stack, and approvals of those who may give them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from review import azure_repos, github
from review.__main__ import main
from review.approval import SYSTEMS
from review.web import Http, HttpError

DIGEST = "0123456789abcdef" * 2
LABEL = f"approve-destroy:{DIGEST}"


class Host:
    """A host that answers by path, and notes what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.sent: list[tuple[str, str, Any, str]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                sent = json.loads(body) if body else None
                host.sent.append((self.command, self.path, sent, self.headers.get("Authorization", "")))
                answer = host.answers.get(f"{self.command} {path}", host.answers.get(path, 404))
                status = answer if isinstance(answer, int) else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                if status == 200:
                    self.wfile.write(json.dumps(answer).encode())

            do_GET = do_POST = do_PATCH = _do

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def writes(self) -> list[tuple[str, str]]:
        return [(method, path.partition("?")[0]) for method, path, _, _ in self.sent if method != "GET"]


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.stop()


@pytest.fixture
def http(host: Host) -> Http:
    return github.client({"GITHUB_API_URL": host.url, "GITHUB_TOKEN": "t"})


def said(login: str, body: str, number: int) -> dict[str, Any]:
    return {"id": number, "body": body, "user": {"login": login}}


def test_a_comment_is_posted_once_and_replaced_from_then_on(host: Host, http: Http) -> None:
    comments = "/repos/o/r/issues/7/comments"
    marker = "<!-- buildfleet-review: prod -->"
    # Others' comments with our marker, and ours for another stack, are left alone.
    host.answers[comments] = [said("octocat", f"{marker}\nx", 1), said("github-actions[bot]", "<!-- other -->\n", 2)]
    host.answers[f"POST {comments}"] = {}
    github.comment(http, "o/r", 7, f"{marker}\nnew\n")
    assert host.writes() == [("POST", comments)]
    host.answers[comments].append(said("github-actions[bot]", f"{marker}\r\nold", 3))
    host.answers["PATCH /repos/o/r/issues/comments/3"] = {}
    github.comment(http, "o/r", 7, f"{marker}\nnew\n")
    assert host.writes()[1:] == [("PATCH", "/repos/o/r/issues/comments/3")]
    assert host.sent[-1][2:] == ({"body": f"{marker}\nnew\n"}, "Bearer t")


def commit(author: str | None, committer: str | None) -> dict[str, Any]:
    return {key: login and {"login": login} for key, login in (("author", author), ("committer", committer))}


def approve(
    host: Host,
    http: Http,
    actor: str,
    permission: str | None,
    *,
    label: str = LABEL,
    commits: tuple[dict[str, Any], ...] = (),
) -> list[str]:
    host.answers["/repos/o/r/pulls/7/commits"] = [commit("author", "web-flow"), commit(None, None), *commits]
    host.answers["/repos/o/r/issues/7/labels"] = [{"name": label}, {"name": "bug"}]
    host.answers["/repos/o/r/issues/7/events"] = [
        {"event": "labeled", "label": {"name": label}, "actor": {"login": "writer"}},
        {"event": "labeled", "label": {"name": label}, "actor": {"login": actor}},
    ]
    host.answers["/repos/o/r/collaborators/writer/permission"] = {"permission": "write"}
    host.answers[f"/repos/o/r/collaborators/{actor}/permission"] = (
        404 if permission is None else {"permission": permission}
    )
    return github.approvals(http, "o/r", {"number": 7, "user": {"login": "author"}}, lambda _: None)


def test_a_label_counts_if_who_set_it_last_may_write_and_is_not_the_author(host: Host, http: Http) -> None:
    assert approve(host, http, "reviewer", "write") == [LABEL]
    assert approve(host, http, "reviewer", "admin") == [LABEL]
    assert approve(host, http, "reviewer", "read") == [], "triage may set labels and is told as read"
    assert approve(host, http, "stranger", None) == []
    assert approve(host, http, "author", "admin") == []
    assert approve(host, http, "reviewer", "write", label="approved") == []


def test_who_wrote_or_committed_a_part_of_a_pull_request_does_not_approve_it(host: Host, http: Http) -> None:
    assert approve(host, http, "reviewer", "write", commits=(commit("author", "other"),)) == [LABEL]
    assert approve(host, http, "reviewer", "write", commits=(commit("Reviewer", "author"),)) == []
    assert approve(host, http, "reviewer", "write", commits=(commit(None, "reviewer"),)) == []
    # GitHub lists no more than 250: whoever wrote the others is not known. The stand-in has one page for all.
    assert approve(host, http, "Author", "admin") == [], "logins are the same in capitals"


def test_a_pull_request_of_more_commits_than_github_lists_is_approved_by_nobody(host: Host, http: Http) -> None:
    # The host answers every page with the same 100, as GitHub would not: what counts is that there are too many.
    many = tuple(commit("author", "author") for _ in range(98))
    with pytest.raises(github.PullRequestError, match="more than"):
        approve(host, http, "reviewer", "write", commits=many)


def test_a_label_that_was_taken_off_does_not_count(host: Host, http: Http) -> None:
    approve(host, http, "reviewer", "write")
    host.answers["/repos/o/r/issues/7/labels"] = []
    assert github.approvals(http, "o/r", {"number": 7, "user": {"login": "author"}}, lambda _: None) == []


def run(event: dict[str, Any]) -> github.Run:
    return github.Run(repository="o/r", event=event)


def test_the_pull_request_of_a_fork_is_found_by_the_commit_of_the_run_and_an_older_one_is_refused(
    host: Host, http: Http
) -> None:
    event = {"head_sha": "abc", "head_branch": "b&x", "head_repository": {"owner": {"login": "fork"}}}
    host.answers["/repos/o/r/pulls"] = [{"number": 3, "head": {"sha": "old"}}, {"number": 4, "head": {"sha": "abc"}}]
    assert github.pull_request(http, run({"workflow_run": event}))["number"] == 4
    assert "head=fork%3Ab%26x" in host.sent[-1][1]
    host.answers["/repos/o/r/pulls"] = [{"number": 4, "head": {"sha": "newer"}}]
    with pytest.raises(github.PullRequestError, match="a newer push has a run of its own"):
        github.pull_request(http, run({"workflow_run": event}))


def test_the_pull_request_of_a_merge_is_the_one_that_made_the_commit(host: Host, http: Http) -> None:
    merged = {"number": 5, "merge_commit_sha": "m", "merged_at": "2026-11-22T00:00:00Z"}
    host.answers["/repos/o/r/commits/m/pulls"] = [{**merged, "number": 6, "merge_commit_sha": "n"}, merged]
    assert github.pull_request(http, run({"after": "m"}))["number"] == 5
    host.answers["/repos/o/r/commits/m/pulls"] = []
    with pytest.raises(github.PullRequestError, match="No pull request"):
        github.pull_request(http, run({"after": "m"}))


def test_a_token_is_sent_to_nobody_else(host: Host, http: Http) -> None:
    host.answers["/moved"] = 302
    with pytest.raises(HttpError, match="HTTP 302"):
        http.get("/moved")
    assert [path for _, path, _, _ in host.sent] == ["/moved"]
    with pytest.raises(HttpError, match="https alone"):
        Http("http://api.example.com", {"Authorization": "Bearer t"})


def test_errors_have_no_token(host: Host, http: Http) -> None:
    host.answers["/x"] = 500
    with pytest.raises(HttpError) as raised:
        http.get("/x")
    assert str(raised.value) == "GET /x: HTTP 500"
    with pytest.raises(github.PullRequestError, match="GITHUB_TOKEN is not set"):
        github.client({})
    with pytest.raises(github.PullRequestError, match="for a workflow of GitHub Actions"):
        github.Run.of({})


AZURE = {
    "SYSTEM_ACCESSTOKEN": "t",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "9",
    "SYSTEM_TEAMPROJECT": "my project",
    "BUILD_REPOSITORY_ID": "r",
}


def test_in_azure_repos_a_thread_is_opened_once_and_its_comment_replaced_from_then_on(host: Host) -> None:
    variables = {**AZURE, "SYSTEM_COLLECTIONURI": f"{host.url}/org/"}
    threads = "/org/my%20project/_apis/git/repositories/r/pullRequests/9/threads"
    http = azure_repos.client(variables)
    host.answers[threads] = {"value": [{"id": 1, "comments": []}, {"id": 2, "comments": [{"id": 1, "content": "hi"}]}]}
    host.answers[f"POST {threads}"] = {}
    azure_repos.comment(http, variables, "<!-- m -->\nnew")
    assert host.writes() == [("POST", threads)]
    assert host.sent[-1][2]["comments"][0]["content"] == "<!-- m -->\nnew"
    ours, copied = ({"id": number, "comments": [{"id": 1, "content": "<!-- m -->\nold"}]} for number in (4, 3))
    host.answers[threads] = {"value": [copied, ours]}
    host.answers[f"PATCH {threads}/3/comments/1"] = 403
    host.answers[f"PATCH {threads}/4/comments/1"] = {}
    assert azure_repos.comment(http, variables, "<!-- m -->\nnew").startswith("Replaced")
    assert host.writes()[1:] == [("PATCH", f"{threads}/3/comments/1"), ("PATCH", f"{threads}/4/comments/1")]


def test_a_build_of_a_fork_does_not_comment_in_azure_repos(host: Host) -> None:
    variables = {**AZURE, "SYSTEM_COLLECTIONURI": host.url, "SYSTEM_PULLREQUEST_ISFORK": "True"}
    assert azure_repos.comment(azure_repos.client(variables), variables, "x").startswith("No comment")
    assert host.sent == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_system_of_a_comment_says_whose_api_is_asked(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "summary.md"
    file.write_text("x")
    tokens = {"github": "GITHUB_TOKEN", "azure": "SYSTEM_ACCESSTOKEN"}
    for token in tokens.values():
        monkeypatch.delenv(token, raising=False)
    assert main(["comment", "--system", system, "--file", str(file)]) == 2
    assert f"{tokens[system]} is not set" in capsys.readouterr().err


def test_the_event_of_a_run_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"pull_request": {"number": 1}}))
    found = github.Run.of({"GITHUB_EVENT_PATH": str(file), "GITHUB_REPOSITORY": "o/r"})
    assert (found.repository, found.event["pull_request"]["number"]) == ("o/r", 1)
    assert re.fullmatch(r"approve-destroy:[0-9a-f]{32}", LABEL)
