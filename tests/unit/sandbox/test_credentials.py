"""Users, tokens and kubeconfigs of the sandbox."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from sandbox.control_plane import credentials, pki


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "credentials"
    credentials.ensure(made)
    return made


def test_the_kubeconfig_has_the_one_context_that_was_asked_for_and_refers_to_no_file(directory: Path) -> None:
    text = credentials.kubeconfig(directory=directory, user=credentials.ADMIN, port=23456, context="kind-dev")
    document = yaml.safe_load(text)
    assert document["current-context"] == "kind-dev"
    assert [context["name"] for context in document["contexts"]] == ["kind-dev"]
    cluster = document["clusters"][0]["cluster"]
    assert cluster["server"] == "https://127.0.0.1:23456"
    assert base64.b64decode(cluster["certificate-authority-data"]) == (directory / "ca.crt").read_bytes()
    assert document["users"][0]["user"] == {"token": credentials.token(directory, credentials.ADMIN)}
    assert str(directory) not in text


def test_each_user_has_a_token_of_its_own_and_only_the_administrator_is_a_master(directory: Path) -> None:
    tokens = {credentials.token(directory, user) for user in credentials.USERS}
    assert len(tokens) == len(credentials.USERS)
    assert min(map(len, tokens)) >= 43
    masters = [line for line in (directory / "tokens.csv").read_text().splitlines() if "system:masters" in line]
    assert len(masters) == 1
    assert credentials.token(directory, credentials.ADMIN) in masters[0]


def test_groups_stay_one_column_of_the_token_file() -> None:
    user = credentials.User("both", "both", ("one", "two"))
    assert credentials.tokens_csv({user: "secret"}) == 'secret,both,both,"one,two"\n'


def test_every_file_is_its_owners_alone(directory: Path) -> None:
    assert directory.stat().st_mode & 0o777 == 0o700
    for path in directory.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_credentials_are_made_once(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    credentials.ensure(directory)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_a_user_that_came_with_a_later_release_gets_a_token_and_the_others_keep_theirs(directory: Path) -> None:
    tokens = directory / credentials.TOKENS_FILE
    before = tokens.read_text().splitlines(keepends=True)
    tokens.write_text("".join(line for line in before if credentials.WINDOWS_NODES.name not in line))
    credentials.ensure(directory)
    after = tokens.read_text().splitlines(keepends=True)
    assert after[:-1] == before[:-1]
    assert len(credentials.token(directory, credentials.WINDOWS_NODES)) >= 43
    assert tokens.stat().st_mode & 0o777 == 0o600


def test_interrupted_making_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> dict[str, bytes]:
        raise KeyboardInterrupt

    monkeypatch.setattr(pki, "make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        credentials.ensure(tmp_path / "credentials")
    assert list(tmp_path.iterdir()) == []
