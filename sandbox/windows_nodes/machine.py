"""A simulated Windows node as plain data, and what time alone does to it: pure functions over the store's content.

Owns the one fact behind everything: a start of dockerd deletes the network endpoints of all ordinary pods that are on
the node (moby#45462), here at the moment before its pipe first answers, which is the latest it can be. Such pods are
kept under `lost`, so that a test can ask what became of them.
"""

from __future__ import annotations

from typing import Final

from sandbox.windows_nodes.store import State

GIB: Final = 1024**3

SYSTEM_BYTES: Final = 35 * GIB
"""What Windows, its cached container images and the pagefile take of the OS disk: AKS's image of Windows Server 2022
is a disk of 35 GB (https://github.com/Azure/AgentBaker, 2026-08)."""
START_SECONDS: Final = 0.5
"""From the start of the service to the first answer on the pipe; on a real node some seconds."""
FIRST_PID: Final = 4000

# Made-up but ordinary sizes on disk, by a part of the name.
IMAGE_BYTES: Final = {"nanoserver": GIB // 3, "servercore": 5 * GIB, "windows/server": 11 * GIB}
OTHER_IMAGE_BYTES: Final = GIB


def fresh(*, node: str, build: str, disk_bytes: int, now: float, boots: int = 1) -> State:
    """A node right after its image was laid down: feature there, no engine."""
    return {
        "node": node,
        "build": build,
        "boots": boots,
        "booted_at": now,
        "feature": "present",
        "drives": ["C:"],
        "disk": {"total": disk_bytes, "system": SYSTEM_BYTES, "other": 0},
        "versions": [],
        "configurations": {},
        "service": None,
        "engine_log": "",
        "images": {},
        "containers": {"running": 0, "stopped": 0},
        "clients": 0,
        "nat_network": False,
        "endpoints": {},
        "lost": {},
        "starts": [],
        "firewall": [],
        "credential_specs": {},
        "journal": None,
        "pids": FIRST_PID,
        "steps": [],
        "counts": {},
        "faults": {},
    }


def settle(state: State, now: float) -> None:
    """Let everything happen that time has brought: the wipe, the first answer, the end of the engine."""
    service = state["service"]
    if service is None or service["state"] not in ("starting", "running"):
        return
    if service["wipes_at"] is not None and now >= service["wipes_at"]:
        _wipe(state, service["wipes_at"])
        service["wipes_at"] = None
    if service["state"] == "starting" and service["answers_at"] is not None and now >= service["answers_at"]:
        service["state"] = "running"
        state["nat_network"] = True
    if service["ends_at"] is not None and now >= service["ends_at"]:
        end(state, "the engine ended unexpectedly")


def _wipe(state: State, at: float) -> None:
    for uid, endpoint in list(state["endpoints"].items()):
        if endpoint["at"] <= at:
            state["lost"][uid] = {**endpoint, "lost_at": at}
            del state["endpoints"][uid]


def begin(state: State, now: float) -> None:
    """The service's process begins. What goes wrong with it is decided here, by the faults."""
    service = state["service"]
    faults = state["faults"]
    state["pids"] += 4
    service.update(state="starting", pid=state["pids"], began_at=now, wipes_at=None, answers_at=None, ends_at=None)
    state["starts"].append({"at": now, "target": service["target"], "boot": state["boots"]})
    if state["feature"] != "present":
        # dockerd looks for it before it touches any network.
        end(state, "failed to load vmcompute.dll, ensure that the Containers feature is installed")
        return
    answers = now + float(faults.get("start_seconds", START_SECONDS))
    service["wipes_at"] = answers
    if _once(faults, "start_fails"):
        service["ends_at"] = answers
    elif not _once(faults, "never_answers"):
        service["answers_at"] = answers
        if "crash_after" in faults:
            service["ends_at"] = answers + float(faults.pop("crash_after"))


def end(state: State, last_words: str) -> None:
    """The service's process ends, and its containers with it. Nobody restarts it: recovery is off."""
    state["service"].update(state="stopped", pid=None, began_at=None, wipes_at=None, answers_at=None, ends_at=None)
    state["engine_log"] = last_words
    state["containers"]["stopped"] += state["containers"].pop("running")
    state["containers"]["running"] = 0
    state["clients"] = 0


def reboot(state: State, now: float) -> None:
    """Windows restarts: the engine ends, its service is on demand; the kubelet makes the pods' endpoints anew."""
    if state["service"] is not None and state["service"]["state"] != "stopped":
        end(state, "")
    state["boots"] += 1
    state["booted_at"] = now
    if state["feature"] == "reboot-pending":
        state["feature"] = "present"
    for endpoint in state["endpoints"].values():
        endpoint["at"] = now
    if state["service"] is not None and not state["service"]["guarded"]:
        begin(state, now)


def attach(state: State, uid: str, pod: str, now: float) -> None:
    """The kubelet made the endpoint of an ordinary pod (`namespace/name`)."""
    if uid not in state["endpoints"] and uid not in state["lost"]:
        state["endpoints"][uid] = {"pod": pod, "at": now}


def detach(state: State, uid: str) -> None:
    """A pod ended, and its endpoint with it."""
    state["endpoints"].pop(uid, None)


def answers(state: State) -> bool:
    """Whether the engine answers on its pipe."""
    return state["service"] is not None and state["service"]["state"] == "running"


def free_bytes(state: State) -> int:
    """Free space on the only drive; never below 0."""
    disk = state["disk"]
    used = disk["system"] + disk["other"] + sum(image["bytes"] for image in state["images"].values())
    return max(0, int(disk["total"] - used))


def image_bytes(image: str) -> int:
    """What an image takes."""
    return next((size for part, size in IMAGE_BYTES.items() if part in image), OTHER_IMAGE_BYTES)


def _once(faults: State, name: str) -> bool:
    """Whether a fault that strikes a number of times strikes now."""
    left = int(faults.get(name, 0))
    if left == 0:
        return False
    if left == 1:
        del faults[name]
    else:
        faults[name] = left - 1
    return True
