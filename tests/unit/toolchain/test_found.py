"""What of the machine may stand in for a pinned binary."""

from __future__ import annotations

import pytest

from toolchain import binaries
from toolchain.errors import MissingPrerequisite

from .conftest import Machine


@pytest.mark.parametrize("told", ["v3.256.0", "v3.260.1", "v3.300.0-alpha.1"])
def test_a_pulumi_on_path_that_is_new_enough_is_used_and_needs_no_go(machine: Machine, told: str) -> None:
    own = machine.on_path("pulumi", told)
    assert binaries.ensure(["pulumi"]) == {"pulumi": own}


@pytest.mark.parametrize("told", ["v3.255.9", "v3.256.0-alpha.1", "v4.0.0", "no version at all"])
def test_a_pulumi_on_path_that_is_older_or_of_another_major_version_is_not_used(machine: Machine, told: str) -> None:
    own = machine.on_path("pulumi", told)
    machine.install_go()
    machine.go_builds("pulumi")
    assert binaries.ensure(["pulumi"])["pulumi"] != own
    assert len(machine.builds) == 1


def test_it_is_told_why_the_pulumi_on_path_is_not_used(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    own = machine.on_path("pulumi", "v3.1.0")
    machine.install_go()
    machine.go_builds("pulumi")
    binaries.ensure(["pulumi"])
    assert f"{own} is v3.1.0, older than {binaries.pinned_version('pulumi')}" in capsys.readouterr().err


@pytest.mark.parametrize(("minor", "used"), [(34, False), (35, True), (36, True), (37, True), (38, False)])
def test_a_kubectl_on_path_is_used_within_one_minor_version(machine: Machine, minor: int, used: bool) -> None:
    own = machine.on_path("kubectl", f"Client Version: v1.{minor}.7-vendor")
    machine.install_go()
    machine.go_builds("kubectl")
    assert (binaries.ensure(["kubectl"])["kubectl"] == own) is used


def test_an_api_server_on_path_is_not_used_because_nobody_asked_for_it(machine: Machine) -> None:
    own = machine.on_path("kube-apiserver", "Kubernetes v1.36.3")
    machine.install_go()
    machine.go_builds("kube-apiserver")
    assert binaries.ensure(["kube-apiserver"])["kube-apiserver"] != own


def test_the_control_plane_is_taken_from_kubebuilder_assets_and_what_is_missing_there_is_built_and_told(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assets = machine.folder / "assets"
    machine.set(KUBEBUILDER_ASSETS=str(assets))
    server = machine.program(assets / "kube-apiserver", "Kubernetes v1.36.0")
    etcd = machine.program(assets / "etcd", "etcd Version: 3.6.0")
    machine.install_go()
    machine.go_builds("kube-scheduler")
    found = binaries.ensure(["kube-scheduler", "kube-apiserver", "etcd"])
    assert list(found) == ["kube-scheduler", "kube-apiserver", "etcd"]
    assert (found["kube-apiserver"], found["etcd"]) == (server, etcd)
    assert machine.cache in found["kube-scheduler"].parents
    assert f"kube-scheduler v1.36.3: is built because KUBEBUILDER_ASSETS ({assets}) has none" in capsys.readouterr().err


def test_an_api_server_of_another_version_is_not_mixed_with_a_controller_manager_of_ours(machine: Machine) -> None:
    assets = machine.folder / "assets"
    machine.set(KUBEBUILDER_ASSETS=str(assets))
    machine.program(assets / "kube-apiserver", "Kubernetes v1.33.0")
    machine.install_go()
    with pytest.raises(MissingPrerequisite, match=r"kube-apiserver v1\.33\.0 but no kube-controller-manager"):
        binaries.ensure(["kube-controller-manager"])
    assert machine.builds == []


def test_a_whole_control_plane_of_another_version_is_used_as_it_is(machine: Machine) -> None:
    assets = machine.folder / "assets"
    machine.set(KUBEBUILDER_ASSETS=str(assets))
    names = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]
    own = {name: machine.program(assets / name, "Kubernetes v1.33.0") for name in names}
    assert binaries.ensure(names) == own


def test_kubebuilder_assets_that_is_no_directory_is_refused(machine: Machine) -> None:
    machine.set(KUBEBUILDER_ASSETS=str(machine.folder / "nowhere"))
    with pytest.raises(MissingPrerequisite, match="unset KUBEBUILDER_ASSETS"):
        binaries.ensure(["etcd"])
