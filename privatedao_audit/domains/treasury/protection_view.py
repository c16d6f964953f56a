"""What notebook 05 shows beside TR-01 to TR-04 and TR-09: places, people, tokens, archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.domains.treasury.places.recipients import recipients_of
from privatedao_audit.domains.treasury.tokens import powers
from privatedao_audit.history.reconcile import owed
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown
from privatedao_audit.protocols.facts import DaoReads, Outcome
from privatedao_audit.view.table import Ordinary, Table

_NO_DAO = "No DAO could be read."


def _table(facts: TreasuryFacts, rows: list[tuple[Any, ...]], columns: list[str], caption: str,
           empty: str, ordinary: Ordinary | None = None) -> Table:  # fmt: skip
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return Table(frame, caption, facts.governance.unsupported or empty, ordinary=ordinary)


def _why(read: Read[Any]) -> str:
    if isinstance(read, Unknown):
        return f"not known: {read.reason}"
    return "not there" if isinstance(read, ProvenAbsent) else "sources disagree"


def statements(facts: TreasuryFacts) -> Table:
    """Who prints a treasury, beside what DAO and program lead to."""
    rows: list[tuple[Any, ...]] = []
    ours = {one.treasury for one in facts.places.scoped}
    derived = {one.address for one in facts.places.derived}
    for one in facts.places.scoped:
        rows.append(("the target", one.dao, one.treasury, one.program,
                     "yes" if one.treasury in derived else "no"))  # fmt: skip
    for file, read in facts.places.statements:
        if not isinstance(read, Found):
            rows.append((file, "", _why(read), "", ""))
            continue
        said = {name: ", ".join(values) for name, values in read.value.values.items()}
        printed = read.value.values.get("treasury", ())
        agrees = "yes" if printed and set(printed) <= ours else "no"
        rows.append((file, said.get("dao", ""), said.get("treasury", ""),
                     said.get("program_id", ""), agrees))  # fmt: skip
    return _table(
        facts, rows, ["where", "DAO", "treasury", "program", "the target's treasury"],
        "Who prints a treasury, and is it the one that DAO and program lead to?",
        "Nothing that the target maps prints a treasury.",
    )  # fmt: skip


def recipients(facts: TreasuryFacts) -> Table:
    """Everybody whom a proposal pays: those who were or can be paid, then the others."""
    rows: list[tuple[Any, ...]] = []
    for reads in facts.governance.daos:
        found, _faults = recipients_of(facts, reads)
        for wallet, one in found.items():
            names, files = _registered(facts, wallet)
            rows.append((wallet, ", ".join(one.proposals), "paid, or can be paid",
                         names or "in no register", files))  # fmt: skip
        for wallet, number in _others(reads):
            if wallet not in found:
                names, files = _registered(facts, wallet)
                rows.append((wallet, number, "not passed", names or "in no register", files))
    return _table(
        facts, rows, ["wallet", "proposals", "how far", "who it is", "register"],
        "Whom do the proposals pay, and does a register say who that is?",
        "No proposal pays anybody.",
    )  # fmt: skip


def _others(reads: DaoReads) -> Iterator[tuple[str, str]]:
    for one in reads.proposals:
        if isinstance(one.proposal, Found) and not one.proposal.value.executed and (
            one.proposal.value.outcome not in (Outcome.PASSED, Outcome.EXECUTED)
        ):  # fmt: skip
            for due in owed(one)[0]:
                yield due.recipient, one.id


def _registered(facts: TreasuryFacts, wallet: str) -> tuple[str, str]:
    rows = [
        (row.text("name") or "", row.text("kind") or "", paper.file)
        for paper in facts.recipients if isinstance(paper.said, Found)
        for row in paper.said.value if row.key == wallet
    ]  # fmt: skip
    return "; ".join(f"{name} ({kind})" for name, kind, _file in rows), ", ".join(
        dict.fromkeys(file for _name, _kind, file in rows)
    )


def token_accounts(facts: TreasuryFacts) -> Table:
    """Every token account that is the treasury's: the judged ones, then the unsolicited."""
    rows: list[tuple[Any, ...]] = []
    for tokens in facts.tokens.values():
        for held in tokens.held:
            if not isinstance(held.account, Found):
                rows.append((held.address, held.mint, None, _why(held.account), "", "", "yes"))
                continue
            one = held.account.value
            rows.append((held.address, one.mint, str(one.amount), one.state,
                         one.delegate or "nobody", one.close_authority or "nobody",
                         "yes" if held.associated else "yes, not associated"))  # fmt: skip
        rows += [
            (one.address, one.mint, str(one.amount), "", "", "", "no: unsolicited")
            for one in tokens.unsolicited
        ]
        more = tokens.others - len(tokens.unsolicited)
        if more > 0:
            rows.append((f"{more} more", "", None, "", "", "", "no: unsolicited"))
    return _table(
        facts, rows, ["account", "mint", "raw units", "state", "who can take without a vote",
                      "who can close it", "judged"],
        "Which token accounts are the treasury's, and who else has power over them?",
        "Under neither token program does the treasury have an account.",
    )  # fmt: skip


def mints(facts: TreasuryFacts) -> Table:
    """The judged mints, each power over them, and whether the register accepts it there."""
    rows: list[tuple[Any, ...]] = []
    accepted = [
        row for paper in facts.mint_registers if isinstance(paper.said, Found)
        for row in paper.said.value
    ]  # fmt: skip
    seen = {one.address: one for tokens in facts.tokens.values() for one in tokens.mints}
    for one in seen.values():
        why = ", ".join(one.why)
        if not isinstance(one.mint, Found):
            rows.append((one.address, why, _why(one.mint), "", "", ""))
            continue
        mint = one.mint.value
        moves = "yes" if powers.movable(mint) else "no: it demands another form"
        held = powers.shown(mint)
        if not held:
            rows.append((one.address, why, "none", "nobody", "", moves))
        for name, key in held.items():
            field = powers.FIELDS.get(name)
            ok = any(row.key == one.address and key in row.keys(field or "") for row in accepted)
            word = "needs no acceptance" if field is None else "yes" if ok else "no"
            rows.append((one.address, why, name, key, word, moves))
    return _table(
        facts, rows, ["mint", "judged because of", "power", "who holds it",
                      "accepted by the register", "the program's transfer moves it"],
        "Who has which power over the tokens that are meant, and is that accepted?",
        _NO_DAO if not facts.governance.daos else "No mint is registered.",
    )  # fmt: skip


def contacts(facts: TreasuryFacts) -> Table:
    """The contacts without their names and addresses."""
    rows: list[tuple[Any, ...]] = []
    for paper in facts.contacts:
        if not isinstance(paper.said, Found):
            rows.append((paper.file, _why(paper.said), "", "", "", "", ""))
            continue
        rows += [
            (paper.file, one.role, one.kind, one.who, one.value, one.date or "none",
             one.fault or ("nothing" if one.owned else "no owner"))
            for one in paper.said.value
        ]  # fmt: skip
    return _table(
        facts, rows, ["list", "for", "kind", "digest of the name", "digest of the address", "date",
                      "what is wrong"],
        "By how many kinds of contact can somebody be reached, and how old are they?",
        "The target maps no list of contacts.",
    )  # fmt: skip


def archive(facts: TreasuryFacts) -> Table:
    """Each row of the archives beside the chain."""
    rows: list[tuple[Any, ...]] = []
    for one in facts.archive.archives:
        if not isinstance(one.rows, Found):
            rows.append((one.file, "", "", "", _why(one.rows), ""))
            continue
        for row in one.rows.value:
            chain = facts.archive.chain.get(row.signature)
            shown = "not asked for" if chain is None else (
                "shown" if isinstance(chain, Found) else _why(chain)
            )  # fmt: skip
            odd = ""
            if isinstance(chain, Found) and row.imprint is not None:
                odd = ", ".join(sorted(
                    name for name in set(chain.value) | set(row.imprint)
                    if chain.value.get(name) != row.imprint.get(name)
                )) or "nothing"  # fmt: skip
            hold = "yes" if row.authentic and not row.another else "no"
            rows.append((f"{one.file} row {row.number}", row.signature,
                         row.fault or hold, str(len(row.executes)), shown, odd))  # fmt: skip
    return _table(
        facts, rows, ["where", "transaction", "its signatures hold", "proposals it executes",
                      "on chain", "what differs"],
        "Is every executed action kept, and is each copy what the chain shows?",
        "The target maps no archive of executed actions.",
        Ordinary([row[2] == "yes" and row[4] == "shown" and row[5] == "nothing" for row in rows],
                 "the copy is signed, and nothing in it differs from the chain"),
    )  # fmt: skip


def evidence(facts: TreasuryFacts) -> Table:
    """The named evidence files, their dates, and how their claims stand."""
    rows: list[tuple[Any, ...]] = []
    for one in facts.named:
        paper: Paper[str | None] = one.paper
        date = (paper.said.value or "none") if isinstance(paper.said, Found) else _why(paper.said)
        if not isinstance(one.claims, Found):
            rows.append((one.topic, paper.file, date, None, _why(one.claims), ""))
            continue
        counts = Counter(claim.standing for claim in one.claims.value)
        bad = next((f"line {c.line}: {c.why}" for c in one.claims.value
                    if c.standing == "contradicted"), "")  # fmt: skip
        stand = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
        rows.append((one.topic, paper.file, date, len(one.claims.value), stand, bad))
    return _table(
        facts, rows, ["topic", "file", "date", "claims", "how they stand", "first contradiction"],
        "What do the named evidence files claim, and does it stand?",
        "The target names no evidence file.",
    )  # fmt: skip
