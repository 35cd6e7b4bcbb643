"""`ports.Host` on a Windows node."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from engine_supervisor import world
from engine_supervisor.adapters.windows import credential_specs, events, features, firewall, native, pipe, removal
from engine_supervisor.adapters.windows.configurations import Configurations
from engine_supervisor.adapters.windows.programs import Programs
from engine_supervisor.adapters.windows.seams import Node
from engine_supervisor.adapters.windows.services import EngineService
from engine_supervisor.adapters.windows.state import State
from engine_supervisor.ports import Failed
from engine_supervisor.settings import Settings
from engine_supervisor.world import Owner, Target

_WINDOWS: Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"


class WindowsHost:
    """The node that this program runs on."""

    def __init__(
        self,
        settings: Settings,
        image_root: Path,
        *,
        reload_hash: Callable[[Mapping[str, object]], str],
        node: Node | None = None,
    ) -> None:
        """`image_root`: where the image is mounted (`%CONTAINER_SANDBOX_MOUNT_POINT%`), with the engine in `docker`.

        `reload_hash`: that of the reloadable keys of a `daemon.json`, as the core tells it. `node`: the real one by
        default.
        """
        self._node = node or native.node()
        root = Path(settings.install_root)
        self._data_root = Path(settings.data_root)
        self._state = State(self._node.state_folder)
        self._service = EngineService(
            self._node, install_root=root, shutdown_timeout=float(settings.daemon.get("shutdown-timeout", 15))
        )
        self._programs = Programs(root, image_root / "docker")
        self._configurations = Configurations(root, self._node.run, reload_hash)

    def look(self) -> world.Host:
        """See `ports.Host`."""
        service = self._service.look()
        installed = self._programs.installed()
        return world.Host(
            boot=self._boot(),
            booted_at=self._node.now() - self._node.kernel.uptime_seconds(),
            build=str(self._node.registry.value(_WINDOWS, "CurrentBuildNumber") or ""),
            feature=features.look(self._node),
            service=service,
            engine=world.Engine(),
            installed=installed,
            configured=self._configurations.written(installed),
            reload_hash=self._configurations.registered_hash(service.target),
            disk=self._disk(),
        )

    def clients(self, own: int = 1) -> int | None:
        """Connections to the engine's pipe other than `own` ones; `None` when that is not known."""
        return pipe.clients(self._node.pipes(), own=own)

    def acting(self) -> AbstractContextManager[None]:
        """See `ports.Host`."""
        return self._state.locked(self._node.monotonic, self._node.pause)

    def read_journal(self) -> str | None:
        """See `ports.Host`."""
        return self._state.read_journal()

    def write_journal(self, text: str) -> None:
        """See `ports.Host`."""
        self._state.write_journal(text)

    def install_feature(self) -> None:
        """See `ports.Host`."""
        features.install(self._node)

    def reboot(self) -> None:
        """See `ports.Host`."""
        features.reboot(self._node)

    def install(self, version: str) -> None:
        """See `ports.Host`."""
        self._programs.install(version)

    def configure(self, target: Target, text: str) -> None:
        """See `ports.Host`."""
        service = self._service.look()
        running = service.target == target and service.state is not world.Running.STOPPED
        self._configurations.write(target, text, unread=running)

    def register(self, target: Target) -> None:
        """See `ports.Host`."""
        self._service.register(target)

    def guard(self) -> None:
        """See `ports.Host`."""
        self._service.guard()

    def reload(self, target: Target, text: str) -> None:
        """See `ports.Host`."""
        if self._service.look().target != target:
            raise Failed(f"reload: the service is not that of {target.key}")
        self._configurations.reload(target, text, self._service.reload)

    def start_engine(self) -> None:
        """See `ports.Host`."""
        service = self._service.look()
        if service.owner is Owner.US:
            removal.remember_networks(self._node, self._state)
        if service.target is not None and service.state is world.Running.STOPPED:
            self._configurations.forget_marks(service.target)
        self._service.start()

    def stop_engine(self) -> None:
        """See `ports.Host`."""
        self._service.stop()

    def discard(self, keep: frozenset[str]) -> None:
        """See `ports.Host`."""
        target = self._service.look().target
        self._programs.discard(keep | ({target.version} if target else set()))

    def write_credential_specs(self, specs: Mapping[str, str]) -> None:
        """See `ports.Host`."""
        credential_specs.write(self._data_root, specs, self._state.path(removal.CREDENTIAL_SPECS))

    def open_firewall(self, ports: Sequence[int]) -> None:
        """See `ports.Host`."""
        firewall.open_ports(self._node, ports)

    def endpoints(self) -> int:
        """See `ports.Host`."""
        return len(self._node.networks.endpoints())

    def engine_log(self) -> str:
        """See `ports.Host`."""
        return events.last_words(self._node, self._data_root)

    def uninstall(self, *, data: bool) -> None:
        """See `ports.Host`."""
        removal.uninstall(
            self._node,
            service=self._service,
            programs=self._programs,
            state=self._state,
            data_root=self._data_root,
            data=data,
        )

    def _boot(self) -> str:
        """The boot's number. Its time would not do: it moves whenever the clock is set."""
        number = self._node.kernel.boot_id()
        if not number:
            raise Failed(
                "this Windows does not count its boots (KUSER_SHARED_DATA.BootId is 0), so that a start of the engine "
                "could not be told from one before the boot; nothing is done"
            )
        return str(number)

    def _disk(self) -> world.Disk | None:
        anchor = self._data_root.anchor
        try:
            usage = shutil.disk_usage(anchor)
        except FileNotFoundError:
            return None
        except OSError as error:
            not_ready = 21
            if getattr(error, "winerror", None) == not_ready:
                return None
            raise Failed(f"the drive {anchor} of the data root: {error}") from error
        return world.Disk(free_bytes=usage.free, total_bytes=usage.total)
