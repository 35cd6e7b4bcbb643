"""Every time that the decisions know and no setting has, in one place, in seconds."""

from __future__ import annotations

from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 3600.0

ANSWER: Final = 5 * MINUTE
"""A start that has not answered by then has failed; an engine that is silent for as long is dead."""
STARTS: Final = 3
"""Starts of one target in one operation."""
UNWATCHED: Final = 15 * MINUTE
"""A start that nobody watched answered at the latest so long after its process began."""
SAME_PROCESS: Final = 1.0
"""Two beginnings of a process this close are one, told twice; dockerd takes longer to stop and start."""
CLOCK: Final = 5.0
"""How much before our attempt its process may seem to have begun."""

GRACE: Final = 30
"""Of pods that are told to go at a limit, or since their network is dead."""
PROTECTED: Final = 2 * MINUTE
"""How long a disruption budget may protect them."""
GONE: Final = 4 * MINUTE
"""A pod that is still there so long after a limit has outlived its grace: what is left of it is not waited for."""
LATE_PODS: Final = 2 * MINUTE
"""The kubelet tells when it took a pod some time after it did: so long after an answer it is looked for more."""
EVICTION: Final = 15 * MINUTE
"""A node is not held cordoned for a pod that does not end."""
REPAIR: Final = 10 * MINUTE
"""Agents of a dead engine are waited for no longer, whatever the settings allow those of a live one."""
OPERATION: Final = 30 * MINUTE
"""From the drained node to the engine that runs again: an operation that takes longer has failed."""
NO_IMAGE: Final = 10 * MINUTE
"""An operation waits so long for an image to smoke with; then the node goes back, unproven."""

SMOKE_RETRY: Final = MINUTE
SMOKES: Final = 2
"""Smokes that fail before an upgrade goes back: one may fail for a disk that is busy with its own image."""
LAST_WORDS: Final = 500
"""Characters of what an engine said before it ended: an event's note has room for 1024."""
START_RETRY: Final = 10.0
"""After a first start that failed; doubled with each, up to the settings' pause."""
STABLE: Final = 30 * MINUTE
"""An engine that ran so long has got over its failures."""
DOUBLINGS: Final = 3
"""Of the pause between operations."""

RENEW: Final = 30.0
"""Between renewals of a Lease that lasts 600 s."""

PRUNE_RETRY: Final = 10 * MINUTE
"""Between prunes of a disk that stays low."""
LOW_FOR: Final = 30 * MINUTE
"""A disk that was low for so long on a node that is never idle is pruned under a slot."""
LOW_FLOOR: Final = 5 * MINUTE
"""The same below the floor, where agents get nothing done anyway."""
PRUNE_AGAIN: Final = 24 * HOUR
"""A node is not drained again for a disk that the last prune left low."""
