"""Versions on the node: whole, checked, side by side."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from engine_supervisor.ports import Failed, Refused

from .fakes import TARGET, Windows


def test_an_installed_version_is_byte_for_byte_that_of_the_image(windows: Windows) -> None:
    host = windows.host()
    assert host.look().installed == frozenset()

    host.install("29.2.1")

    assert host.look().installed == {"29.2.1"}
    names = ("docker.exe", "dockerd.exe", "manifest.json")
    for name in names:
        assert (windows.root / "29.2.1" / name).read_bytes() == (windows.image / "docker" / name).read_bytes()
    assert sorted(one.name for one in windows.root.iterdir()) == ["29.2.1"]


def test_a_file_whose_checksum_differs_is_refused_and_leaves_nothing(windows: Windows) -> None:
    (windows.image / "docker" / "dockerd.exe").write_bytes(b"something else")

    with pytest.raises(Refused, match=r"dockerd\.exe has the SHA-256 .* and the image's manifest says"):
        windows.host().install("29.2.1")
    assert list(windows.root.iterdir()) == []


def test_a_file_that_the_image_lacks_is_refused(windows: Windows) -> None:
    (windows.image / "docker" / "docker.exe").unlink()

    with pytest.raises(Refused, match=r"docker\.exe is in the image's manifest and not in the image"):
        windows.host().install("29.2.1")


def test_a_version_that_the_image_does_not_have_is_refused_with_what_to_change(windows: Windows) -> None:
    with pytest.raises(
        Refused, match=r"the image has Docker Engine 29\.2\.1, and 29\.3\.0 is wanted.*images\.dockerEng"
    ):
        windows.host().install("29.3.0")


@pytest.mark.parametrize("text", ["", "{}", '{"version": "29.2.1", "files": {"a": 1}}'])
def test_an_image_without_a_manifest_is_refused(windows: Windows, text: str) -> None:
    (windows.image / "docker" / "manifest.json").write_text(text)

    with pytest.raises(Refused, match="missing or damaged"):
        windows.host().install("29.2.1")


@pytest.mark.parametrize("name", ["29.2.1.partial", "29.2.1"])
def test_what_a_crash_left_in_the_middle_of_a_copy_is_no_installation_and_is_replaced(
    windows: Windows, name: str
) -> None:
    leftover = windows.root / name
    leftover.mkdir(parents=True)
    (leftover / "dockerd.exe").write_bytes(b"half")
    (leftover / "dockerd.exe").chmod(0o444)
    host = windows.host()
    assert host.look().installed == frozenset()

    host.install("29.2.1")

    assert host.look().installed == {"29.2.1"}
    assert (windows.root / "29.2.1" / "dockerd.exe").read_bytes() == b"the engine 29.2.1"
    assert sorted(one.name for one in windows.root.iterdir()) == ["29.2.1"]


def test_a_folder_that_lost_a_file_or_a_part_of_one_is_no_installation(windows: Windows) -> None:
    host = windows.installed()
    (windows.root / "29.2.1" / "dockerd.exe").write_bytes(b"shorter")

    assert host.look().installed == frozenset()
    host.install("29.2.1")
    assert host.look().installed == {"29.2.1"}
    assert (windows.root / "29.2.1" / "daemon-0123456789ab.json").read_text() == "{}"


def test_a_repair_under_a_running_engine_touches_nothing_but_what_is_damaged(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = windows.running()
    folder = windows.root / "29.2.1"
    (folder / "docker.exe").unlink()
    (folder / "daemon-0123456789ab.json.unread").write_text("")
    before = {name: (folder / name).stat().st_ino for name in ("dockerd.exe", "daemon-0123456789ab.json")}
    folders = folder.stat().st_ino
    (windows.image / "docker" / "docker.exe").write_bytes(b"damaged too")
    with pytest.raises(Refused, match=r"docker\.exe has the SHA-256"):
        host.install("29.2.1")
    windows.ship("29.2.1")

    host.install("29.2.1")

    assert host.look().installed == {"29.2.1"}
    assert {name: (folder / name).stat().st_ino for name in before} == before
    assert folder.stat().st_ino == folders
    assert (folder / "docker.exe").read_bytes() == b"the client"
    assert sorted(one.name for one in folder.iterdir()) == [
        "daemon-0123456789ab.json",
        "daemon-0123456789ab.json.unread",
        "docker.exe",
        "dockerd.exe",
        "manifest.json",
    ]


def test_a_version_under_the_name_of_another_is_no_installation(windows: Windows) -> None:
    host = windows.installed()
    (windows.root / "29.2.1").rename(windows.root / "29.3.0")

    assert host.look().installed == frozenset()


def test_an_installation_that_is_there_is_left_alone(windows: Windows) -> None:
    host = windows.installed()
    before = (windows.root / "29.2.1" / "dockerd.exe").stat().st_ino

    host.install("29.2.1")

    assert (windows.root / "29.2.1" / "dockerd.exe").stat().st_ino == before


def test_a_full_disk_is_a_failure_that_leaves_nothing(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "There is not enough space on the disk")

    monkeypatch.setattr("engine_supervisor.adapters.windows.programs.os.fsync", full)

    with pytest.raises(Failed, match="not enough space") as raised:
        windows.host().install("29.2.1")
    assert not isinstance(raised.value, Refused)
    assert list(windows.root.iterdir()) == []


def test_versions_live_side_by_side_until_nothing_keeps_them(windows: Windows) -> None:
    host = windows.registered()
    for version in ("29.3.0", "29.4.0"):
        windows.ship(version)
        host.install(version)
    (windows.root / "29.5.0.partial").mkdir()
    assert host.look().installed == {"29.2.1", "29.3.0", "29.4.0"}

    host.discard(frozenset({"29.4.0"}))

    # The registered one stays though nobody named it.
    assert host.look().installed == {"29.2.1", "29.4.0"}
    assert sorted(one.name for one in windows.root.iterdir()) == ["29.2.1", "29.4.0"]
    assert host.look().service.target == TARGET


def test_a_scanner_that_holds_the_new_files_for_a_moment_is_waited_for(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    rename, held = Path.rename, [1, 2, 3]

    def scanned(path: Path, target: Path) -> Path:
        if held:
            held.pop()
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", scanned)
    host = windows.host()

    host.install("29.2.1")

    assert host.look().installed == {"29.2.1"}
    assert len(pauses) == 3


def test_a_folder_that_is_in_use_is_told(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    host = windows.installed()

    def in_use(path: Path) -> None:
        raise OSError(errno.EACCES, "The process cannot access the file because it is being used by another process")

    monkeypatch.setattr("engine_supervisor.adapters.windows.files.shutil.rmtree", in_use)

    with pytest.raises(Failed, match=r"cannot be deleted: .*being used by another process"):
        host.discard(frozenset())
    assert 2 < sum(pauses) < 10
