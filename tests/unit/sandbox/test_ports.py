"""Ports of the sandbox: chosen once, remembered."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from sandbox.control_plane import ControlPlaneError, ports


def listen(port: int) -> socket.socket:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((ports.LOOPBACK, port))
    server.listen()
    return server


def test_ports_differ_and_are_remembered(tmp_path: Path) -> None:
    first = ports.assign(tmp_path / "ports.json")
    assert sorted(first) == sorted(ports.NAMES)
    assert len(set(first.values())) == len(ports.NAMES)
    assert all(ports.FIRST <= port <= ports.LAST for port in first.values())
    assert ports.assign(tmp_path / "ports.json") == first


def test_a_port_nobody_outside_knows_is_chosen_anew_when_taken(tmp_path: Path) -> None:
    first = ports.assign(tmp_path / "ports.json")
    with listen(first["kwok"]):
        second = ports.assign(tmp_path / "ports.json")
    assert second["kwok"] != first["kwok"]
    assert {name: port for name, port in second.items() if name != "kwok"} == {
        name: port for name, port in first.items() if name != "kwok"
    }
    assert ports.remembered(tmp_path / "ports.json") == second


def test_the_api_servers_port_is_never_exchanged(tmp_path: Path) -> None:
    first = ports.assign(tmp_path / "ports.json")
    with listen(first["kube-apiserver"]), pytest.raises(ControlPlaneError, match=str(first["kube-apiserver"])):
        ports.assign(tmp_path / "ports.json")
    assert json.loads((tmp_path / "ports.json").read_text()) == first
