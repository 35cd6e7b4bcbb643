"""What a text in a program gives away as a credential: by how it looks, or by the name that it has.

Owns the shapes and the names. Refuses to hand on any part of the text: a finding is the words for what it is.

Sources of the shapes: GitHub, "About authentication to GitHub" (prefixes); Azure DevOps, "New Azure DevOps tokens"
(52 characters of base32 before 2024-07, since then 84 with the signature AZDO in them); Azure Storage and Service Bus
connection strings; RFC 7468; RFC 7519; Microsoft Purview, "Azure AD client secret" (three characters, a digit, `Q~`);
GitLab, "Token overview" (prefixes); AWS, "IAM identifiers" (unique id prefixes); all read 2026-11.
"""

from __future__ import annotations

import re
from typing import Final

_SHAPES: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bgh[a-z]_[A-Za-z0-9]{10}|\bgithub_pat_[A-Za-z0-9]", "a token of GitHub"),
        (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY", "a private key"),
        (r"(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])", "a token of Azure DevOps"),
        (r"(?<![A-Za-z0-9])(?=[a-z]*[2-7])[a-z2-7]{52}(?![A-Za-z0-9])", "what looks like a token of Azure DevOps"),
        (r"(?i)\b(AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s]{8}", "a connection string with its key"),
        (r"(?i)[?&]sig=[A-Za-z0-9%+/]{20}", "an address with a shared access signature"),
        (r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.", "a signed token (JWT)"),
        (r"\bdckr_pat_[A-Za-z0-9_-]{8}", "a token of Docker Hub"),
        (r"\bpul-[0-9a-f]{40}\b", "a token of Pulumi Cloud"),
        (r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31}", "a client secret of Entra ID"),
        (r"\bgl(pat|rt)-[A-Za-z0-9_-]{20}", "a token of GitLab"),
        (r"\bAKIA[A-Z0-9]{16}\b", "an access key of AWS"),
        (r"://[^/@\s:$]*:(?![$*]|%24)[^/@\s$]+@", "an address with a password"),
    )
)
_HINTS: Final = ("gh", "BEGIN", "AZDO", "=", "eyJ", "dckr_", "pul-", "@", "Q~", "glpat-", "glrt-", "AKIA")
"""Each shape but that of 52 characters has one of these in it: almost no text has, and a search is dear."""
_WORD: Final = re.compile(r"[a-z2-7]{52}")

_NAMES: Final = re.compile(
    r"(^|[^a-z])(token|pat|password|passwd|passphrase|private[-_.]?key|api[-_.]?key|access[-_.]?key|account[-_.]?key|"
    r"connection[-_.]?string|(client|app|webhook)[-_.]?secret)$"
)
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OPTION: Final = re.compile(r"^--?(?P<name>[A-Za-z][A-Za-z0-9_-]*)(=(?P<value>.*))?$", re.DOTALL)
# References to other variables, in full: `$(NAME)`, `${NAME}`, and `$NAME` in capitals, as nobody writes a password.
_REFERENCES: Final = r"(\$\([^()]+\)|\$\{\w+\}|(?-i:\$[A-Z_][A-Z0-9_]*))+"
# Of a shell, besides: `$name`, `$env:NAME`, `${NAME:-}`, `$(cat $(pwd)/x)`; no default that is a text itself.
_EXPANSIONS: Final = (
    r"(\$\(([^()]|\([^()]*\))+\)|\$\{(env:)?\w+(:?[-=+](\$\w+)?|:?\?[^{}]*|[%#/^,@][^{}]*)?\}|\$(env:)?[a-z_]\w*)+"
)
# A second slash or a file's ending tells a path from a key that begins with a slash.
_PATH: Final = r"(~|\.{1,2})/.*|/[\w.-]+(/[\w.-]*)+|/[\w-]+\.[a-z][a-z0-9]{0,4}|[a-z]:[\\/].*"
# Beside these: a truth value, a port, an empty one, and what stands for a secret elsewhere.
_NO_VALUE, _NO_ARGUMENT = (
    re.compile(
        rf"\s*|{references}(/[\w./-]*)?|%[a-z0-9_]+%|\$?\{{\{{.*\}}\}}|{_PATH}|\[secret\]|"
        r"(true|false|none|null|yes|no|\d{1,5})",
        re.IGNORECASE | re.DOTALL,
    )
    for references in (_REFERENCES, _EXPANSIONS)
)


def looks_like(text: str) -> str | None:
    """What credential a text looks like, in words; `None`: none."""
    if any(hint in text for hint in _HINTS) or (len(text) >= 52 and _WORD.search(text)):
        for pattern, words in _SHAPES:
            if pattern.search(text):
                return words
    return None


def named_so(name: str) -> bool:
    """Whether what has the name is a credential: `AZP_TOKEN`, `githubToken`, `client-secret`; not `TOKEN_FILE`."""
    return _NAMES.search(_HUMPS.sub("_", name).lower()) is not None


def is_a_value(text: str, *, argument: bool = False) -> bool:
    """Whether a text that has such a name is the credential itself, and not a reference, a path or a truth value.

    `argument`: of a command, which a shell may expand. Of an environment Kubernetes expands `$(NAME)` alone, so that
    `$ecret` is a password there.
    """
    return (_NO_ARGUMENT if argument else _NO_VALUE).fullmatch(text) is None


def awaits_credential(argument: str) -> bool:
    """Whether an argument is an option whose value, a credential, is the argument behind it: `--token`."""
    option = _OPTION.match(argument)
    return option is not None and option["value"] is None and named_so(option["name"])


def in_arguments(arguments: list[str]) -> list[tuple[int, str]]:
    """Positions of arguments that are credentials, and the option that says so: `--token=abc`, or `--token`, `abc`."""
    found = []
    for index, argument in enumerate(arguments):
        option = _OPTION.match(argument)
        if option is None or not named_so(option["name"]):
            continue
        if option["value"] is not None:
            if is_a_value(option["value"], argument=True):
                found.append((index, option["name"]))
            continue
        value = "".join(arguments[index + 1 : index + 2])
        if value and not value.startswith("-") and is_a_value(value, argument=True):
            found.append((index + 1, option["name"]))
    return found
