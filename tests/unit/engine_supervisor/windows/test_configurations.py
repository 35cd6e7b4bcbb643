"""`daemon.json`: only what dockerd accepts, and read again without a start where that is enough."""

from __future__ import annotations

import pytest

from engine_supervisor.adapters.windows import seams
from engine_supervisor.adapters.windows.seams import Finished
from engine_supervisor.ports import Failed, Refused

from .fakes import OTHER, TARGET, Windows

PATH = "29.2.1/daemon-0123456789ab.json"


def test_a_configuration_is_validated_by_the_dockerd_of_its_version_before_it_is_there(windows: Windows) -> None:
    host = windows.host()
    host.install("29.2.1")

    host.configure(TARGET, '{"debug": true}\n')

    candidate = windows.root / "29.2.1" / "candidate-daemon-0123456789ab.json"
    assert windows.ran == [
        [str(windows.root / "29.2.1" / "dockerd.exe"), "--validate", "--config-file", str(candidate)]
    ]
    assert (windows.root / PATH).read_text() == '{"debug": true}\n'
    assert not candidate.exists()


def test_a_configuration_that_dockerd_does_not_accept_is_refused_in_its_words(windows: Windows) -> None:
    host = windows.installed()
    candidate = windows.root / "29.2.1" / "candidate-daemon-0123456789ab.json"
    windows.answers["--validate"] = Finished(
        code=1,
        errors=f"unable to configure the Docker daemon with file {candidate}: the following directives don't match any "
        "configuration option: debgu\r\n",
    )

    with pytest.raises(Refused) as raised:
        host.configure(TARGET, '{"debgu": true}')
    assert str(raised.value) == (
        "dockerEngine.configuration: dockerd --validate: unable to configure the Docker daemon with file daemon.json: "
        "the following directives don't match any configuration option: debgu"
    )
    assert (windows.root / PATH).read_text() == "{}"
    assert not candidate.exists()


def test_a_configuration_that_was_accepted_is_seen_and_one_that_was_refused_is_not(windows: Windows) -> None:
    host = windows.installed()
    before = host.look().configured
    windows.answers["--validate"] = Finished(code=1, errors="no")
    with pytest.raises(Refused):
        host.configure(OTHER, "{}")
    assert host.look().configured == before
    windows.answers["--validate"] = Finished(code=0)
    host.configure(TARGET, "{}")
    assert host.look().configured == frozenset({TARGET.key})


def test_a_configuration_needs_its_version(windows: Windows) -> None:
    with pytest.raises(Failed, match=r"Docker Engine 29\.2\.1 is not installed"):
        windows.host().configure(TARGET, "{}")


def test_a_reload_replaces_the_file_and_asks_the_service_to_read_it(windows: Windows) -> None:
    host = windows.running()
    assert host.look().reload_hash == "None"

    host.reload(TARGET, '{"debug": true}')

    assert windows.services.asked == [("control", "docker", seams.CONTROL_PARAMCHANGE)]
    assert (windows.root / PATH).read_text() == '{"debug": true}'
    assert host.look().reload_hash == "True"


def test_a_reload_that_was_not_told_to_the_engine_is_not_taken_for_done(windows: Windows) -> None:
    host = windows.running()
    windows.services.errors["control"] = [1061]
    with pytest.raises(Failed, match="reload of the service docker"):
        host.reload(TARGET, '{"debug": true}')

    assert host.look().reload_hash is None

    host.reload(TARGET, '{"debug": true}')
    assert host.look().reload_hash == "True"


def test_a_configuration_that_is_written_under_a_running_engine_is_not_taken_for_read(windows: Windows) -> None:
    host = windows.running()
    host.configure(TARGET, "{}")
    assert host.look().reload_hash == "None"

    host.configure(TARGET, '{"debug": true}')
    assert host.look().reload_hash is None

    host.reload(TARGET, '{"debug": true}')
    assert host.look().reload_hash == "True"


def test_a_refused_reload_leaves_what_the_engine_has_read(windows: Windows) -> None:
    host = windows.running()
    windows.answers["--validate"] = Finished(code=1, errors="no")

    with pytest.raises(Refused):
        host.reload(TARGET, '{"debug": 1}')
    assert host.look().reload_hash == "None"
    assert windows.services.asked == []


def test_a_start_reads_what_a_reload_had_not_told(windows: Windows) -> None:
    host = windows.running()
    windows.services.errors["control"] = [1061]
    with pytest.raises(Failed):
        host.reload(TARGET, '{"debug": true}')
    host.stop_engine()

    host.start_engine()

    assert host.look().reload_hash == "True"


def test_a_reload_of_a_target_that_is_not_registered_changes_nothing(windows: Windows) -> None:
    host = windows.running()

    with pytest.raises(Failed, match="the service is not that of"):
        host.reload(OTHER, "{}")
    assert windows.ran == []


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_damaged_configuration_has_no_hash(windows: Windows, text: str) -> None:
    host = windows.running()
    (windows.root / PATH).write_text(text)

    assert host.look().reload_hash is None
