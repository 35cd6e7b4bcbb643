"""Command lines of services: how Windows splits them, and whose they are."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_supervisor.adapters.windows.command_line import expand, owner, split
from engine_supervisor.world import Owner, Target

ROOT = r"C:\Program Files\buildfleet\docker"
TARGET = Target(version="29.2.1", configuration="0123456789ab")
OURS = (
    r'"C:\Program Files\buildfleet\docker\29.2.1\dockerd.exe" --run-service --service-name docker '
    r'--config-file "C:\Program Files\buildfleet\docker\29.2.1\daemon-0123456789ab.json"'
)
ENVIRONMENT = {"ProgramFiles": r"C:\Program Files"}


def whose(line: str, short: tuple[str, str] = ("", "")) -> tuple[Owner, Target | None]:
    def long_path(path: str) -> str:
        return path.replace(*short) if short[0] else path

    return owner(line, install_root=ROOT, environment=ENVIRONMENT, long_path=long_path)


@given(st.lists(st.text(alphabet=st.sampled_from('ab \\"-='), min_size=0, max_size=8), min_size=1, max_size=5))
def test_arguments_come_back_as_they_were_quoted(arguments: list[str]) -> None:
    line = subprocess.list2cmdline([r"C:\Program Files\dockerd.exe", *arguments])

    assert split(line) == [r"C:\Program Files\dockerd.exe", *arguments]


@pytest.mark.parametrize(
    "line",
    [
        r"C:\Program Files\Docker\dockerd.exe --run-service -H npipe://",
        r'"C:\Program Files\Docker\dockerd.exe"   --run-service -H npipe://',
    ],
)
def test_a_program_with_blanks_is_read_quoted_or_not(line: str) -> None:
    assert split(line) == [r"C:\Program Files\Docker\dockerd.exe", "--run-service", "-H", "npipe://"]


@pytest.mark.parametrize(
    "line",
    [
        OURS,
        OURS.replace("C:\\Program Files\\", "c:\\PROGRAM FILES\\"),
        OURS.replace('--config-file "', '"--config-file='),
        OURS.replace(r"C:\Program Files", "%ProgramFiles%"),
        OURS.replace(r"C:\Program Files", "%PROGRAMFILES%"),
    ],
)
def test_a_service_below_the_install_root_is_ours_however_it_is_written(line: str) -> None:
    assert whose(line) == (Owner.US, TARGET)


def test_a_service_with_short_names_in_its_path_is_ours() -> None:
    assert whose(OURS.replace("Program Files", "PROGRA~1"), ("PROGRA~1", "Program Files")) == (Owner.US, TARGET)


@pytest.mark.parametrize(
    "line",
    [
        r'"C:\Program Files\Docker\dockerd.exe" --run-service',
        r"C:\Program Files\buildfleet\docker-other\29.2.1\dockerd.exe --run-service",
        # The configuration is in our folder; the program decides.
        OURS.replace(r'"C:\Program Files\buildfleet\docker\29.2.1\dockerd.exe"', r"C:\docker\dockerd.exe"),
        r"C:\Program Files\buildfleet\docker",
        "",
    ],
)
def test_a_service_whose_program_is_elsewhere_is_somebody_elses(line: str) -> None:
    assert whose(line) == (Owner.OTHER, None)


@pytest.mark.parametrize(
    "line",
    [
        OURS.partition(" --config-file")[0],
        OURS.replace("daemon-0123456789ab.json", "daemon.json"),
        # A configuration in another version's folder.
        OURS.replace(r"29.2.1\daemon", r"28.0.0\daemon"),
        OURS.partition(' "C:')[0],
    ],
)
def test_a_service_of_ours_that_tells_no_target_has_none(line: str) -> None:
    assert whose(line) == (Owner.US, None)


def test_a_variable_that_does_not_exist_stays() -> None:
    assert expand(r"%ProgramFiles%\a %nobody% 100%", ENVIRONMENT) == r"C:\Program Files\a %nobody% 100%"
