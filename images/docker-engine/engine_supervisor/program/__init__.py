"""The program around the core: it looks, lets the core decide, remembers, acts, and tells.

Owns the loop, the farewell, probes, metrics, log lines and events. Refuses decisions: what is done, and why, is the
core's; how, is the adapters'.
"""

from engine_supervisor.program.background import Inline, Threads
from engine_supervisor.program.clock import Clock, SystemClock
from engine_supervisor.program.identity import Identity, InvalidIdentity, from_environment
from engine_supervisor.program.log import Log
from engine_supervisor.program.metrics import Metrics
from engine_supervisor.program.program import Program

__all__ = [
    "Clock",
    "Identity",
    "Inline",
    "InvalidIdentity",
    "Log",
    "Metrics",
    "Program",
    "SystemClock",
    "Threads",
    "from_environment",
]
