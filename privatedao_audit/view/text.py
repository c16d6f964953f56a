"""Text from strangers, made fit to be looked at.

Everything read from a chain, a node or a checkout may hold characters that reorder, hide or
imitate. They are shown as code points (``<U+202E>``), so that what a reader sees is what was
recorded. Escaping for HTML is a separate step: these functions return plain text.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata

#: A base58 key or signature, or a hexadecimal hash, in running text (one group: the key).
LONG_KEY = re.compile(
    r"(?<![0-9A-Za-z])([1-9A-HJ-NP-Za-km-z]{32,90}|[0-9a-f]{40,128})(?![0-9A-Za-z])"
)
#: Characters that are not of an invisible category and are invisible all the same.
_BLANK = frozenset(
    map(
        chr,
        [
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),  # Mongolian variation selectors
            *range(0xFE00, 0xFE10),  # variation selectors
            *range(0xE0000, 0xE1000),  # tags and further variation selectors
        ],
    )
)
#: Control, format, surrogate, private use, unassigned, line and paragraph separators, and
#: spaces other than U+0020 (a run of them can push text out of sight).
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
#: Runs of characters that have to be looked at one by one.
_ODD = re.compile(r"[^ -~]+")
_ODD_IN_LINES = re.compile(r"[^ -~\n\t]+")
#: More combining marks than this on one letter is an attack on the lines above and below.
_MAX_MARKS = 3
#: Deeper JSON is shown as it stands: indentation would push it off the page.
_MAX_DEPTH = 40


def visible(text: str, *, lines: bool = False) -> str:
    """The text with every control, bidirectional and otherwise invisible character written out.

    Args:
        text: any string, lone surrogates included.
        lines: keep line feeds and tabs, for text that is shown in a block of its own.
            Without it they too become code points, because a line feed in a title can
            forge a line of a report or of a terminal.

    Returns:
        Text of printable characters; hidden ones stand as ``<U+XXXX>``.
    """
    if text.isascii() and text.isprintable():
        return text
    return (_ODD_IN_LINES if lines else _ODD).sub(_written_out, text)


def _written_out(run: re.Match[str]) -> str:
    # A plain character ends a pile of marks, and so does the beginning of a run.
    out: list[str] = []
    marks = 0
    for character in run[0]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hidden = category in _HIDDEN_CATEGORIES or character in _BLANK
        out.append(f"<U+{ord(character):04X}>" if hidden or marks > _MAX_MARKS else character)
    return "".join(out)


def cut(text: str, limit: int, *, whole: str) -> str:
    """The text, or of a longer one its beginning, its length, its hash, and where the whole is.

    Args:
        text: any string.
        limit: how many characters are shown.
        whole: where the whole text can be had, for example ``whole in findings.json``.
    """
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[:limit]}… [{len(text):,} characters, SHA-256 {digest}…; {whole}]"


def foreign(text: str) -> str:
    """Text from a stranger, for a place where status marks are mere text.

    As :func:`visible`; and a glyph that would read as a status together with the word after it
    (``✓ PASS``) is written out, so that a title can't wear the mark of a verdict.
    """
    shown = visible(text)
    # Of these marks the question mark alone is ASCII.
    if type(shown) is str and shown.isascii() and "?" not in shown:
        return shown
    return _MARK.sub(lambda m: f"<U+{ord(m[0]):04X}>", shown)


def decoded(data: bytes) -> tuple[str, bool]:
    """Bytes as text: (text, whether they were UTF-8). Bytes that are not appear as ``\\xNN``."""
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace"), False


def indented_json(text: str) -> str | None:
    """The JSON text with line breaks and indentation added between its tokens, or None.

    No token is touched: numbers keep their digits, duplicate keys stay, strings keep their
    escapes. Taking the added space away gives back the recorded text without its own space
    between tokens. None when the text is not strict JSON, or nests too deep to be read.
    """
    try:
        json.loads(text, parse_constant=_refuse_constant, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    out: list[str] = []
    depth = 0
    for token in _TOKEN.findall(text):
        if token in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                return None
            out.append(token + "\n" + "  " * depth)
        elif token in "]}":
            depth -= 1
            if out[-1].rstrip(" ") in ("[\n", "{\n"):
                out[-1] = out[-1][0] + token
            else:
                out.append("\n" + "  " * depth + token)
        elif token == ",":
            out.append(",\n" + "  " * depth)
        else:
            out.append(": " if token == ":" else token)
    return "".join(out)


_WORDS = r"(?:PASS|FAIL|DIVERGED|STALE|MISSING|UNKNOWN|ATTESTED|N/A|WAIVED|READY)\b"
# A question mark, a dash or an unequal sign is ordinary before a word in small letters.
_MARK = re.compile(rf"[✓✗◷∅✎⚑✔✘☑☒✅❌](?= *(?i:{_WORDS}))|[?—≠❓](?= *{_WORDS})")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def short_key(key: str) -> str:
    """First four and last four characters of a key, for dense tables; short ones whole."""
    return key if len(key) <= 12 else f"{key[:4]}…{key[-4:]}"


def utc(moment: str) -> str:
    """``2026-11-23T09:30:00Z`` as ``2026-11-23 09:30:00 UTC``; anything else as it stands."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z", moment)
    return f"{match[1]} {match[2]} UTC" if match else moment


def duration(seconds: int) -> str:
    """Seconds as people say them, exact: ``24 h``, ``180 d``, ``90 s``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
