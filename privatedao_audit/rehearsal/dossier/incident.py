"""Runbooks, drills, contacts: what the operation does when something goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from privatedao_audit.rehearsal.life.facts import Life, Step
from privatedao_audit.rehearsal.outage import Outage

from .text import Value, day, front_matter, toml, utc

DRILLS, CONTACTS = "dossier/drills.toml", "dossier/incident-contacts.toml"
OUTAGE = "dossier/rpc-outage.sqlite"


@dataclass(frozen=True)
class _Path:
    """One of the five incident paths. `levers`: name and moment of each, or one alone: none."""

    control: str
    file: str
    title: str
    trigger: str
    actions: tuple[str, ...]
    owner: str
    escalation: str
    levers: tuple[tuple[str, str], ...]
    lever_text: str
    keep: str


_PATHS = (
    _Path(
        "IR-01", "bad-proposal", "A bad proposal is created",
        "An alert `proposal-created` for a proposal that is not in the calendar.",
        ("Read title, action and recipient from the chain, not from the interface.",
         "If nobody has committed yet, cancel it.",
         "Else tell every voter, and prepare the veto for the time after finalize."),
        "treasury operations", "independent security",
        (("cancel_proposal_v2", "before the first vote"), ("veto_proposal", "before the unlock")),
        "`cancel_proposal_v2`, by the DAO authority, before the first commit; later "
        "`veto_proposal`, between finalize and the unlock.",
        "the proposal account, the creating transaction, the calendar as it stood",
    ),
    _Path(
        "IR-02", "unexpected-voting", "Voting behaves unexpectedly",
        "Bursts of commits, reveals that stay out, or one wallet deciding alone.",
        ("Export commits, reveals and token transfers since the proposal was opened.",
         "Compare the weights with the balances at the time of each commit.",
         "If the result can't stand, propose the veto in the multisig before finalize."),
        "independent security", "recovery governance",
        (("veto_proposal", "before the unlock"),),
        "`veto_proposal`, by the DAO authority, between finalize and the unlock.",
        "vote records, token transfers, the signatures of both",
    ),
    _Path(
        "IR-03", "treasury-execution", "The treasury pays something unexpected",
        "An alert `treasury-executed` or `balance-anomaly` that no proposal explains.",
        ("Set the transaction beside the proposal it executed: recipient, mint, amount.",
         "If other passed proposals wait, veto them while their time lock runs.",
         "Publish what was paid, to whom, by which vote."),
        "treasury operations", "recovery governance",
        (("veto_proposal", "before the unlock"), ("none", "after execution")),
        "None once executed: nothing on chain takes a payment back. What still waits in its time "
        "lock can be vetoed before the unlock.",
        "the execution, its logs, the balances before and after",
    ),
    _Path(
        "IR-04", "compromised-operator", "An operator's wallet is compromised",
        "A privileged transaction that its owner did not send, or a lost device.",
        ("Stop using the key everywhere, the same hour.",
         "Move the DAO authority away from it, if it holds it.",
         "Remove the member from the multisig by a vote of the others."),
        "recovery governance", "independent security",
        (("transfer_dao_authority", "any time"),),
        "`transfer_dao_authority`, by its holder; it takes effect in one step, after the time lock "
        "where a locked multisig holds it.",
        "every transaction of the key since it was last known good",
    ),
    _Path(
        "IR-05", "rpc-outage", "An RPC provider fails",
        "An alert `rpc-health`, or answers of two providers that differ.",
        ("Switch to the fallback provider.",
         "Compare slot, blockhash and the program's accounts at both.",
         "Send nothing until two providers agree."),
        "operations on call", "treasury operations",
        (("none", ""),),
        "None: nothing on chain depends on a provider.",
        "probe series of both providers, with times",
    ),
)  # fmt: skip

RUNBOOKS = tuple(f"runbooks/{one.file}.md" for one in _PATHS)

#: In mid-rollout: path → what is wrong with its runbook; that of IR-03 was never written.
_WRONG: Mapping[str, Mapping[str, object]] = {
    "IR-02": {
        "levers": (("veto_proposal", "after the unlock"),),
        "lever_text": "`veto_proposal`, by the DAO authority: it holds until it is executed.",
    },
    # A switch that the program reads and no instruction can set.
    "IR-04": {
        "levers": (("set_emergency_disabled", "any time"),),
        "lever_text": "`set_emergency_disabled`, by the DAO authority: everything stops at once.",
    },
    "IR-05": {"keep": "TBD"},
}
UNWRITTEN = "IR-03"


def files(life: Life, outage: Outage | None = None) -> dict[str, str | bytes]:
    """Runbooks, drill record and contacts, by path.

    Args:
        outage: the drill of IR-05 with its recording; None: it was never held.
    """
    found: dict[str, str | bytes] = {
        **_runbooks(life),
        DRILLS: _drills(life, outage),
        CONTACTS: _contacts(life),
    }
    if outage is not None and life.healthy:
        found[OUTAGE] = outage.recording
    return found


def surfaces() -> list[dict[str, Value]]:
    """Which of these files plays which part in the target profile."""
    books: list[dict[str, Value]] = [
        {"part": "runbook", "topic": one.control, "file": f"runbooks/{one.file}.md",
         "format": "markdown"}
        for one in _PATHS
    ]  # fmt: skip
    drilled = ("incident", "path", "date", "cluster", "genesis_hash", "recording",
               "evidence_root", "started_at", "detected_at", "contained_at", "instruction",
               "signatures", "participants", "gaps")  # fmt: skip
    listed = ("name", "role", "kind", "value", "owner", "date")
    return [
        *books,
        {"part": "drill-record", "file": DRILLS, "format": "toml", "rows": "/drills",
         "fields": {name: f"/{name}" for name in drilled}},
        {"part": "incident-contacts", "file": CONTACTS, "format": "toml", "rows": "/contacts",
         "fields": {name: f"/{name}" for name in listed}},
    ]  # fmt: skip


def _runbooks(life: Life) -> dict[str, str]:
    found = {}
    for path in _PATHS:
        if not life.healthy and path.control == UNWRITTEN:
            continue
        changed = {} if life.healthy else _WRONG.get(path.control, {})
        told = replace(path, **changed)  # type: ignore[arg-type]
        found[f"runbooks/{path.file}.md"] = _runbook(life, told)
    return found


def _runbook(life: Life, path: _Path) -> str:
    # In mid-rollout nobody has looked at this one for a year.
    old = not life.healthy and path.control == "IR-01"
    written = life.finished_at - (365 * 86_400 if old else 0)
    rows = "".join(
        f"\n  - {{ instruction: {name}, when: {when} }}" if when else f"\n  - {name}"
        for name, when in path.levers
    )
    head = front_matter(
        {"path": path.control, "owner": path.owner, "date": day(written), "lever": rows}
    ).replace("lever: \n", "lever:\n")
    steps = "".join(f"{number}. {one}\n" for number, one in enumerate(path.actions, 1))
    keep = path.keep if path.keep == "TBD" else f"{path.keep[0].upper()}{path.keep[1:]}."
    return (
        f"{head}# {path.title}\n\n## Trigger\n\n{path.trigger}\n\n## First actions\n\n{steps}\n"
        f"## Owner\n\n{path.owner}\n\n## Escalation\n\n{path.escalation}, by phone first.\n\n"
        f"## On-chain lever\n\n{path.lever_text}\n\n## Evidence to keep\n\n{keep}\n"
    )


def _drills(life: Life, outage: Outage | None) -> str:
    rows = [*_with_levers(life)]
    if life.healthy:
        paid = [one for one in life.steps("execute_proposal") if one.error is None]
        rows.append(_row(life, "IR-03", "none", paid[-1:]))
        if outage is not None:
            rows.append(_outage(life, outage))
    return toml("The drill record: one drill for each incident path.", {"drills": rows})


def _with_levers(life: Life) -> list[dict[str, Value]]:
    """Drills that pulled a lever; in mid-rollout that of IR-04 was never held."""
    done = {
        "IR-01": ("cancel_proposal_v2",),
        "IR-02": ("veto_proposal",),
        "IR-04": ("transfer_dao_authority",),
    }
    rows = []
    for control, names in done.items():
        steps = [one for one in life.steps(*names) if one.error is None]
        if steps and (life.healthy or control != "IR-04"):
            rows.append(_row(life, control, names[0], steps[-1:]))
    return rows


def _row(
    life: Life, control: str, instruction: str, steps: Sequence[Step]
) -> dict[str, Value]:
    """A drill of ten minutes before to twenty after what it did on chain."""
    at = steps[-1].landed.block_time
    return {
        "incident": "", "path": control, "date": day(at - 600), "cluster": "localnet",
        "genesis_hash": life.genesis_hash, "started_at": utc(at - 600),
        "detected_at": utc(at - 560), "contained_at": utc(at + 1200), "instruction": instruction,
        "signatures": [one.landed.signature for one in steps],
        "participants": _taking_part(life),
        "gaps": [{"text": "the escalation contact was reached at the second attempt",
                  "closed": life.healthy}],
    }  # fmt: skip


def _taking_part(life: Life) -> list[Value]:
    return [life.members[0].address, life.members[1].address]


def _outage(life: Life, outage: Outage) -> dict[str, Value]:
    return {
        "incident": "rpc-outage", "path": "IR-05", "date": day(outage.started_at),
        "cluster": "localnet", "genesis_hash": life.genesis_hash,
        "recording": OUTAGE.rpartition("/")[2], "evidence_root": outage.evidence_root,
        "started_at": utc(outage.started_at), "detected_at": utc(outage.detected_at),
        "contained_at": utc(outage.contained_at), "instruction": "none", "signatures": [],
        "participants": _taking_part(life), "gaps": [],
    }  # fmt: skip


def _contacts(life: Life) -> str:
    people = {
        "operations on call": "incident owner",
        "treasury operations": "deputy",
        "independent security": "security incidents",
        "recovery governance": "custody incidents",
    }
    if not life.healthy:
        # Everybody is to be called, and nobody first.
        people["operations on call"] = "operations"
    rows: list[dict[str, Value]] = []
    for number, (name, role) in enumerate(people.items(), 1):
        for kind, value in (
            ("phone", f"+00 000 100 {number:03}"),
            ("mail", f"{name.replace(' ', '.')}@rehearsal.invalid"),
        ):
            rows.append(
                {"name": name, "role": role, "kind": kind, "value": value,
                 "owner": "recovery governance", "date": day(life.finished_at)}
            )  # fmt: skip
    return toml("Incident contacts: who is called, by two kinds of contact.", {"contacts": rows})
