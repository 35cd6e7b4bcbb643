"""A log of a run tells what changes, and not what does not."""

from __future__ import annotations

import pytest

from sandbox.engine_lines import of_interest


@pytest.mark.parametrize(
    "line",
    [
        " ~  kubernetes:core/v1:Namespace arc-namespace refreshing (0s) \n",
        " ~  kubernetes:core/v1:Namespace arc-namespace refresh (0.03s) \n",
        " ~  pulumi:pulumi:Stack buildfleet-aks refreshing (12s) \n",
        "    azure-native:resources:ResourceGroup resource-group  \n",
        "    buildfleet:index:AksNodePool pool-w22  \n",
        "    pulumi:pulumi:Stack buildfleet-aks running \n",
    ],
)
def test_a_resource_that_stays_as_it_is_gets_no_line(line: str) -> None:
    assert list(of_interest([line])) == []


@pytest.mark.parametrize(
    "line",
    [
        "\n",
        "Resources:\n",
        "    170 unchanged\n",
        "    + 170 created\n",
        "    error: preview failed\n",
        " +  kubernetes:core/v1:Namespace arc-namespace creating (0s) \n",
        " +  kubernetes:core/v1:Namespace arc-namespace created (0.03s) \n",
        " ~  kubernetes:core/v1:ConfigMap one updating (0s) [diff: ~data]\n",
        " ~  kubernetes:core/v1:ConfigMap one refresh (0.1s) [diff: ~data]\n",
        " ~  kubernetes:core/v1:ConfigMap one refreshing (0s) error: the API server is gone\n",
        " -  kubernetes:core/v1:ConfigMap one refresh (0.1s) \n",
        "  azure-native:containerservice:AgentPool (pool-lin):\n",
        "    kubernetes:core/v1:ConfigMap one  warning: this is told\n",
    ],
)
def test_every_change_and_every_message_stays(line: str) -> None:
    assert list(of_interest([line])) == [line]


def test_an_error_is_told_with_the_other_diagnostics_and_not_beside_its_resource_too() -> None:
    resource = " +  azure-native:network:NatGateway egress **creating failed** (0.2s)"
    failed = f"{resource} error: NatGatewayNotAllowed: it is refused\n"
    diagnostics = ["Diagnostics:\n", "    error: NatGatewayNotAllowed: it is refused\n"]
    assert list(of_interest([failed, *diagnostics])) == [f"{resource}\n", *diagnostics]
