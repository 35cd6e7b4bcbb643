"""What stops a change until somebody has looked.

Owns the refusals: a preview that did not end, mandatory findings, a policy pack that did not run, and protected
resources that would go without a yes to exactly those. Refuses to know who said yes: the caller hands over the
approvals that count (`review.github` reads them with their authors).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from review import approval, protected
from review.approval import System
from review.concepts import Family
from review.findings import findings
from review.log import Log
from review.words import counted, line

_DIGEST: Final = re.compile(rf"(?:{protected.LABEL})?([0-9a-f]{{{protected.DIGEST_LENGTH}}})")


def approvals(texts: Iterable[str]) -> set[str]:
    """The digests among labels and other texts, which commas, spaces and lines separate."""
    each = (word for text in texts for word in re.split(r"[\s,]+", text))
    return {found[1] for word in each if (found := _DIGEST.fullmatch(word))}


def asked(log: Log) -> str | None:
    """The digest that a yes has to name; `None`: nothing needs one."""
    destroyed = protected.destructions(log)
    return protected.digest(destroyed) if destroyed else None


def refusals(
    log: Log,
    *,
    approvals: Collection[str],
    packs: Collection[str] = (),
    stack: str | None = None,
    real: bool = False,
    system: System = "github",
) -> list[str]:
    """Why the change may not go on, each as a text; empty: it may.

    `stack`: name of the one stack that the log has to be of. `real`: a rehearsal's log will not do. `system`: where an
    approval is given.
    """
    found = [] if log.succeeded else [_not_ended(log)]
    if stack is not None and log.stacks != (stack.rpartition("/")[2],):
        of = ", ".join(line(name) for name in log.stacks[:5]) or "none"
        found.append(f"The log is not of stack {line(stack)} alone, but of: {of}. Hand over that of its own preview.")
    if real and log.rehearsed:
        found.append("The log is of a rehearsal, in which cloud and cluster are simulated. Preview the real stack.")
    family = Family(log)
    for one in findings(log, family):
        if one.mandatory:
            where = f"{line(one.noun)} {line(one.name)}" if one.name else "the stack"
            found.append(f"Mandatory rule {line(one.rule)} is broken by {where}: {line(one.message, 600)}")
    ran = {pack.partition(" ")[0] for pack in log.packs}
    found += [
        f"Policy pack {name} did not run. Allowed is a preview with it: pulumi preview --policy-pack FOLDER."
        for name in sorted(packs)
        if name not in ran
    ]
    destroyed = protected.destructions(log)
    if destroyed and protected.digest(destroyed) not in approvals:
        lines = [
            f"{counted(len(destroyed), 'protected resource')} would go, lose a part or protection, without an approval:"
        ]
        for item in destroyed:
            noun, name = family.title(item.step.urn)
            names = f" ({', '.join(line(part) for part in item.names)})" if item.names else ""
            order = ", the old one first" if item.old_first else ""
            thing = f"{item.operation} {line(noun)} {line(name)}{order}"
            lines.append(f"    {thing}: {item.reason}{names} ({line(item.step.urn, 300)})")
        told = approval.in_log(
            system, label=protected.label(destroyed), stack=stack or log.stack, given=bool(approvals)
        )
        lines.append(f"  {told}")
        found.append("\n".join(lines))
    return found


def text(log: Log, found: Collection[str]) -> str:
    """The gate's one text."""
    if not found:
        destroyed = protected.destructions(log)
        yes = (
            f" Approved: {counted(len(destroyed), 'protected resource')} go, lose a part or protection."
            if destroyed
            else ""
        )
        return f"The gate is open.{yes}\n"
    return "\n".join([f"The gate is shut, for {counted(len(found), 'reason')}.", *(f"- {one}" for one in found)]) + "\n"


def _not_ended(log: Log) -> str:
    if not log.ended:
        return "The preview did not end: its log has no summary. Run it again."
    errors = [line(error, 600) for error in log.errors]
    return f"The preview failed{': ' if errors else '.'}{'; '.join(errors)}"
