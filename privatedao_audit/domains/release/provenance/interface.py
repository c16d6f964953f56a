"""Two interfaces compared by what they mean: names, discriminators, accounts and layouts.

Comments, the order of entries, the version number and the form of the file play no part. Where a
type changed, whatever is laid out with it changed too, and is named as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from privatedao_audit.chain import strict_json
from privatedao_audit.chain.anchor.idl import MAX_IDL_BYTES, Idl, parse_idl
from privatedao_audit.repository import rust_source
from privatedao_audit.repository.errors import BadDocument

#: What an interface is compared by, and the word for one of each.
SECTIONS: Final = {
    "instructions": "instruction",
    "accounts": "account",
    "types": "type",
    "events": "event",
    "errors": "error",
}


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface by digests: small, and enough to tell what differs.

    Attributes:
        address: the program id that it states; None where it states none.
        sections: section → name → digest of what the entry means, in hexadecimal.
        rules: instruction → digest of how its accounts are found (fixed addresses, seeds,
            relations) and what it returns; None for the form before 0.1.0, which does not say.
    """

    name: str
    address: str | None
    sections: dict[str, dict[str, str]]
    rules: dict[str, str] | None = None


def interface_of(raw: bytes) -> Interface:
    """The interface in the bytes of an IDL. Raises BadIdl, a ValueError, as parse_idl does."""
    idl = parse_idl(raw)
    digest = _Digests()
    sections: dict[str, dict[str, str]] = {
        section: {one.name: digest.of(one) for one in _entries(idl, section)}
        for section in SECTIONS
    }
    rules = None if idl.form == "legacy" else _rules(raw)
    return Interface(idl.name, idl.address, sections, rules)


def _rules(raw: bytes) -> dict[str, str]:
    """What clients believe beside the layouts: a wrong address here sends money elsewhere."""
    given = strict_json.loads(raw, max_bytes=MAX_IDL_BYTES)["instructions"]
    found = {}
    for one in given:
        said = {"accounts": _found_by(one.get("accounts", [])), "returns": one.get("returns")}
        text = json.dumps(said, sort_keys=True)
        found[one["name"]] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return found


def _found_by(accounts: Any) -> list[Any]:
    """How each account is found, in order; a group in the place where it stands."""
    return [
        _found_by(one["accounts"]) if "accounts" in one
        else [one.get(key) or None for key in ("address", "pda", "relations")]
        for one in accounts or ()
    ]


def differences(published: Interface, repository: Interface) -> list[str]:
    """What differs, one phrase each, in the order of the sections and by name."""
    told = []
    for section, word in SECTIONS.items():
        there, here = published.sections.get(section, {}), repository.sections.get(section, {})
        for name in sorted({*there, *here}):
            if name not in here:
                told.append(f"{word} {name}: only on chain")
            elif name not in there:
                told.append(f"{word} {name}: only in the repository")
            elif there[name] != here[name]:
                told.append(f"{word} {name}: differs")
    if published.rules is not None and repository.rules is not None:
        named = [one.sections.get("instructions", {}).keys() for one in (published, repository)]
        lone = named[0] ^ named[1]
        told += [
            f"instruction {name}: its accounts are found in another way"
            for name in sorted({*published.rules, *repository.rules} - lone)
            if published.rules.get(name) != repository.rules.get(name)
        ]
    return told


def declared_instructions(source: str, role: str) -> tuple[str, ...] | None:
    """Names of the functions in the ``#[program]`` module of a Rust file, in order.

    None when the file has no such module. Conditions on single functions are not weighed.
    Raises BadDocument for comments, strings or brackets that do not end.
    """
    stream = rust_source.tokens(source, role)
    texts = [token.text if token.kind != "string" else '""' for token in stream]
    starts = [n for n in range(len(texts)) if texts[n : n + 4] == ["#", "[", "program", "]"]]
    if not starts:
        return None
    at = starts[0]
    while at < len(texts) and texts[at] != "{":
        at += 1
    found: list[str] = []
    depth = 0
    for number in range(at, len(texts)):
        text = texts[number]
        if stream[number].kind == "mark" and text in "{([":
            depth += 1
        elif stream[number].kind == "mark" and text in "})]":
            depth -= 1
            if depth == 0:
                return tuple(found)
        elif depth == 1 and text == "fn" and texts[number - 1] == "pub":
            found += texts[number + 1 : number + 2]
    raise BadDocument(f"{role}: the program module does not end")


def _entries(idl: Idl, section: str) -> Iterable[Any]:
    entries: dict[str, Iterable[Any]] = {
        "instructions": idl.instructions,
        "accounts": idl.accounts,
        "types": idl.types.values(),
        "events": idl.events,
        "errors": idl.errors,
    }
    return entries[section]


class _Digests:
    """Digests of frozen dataclasses by their fields that take part in comparisons.

    Layouts share their parts, and written out they can be much larger than the file: each part
    is digested once. What was digested is kept, so that no other object can take its identity.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, str]] = {}

    def of(self, value: Any) -> str:
        if isinstance(value, tuple):
            return f"({','.join(self.of(one) for one in value)})"
        if not is_dataclass(value):
            return repr(value)
        if id(value) not in self._known:
            members = [one.name for one in fields(value) if one.compare]
            told = [f"{name}={self.of(getattr(value, name))}" for name in members]
            text = f"{type(value).__name__}[{','.join(told)}]"
            self._known[id(value)] = (value, hashlib.sha256(text.encode()).hexdigest()[:32])
        return self._known[id(value)][1]
