"""The policy pack: the rules of `rules/policies/` for Pulumi's engine, on any program.

Owns the Analyzer protocol, the level of each rule, waivers and messages. A rule is not here: what it demands stands in
its module alone, and the cluster's policies and the tests read the same.

Serves the protocol itself. `pulumi_policy.PolicyPack` unpacks all inputs of a resource anew for every rule, hides which
values are secret, and turns a mandatory rule that meets an unknown value into advice.
"""

from __future__ import annotations

from typing import Final

NAME: Final = "buildfleet"
VERSION: Final = "0.1.0"
"""As in PulumiPolicy.yaml, which the engine asks first."""
