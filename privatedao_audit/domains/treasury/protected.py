"""The invented DAO with its documents, tokens and archive, for the cases of checks.

Everything that TR-01 to TR-04 and TR-09 read beside the history of :mod:`invented`: one statement
of the treasury, registers of its recipient and its mint, contacts, an archive of both executions,
and the four named files. Cases change one thing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.token import Mint, TokenAccount
from privatedao_audit.domains.authority.world import wallet
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.archive.facts import (
    Archive,
    ArchiveFacts,
    Imprint,
    KeptRow,
)
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.facts import Contact, NamedFile, Paper, Row
from privatedao_audit.domains.treasury.places.facts import Derived, PlaceFacts, Scoped
from privatedao_audit.domains.treasury.tokens.facts import HeldAccount, JudgedMint, TokenFacts
from privatedao_audit.model.parts import TOPICS
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.repository.surfaces import Statement

NOTE, RECIPIENTS, MINTS = "docs/treasury.md", "recipients.toml", "mints.toml"
CONTACTS, ARCHIVE = "contacts.toml", "archive.json"
ISSUER, GENESIS = wallet("issuer"), wallet("genesis")
OTHER_DAO, OTHER_PROGRAM = wallet("another dao"), wallet("another program")
OTHERS_TREASURY, STRAY_TREASURY = wallet("treasury of another dao"), wallet("under another program")

#: Reads of invented files are of 2026-01-01T00:00:00Z.
NOW = 1_767_225_600
TODAY, LAST_YEAR = "2025-12-31", "2024-12-31"
DAY = 86_400


def paper(file: str, said: Any, changed: Read[int] | None = None) -> Paper[Any]:
    """A document that was read and last changed a day before."""
    read = said if not isinstance(said, (tuple, str)) else Found(said, in_checkout(file))
    at = in_checkout(f"history of {file}")
    return Paper(file, read, Found(NOW - DAY, at) if changed is None else changed)


def statement(file: str = NOTE, **values: str | tuple[str, ...]) -> tuple[str, Read[Statement]]:
    """What a document says of the treasury, in the target's mapping."""
    told: Mapping[str, str | tuple[str, ...]] = {
        "dao": w.DAO, "treasury": w.TREASURY, "program_id": w.PROGRAM, **values,
    }  # fmt: skip
    fields = {name: (one,) if isinstance(one, str) else one for name, one in told.items()}
    said = Statement(file, "treasury-statement", "current", None, fields)
    return file, Found(said, in_checkout(file))


def places(*statements: tuple[str, Read[Statement]], **change: Any) -> PlaceFacts:
    """The invented DAO's places; with no statement given, the one of its note."""
    derived = (
        Derived(w.DAO, w.PROGRAM, w.TREASURY),
        Derived(w.DAO, OTHER_PROGRAM, STRAY_TREASURY),
        Derived(OTHER_DAO, w.PROGRAM, OTHERS_TREASURY),
    )
    scoped = (Scoped(w.DAO, w.PROGRAM, w.TREASURY),)
    agreed: Read[Any] = Found((), in_checkout("ledger"))
    facts = PlaceFacts("localnet", scoped, derived, statements or (statement(),), (), agreed)
    return replace(facts, **change)


def row(key: str, **fields: str) -> Row:
    """A row of a register, owned and dated."""
    return Row(key, {"name": "a name", "owner": "the office", "kind": "wallet", "date": TODAY,
                     **fields})  # fmt: skip


def registered(*rows: Row, file: str = RECIPIENTS, **change: Any) -> Paper[tuple[Row, ...]]:
    """A register of recipients; with no row given, of the one that is paid."""
    return replace(paper(file, rows or (row(w.COOK),)), **change)


def mint(**change: Any) -> Mint:
    """A mint without powers but that to issue."""
    return replace(Mint(programs.TOKEN, ISSUER, 10**9, 0, None), **change)


def account(**change: Any) -> TokenAccount:
    """A plain token account of the treasury."""
    left = w.TOKENS_IN - w.TOKENS_PAID
    plain = TokenAccount(programs.TOKEN, w.MINT, w.TREASURY, left, None, "normal", None, 0, None)
    return replace(plain, **change)


def held(read: Any = None, **change: Any) -> HeldAccount:
    """The treasury's token account as it was read."""
    found = account() if read is None else read
    given = Found(found, on_chain("tokens")) if isinstance(found, TokenAccount) else found
    return replace(HeldAccount(w.TOKENS, w.MINT, True, True, given), **change)


def tokens(
    *accounts: HeldAccount, of: Any = None, counts: tuple[int, int] = (1, 0), **change: Any
) -> TokenFacts:
    """The treasury's tokens: one account of one mint."""
    found = mint() if of is None else of
    given = Found(found, on_chain("mint")) if isinstance(found, Mint) else found
    lists = {
        program: Found(count, on_chain(f"list {program[:8]}"))
        for program, count in zip((programs.TOKEN, programs.TOKEN_2022), counts, strict=True)
    }
    facts = TokenFacts(w.TREASURY, lists, (JudgedMint(w.MINT, given, ("the target",)),),
                       accounts or (held(),))  # fmt: skip
    return replace(facts, **change)


def accepting(**powers: str) -> Paper[tuple[Row, ...]]:
    """A mint register that accepts powers at keys."""
    return paper(MINTS, (row(w.MINT, **powers),))


def contact(kind: str, **change: Any) -> Contact:
    """A contact for recovery and incidents."""
    plain = Contact("who", f"digest of {kind}", ("recovery", "incident"), "recovery and incidents",
                    kind, "", True, TODAY)  # fmt: skip
    return replace(plain, **change)


def contacts(*rows: Contact, **change: Any) -> Paper[tuple[Contact, ...]]:
    """A list of contacts; with no row given, telephone and mail."""
    return replace(paper(CONTACTS, rows or (contact("phone"), contact("mail"))), **change)


def imprint(signature: str, **change: str | None) -> Imprint:
    """What one invented transaction shows, by aspect."""
    names = ("signatures", "message bytes", "slot", "outcome", "loaded addresses", "block time",
             "lamports", "tokens", "inner instructions", "logs")  # fmt: skip
    return {**{name: f"{signature}:{name}" for name in names}, **change}


def kept(number: int, signature: str, **change: Any) -> KeptRow:
    """A row that keeps a transaction as it landed."""
    proposal = {w.PAYMENT: w.PAYS_SOL, w.TOKEN_PAYMENT: w.PAYS_TOKENS}.get(signature)
    done = () if proposal is None else (proposal,)
    return replace(KeptRow(number, signature, imprint(signature), "", False, True, done), **change)


KEPT = (kept(0, w.PAYMENT), kept(1, w.TOKEN_PAYMENT))


def archive(*rows: KeptRow, chain: Mapping[str, Any] | None = None, **change: Any) -> ArchiveFacts:
    """The archive; with no row given, of both executions."""
    found = rows or KEPT
    one = replace(Archive(ARCHIVE, (GENESIS,), Found(tuple(found), in_checkout(ARCHIVE))), **change)
    shown = {
        row.signature: Found(imprint(row.signature), on_chain(f"transaction {row.signature}"))
        for row in found
    }
    return ArchiveFacts(GENESIS, (one,), {**shown, **(chain or {})})


def named(topic: str, claims: Any = None, **change: Any) -> NamedFile:
    """A named file with one claim that agrees."""
    file = f"docs/{topic}.md"
    agrees = Claimed(3, "address", w.TREASURY, "agrees", "The chain says the same.", True)
    given = (agrees,) if claims is None else claims
    read = Found(given, in_checkout(f"ledger of {file}")) if isinstance(given, tuple) else given
    return replace(NamedFile(topic, paper(file, TODAY), 4_000, topic, read), **change)


def protected(facts: TreasuryFacts | None = None, **change: Any) -> TreasuryFacts:
    """The invented DAO with all that protects its treasury, and something changed."""
    given: dict[str, Any] = {
        "places": places(),
        "recipients": (registered(),),
        "mint_registers": (accepting(),),
        "tokens": {w.DAO: tokens()},
        "contacts": (contacts(),),
        "archive": archive(),
        "named": tuple(named(topic) for topic in TOPICS),
        "rent_floor": Found(890_880, on_chain("rent")),
        **change,
    }
    return replace(w.facts() if facts is None else facts, **given)
