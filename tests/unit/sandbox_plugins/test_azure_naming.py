"""Names, locations and API versions that a program leaves out."""

from __future__ import annotations

import re
from typing import Any

from sandbox.azure.values import UNKNOWN, Object
from sandbox.plugins.azure_native_provider.naming import Autonaming, complete

GROUP = "azure-native:resources:ResourceGroup"
REGISTRY = "azure-native:containerregistry:Registry"
POOL = "azure-native:containerservice:AgentPool"
GENERIC = "azure-native:resources:Resource"
ROLE = "azure-native:authorization:RoleAssignment"


def completed(token: str, inputs: Object, **more: Any) -> Object:
    settings: dict[str, Any] = {
        "old": {},
        "urn_name": "thing",
        "seed": b"seed",
        "autonaming": Autonaming(),
        "location": None,
        "group_location": {"there": "northeurope"}.get,
        **more,
    }
    return complete(token, inputs, **settings)


def test_what_is_given_stays() -> None:
    given = {"resourceGroupName": "g", "location": "West Europe"}
    assert completed(GROUP, given, location="x") == {**given, "azureApiVersion": "2024-03-01"}


def test_a_name_of_its_own_gets_a_random_part_that_depends_on_the_engine_s_seed() -> None:
    one, again = completed(GROUP, {}), completed(GROUP, {})
    assert re.fullmatch("thing[0-9a-f]{8}", one["resourceGroupName"])
    assert one == again
    assert one["__createBeforeDelete"] is True
    assert completed(GROUP, {}, seed=b"other")["resourceGroupName"] != one["resourceGroupName"]


def test_a_child_s_name_is_the_program_s() -> None:
    found = completed(POOL, {"resourceGroupName": "g", "resourceName": "c"})
    assert found["agentPoolName"] == "thing"
    assert "__createBeforeDelete" not in found


def test_a_role_assignment_s_name_is_a_uuid_even_if_the_engine_proposes_another() -> None:
    for naming in (Autonaming(), Autonaming(mode="propose", proposed="x")):
        found = completed(ROLE, {"scope": "/x"}, autonaming=naming)
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found["roleAssignmentName"])


def test_the_engine_s_proposal_is_taken_and_autonaming_can_be_off() -> None:
    assert completed(GROUP, {}, autonaming=Autonaming(mode="propose", proposed="p"))["resourceGroupName"] == "p"
    enforced = Autonaming(mode="enforce", proposed="p")
    assert completed(ROLE, {"scope": "/x"}, autonaming=enforced)["roleAssignmentName"] == "p"
    assert "resourceGroupName" not in completed(GROUP, {}, autonaming=Autonaming(mode="disable"))


def test_an_existing_resource_keeps_its_name_and_its_place() -> None:
    old = {"registryName": "old1234", "__createBeforeDelete": True, "location": "eastus"}
    found = completed(REGISTRY, {"resourceGroupName": "there"}, old=old, location="westeurope")
    assert found["registryName"] == "old1234"
    assert found["__createBeforeDelete"] is True
    assert found["location"] == "eastus"


def test_the_location_is_the_provider_s_else_the_resource_group_s() -> None:
    inputs = {"resourceGroupName": "there", "registryName": "r"}
    assert completed(REGISTRY, inputs, location="westeurope")["location"] == "westeurope"
    assert completed(REGISTRY, inputs)["location"] == "northeurope"
    assert "location" not in completed(REGISTRY, {**inputs, "resourceGroupName": "not-there"})
    assert completed(REGISTRY, {**inputs, "resourceGroupName": UNKNOWN})["location"] is UNKNOWN


def test_what_has_no_location_gets_none() -> None:
    assert "location" not in completed(POOL, {"resourceGroupName": "there", "resourceName": "c"}, location="x")
