"""Pod templates in texts: `ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE` of ARC names a file with one, YAML or JSON.

Owns how such a text is read, which of its documents have the form of a template, and how much work that may be. What
looks like a template and cannot be read is no template that passes: `None` says so. Dates stay texts, as a label with
the 30th of February is no reason not to look at the containers beside it.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import yaml

LONGEST: Final = 64 * 1024
"""Characters of YAML that are read; PyYAML takes a second for as many. A ConfigMap has at most a MiB. JSON is read in
any length."""
_DEEPEST: Final = 64
_MOST_ALIASES: Final = 10
"""Each may repeat what has aliases itself: ten of them make 36 times the text at most, a hundred end the memory."""

POD_KEYS: Final = frozenset(
    {
        "affinity",
        "automountServiceAccountToken",
        "containers",
        "ephemeralContainers",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "initContainers",
        "nodeName",
        "nodeSelector",
        "securityContext",
        "serviceAccount",
        "serviceAccountName",
        "tolerations",
        "volumes",
    }
)
"""Fields by which a spec is one of a pod: those that the rules ask for."""
_FIELD: Final = "|".join(sorted(POD_KEYS))
_SPEC: Final = re.compile(
    r"""(?:^|[{,\r\x85\u2028\u2029\ufeff])[ \t]*(?:[-?&!][^\s,{]{0,60}[ \t]+)*["']?spec["']?\s*:""", re.MULTILINE
)
"""A key of a map: a sentence has words before it."""
_OF_A_POD: Final = re.compile(rf"""\b({_FIELD})["']?\s*:""")
_ANY_SPEC: Final = re.compile(r"\bspec\b")
_ANY_FIELD: Final = re.compile(rf"\b({_FIELD})\b")
"""With an alias (`*k : true`) or `? hostPID` a key stands far from its colon, but it stands somewhere."""
_ESCAPE: Final = re.compile(r"\\(x|u00|U000000)[4-7]")
"""In a quoted key it may stand for a letter of `containers`; others are of letters that no key has."""
_BROKEN: Final = re.compile(r"\\\r?\n")
"""In a quoted key it stands for nothing at all. Scripts are full of it."""
_NESTED: Final = re.compile(rf"(?:[\[{{]\s*){{{_DEEPEST}}}")
_SCRIPT: Final = "#!"


@lru_cache(maxsize=32)
def templates(text: str, *, expected: bool = False) -> tuple[dict[str, Any], ...] | None:
    """The maps with a `spec` among the documents of a text; `None`: it looks like a template and cannot be read.

    `expected`: the text stands where such templates do, so keys may be written in any way that YAML has. To look for
    that everywhere would be to read every script that has the word `volumes` in it.

    Kept, as several ways of reading a resource ask for the same text; nobody may change what is in it.
    """
    if not (may_be_template(text) if expected else _looks_like_one(text)):
        return ()
    found = _documents(text)
    if found is None:
        spec, field = (_ANY_SPEC, _ANY_FIELD) if expected else (_SPEC, _OF_A_POD)
        return None if spec.search(text) and field.search(text) else ()
    return tuple(one for one in found if isinstance(one, dict) and isinstance(one.get("spec"), dict))


def _looks_like_one(text: str) -> bool:
    return bool(_ESCAPE.search(text) or (_OF_A_POD.search(text) and _SPEC.search(text)))


def may_be_template(text: str) -> bool:
    """Whether a text may be a template, however it is written. Nothing is parsed for it."""
    words = _ANY_SPEC.search(text) and _ANY_FIELD.search(text)
    return bool(words or _ESCAPE.search(text) or _BROKEN.search(text))


@lru_cache(maxsize=32)
def _documents(text: str) -> list[object] | None:
    if text.lstrip().startswith("{"):
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError):
            pass  # YAML, perhaps: {spec: {}}
    if len(text) > LONGEST or _NESTED.search(text):
        return None
    import yaml  # only where there is YAML: it takes 20 ms to load

    try:
        return list(yaml.load_all(text, _loader()))
    except yaml.MarkedYAMLError:
        # A script with a manifest in it is no YAML, and no template.
        return [] if text.startswith(_SCRIPT) else None
    except Exception:
        # PyYAML's constructors raise what they meet: `!!bool maybe` KeyError, others ValueError or IndexError.
        return None


@lru_cache(maxsize=1)
def _loader() -> type[yaml.SafeLoader]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads what is neither deep nor repeats itself."""

        depth = 0
        aliases = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                self.aliases += 1
                event: yaml.AliasEvent = self.peek_event()  # type: ignore[no-untyped-call]  # as the stubs have it
                anchor = self.anchors.get(event.anchor)
                # An anchor that is open yet: the map would hold itself.
                if self.aliases > _MOST_ALIASES or (anchor is not None and anchor.end_mark is None):
                    raise ValueError("aliases")
            self.depth += 1
            if self.depth > _DEEPEST:
                raise ValueError("depth")
            node: yaml.Node | None = super().compose_node(parent, index)
            self.depth -= 1
            return node

    Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)
    return Loader


def _as_written(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)
