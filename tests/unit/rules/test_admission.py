"""The section `policy`: what its author would believe to be in force and is not."""

from __future__ import annotations

from rules import admission
from tests.unit.rules.cases import Check, passes, refused, text

OWN = {"namespaces.dockerEngine": "docker-engine", "namespaces.github": "github-runners", "arc.namespace": "arc"}


@passes(
    ("nothing", lambda: admission.check({}, OWN)),
    ("switched off", lambda: admission.check({"enabled": False}, OWN)),
    ("switched off, with lists that are empty", lambda: admission.check({"enabled": False, "registries": []}, OWN)),
    ("a driver of others", lambda: admission.check({"exemptNamespaces": ["longhorn-system"]}, OWN)),
    ("the controller's, which is not judged as ours", lambda: admission.check({"exemptNamespaces": ["arc"]}, OWN)),
    ("own namespaces alone", lambda: admission.check({"scope": "stack", "exemptNamespaces": []}, OWN)),
    ("names that cannot be read", lambda: admission.check({"exemptNamespaces": "all"}, {"namespaces.github": None})),
)
def test_policies_that_do_what_they_say_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "settings of policies that are not made",
        lambda: admission.check({"enabled": False, "scope": "stack", "exemptNamespaces": ["docker-engine"]}, OWN),
        """
setting-unused: policy.scope
  given: "stack"
  allowed: nothing beside policy.enabled: false, with which no policy is made
  fix: remove scope, or enabled
setting-unused: policy.exemptNamespaces
  given: a list of 1
  allowed: nothing beside policy.enabled: false, with which no policy is made
  fix: remove exemptNamespaces, or enabled
""",
    ),
    (
        "an exemption of what is not judged",
        lambda: admission.check({"scope": "stack", "exemptNamespaces": ["longhorn-system"]}, OWN),
        """
setting-unused: policy.exemptNamespaces
  given: a list of 1
  allowed: nothing with policy.scope: stack, by which only the stack's own namespaces are judged
  fix: remove exemptNamespaces, or scope
""",
    ),
    (
        "an exemption of the stack's own",
        lambda: admission.check({"exemptNamespaces": ["longhorn-system", "docker-engine"]}, OWN),
        """
policy-exempt-own: policy.exemptNamespaces[1]
  given: "docker-engine"
  allowed: namespaces of others; this one is namespaces.dockerEngine, which the policies are there for
  fix: remove it; policy.action: warn tells what would be refused, and refuses nothing
""",
    ),
    (
        "an exemption of the cluster's own",
        lambda: admission.check({"exemptNamespaces": ["kube-system"]}, OWN),
        """
policy-exempt-system: policy.exemptNamespaces[0]
  given: "kube-system"
  allowed: namespaces that would be judged; the cluster's own never are
  fix: remove it
""",
    ),
)
def test_policies_that_would_not_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said
