"""Policy packs on the engine's command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.policies import Policies, PoliciesError


def pack(folder: Path) -> Path:
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\n")
    return folder


def test_packs_and_their_configurations_are_named_by_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pack(tmp_path / "a")
    (tmp_path / "a.json").write_text("{}")
    assert Policies((Path("a"),), (Path("a.json"),)).options == [
        "--policy-pack",
        str(tmp_path / "a"),
        "--policy-pack-config",
        str(tmp_path / "a.json"),
    ]
    assert Policies().options == []


def test_what_cannot_be_run_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    one = pack(tmp_path / "a")
    with pytest.raises(PoliciesError, match=r"there is no PulumiPolicy\.yaml"):
        _ = Policies((tmp_path,)).options
    with pytest.raises(PoliciesError, match="there is no such file"):
        _ = Policies((one,), (tmp_path / "none.json",)).options
    with pytest.raises(PoliciesError, match="given 1 times and --policy-pack 2"):
        _ = Policies((one, one), (tmp_path / "none.json",)).options
