"""The policy packs that a run of the engine is to ask.

Owns their options on the engine's command line. A pack may be of another checkout than the program: that of a pull
request's base, so that no pull request judges itself. Refuses a folder that is none, before anything is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class PoliciesError(Exception):
    """A pack cannot be run; the message is for the user."""


@dataclass(frozen=True)
class Policies:
    """Folders of packs, and for each, or for none, the file that configures it."""

    folders: tuple[Path, ...] = ()
    configurations: tuple[Path, ...] = ()

    @property
    def options(self) -> list[str]:
        """Options of `pulumi preview` and `pulumi up`; absolute, as the engine works in another folder."""
        for folder in self.folders:
            if not (folder / "PulumiPolicy.yaml").is_file():
                raise PoliciesError(
                    f"--policy-pack {folder}: there is no PulumiPolicy.yaml. Name the folder of a pack."
                )
        if self.configurations and len(self.configurations) != len(self.folders):
            raise PoliciesError(
                f"--policy-pack-config is given {len(self.configurations)} times and --policy-pack {len(self.folders)} "
                "times: give each pack one, in the same order."
            )
        for file in self.configurations:
            if not file.is_file():
                raise PoliciesError(f"--policy-pack-config {file}: there is no such file.")
        return [
            *(option for folder in self.folders for option in ("--policy-pack", str(folder.absolute()))),
            *(option for file in self.configurations for option in ("--policy-pack-config", str(file.absolute()))),
        ]
