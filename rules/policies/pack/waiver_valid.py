"""`waiver-valid`: every waiver has a rule, resources, a reason, an owner and a day on which it ends.

Owns what the rule says of itself. Its subject is the pack's configuration: `rules.policies.waivers` says what is wrong
with a waiver, the pack reports it, and `check` has nothing to find in a resource.
"""

from __future__ import annotations

from typing import Final

from rules.policies import waivers
from rules.policies.pack.of_the_pack import judges_nothing, reads_nothing
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Rule

ID: Final = waivers.ID


RULE: Final = Rule[Resource](
    id=ID,
    group="the pack itself",
    title=f"a waiver names rule, resources, reason, owner and its last day, at most {waivers.LONGEST.days} days ahead",
    why="An exception that nobody answers for, or that nobody looks at again, is a hole in the rules.",
    fix="Mend the violation and remove the waiver, or have its owner renew it. A waiver that is no good waives "
    "nothing.",
    severity="high",
    levels=MANDATORY,
    read=reads_nothing,
    check=judges_nothing,
)
