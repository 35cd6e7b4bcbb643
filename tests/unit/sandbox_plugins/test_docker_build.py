"""The stand-in for the docker-build provider: an image is built when something of it changes, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.codec import UNKNOWN, decode, encode
from sandbox.plugins.docker_build_provider import image
from sandbox.plugins.docker_build_provider.servicer import Servicer, pb

URN = "urn:pulumi:dev::buildfleet::buildfleet:index:BuiltImage$docker-build:index:Image::engine-image"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "package" / "__pycache__").mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").write_text("# a comment\n*\n!package\n!locked.txt\n**/__pycache__\n**/*.pyc\n")
    (tmp_path / "package" / "main.py").write_text("x = 1\n")
    (tmp_path / "locked.txt").write_text("a==1\n")
    return tmp_path


def inputs(context: Path, **changes: Any) -> dict[str, Any]:
    return {
        "push": True,
        "tags": ["contoso.azurecr.io/x/docker-engine:1"],
        "platforms": ["windows/amd64"],
        "context": {"location": str(context)},
        "dockerfile": {"location": str(context / "Dockerfile")},
        "buildArgs": {"DOCKER_VERSION": "29.2.1"},
        **changes,
    }


def test_a_build_gives_a_reference_with_a_digest_that_is_the_same_for_the_same_content(context: Path) -> None:
    first, second = image.built(inputs(context)), image.built(inputs(context))

    assert first == second
    assert first["ref"] == f"contoso.azurecr.io/x/docker-engine:1@{first['digest']}"
    assert len(first["digest"]) == len("sha256:") + 64


@pytest.mark.parametrize("name", ["package/main.py", "locked.txt", "Dockerfile"])
def test_a_change_of_what_is_in_the_image_builds_it_anew(context: Path, name: str) -> None:
    given, before = inputs(context), image.built(inputs(context))

    (context / name).write_text("changed\n")

    assert image.changed(given, given, before) == ["contextHash"]
    assert image.built(given)["digest"] != before["digest"]


@pytest.mark.parametrize("name", ["README.md", "package/__pycache__/main.pyc", "package/old.pyc", "other/file.txt"])
def test_a_change_of_what_the_ignore_file_keeps_out_does_not(context: Path, name: str) -> None:
    given, before = inputs(context), image.built(inputs(context))

    (context / name).parent.mkdir(exist_ok=True)
    (context / name).write_text("changed\n")

    assert image.changed(given, given, before) == []


def test_another_argument_is_another_image_and_another_builder_or_login_is_not(context: Path) -> None:
    before = image.built(inputs(context))

    assert image.built(inputs(context, buildArgs={"DOCKER_VERSION": "29.3.0"}))["digest"] != before["digest"]
    for same in ({"builder": {"name": "b"}}, {"registries": [{"address": "a", "password": "p"}]}):
        assert image.built(inputs(context, **same))["digest"] == before["digest"]
    assert image.changed(inputs(context), inputs(context, registries=[{"password": "new"}]), before) == []
    assert image.changed(inputs(context), inputs(context, buildArgs={}), before) == ["buildArgs"]


def test_a_preview_does_not_know_the_digest(context: Path) -> None:
    planned = image.planned(inputs(context, tags=[UNKNOWN]))

    assert planned["ref"] is UNKNOWN
    assert "digest" not in planned
    assert image.planned(inputs(context))["ref"] == "contoso.azurecr.io/x/docker-engine:1"


def test_what_could_not_be_built_is_refused(context: Path) -> None:
    assert image.refusals(inputs(context)) == []
    (refusal,) = image.refusals(inputs(context, dockerfile={"location": str(context / "nowhere" / "Dockerfile")}))
    assert "does not exist" in refusal
    assert image.refusals(inputs(context, tags=[])) == ["push: an image that is pushed needs a tag"]


def test_the_protocol_says_the_same(context: Path) -> None:
    servicer, given = Servicer(), encode(inputs(context))

    checked = servicer.Check(pb.CheckRequest(urn=URN, news=given), None)
    preview = servicer.Create(pb.CreateRequest(urn=URN, properties=given, preview=True), None)
    created = servicer.Create(pb.CreateRequest(urn=URN, properties=given), None)
    same = servicer.Diff(pb.DiffRequest(urn=URN, olds=created.properties, old_inputs=given, news=given), None)

    assert decode(checked.inputs) == inputs(context)
    assert not checked.failures
    assert decode(preview.properties)["ref"] == "contoso.azurecr.io/x/docker-engine:1"
    assert created.id == decode(created.properties)["digest"]
    assert same.changes == pb.DiffResponse.DIFF_NONE
    (context / "locked.txt").write_text("a==2\n")
    other = servicer.Diff(pb.DiffRequest(urn=URN, olds=created.properties, old_inputs=given, news=given), None)
    assert list(other.diffs) == ["contextHash"]
    updated = servicer.Update(pb.UpdateRequest(urn=URN, id=created.id, news=given), None)
    assert decode(updated.properties)["digest"] != created.id
