"""The redacted forms of a public bundle: is each what it may be, for the read it stands for?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.manifest import object_of, require_schema
from privatedao_audit.bundle.public import blobs
from privatedao_audit.bundle.public.declared import CHECKOUT, CONTACT, FIELDS, OF_A_FILE, SHOWN
from privatedao_audit.bundle.public.stated import TOKEN, Document, Redactions, bad, members
from privatedao_audit.bundle.recording import Asked, Recorded
from privatedao_audit.evidence import canonical_bytes
from privatedao_audit.model.parts import PERSONAL

_TOKEN_BYTES: Final = len("withheld-") + 16
_ANSWER: Final = {
    "files", "texts", "silent", "copies", "left_out", "unread", "torn", "others", "next",
}  # fmt: skip
_PAGE: Final = frozenset({"owner", "kind", "value", "date"})
_Cell = tuple[str, str, int, str, str]


def check(redactions: Redactions, files: Mapping[str, bytes], recorded: Recorded) -> None:
    """Check every redacted form against the records, the target and the list of texts.

    Raises:
        BadBundle: of stage ``redactions``.
    """
    mapped = _mapped(recorded.header.target)
    cells: set[_Cell] = set()
    for digest, asked in recorded.asked.items():
        said = {
            one.path or "" for one in asked if one.found and (one.kind, one.method) in OF_A_FILE
        }
        paths = said & set(mapped)
        document = redactions.documents.get(digest)
        if document is None:
            if paths:
                raise bad(f"{min(paths)} is personal, and stands in a public form as it was read")
            continue
        if any(one.kind not in CHECKOUT for one in asked):
            raise bad(f"{digest} is no file of the checkout: nothing else may be withheld")
        raw = files[layout.withheld(digest)]
        if (document.form == "contacts") != bool(paths):
            raise bad(f"{digest} is withheld as {document.form}, which is for personal files alone"
                      if not paths else f"{min(paths)} is personal, and withheld otherwise")
        bulk = any((one.kind, one.method) == blobs.BULK for one in asked)
        if bulk != (document.form == "answer"):
            raise bad(f"{digest} is withheld as {document.form}, which its question does not allow")
        if document.form == "contacts":
            found = set(_contacts(raw, digest, paths, mapped))
            cells |= found
            shown = {cell[-1] for cell in found} | _tokens_shown(raw)
        elif document.form == "whole":
            shown = set(_whole(raw, document))
        elif document.form == "text":
            shown = _text(raw, digest, asked, redactions)
        else:
            shown = _answer(raw, digest, set(mapped))
        if shown != set(document.tokens):
            raise bad(f"the redacted form of {digest} does not hold the tokens listed for it")
    missing = set(redactions.documents) - set(recorded.asked)
    if missing:
        raise bad(f"{min(missing)} is called withheld, and no read that was answered rests on it")
    listed = {(f.file, f.part, f.row, f.field, token) for f, token in redactions.fields()}
    if listed != cells:
        file, part, row, field, _ = min(listed ^ cells)
        raise bad(
            f"{field[:40]!a} of row {row} of {file[:100]!a} ({part[:40]!a}) is withheld in "
            "redactions.json or in its file, and not in both, or is no personal field"
        )


def _mapped(target: Mapping[str, Any]) -> dict[str, dict[str, frozenset[str]]]:
    """File → personal part that the target gives it → fields that its redacted form may have."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    surfaces = target.get("surfaces") or []
    if not isinstance(surfaces, list) or not all(map(_is_surface, surfaces)):
        raise bad("the target does not say which files it maps")
    for one in surfaces:
        if one["part"] in PERSONAL:
            page = one["part"] == "contact-page"
            allowed = _PAGE if page else frozenset(one.get("fields", ()))
            parts = found.setdefault(one["file"], {})
            parts[one["part"]] = parts.get(one["part"], frozenset()) | allowed
    return found


def _is_surface(one: Any) -> bool:
    # The target is what a recording says: it is not known to be one yet.
    return (
        isinstance(one, dict) and isinstance(one.get("fields", {}), dict)
        and isinstance(one.get("file"), str) and isinstance(one.get("part"), str)
    )  # fmt: skip


def _contacts(
    raw: bytes, digest: str, paths: set[str], mapped: Mapping[str, Mapping[str, frozenset[str]]]
) -> Iterator[_Cell]:
    """Every withheld field of the redacted form of a personal file."""
    value = _form(raw, digest, {"schema", "form", "parts"}, "contacts")
    due = {(path, part) for path in paths for part in mapped[path]}
    told = []
    tables = value["parts"]
    if not isinstance(tables, list) or not all(
        members(one, {"file", "part", "rows"}) and isinstance(one["rows"], list)
        and isinstance(one["file"], str) and isinstance(one["part"], str) for one in tables
    ):  # fmt: skip
        raise bad(f"the redacted form of {digest} is not one of a personal file")
    for table in tables:
        file, part = table["file"], table["part"]
        told.append((file, part))
        if (file, part) not in due:
            raise bad(f"the redacted form of {digest} speaks of a file or part that is not its own")
        for number, row in enumerate(table["rows"], 1):
            allowed = mapped[file][part] & {*FIELDS[part], *SHOWN}
            if not isinstance(row, dict) or not set(row) <= allowed:
                raise bad(f"row {number} of the redacted form of {file} has other fields")
            for name, text in row.items():
                if not isinstance(text, str):
                    raise bad(f"row {number} of the redacted form of {file} holds no text")
                if name in FIELDS[part]:
                    if not TOKEN.fullmatch(text):
                        raise bad(f"{name} of row {number} of {file} is personal, and not withheld")
                    yield file, part, number, name, text
    if set(told) != due:
        raise bad(f"the redacted form of {digest} leaves out what the target maps")


def _tokens_shown(raw: bytes) -> set[str]:
    return set(TOKEN.findall(raw.decode("utf-8")))


def _whole(raw: bytes, document: Document) -> list[str]:
    value = _form(raw, document.sha256, {"schema", "form", "tokens"}, "whole")
    if not value["tokens"] or value["tokens"] != document.tokens:
        raise bad(f"{document.sha256} is withheld whole, and does not say for which texts")
    return document.tokens


def _text(raw: bytes, digest: str, asked: list[Asked], redactions: Redactions) -> set[str]:
    try:
        found = TOKEN.findall(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise bad(f"the redacted form of {digest} is no text") from None
    if not found:
        raise bad(f"{digest} is called withheld, and its redacted form withholds nothing")
    for token in found:
        one = redactions.texts.get(token)
        if one is not None and any(field.field == CONTACT for field in one.fields):
            raise bad(f"{digest} says how to reach somebody, and its text is shown")
    # Every token stands for a byte at least, so that so much can have been there.
    if len(raw) - len(found) * (_TOKEN_BYTES - 1) > asked[0].length:
        raise bad(f"the redacted form of {digest} shows more than the answer had")
    return set(found)


def _answer(raw: bytes, digest: str, personal: set[str]) -> set[str]:
    """Git's answer: each text that is shown is still that of its object id."""
    try:
        value = canonical_bytes.loads(raw)
        sound = members(value, _ANSWER) and all(
            isinstance(value[name], dict)
            and all(isinstance(one, str) for one in value[name].values())
            for name in ("files", "texts", "copies")
        )
        sound = sound and isinstance(value["torn"], list)
        sound = sound and all(isinstance(one, str) for one in value["torn"])
        sound = sound and set(value["files"].values()) == set(value["texts"])
        hidden = {value["copies"].get(path, path) for path in personal} if sound else set()
        shown = [
            (path, name, value["texts"][name])
            for path, name in (value["files"].items() if sound else ())
            if value["texts"][name] != blobs.GONE
        ]
    except (canonical_bytes.NotCanonicalBytes, TypeError, KeyError):
        sound = False
    if not sound:
        raise bad(f"the redacted form of {digest} is no answer about documents")
    for path, name, text in shown:
        if path in hidden:
            raise bad(f"{path} is personal, and its text stands in an answer of git")
        if not TOKEN.search(text) and path not in value["torn"] and not _is(name, text):
            raise bad(f"the text of {path[:100]!a} is not that of its git object")
    found = _tokens_shown(raw)
    if not found and len(shown) == len(value["files"]):
        raise bad(f"{digest} is called withheld, and its redacted form withholds nothing")
    return found


def _is(name: str, text: str) -> bool:
    """Whether a git object id is that of a text, which may have begun with a byte order mark."""
    for raw in (text.encode("utf-8"), b"\xef\xbb\xbf" + text.encode("utf-8")):
        kind = hashlib.sha256 if len(name) == 64 else hashlib.sha1
        if kind(b"blob %d\0" % len(raw) + raw).hexdigest() == name:
            return True
    return False


def _form(raw: bytes, digest: str, names: set[str], form: str) -> dict[str, Any]:
    value = object_of(raw, f"the redacted form of {digest}", "redactions")
    require_schema(value, blobs.SCHEMA_NAME, blobs.SCHEMA_VERSION, digest, "redactions")
    if not members(value, names) or value["form"] != form:
        raise bad(f"the redacted form of {digest} has other members than one of {form}")
    return value
