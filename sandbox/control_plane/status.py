"""What is known about a control plane's components."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ComponentStatus:
    """One component. It is `healthy` when it runs, answers its own probe, and all that it needs is healthy."""

    name: str
    running: bool
    healthy: bool
    pid: int | None
    port: int | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """All components, in the order in which they need each other."""

    components: tuple[ComponentStatus, ...]

    @property
    def healthy(self) -> bool:
        """Whether every component is healthy."""
        return all(component.healthy for component in self.components)

    @property
    def running(self) -> bool:
        """Whether any component runs."""
        return any(component.running for component in self.components)

    def __getitem__(self, name: str) -> ComponentStatus:
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)
