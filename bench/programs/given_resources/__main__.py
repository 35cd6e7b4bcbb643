"""Registers the resources of `resources.json` in the folder that GIVEN_RESOURCES names, without any provider's SDK."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from bench.programs.registering import register_all

register_all(json.loads((Path(os.environ["GIVEN_RESOURCES"]) / "resources.json").read_text()))
