"""The claims of one document, from its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from privatedao_audit.repository.claims import markdown, trees
from privatedao_audit.repository.claims.context import (
    cluster_of,
    clusters_in,
    role_of,
    spaced,
    state_of,
)
from privatedao_audit.repository.claims.model import (
    Claim,
    Extract,
    Fragment,
    Kind,
    Mapping,
)
from privatedao_audit.repository.claims.tokens import Token, in_number, in_text
from privatedao_audit.repository.errors import BadDocument

__all__ = ["MAX_CLAIMS", "claims_of"]

#: Of one document at most so many claims are kept; that there are more is said.
MAX_CLAIMS: Final = 20_000
#: Neighbours that are checked together with a value, by the words of their label.
_BESIDE: Final = re.compile(
    r"\b(program|dao|treasury|owner|wallet|pub ?key|public key|mint|token ?account|multi ?sig"
    r"|vault|slot|signature|tx|path|file|name|transaction)\b"
)
_CHECKED_TOGETHER: Final = frozenset({"treasury", "token-account", "vault", "programdata"})
_NETWORK_KEYS: Final = frozenset({"network", "cluster", "solana network", "target network"})
#: Keys at the top of a document that say what all of it is about.
_ABOUT: Final = frozenset(
    {
        "network", "cluster", "environment", "mode", "title", "purpose", "label", "description",
        "solana", "target", "run",
    }
)  # fmt: skip
#: Pieces in which a document says what it is about.
_OPENING: Final = 60
_PLAIN_TEXT: Final = "read line by line: "


def claims_of(file: str, text: str, mapped: Mapping | None = None) -> Extract:
    """The claims of a document.

    Args:
        file: its path; the ending says how it is read.
        text: its content. What is no document of its format is read line by line, and said so.
        mapped: what the target profile says of the file.
    """
    found = Extract()
    mapped = mapped or Mapping()
    pieces, found.note = _fragments(file, text)
    title = _title(pieces)
    # A line that repeats a value under the same words repeats a claim; in data that is one line,
    # every object has words of its own.
    seen: set[tuple[Kind, str, int, str, int]] = set()
    for fragment in pieces:
        for token in _tokens(fragment, found):
            assert token.kind is not None
            row = id(fragment.row) if fragment.place == "data" else 0
            key = (token.kind, token.value, fragment.line, fragment.label, row)
            if key in seen:
                continue
            seen.add(key)
            if len(found.claims) >= MAX_CLAIMS:
                found.note = f"more than {MAX_CLAIMS:,} claims; the first were kept"
                return found
            found.claims.append(_claim(fragment, token, file, mapped, title))
    return found


def _fragments(file: str, text: str) -> tuple[list[Fragment], str]:
    ending = file.rsplit(".", 1)[-1].casefold()
    try:
        if ending == "json":
            return list(trees.json_fragments(text)), ""
        if ending in ("yaml", "yml"):
            return list(trees.yaml_fragments(text)), ""
        if ending == "toml":
            return list(trees.toml_fragments(text)), ""
    except BadDocument as error:
        return list(_lines(text)), f"{_PLAIN_TEXT}{error}"
    return list(markdown.fragments(text)), ""


def _lines(text: str) -> Iterator[Fragment]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield Fragment(number, line, markdown.label_of(line), (), [], (), "prose")


def _title(pieces: list[Fragment]) -> str:
    """What the document says of itself: its first heading with the words up to the next one, or
    the texts at the top of its data that say what it is about."""
    told: list[str] = []
    headings = 0
    for fragment in islice(pieces, _OPENING):
        if fragment.place == "data":
            words = set(spaced(fragment.label).split())
            if not fragment.trail and fragment.plain and words and words <= _ABOUT:
                told.append(spaced(fragment.text[:200]))
        elif fragment.text.lstrip().startswith("#") and fragment.place == "prose":
            headings += 1
            if headings > 1:
                break
            told.append(fragment.label)
        elif fragment.place == "prose":
            told.append(fragment.text[:400])
    return "\n".join(told)[:4_000]


def _tokens(fragment: Fragment, found: Extract) -> Iterator[Token]:
    """The values that a fragment claims, in its order."""
    network = _network(fragment)
    if network is not None:
        yield network
    if fragment.place == "data" and not fragment.plain:
        token = in_number(fragment.text, fragment.label)
        tokens = [] if token is None else [token]
    else:
        around = " ".join((fragment.label, *fragment.trail[-3:]))
        tokens = sorted(in_text(fragment.text, around), key=lambda one: one.start)
    for token in tokens:
        if token.kind is None:
            found.lookalikes += 1
        else:
            yield token


def _network(fragment: Fragment) -> Token | None:
    """A statement of the network itself: ``"network": "testnet"``, ``- cluster: devnet``."""
    if spaced(fragment.label) not in _NETWORK_KEYS or len(fragment.text) > 120:
        return None
    text = fragment.text if fragment.place in ("data", "table") else fragment.text.split(":", 1)[-1]
    named = clusters_in(text)
    return Token(Kind.NETWORK, named.pop(), 0, 0) if len(named) == 1 else None


def _claim(fragment: Fragment, token: Token, file: str, mapped: Mapping, title: str) -> Claim:
    assert token.kind is not None
    cluster, source = cluster_of(fragment, token, mapped, title, file)
    role, words = role_of(fragment, token, file)
    label = _shown(words, fragment.place)
    if token.kind is Kind.NETWORK:
        cluster, source, role = token.value, "line", "network"
    state, marker = state_of(fragment, token, mapped, file)
    return Claim(
        token.kind, token.value, file, fragment.line, role, label, cluster, source,
        state, marker, _place(fragment, token), _beside(fragment, token, role),
    )  # fmt: skip


def _shown(words: str, place: str) -> str:
    if place == "data":
        return words[:100]
    return markdown.clean(words).strip(" -:,;.(|")[:100]


def _place(fragment: Fragment, token: Token) -> str:
    before = fragment.text[max(0, token.start - 200) : token.start]
    word = re.split(r"[\s\"'`<>()\[\]]", before)[-1]
    return "url" if "://" in word else fragment.place


def _beside(fragment: Fragment, token: Token, role: str) -> tuple[tuple[str, str], ...]:
    wanted = token.kind in (Kind.HASH, Kind.SLOT) or role in _CHECKED_TOGETHER
    if not wanted:
        return ()
    rows = (fragment.row, *fragment.above[:1]) if role == "treasury" else (fragment.row,)
    near = [
        (spaced(label)[:60], value.strip(" `"))
        for row in rows
        for label, value in row
        if _BESIDE.search(spaced(label)) and value != token.value and len(value) < 200
    ]
    if token.kind is Kind.HASH and not near and fragment.place != "data":
        near = [("path", path) for path in _PATH.findall(fragment.text[:2_000])[:2]]
    return tuple(near[:12])


_PATH: Final = re.compile(
    r"(?<![\w./-])((?:[\w.-]{1,100}/){0,12}[\w-][\w.-]{0,100}\.[A-Za-z]\w{0,7})\b"
)
