"""References of images, expanded as a container runtime does."""

from __future__ import annotations

import pytest

from rules.policies.images.reference import parse
from tests.unit.policies.image_references import REFERENCES


@pytest.mark.parametrize("text", REFERENCES)
def test_a_reference_means_what_a_container_runtime_takes_it_for(text: str) -> None:
    reference = parse(text)
    assert (reference.repository, reference.floats, reference.pinned) == REFERENCES[text]


def test_a_prefix_ends_where_a_part_of_the_name_ends() -> None:
    agent = parse("registry.example.com/buildfleet/agent:1")
    assert agent.within(["registry.example.com"])
    assert agent.within(["registry.example.com/buildfleet/"])
    assert agent.within(["registry.example.com/buildfleet/agent"])
    assert not agent.within(["registry.example.com/build"])
    assert not agent.within(["registry.example"])
    assert not agent.within([])
