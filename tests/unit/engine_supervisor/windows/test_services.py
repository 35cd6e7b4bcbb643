"""The engine's service: registered without a life of its own, started and stopped on request only."""

from __future__ import annotations

import pytest

from engine_supervisor.adapters.windows import seams
from engine_supervisor.adapters.windows.seams import Finished, Registration, Status
from engine_supervisor.ports import Failed
from engine_supervisor.world import Owner, Running, Service

from .fakes import OTHER, TARGET, Windows


def test_a_node_without_the_service_has_none(windows: Windows) -> None:
    assert windows.host().look().service == Service()


def test_a_running_service_tells_its_target_process_and_start(windows: Windows) -> None:
    assert windows.running().look().service == Service(
        owner=Owner.US,
        state=Running.RUNNING,
        target=TARGET,
        guarded=True,
        pid=4711,
        started_at=1_700_000_000.25,
    )


def test_the_service_is_registered_by_the_targets_own_dockerd_and_then_guarded(windows: Windows) -> None:
    windows.installed().register(TARGET)

    folder = windows.root / "29.2.1"
    assert windows.ran == [
        [
            str(folder / "dockerd.exe"),
            "--register-service",
            "--service-name",
            "docker",
            "--config-file",
            str(folder / "daemon-0123456789ab.json"),
        ]
    ]
    assert windows.services.asked == [("start_on_demand", "docker"), ("never_recover", "docker")]


def test_a_service_that_somebody_else_made_is_unregistered_first_by_our_dockerd(windows: Windows) -> None:
    host = windows.installed()
    windows.services.register("docker", r"C:\Program Files\Docker\dockerd.exe --run-service")
    windows.services.lingers = 3
    assert host.look().service.owner is Owner.OTHER

    host.register(TARGET)

    assert [argv[1] for argv in windows.ran] == ["--unregister-service", "--register-service"]
    assert windows.ran[0] == [
        str(windows.root / "29.2.1" / "dockerd.exe"),
        "--unregister-service",
        "--service-name",
        "docker",
    ]
    assert host.look().service.target == TARGET


def test_another_configuration_is_a_registration_anew(windows: Windows) -> None:
    host = windows.registered()
    host.configure(OTHER, "{}")
    windows.ran.clear()

    host.register(OTHER)

    assert [argv[1] for argv in windows.ran] == ["--unregister-service", "--register-service"]
    assert host.look().service.target == OTHER


def test_registering_what_is_registered_only_guards_it(windows: Windows) -> None:
    host = windows.installed()
    host.register(TARGET)
    windows.services.found["docker"] = Registration(
        command_line=windows.services.found["docker"].command_line, start=2, recovers=True
    )
    assert not host.look().service.guarded
    windows.ran.clear()

    host.register(TARGET)

    assert windows.ran == []
    assert host.look().service.guarded


@pytest.mark.parametrize(("start", "recovers"), [(2, False), (3, True)])
def test_a_service_that_starts_or_recovers_by_itself_is_not_guarded(
    windows: Windows, start: int, recovers: bool
) -> None:
    host = windows.registered()
    line = windows.services.found["docker"].command_line
    windows.services.found["docker"] = Registration(command_line=line, start=start, recovers=recovers)

    assert not host.look().service.guarded
    host.guard()
    assert host.look().service.guarded


@pytest.mark.parametrize("state", [Running.RUNNING, Running.STARTING, Running.STOPPING])
def test_a_service_that_runs_is_not_registered_anew(windows: Windows, state: Running) -> None:
    host = windows.registered()
    windows.services.states["docker"] = Status(state=state, pid=4711)
    windows.services.stays = 9

    with pytest.raises(Failed, match=f"the service docker is {state.value}"):
        host.register(TARGET)
    assert windows.ran == []


def test_a_registration_that_dockerd_refuses_is_told_in_its_words(windows: Windows) -> None:
    host = windows.installed()
    windows.answers["--register-service"] = Finished(code=1, errors="docker registry key already exists\r\n")

    with pytest.raises(Failed, match="dockerd --register-service: docker registry key already exists"):
        host.register(TARGET)


def test_a_registration_that_is_not_there_afterwards_is_a_failure(windows: Windows) -> None:
    host = windows.installed()
    windows.services.register("docker", r"C:\docker\dockerd.exe --run-service")
    windows.answers["--register-service"] = Finished(code=0)
    windows.answers["--unregister-service"] = Finished(code=0)
    # Deleted by nobody: its name is never free.
    with pytest.raises(Failed, match="marked for deletion and does not go"):
        host.register(TARGET)
    assert windows.time - 1_700_000_000 == pytest.approx(30, abs=1)


def test_the_service_cannot_be_registered_before_its_files_are_there(windows: Windows) -> None:
    host = windows.installed()

    with pytest.raises(Failed, match=r"daemon-ba9876543210\.json is not there"):
        host.register(OTHER)


def test_a_start_of_a_service_that_runs_is_none(windows: Windows) -> None:
    host = windows.running()
    windows.services.errors["start"] = [seams.ERROR_SERVICE_ALREADY_RUNNING]

    host.start_engine()

    assert windows.services.asked == [("start", "docker")]


def test_a_start_that_the_service_manager_refuses_is_told_with_its_number(windows: Windows) -> None:
    host = windows.registered()
    windows.services.errors["start"] = [1053]

    with pytest.raises(Failed, match=r"start of the service docker: .*\(error 1053\)"):
        host.start_engine()


def test_a_stop_waits_for_the_end(windows: Windows) -> None:
    host = windows.running()
    windows.services.stays = 5

    host.stop_engine()

    assert windows.services.asked == [("control", "docker", seams.CONTROL_STOP)]
    assert host.look().service.state is Running.STOPPED
    assert windows.kernel.ended == []


def test_a_service_that_is_starting_is_asked_to_stop_until_it_listens(windows: Windows) -> None:
    host = windows.running()
    windows.services.errors["control"] = [seams.ERROR_SERVICE_CANNOT_ACCEPT_CTRL] * 2

    host.stop_engine()

    assert len(windows.services.asked) == 3
    assert host.look().service.state is Running.STOPPED


def test_an_engine_that_does_not_end_in_time_is_ended(windows: Windows) -> None:
    windows.running()
    host = windows.host(**{"shutdown-timeout": 40})
    windows.services.stays = 10**6

    def ended() -> None:
        windows.services.stays = 0

    windows.kernel.on_end = ended
    host.stop_engine()

    assert windows.kernel.ended == [4711]
    assert windows.time - 1_700_000_000 == pytest.approx(100, abs=1)


def test_an_engine_that_does_not_take_the_request_is_ended_at_once(windows: Windows) -> None:
    host = windows.running()
    windows.services.errors["control"] = [seams.ERROR_SERVICE_REQUEST_TIMEOUT]

    def ended() -> None:
        windows.services.states["docker"] = Status(state=Running.STOPPED)

    windows.kernel.on_end = ended
    host.stop_engine()

    assert windows.kernel.ended == [4711]
    assert windows.time == 1_700_000_000


@pytest.mark.parametrize("by", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_meanwhile_shortens_no_stop_and_lengthens_none(windows: Windows, by: float) -> None:
    windows.running()
    windows.services.stays = 10**6
    passes = windows.pause

    def pause(seconds: float) -> None:
        windows.clock_set = by
        passes(seconds)
        assert windows.time < 1_700_000_000 + 200

    def ended() -> None:
        windows.services.stays = 0

    windows.pause = pause  # type: ignore[method-assign]
    windows.kernel.on_end = ended
    windows.host().stop_engine()

    assert windows.time - 1_700_000_000 == pytest.approx(75, abs=1)


def test_an_engine_that_nothing_ends_is_a_failure(windows: Windows) -> None:
    host = windows.running()
    windows.services.stays = 10**6

    with pytest.raises(Failed, match="its process 4711 could not be ended"):
        host.stop_engine()


def test_a_stop_of_what_is_stopped_or_absent_asks_nothing(windows: Windows) -> None:
    windows.host().stop_engine()
    windows.registered().stop_engine()

    assert windows.services.asked == []
