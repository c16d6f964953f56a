"""The target profile that goes with a blank dossier: it maps every form, and validates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.dossier.forms import PROGRAM, Form, forms, spoken
from privatedao_audit.model import catalogue, target
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.parts import ABOUT_A_TOPIC
from privatedao_audit.protocols.registry import PROTOCOLS

__all__ = ["PLACEHOLDERS", "Subject", "profile"]

#: What stands for an address that was not given. Each is a valid key at which nothing lies and
#: which nobody can sign for, so that no control is met by it.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "program": "PutYourProgramHere1111111111111111111111111",
    "dao": "PutYourDaoHere11111111111111111111111111111",
    "treasury": "PutYourTreasuryHere111111111111111111111111",
}

_OWN_FILES: Final = """\
# Files that your repository holds itself; map those that exist, with their real paths:
#
#   [[surfaces]]
#   part = "source-declaration"     # RC-08: declare_id! of the program
#   program = "NAME"
#   file = "programs/governance/src/lib.rs"
#   format = "rust"
#
#   [[surfaces]]
#   part = "anchor-toml"            # RC-08
#   program = "NAME"
#   file = "Anchor.toml"
#   format = "anchor-toml"
#   entry = "governance"            # the key under [programs.CLUSTER]
#
#   [[surfaces]]
#   part = "idl"                    # RC-08, RC-13, RG-04
#   program = "NAME"
#   file = "target/idl/governance.json"
#   format = "anchor-idl"
#
#   [[surfaces]]
#   part = "build-log"              # RC-03; `privatedao-audit record` puts it beside the record.
#   program = "NAME"
#   file = "release/build.log"      # Likewise test-log (RC-04) and verification-log (RC-05).
#   format = "log"
#
#   [[surfaces]]
#   part = "hash-list"              # RC-07, where you publish one
#   program = "NAME"
#   file = "release/hashes.json"
#   format = "json"
#   rows = "/files"
#   [surfaces.fields]
#   path = "/path"
#   sha256 = "/sha256"
"""

_SCOPE: Final = """\
# What else is in scope. RG-07 asks for every mint, multisig and program that your documents name
# or that authority leads to; [[excluded]] takes an address, and the reason in a sentence.
#
#   [[mints]]
#   name = "governance token"
#   address = ""
#   role = "governance"             # or treasury, archived
#
#   [[multisigs]]
#   name = "custody"
#   address = ""                    # the multisig itself, not its vault
#   kind = "squads-v4"              # or squads-v3, spl-governance
#   vault_index = 0
#
#   [[wallets]]
#   name = "operator"
#   address = ""
#   roles = ["dao-authority"]       # see the signer register
#   owner = "operator"
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a new dossier is about.

    Attributes:
        name: of the profile; lower-case letters, digits and hyphens.
        cluster: mainnet-beta, testnet, devnet or localnet.
        genesis_hash: of a local cluster; None: that of the public one.
        program_name: how forms and profile call the program.
        program, dao, treasury: addresses in base58; None where they are not known yet.
    """

    name: str
    cluster: str
    genesis_hash: str | None = None
    program_name: str = "governance"
    program: str | None = None
    dao: str | None = None
    treasury: str | None = None

    def address(self, what: str) -> str:
        """The address of program, dao or treasury, or what stands in its place."""
        given: str | None = getattr(self, what)
        return PLACEHOLDERS[what] if given is None else given

    @property
    def blanks(self) -> tuple[str, ...]:
        """Which addresses are still to be filled in."""
        return tuple(one for one in PLACEHOLDERS if getattr(self, one) is None)


def profile(subject: Subject, files: Mapping[str, str]) -> str:
    """The profile as TOML, with comments.

    Args:
        files: path that a form's mapping prints → path in the team's checkout.

    Raises:
        BadTarget: what was given makes no profile, such as a key that is none.
    """
    text = "\n".join(_lines(subject, files)) + "\n"
    target.parse(text, "the profile")
    return text


def _lines(subject: Subject, files: Mapping[str, str]) -> Iterator[str]:
    genesis = subject.genesis_hash or GENESIS_HASHES.get(subject.cluster, "")
    yield from (
        "# The target profile: what is audited, and which file of the checkout plays which part.",
        "# Written by `privatedao-audit init`. Unknown keys are refused with the nearest known",
        "# one. Paths of files count from the top of the checkout.",
        "schema = 1",
        f"name = {_text(subject.name)}",
        f"title = {_text(f'{subject.name} on {subject.cluster}')}",
        f"protocol = {_text(PROTOCOLS[0])}",
        "",
        "[cluster]",
        f"name = {_text(subject.cluster)}",
        f"genesis_hash = {_text(genesis)}",
        "",
        "[[programs]]",
        f"name = {_text(subject.program_name)}",
        _address(subject, "id", "program"),
        "",
        "[[daos]]",
        'name = "main"',
        _address(subject, "address", "dao"),
        f"program = {_text(subject.program_name)}",
        _address(subject, "treasury", "treasury"),
        "",
        *_SCOPE.splitlines(),
        "",
        *_OWN_FILES.replace(f'"{PROGRAM}"', f'"{subject.program_name}"').splitlines(),
    )
    folder = ""
    for form in sorted(forms(), key=lambda one: _rank(one.path)):
        here = form.path.partition("/")[0]
        if here != folder:
            folder = here
            yield from ("", f"# {'-' * 20} {_title(folder)} {'-' * 20}")
        yield from _mapped(form, subject.program_name, files)


def _mapped(form: Form, program: str, files: Mapping[str, str]) -> Iterator[str]:
    """The surfaces of a form; commented out where it is no blank form but somebody's file."""
    for surface in form.surfaces:
        row = dict(surface)
        row["file"] = files.get(row["file"], row["file"])
        if row.get("program") == PROGRAM:
            row["program"] = program
        lines = list(_surface(row))
        if form.example:
            yield from ("", f"# Instead of other rules: change {row['file']}, then map it.")
            yield from (f"#   {line}" for line in lines)
        elif surface not in form.own:
            yield from ("", "# A file of your own that the form above speaks of:")
            yield from (f"#   {line}" for line in lines)
        else:
            yield from ("", f"# {spoken(form.controls)}", *_likewise(row), *lines)


def _likewise(row: Mapping[str, Any]) -> Iterator[str]:
    """What a part has to be about besides, where no form of its own asks for it."""
    asked = {one.get("topic") for form in forms() for one in form.own}
    rest = [one for one in ABOUT_A_TOPIC.get(row["part"], ()) if one not in asked]
    if rest:
        yield f"# Likewise, each in a file of its own: {', '.join(rest)}."


def _surface(row: Mapping[str, Any]) -> Iterator[str]:
    yield "[[surfaces]]"
    for key, value in row.items():
        if key != "fields":
            yield f"{key} = {_text(value)}"
    if row.get("fields"):
        yield "[surfaces.fields]"
        for key, value in row["fields"].items():
            yield f"{key} = {_text(value)}"


def _address(subject: Subject, key: str, what: str) -> str:
    note = "  # to be filled in" if what in subject.blanks else ""
    return f"{key} = {_text(subject.address(what))}{note}"


def _rank(path: str) -> tuple[int, str]:
    """Forms stand in the order of the domains."""
    order = [one.name for one in catalogue.DOMAINS]
    folder = path.partition("/")[0]
    return (order.index(folder) if folder in order else len(order), path)


def _title(folder: str) -> str:
    return next((one.title for one in catalogue.DOMAINS if one.name == folder), folder)


def _text(value: object) -> str:
    """A TOML string that nothing given can break out of."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
