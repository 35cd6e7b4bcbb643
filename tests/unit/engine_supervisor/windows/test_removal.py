"""The removal: all that is ours, nothing that is not, and no part missed because another failed."""

from __future__ import annotations

import json

import pytest

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
