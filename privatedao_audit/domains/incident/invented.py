"""An operation with runbooks, contacts and drills, for the cases of checks.

Everything is in order: five runbooks of the kit's form, one owner, two kinds of contacts, five
drills on the cluster of the target. Cases change one thing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from privatedao_audit.domains.authority.world import derived, wallet
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.incident.drills.facts import (
    Acted,
    Call,
    Carried,
    Drill,
    DrillFile,
    Gap,
)
from privatedao_audit.domains.incident.facts import Book, IncidentFacts, Power
from privatedao_audit.domains.treasury.papers.facts import Contact, Paper
from privatedao_audit.model.reads import Found, Read, decoded, joined
from privatedao_audit.repository.runbooks import Runbook, read_runbook

__all__ = [
    "CONTACTS", "DAO", "DAY", "DRILLS", "GOOD", "KEEPER", "LATER", "NOW", "RUNBOOKS", "STRANGER",
    "TODAY", "acted", "book", "carried", "contact", "contacts", "drill", "drills", "facts",
    "power", "runbook",
]  # fmt: skip

#: Reads of invented files are of 2026-01-01T00:00:00Z.
NOW, DAY = 1_767_225_600, 86_400
TODAY, LATER = "2025-12-31", "2027-01-01"
CONTACTS, DRILLS = "incidents/contacts.toml", "incidents/drills.toml"
DAO, KEEPER, STRANGER = wallet("incident dao"), wallet("first on call"), wallet("a stranger")
_VAULT = derived("vault of the incident dao")
_NAMES: Final = ("duty officer", "second on call")

#: Path → file, levers of its front matter, the instruction that was drilled.
_PATHS: Final[Mapping[str, tuple[str, str, str]]] = {
    "IR-01": ("incidents/bad-proposal.md",
              "\n  - { instruction: cancel_proposal_v2, when: before the first vote }"
              "\n  - { instruction: veto_proposal, when: before the unlock }",
              "cancel_proposal_v2"),
    "IR-02": ("incidents/voting.md",
              "\n  - { instruction: veto_proposal, when: before the unlock }", "veto_proposal"),
    "IR-03": ("incidents/treasury.md",
              "\n  - { instruction: veto_proposal, when: before the unlock }"
              "\n  - { instruction: none, when: after execution }", "none"),
    "IR-04": ("incidents/wallet.md",
              "\n  - { instruction: transfer_dao_authority, when: any time }",
              "transfer_dao_authority"),
    "IR-05": ("incidents/rpc.md", " none", "none"),
}  # fmt: skip
RUNBOOKS: Final = {path: row[0] for path, row in _PATHS.items()}

_SECTIONS: Final = {
    "Trigger": "An alert that nothing in the calendar explains.",
    "First actions": "1. Read the accounts from the chain.\n2. Tell the duty officer.",
    "Owner": "The duty officer.",
    "Escalation": "The second on call, by telephone.",
    "Evidence to keep": "- The transaction and its logs.\n- The accounts as they stood.",
    "On-chain lever": "As above.",
}


def runbook(
    path: str, *, front: Mapping[str, str] | None = None, sections: Mapping[str, str] | None = None
) -> str:
    """The text of a runbook; ``front`` and ``sections`` change it, an empty text leaves out."""
    head = {"path": path, "date": TODAY, "lever": _PATHS[path][1].lstrip(" "), **(front or {})}
    body = {**_SECTIONS, **(sections or {})}
    fields = [
        f"{name}:{'' if text.startswith(chr(10)) else ' '}{text}"
        for name, text in head.items() if text
    ]  # fmt: skip
    parts = [f"## {name}\n\n{text}\n" for name, text in body.items() if text != "-"]
    fence = ["---", *fields, "---", ""] if fields else []
    return "\n".join([*fence, "# What to do", "", *parts])


@cache
def _read(file: str, text: str, fields: tuple[tuple[str, str], ...]) -> Read[Runbook]:
    """Read a runbook once: the cases show the same few hundreds of times."""
    return decoded(
        Found(text.encode(), in_checkout(file)),
        lambda raw: read_runbook(raw, dict(fields), _NAMES), f"the runbook {file}",
    )  # fmt: skip


def book(
    path: str,
    text: str | None = None,
    *,
    fields: Mapping[str, str] | None = None,
    said: Read[Any] | None = None,
    changed: Read[int] | None = None,
) -> Book:
    """A runbook that was read and last changed a day before."""
    file = RUNBOOKS[path]
    named = tuple((fields or {}).items())
    read = _read(file, runbook(path) if text is None else text, named)
    at = in_checkout(f"history of {file}")
    return Book(file, path, read if said is None else said,
                Found(NOW - DAY, at) if changed is None else changed)  # fmt: skip


def power(
    *, delay: int = 2 * DAY, needs: Read[int] | None = None, used: Read[bool] | None = None,
    kind: str = "Squads v4 vault",
) -> Power:  # fmt: skip
    """A DAO whose authority is the vault of a multisig with a time lock of a day."""
    return Power(
        dao=DAO,
        name="the club",
        delays=Found({"execution": delay, "reveal": DAY}, on_chain("dao")),
        kinds={"authority": kind},
        needs={"authority": Found(DAY, on_chain("multisig")) if needs is None else needs},
        performed={
            "transfer_dao_authority": Found(True, on_chain("transfer")) if used is None else used
        },
    )


def contact(kind: str, **change: Any) -> Contact:
    """A contact of the incident owner, who is one person."""
    good = Contact(
        who="0123456789ab", value=f"digest of {kind}", purposes=("incident",),
        role="incident owner", kind=kind, fault="", owned=True, date=TODAY,
    )  # fmt: skip
    return replace(good, **change)


def contacts(*rows: Contact, **change: Any) -> Paper[tuple[Contact, ...]]:
    """A list of contacts that was read and last changed a day before."""
    at = in_checkout(f"history of {CONTACTS}")
    good: Paper[tuple[Contact, ...]] = Paper(
        CONTACTS, Found(rows, in_checkout(CONTACTS)), Found(NOW - DAY, at)
    )
    return replace(good, **change)


def acted(instruction: str, **change: Any) -> Read[Acted]:
    """A transaction that pulled a lever, 19 days ago, by a member of the vault's multisig."""
    good = Acted(
        block_time=NOW - 19 * DAY, succeeded=True, signers=(KEEPER,), complete=True,
        calls=(Call(instruction, _VAULT, by_key=False, scoped=True),),
    )  # fmt: skip
    return Found(replace(good, **change), on_chain(f"drill of {instruction}"))


def carried(**change: Any) -> Read[Carried]:
    """A recording of an outage, made in the time of the drill."""
    good = Carried(
        genesis_hash="genesis", began=NOW - 19 * DAY, sealed=NOW - 19 * DAY + 60, outage=True,
        programs=(),
    )  # fmt: skip
    return Found(replace(good, **change), in_checkout("incidents/drill.sqlite"))


def drill(path: str, **change: Any) -> Drill:
    """A drill of a path, held 20 days ago; it took two days."""
    instruction = _PATHS[path][2]
    shown = "execute_proposal" if path == "IR-03" else instruction
    outage = path == "IR-05"
    good = Drill(
        place=f"{DRILLS}, drill {path[-1]}",
        path=path,
        date="2025-12-12",
        cluster="localnet",
        genesis_hash="genesis",
        here=True,
        started_at=NOW - 20 * DAY,
        detected_at=NOW - 20 * DAY + 40,
        contained_at=NOW - 18 * DAY,
        instruction=instruction,
        participants=(KEEPER,),
        gaps=(Gap("the second on call was reached late", closed=True),),
        acted={} if outage else {f"signature of {shown}": acted(shown)},
        recording=carried() if outage else None,
    )
    return replace(good, **change)


def drills(*rows: Drill, **change: Any) -> DrillFile:
    """A drill record that was read and last changed a day before."""
    at = in_checkout(f"history of {DRILLS}")
    good = DrillFile(DRILLS, Found(rows, in_checkout(DRILLS)), Found(NOW - DAY, at))
    return replace(good, **change)


def facts(**change: Any) -> IncidentFacts:
    """The operation, everything in order but what is given."""
    good = IncidentFacts(
        governance=GovernanceFacts("privatedao", "", {DAO: "the club"}, ()),
        running=(),
        books=tuple(book(path) for path in _PATHS),
        contacts=(contacts(contact("phone"), contact("mail")),),
        drills=(drills(*(drill(path) for path in _PATHS)),),
        powers=(power(),),
        registered=Found((KEEPER,), joined(in_checkout("register"))),
    )
    return replace(good, **change)


GOOD = facts()
