"""Starts the pack, from this folder or from anywhere: `pulumi preview --policy-pack policy`."""

from __future__ import annotations

import sys
from pathlib import Path

# Python puts this folder first, where only its modules are found, and the engine starts a pack in the program's folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policy.server import serve
from rules.policies.catalogue import RULES

if __name__ == "__main__":
    serve(RULES)
