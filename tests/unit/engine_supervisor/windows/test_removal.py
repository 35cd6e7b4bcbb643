"""The removal: all that is ours, nothing that is not, and no part missed because another failed."""

from __future__ import annotations

import json
from pathlib import Path, PureWindowsPath

import pytest

from engine_supervisor.adapters.windows import files
from engine_supervisor.adapters.windows.seams import Finished
from engine_supervisor.ports import Failed

from .fakes import Windows
from .test_node import RULE, RULES

NAT = {"ID": "AAAA", "Name": "nat", "Type": "NAT"}
CNI = {"ID": "BBBB", "Name": "azure", "Type": "L2Bridge"}


def used(windows: Windows) -> None:
    """An engine of ours that was started, with a network and layers of its own."""
    host = windows.registered()
    windows.networks.all = [CNI]
    host.write_journal("{}")
    host.write_credential_specs({"a.json": "{}"})
    host.start_engine()
    windows.networks.all = [CNI, NAT]
    (windows.data / "windowsfilter" / "layer1").mkdir(parents=True)
    (windows.data / "image").mkdir()
    windows.registry.keys[RULES] = {"{1}": RULE}
    windows.ran.clear()
    windows.services.asked.clear()


def test_everything_of_ours_is_removed(windows: Windows) -> None:
    used(windows)
    host = windows.host()

    with host.acting():
        host.uninstall(data=True)

    assert windows.services.registration("docker") is None
    assert [argv[1] for argv in windows.ran] == ["--unregister-service", "advfirewall"]
    assert windows.networks.deleted == ["AAAA"]
    assert windows.networks.destroyed == ["layer1"]
    assert not windows.data.exists()
    assert not windows.root.exists()
    assert not (windows.folder / "ProgramData" / "buildfleet").exists()


def test_the_data_goes_last(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    used(windows)
    left: list[bool] = []
    monkeypatch.setattr(
        windows.networks,
        "destroy_layer",
        lambda folder: left.append(windows.root.exists() or (windows.state / "journal.json").exists()),
    )

    windows.host().uninstall(data=True)

    assert left == [False]


def test_a_layer_that_does_not_go_keeps_no_other_part_and_is_told(windows: Windows) -> None:
    used(windows)
    (windows.data / "windowsfilter" / "layer2").mkdir()
    windows.networks.stuck = frozenset({"layer1"})

    with pytest.raises(Failed, match=r"not removed from the node: DestroyLayer layer1: 0x80070005$"):
        windows.host().uninstall(data=True)

    assert windows.networks.destroyed == ["layer2"]
    assert sorted(str(one.relative_to(windows.data)) for one in windows.data.rglob("*")) == [
        "windowsfilter",
        "windowsfilter/layer1",
    ]


def test_many_layers_that_do_not_go_are_counted(windows: Windows) -> None:
    used(windows)
    for number in range(2, 9):
        (windows.data / "windowsfilter" / f"layer{number}").mkdir()
    windows.networks.stuck = frozenset(f"layer{number}" for number in range(1, 9))

    with pytest.raises(Failed, match=r"layer5: 0x80070005; and 3 more$"):
        windows.host().uninstall(data=True)


def test_a_file_that_windows_says_is_not_there_and_that_is_there_is_told(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows.data.mkdir()

    def too_long(path: Path) -> None:
        raise FileNotFoundError(2, "The system cannot find the path specified", str(path / "deep"))

    monkeypatch.setattr("engine_supervisor.adapters.windows.files.shutil.rmtree", too_long)

    with pytest.raises(Failed, match=r"cannot be deleted: .*cannot find the path"):
        files.remove(windows.data)
    files.remove(windows.data / "absent")


@pytest.mark.parametrize(
    ("path", "extended"),
    [
        (r"C:\ProgramData\docker/windowsfilter\x\..\y", "\\\\?\\" + r"C:\ProgramData\docker\windowsfilter\y"),
        (r"\\server\share\docker", "\\\\?\\" + r"UNC\server\share\docker"),
        ("\\\\?\\" + r"C:\docker", "\\\\?\\" + r"C:\docker"),
        ("docker", "docker"),
    ],
)
def test_a_path_of_any_length_is_found_on_windows(path: str, extended: str) -> None:
    assert files.extended(PureWindowsPath(path), "nt") == extended


def test_a_second_removal_finds_nothing_to_do(windows: Windows) -> None:
    used(windows)
    windows.host().uninstall(data=True)
    windows.registry.keys.pop(RULES)
    windows.ran.clear()

    windows.host().uninstall(data=True)

    assert windows.ran == []


def test_the_data_stays_where_it_is_to_be_kept(windows: Windows) -> None:
    used(windows)

    windows.host().uninstall(data=False)

    assert (windows.data / "windowsfilter" / "layer1").is_dir()
    assert windows.networks.destroyed == []
    assert list((windows.data / "CredentialSpecs").iterdir()) == []


def test_a_service_of_somebody_else_stays_with_its_data_and_network(windows: Windows) -> None:
    used(windows)
    windows.services.register("docker", r"C:\Program Files\Docker\dockerd.exe --run-service")

    windows.host().uninstall(data=True)

    assert windows.services.registration("docker") is not None
    assert windows.networks.deleted == []
    assert windows.data.exists()
    assert not windows.root.exists()


def test_a_nat_network_that_was_there_before_us_stays(windows: Windows) -> None:
    used(windows)
    (windows.state / "networks-before.json").write_text(json.dumps(["aaaa", "bbbb"]))

    windows.host().uninstall(data=True)

    assert windows.networks.deleted == []


def test_a_nat_network_stays_where_no_engine_of_ours_was_started(windows: Windows) -> None:
    windows.registered()
    windows.networks.all = [NAT]

    windows.host().uninstall(data=True)

    assert windows.networks.deleted == []


def test_a_removal_goes_on_after_a_part_that_fails_and_tells_it(windows: Windows) -> None:
    used(windows)
    windows.answers["netsh.exe"] = Finished(code=1, output="The firewall is off duty.")
    windows.networks.error = Failed("HcnEnumerateNetworks: 0x80070005")

    with pytest.raises(Failed) as raised:
        windows.host().uninstall(data=True)

    assert "The firewall is off duty" in str(raised.value)
    assert "0x80070005" in str(raised.value)
    assert windows.services.registration("docker") is None
    assert not windows.root.exists()
    assert not windows.data.exists()


def test_an_engine_that_does_not_go_keeps_its_programs_and_data(windows: Windows) -> None:
    used(windows)
    windows.answers["--unregister-service"] = Finished(code=1, errors="Access is denied.")

    with pytest.raises(Failed, match="not removed from the node: dockerd --unregister-service: Access is denied"):
        windows.host().uninstall(data=True)

    assert (windows.root / "29.2.1" / "dockerd.exe").exists()
    assert windows.data.exists()


def test_a_service_whose_dockerd_is_gone_is_deleted_with_its_source_of_events(windows: Windows) -> None:
    used(windows)
    (windows.root / "29.2.1" / "dockerd.exe").unlink()

    windows.host().uninstall(data=True)

    assert ("delete", "docker") in windows.services.asked
    assert [
        r"C:\Windows\System32\reg.exe",
        "delete",
        r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\docker",
        "/f",
    ] in windows.ran
    assert windows.services.registration("docker") is None


def test_an_hns_that_does_not_answer_keeps_no_engine_from_its_start(windows: Windows) -> None:
    host = windows.registered()
    windows.networks.error = Failed("HcnEnumerateNetworks: 0x80070005")

    host.start_engine()

    assert windows.services.asked == [("start", "docker")]
