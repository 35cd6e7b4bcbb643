"""The rest of the node: boots, disk, feature, firewall, credential specs, log, pipe, lock and journal."""

from __future__ import annotations

import threading
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from engine_supervisor import journal
from engine_supervisor.adapters.windows import events, features, firewall
from engine_supervisor.adapters.windows.host import WindowsHost
from engine_supervisor.adapters.windows.seams import Finished
from engine_supervisor.ports import Failed, Refused
from engine_supervisor.program import server
from engine_supervisor.world import Disk, Feature

from .fakes import SYSTEM, Windows

RULES = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
RULE = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=9323|LPort=9324|Name=buildfleet docker-engine|"


def test_a_boot_has_a_number_and_a_time(windows: Windows) -> None:
    seen = windows.host().look()

    assert (seen.boot, seen.booted_at, seen.build) == ("7", 1_700_000_000.0 - 100, "20348")


def test_a_windows_that_does_not_count_its_boots_is_left_alone(windows: Windows) -> None:
    windows.kernel.boot = 0

    with pytest.raises(Failed, match="does not count its boots"):
        windows.host().look()


def test_the_disk_is_that_of_the_data_root(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    usage = namedtuple("usage", "total used free")

    def disk_usage(path: str) -> object:
        asked.append(path)
        return usage(100, 60, 40)

    monkeypatch.setattr("engine_supervisor.adapters.windows.host.shutil.disk_usage", disk_usage)

    assert windows.host().look().disk == Disk(free_bytes=40, total_bytes=100)
    assert asked == [windows.data.anchor]


def test_a_drive_that_does_not_exist_has_no_disk(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: str) -> None:
        raise FileNotFoundError(2, "The system cannot find the path specified", path)

    monkeypatch.setattr("engine_supervisor.adapters.windows.host.shutil.disk_usage", missing)

    assert windows.host().look().disk is None


def test_the_feature_is_there_with_its_library_and_services_and_nobody_is_asked(windows: Windows) -> None:
    assert windows.host().look().feature is Feature.PRESENT
    assert windows.ran == []


@pytest.mark.parametrize(
    ("output", "code", "feature"),
    [
        ("Feature Name : Containers\r\nState : Disabled\r\n", 0, Feature.ABSENT),
        ("Feature Name : Containers\r\nState : Enable Pending\r\n", 0, Feature.REBOOT_PENDING),
        ("Feature Name : Containers\r\nState : Enabled\r\n", 0, Feature.REBOOT_PENDING),
        ("Error: 0x800f080c\r\nFeature name Containers is unknown.\r\n", 1, Feature.ABSENT),
    ],
)
def test_a_feature_that_is_not_there_is_asked_for(windows: Windows, output: str, code: int, feature: Feature) -> None:
    windows.kernel.library = False
    windows.answers["/Get-FeatureInfo"] = Finished(code=code, output=output)

    assert windows.host().look().feature is feature
    assert windows.ran == [
        [rf"{SYSTEM}\dism.exe", "/Online", "/English", "/Get-FeatureInfo", "/FeatureName:Containers"]
    ]


def test_a_feature_without_one_of_its_services_is_not_there(windows: Windows) -> None:
    del windows.services.found["hns"]

    assert windows.host().look().feature is Feature.ABSENT


def test_the_state_of_a_feature_is_read_from_its_own_line() -> None:
    assert features.state("Restart Required : Possible\r\nState : Enabled\r\nCustom Properties:\r\n") == "enabled"
    assert features.state("nothing") == ""


@pytest.mark.parametrize("code", [0, 3010])
def test_the_feature_is_installed_without_a_restart(windows: Windows, code: int) -> None:
    windows.answers["dism.exe"] = Finished(code=code)

    windows.host().install_feature()

    assert windows.ran == [
        [
            rf"{SYSTEM}\dism.exe",
            "/Online",
            "/English",
            "/Enable-Feature",
            "/FeatureName:Containers",
            "/All",
            "/NoRestart",
            "/Quiet",
        ]
    ]


def test_an_installation_that_fails_is_told_in_disms_words(windows: Windows) -> None:
    windows.answers["dism.exe"] = Finished(
        code=14107, output="Error: 14107\r\nThe source files could not be found.\r\n"
    )

    with pytest.raises(Failed, match=r"Containers: Error: 14107 The source files could not be found.*dism\.log"):
        windows.host().install_feature()


def test_an_installation_that_takes_all_its_time_is_no_stuck_round() -> None:
    assert server.STUCK_SECONDS > features._INSTALL_SECONDS + features._ASK_SECONDS


def test_the_node_is_restarted_with_a_reason(windows: Windows) -> None:
    windows.host().reboot()

    assert windows.ran[0][:7] == [rf"{SYSTEM}\shutdown.exe", "/r", "/t", "5", "/d", "p:2:4", "/c"]
    assert "Containers" in windows.ran[0][7]


@pytest.mark.parametrize("code", [1115, 1190])
def test_a_restart_that_is_under_way_or_scheduled_is_enough(windows: Windows, code: int) -> None:
    windows.answers["shutdown.exe"] = Finished(code=code)

    windows.host().reboot()


def test_the_firewall_gets_one_rule_for_the_ports(windows: Windows) -> None:
    windows.host().open_firewall([9324, 9323])

    assert windows.ran == [
        [
            rf"{SYSTEM}\netsh.exe",
            "advfirewall",
            "firewall",
            "add",
            "rule",
            "name=buildfleet docker-engine",
            "dir=in",
            "action=allow",
            "protocol=TCP",
            "localport=9323,9324",
        ]
    ]


def test_a_rule_that_is_there_is_left_alone_and_another_one_replaced(windows: Windows) -> None:
    windows.registry.keys[RULES] = {"{1}": RULE, "{2}": "v2.31|Action=Block|Name=another|LPort=1|"}
    windows.host().open_firewall([9323, 9324])
    assert windows.ran == []

    windows.host().open_firewall([9324])
    assert [argv[3] for argv in windows.ran] == ["delete", "add"]
    assert windows.ran[0] == [
        rf"{SYSTEM}\netsh.exe",
        "advfirewall",
        "firewall",
        "delete",
        "rule",
        "name=buildfleet docker-engine",
    ]


def test_no_ports_are_no_rule(windows: Windows) -> None:
    windows.host().open_firewall([])
    assert windows.ran == []
    windows.registry.keys[RULES] = {"{1}": RULE}

    windows.host().open_firewall([])
    assert [argv[3] for argv in windows.ran] == ["delete"]


def test_a_rule_of_ours_that_somebody_changed_is_not_taken_for_ours() -> None:
    assert firewall.rules([RULE]) == [[9323, 9324]]
    for change in (("Allow", "Block"), ("TRUE", "FALSE"), ("Dir=In", "Dir=Out"), ("Protocol=6", "Protocol=17")):
        assert firewall.rules([RULE.replace(*change)]) == [[]]


def test_a_firewall_that_refuses_is_told(windows: Windows) -> None:
    windows.answers["netsh.exe"] = Finished(code=1, output="The service has not been started.\r\n")

    with pytest.raises(Failed, match=r"^dockerEngine\.metrics\.firewall: .*netsh: The service has not"):
        windows.host().open_firewall([9324])


def test_credential_specs_are_made_those_given_and_others_own_stay(windows: Windows) -> None:
    folder = windows.data / "CredentialSpecs"
    folder.mkdir(parents=True)
    (folder / "theirs.json").write_text("{}")
    host = windows.host()

    host.write_credential_specs({"a.json": '{"a": 1}', "b.json": "{}"})
    host.write_credential_specs({"a.json": '{"a": 2}'})

    assert {one.name: one.read_text() for one in folder.iterdir()} == {"theirs.json": "{}", "a.json": '{"a": 2}'}


def test_a_data_root_that_is_made_for_credential_specs_is_for_administrators_alone(windows: Windows) -> None:
    windows.host().write_credential_specs({})
    assert not windows.data.exists()

    windows.host().write_credential_specs({"a.json": "{}"})

    # What Python makes of this mode on Windows.
    assert windows.data.stat().st_mode & 0o777 == 0o700


def test_a_crash_amid_credential_specs_leaves_none_behind_that_are_not_known(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = windows.host()
    (windows.data).mkdir()
    (windows.data / "CredentialSpecs").write_text("a file where the folder should be")
    with pytest.raises(Failed):
        host.write_credential_specs({"a.json": "{}", "b.json": "{}"})
    (windows.data / "CredentialSpecs").unlink()
    (windows.data / "CredentialSpecs").mkdir()
    (windows.data / "CredentialSpecs" / "a.json").write_text("{}")

    host.write_credential_specs({})

    assert list((windows.data / "CredentialSpecs").iterdir()) == []


@pytest.mark.parametrize("name", [r"..\evil.json", "a/b.json", "a.txt", ".json", "C:a.json"])
def test_a_credential_spec_that_is_no_plain_file_name_is_refused(windows: Windows, name: str) -> None:
    with pytest.raises(Refused, match=r"^dockerEngine\.credentialSpecs: "):
        windows.host().write_credential_specs({name: "{}"})
    assert not (windows.data / "CredentialSpecs").exists()


EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='docker'/>"
    "</System><EventData>{}</EventData></Event>"
)


def test_the_engines_last_words_are_its_errors_oldest_first_and_its_panic(windows: Windows) -> None:
    windows.answers["wevtutil.exe"] = Finished(
        code=0,
        output=EVENT.format("<Data>Stopping service</Data><Data>error=failed to load vmcompute.dll</Data>")
        + EVENT.format("<Data>it\r\n  began &lt;here&gt;</Data>"),
    )
    windows.data.mkdir()
    (windows.data / "panic.log").write_text(
        'time="2026-11-20T10:00:00Z" level=info msg="Starting up"\npanic: runtime error\n\ngoroutine 1 [running]:\n'
    )

    assert windows.host().engine_log() == (
        "it began <here>; Stopping service error=failed to load vmcompute.dll; panic: runtime error"
    )
    assert windows.ran == [
        [
            rf"{SYSTEM}\wevtutil.exe",
            "query-events",
            "Application",
            "/query:*[System[Provider[@Name='docker'] and (Level=1 or Level=2) and "
            "TimeCreated[timediff(@SystemTime) <= 900000]]]",
            "/count:3",
            "/reversedirection:true",
            "/format:xml",
        ]
    ]


def test_a_log_without_a_panic_is_not_quoted_as_one(windows: Windows) -> None:
    windows.data.mkdir()
    log = windows.data / "panic.log"
    log.write_text('time="2026-11-20T10:00:00Z" level=info msg="Starting up"\nlevel=info msg="panic: no"\n')
    assert windows.host().engine_log() == ""

    log.write_text("panic: old\n" + "x" * 300_000 + "\nfatal error: concurrent map writes\n\ngoroutine 7 [running]:\n")
    assert windows.host().engine_log() == "fatal error: concurrent map writes"

    log.write_text("panic: old\n" + ("x" * 1000 + "\n") * 300)
    assert windows.host().engine_log() == "", "only the end is read"


def test_no_words_are_none(windows: Windows) -> None:
    assert windows.host().engine_log() == ""
    windows.answers["wevtutil.exe"] = Finished(code=15007, errors="The specified channel could not be found.")
    assert windows.host().engine_log() == ""
    assert events.messages("<not xml") == []


@pytest.mark.parametrize(("instances", "clients"), [({}, None), ({"docker_engine": 3}, 0), ({"docker_engine": 5}, 2)])
def test_clients_of_the_pipe_are_its_instances_without_those_that_listen_and_ours(
    windows: Windows, instances: dict[str, int], clients: int | None
) -> None:
    windows.instances = instances

    assert windows.host().clients(own=1) == clients


def test_endpoints_are_counted(windows: Windows) -> None:
    windows.networks.points = ("a", "b")

    assert windows.host().endpoints() == 2


def test_the_journal_is_replaced_as_a_whole(windows: Windows) -> None:
    host = windows.host()
    assert host.read_journal() is None
    host.write_journal("one")
    # A crash in the middle of the next one.
    (windows.state / "journal.json.partial").write_text("tw")

    assert host.read_journal() == "one"
    host.write_journal("two")
    assert host.read_journal() == "two"
    assert sorted(one.name for one in windows.state.iterdir()) == ["journal.json"]


def test_a_journal_that_is_no_text_is_read_as_damaged_and_not_as_a_failure(windows: Windows) -> None:
    windows.state.mkdir(parents=True)
    (windows.state / "journal.json").write_bytes(b"\xff\xfe{\x00")

    text = windows.host().read_journal()

    assert text is not None
    assert journal.load(text) is None


def test_only_one_acts_and_the_next_waits(windows: Windows) -> None:
    order: list[str] = []
    entered, never = threading.Event(), threading.Event()
    # The clock of the tests stands still unless somebody pauses; here a pause takes time.
    windows.pause = lambda seconds: bool(never.wait(0.01))  # type: ignore[method-assign, assignment]
    first, second = windows.host(), windows.host()

    def other(host: WindowsHost) -> None:
        entered.set()
        with host.acting():
            order.append("second")

    with first.acting():
        thread = threading.Thread(target=other, args=(second,))
        thread.start()
        assert entered.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_lock_that_is_never_freed_is_told(windows: Windows) -> None:
    first, second = windows.host(), windows.host()
    with first.acting(), pytest.raises(Failed, match="another supervisor has held"), second.acting():
        pass


def test_everything_that_is_run_is_run_by_its_full_path(windows: Windows) -> None:
    source = Path(events.__file__).parent
    for file in source.glob("*.py"):
        for name in ("dism", "netsh", "shutdown", "wevtutil", "reg"):
            text = file.read_text()
            assert text.count(f'"{name}.exe"') == text.count(f'system_program("{name}.exe")')
    assert windows.node().system_program("dism.exe") == rf"{SYSTEM}\dism.exe"


@pytest.mark.parametrize(
    ("environment", "program"),
    [
        ({"SYSTEMROOT": r"D:\Windows"}, r"D:\Windows\System32\dism.exe"),
        ({"SystemRoot": r"D:\Windows"}, r"D:\Windows\System32\dism.exe"),
        ({"SystemRoot": ""}, r"C:\Windows\System32\dism.exe"),
        ({}, r"C:\Windows\System32\dism.exe"),
    ],
)
def test_variables_are_found_in_any_case_and_have_windows_defaults(
    windows: Windows, environment: dict[str, str], program: str
) -> None:
    node = replace(windows.node(), environment=environment)

    assert node.system_program("dism.exe") == program
    assert str(node.state_folder).startswith(r"C:\ProgramData")
