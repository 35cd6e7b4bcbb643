"""HNS by computenetwork.dll, and the deletion of layers by computestorage.dll: Windows Server 2019 and later have both.

Signatures: Windows SDK, ComputeNetwork.h and ComputeStorage.h. Answers are JSON in memory that the caller frees.
"""

from __future__ import annotations

import ctypes
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from engine_supervisor.adapters.windows.native import load
from engine_supervisor.ports import Failed

_EVERYTHING: Final = json.dumps({"SchemaVersion": {"Major": 2, "Minor": 0}, "Flags": 0})
"""A `HostComputeQuery` without a filter."""


class HostNetworkService:
    """See `seams.Networks`. Loaded when first asked: without the feature Containers there is no HNS."""

    def endpoints(self) -> tuple[str, ...]:
        """See `seams.Networks`."""
        return tuple(str(one) for one in self._list("HcnEnumerateEndpoints"))

    def networks(self) -> tuple[Mapping[str, Any], ...]:
        """See `seams.Networks`."""
        return tuple(self._network(str(identity)) for identity in self._list("HcnEnumerateNetworks"))

    def delete_network(self, identity: str) -> None:
        """See `seams.Networks`."""
        said = ctypes.c_void_p()
        self._call("HcnDeleteNetwork", said, _guid(identity), ctypes.byref(said))

    def destroy_layer(self, folder: str) -> None:
        """See `seams.Networks`."""
        storage = _library("computestorage.dll")
        result = storage.HcsDestroyLayer(ctypes.c_wchar_p(folder))
        if result < 0:
            raise Failed(f"HcsDestroyLayer {folder}: 0x{result & 0xFFFFFFFF:08x}")

    def _list(self, function: str) -> list[Any]:
        answer, said = ctypes.c_void_p(), ctypes.c_void_p()
        self._call(function, said, ctypes.c_wchar_p(_EVERYTHING), ctypes.byref(answer), ctypes.byref(said))
        found = json.loads(_take(answer) or "[]")
        return found if isinstance(found, list) else []

    def _network(self, identity: str) -> Mapping[str, Any]:
        network, answer, said = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self._call("HcnOpenNetwork", said, _guid(identity), ctypes.byref(network), ctypes.byref(said))
        try:
            self._call(
                "HcnQueryNetworkProperties",
                said,
                network,
                ctypes.c_wchar_p(_EVERYTHING),
                ctypes.byref(answer),
                ctypes.byref(said),
            )
        finally:
            _library("computenetwork.dll").HcnCloseNetwork(network)
        found = json.loads(_take(answer) or "{}")
        return {"ID": identity, **(found if isinstance(found, dict) else {})}

    def _call(self, function: str, said: ctypes.c_void_p, *arguments: Any) -> None:
        result = getattr(_library("computenetwork.dll"), function)(*arguments)
        if result < 0:
            raise Failed(f"{function}: 0x{result & 0xFFFFFFFF:08x} {_take(said) or ''}".strip())


def _library(name: str) -> Any:
    try:
        return load(name)
    except OSError as error:
        raise Failed(f"{name} cannot be loaded: the Windows feature Containers is not there") from error


def _guid(identity: str) -> Any:
    return (ctypes.c_ubyte * 16).from_buffer_copy(uuid.UUID(identity).bytes_le)


def _take(pointer: ctypes.c_void_p) -> str | None:
    """The text behind a pointer, whose memory is freed."""
    if not pointer.value:
        return None
    text = ctypes.wstring_at(pointer.value)
    free = load("ole32.dll").CoTaskMemFree
    free.argtypes = (ctypes.c_void_p,)
    free.restype = None
    free(pointer)
    pointer.value = None
    return text
