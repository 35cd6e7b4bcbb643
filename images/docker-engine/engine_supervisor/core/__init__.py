"""The decisions of the supervisor: pure functions of what is seen, what is remembered and what is set.

A round is `remember`, then `decide`; `needs_cluster` says before it whether the API server has to be asked, `smoked`
and `pulled` fold what came of work that the program did meanwhile, `explained` why a start failed, if that is
`unexplained`; `farewell` says what the program's end leaves behind.
Nothing here acts, waits or reads a clock.
"""

from __future__ import annotations

from engine_supervisor.core.decide import decide, needs_cluster
from engine_supervisor.core.decision import Decision
from engine_supervisor.core.farewell import Farewell, farewell
from engine_supervisor.core.memory import explained, pulled, remember, smoked, unexplained
from engine_supervisor.core.targets import Wanted, reload_hash, wanted

__all__ = [
    "Decision",
    "Farewell",
    "Wanted",
    "decide",
    "explained",
    "farewell",
    "needs_cluster",
    "pulled",
    "reload_hash",
    "remember",
    "smoked",
    "unexplained",
    "wanted",
]
