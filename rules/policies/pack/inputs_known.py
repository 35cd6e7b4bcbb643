"""`policy-inputs-known`: what a mandatory rule reads is known in the preview.

Owns what the rule says of itself. Whether something was not known is seen while the other rules are judged, so the pack
reports it, and `check` has nothing to find in a resource.
"""

from __future__ import annotations

from typing import Final

from rules.policies.pack.of_the_pack import judges_nothing, reads_nothing
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Rule

ID: Final = "policy-inputs-known"


RULE: Final = Rule[Resource](
    id=ID,
    group="the pack itself",
    title="a preview knows every value that a mandatory rule reads",
    why="A rule that cannot read a value has not passed it. The same rule would stop the update half-way, when the "
    "value is known.",
    fix="Write the value as a plain input instead of an output of another resource, or create that resource first, "
    "with --target; in an ARM template write plain values or parameters in place of links and expressions. With "
    "strict: false in fleet-settings it is told and does not stop a preview, nor an update where a template hides the "
    "value.",
    severity="high",
    levels=MANDATORY,
    read=reads_nothing,
    check=judges_nothing,
)
