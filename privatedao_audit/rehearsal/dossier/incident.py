"""Runbooks, drills, contacts: what the operation does when something goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.rehearsal.life.facts import Life

from .text import Value, day, front_matter, toml, utc


@dataclass(frozen=True)
class _Path:
    """One of the five incident paths. `lever`: an instruction of the program, or none."""

    file: str
    title: str
    trigger: str
    actions: tuple[str, ...]
    owner: str
    escalation: str
    lever: str
    lever_text: str
    keep: str


_PATHS = (
    _Path(
        "bad-proposal", "A bad proposal is created",
        "An alert `proposal-created` for a proposal that is not in the calendar.",
        ("Read title, action and recipient from the chain, not from the interface.",
         "If nobody has committed yet, cancel it.",
         "Else tell every voter, and prepare the veto for the time after finalize."),
        "treasury operations", "independent security", "cancel_proposal_v2",
        "`cancel_proposal_v2`, by the DAO authority, before the first commit; later "
        "`veto_proposal`, between finalize and the unlock.",
        "the proposal account, the creating transaction, the calendar as it stood",
    ),
    _Path(
        "unexpected-voting", "Voting behaves unexpectedly",
        "Bursts of commits, reveals that stay out, or one wallet deciding alone.",
        ("Export commits, reveals and token transfers since the proposal was opened.",
         "Compare the weights with the balances at the time of each commit.",
         "If the result can't stand, propose the veto in the multisig before finalize."),
        "independent security", "founder operator", "veto_proposal",
        "`veto_proposal`, by the DAO authority, between finalize and the unlock.",
        "vote records, token transfers, the signatures of both",
    ),
    _Path(
        "treasury-execution", "The treasury pays something unexpected",
        "An alert `treasury-executed` or `balance-anomaly` that no proposal explains.",
        ("Set the transaction beside the proposal it executed: recipient, mint, amount.",
         "If other passed proposals wait, veto them while their time lock runs.",
         "Publish what was paid, to whom, by which vote."),
        "treasury operations", "recovery governance", "none",
        "None once executed: nothing on chain takes a payment back.",
        "the execution, its logs, the balances before and after",
    ),
    _Path(
        "compromised-operator", "An operator's wallet is compromised",
        "A privileged transaction that its owner did not send, or a lost device.",
        ("Stop using the key everywhere, the same hour.",
         "Move the DAO authority away from it, if it holds it.",
         "Remove the member from the multisig by a vote of the others."),
        "recovery governance", "independent security", "transfer_dao_authority",
        "`transfer_dao_authority`, by its holder; it takes effect in one step, after the time lock "
        "where a locked multisig holds it.",
        "every transaction of the key since it was last known good",
    ),
    _Path(
        "rpc-outage", "An RPC provider fails",
        "An alert `rpc-health`, or answers of two providers that differ.",
        ("Switch to the fallback provider.",
         "Compare slot, blockhash and the program's accounts at both.",
         "Send nothing until two providers agree."),
        "operations on call", "founder operator", "none",
        "None: nothing on chain depends on a provider.",
        "probe series of both providers, with times",
    ),
)  # fmt: skip

RUNBOOKS = tuple(f"runbooks/{one.file}.md" for one in _PATHS)


def files(life: Life) -> dict[str, str]:
    """Five runbooks, the drill record, recovery and contacts, by path."""
    return {
        **{f"runbooks/{one.file}.md": _runbook(life, one) for one in _PATHS},
        "dossier/drills.toml": _drills(life),
        "dossier/recovery-and-contacts.toml": _contacts(life),
    }


def _runbook(life: Life, path: _Path) -> str:
    lever, text = path.lever, path.lever_text
    if not life.healthy and path.file == "compromised-operator":
        # A switch that the program reads and no instruction can set.
        lever = "set_emergency_disabled"
        text = "`set_emergency_disabled`, by the DAO authority: everything stops at once."
    head = front_matter(
        {
            "path": path.file,
            "owner": path.owner,
            "escalation": path.escalation,
            "lever": lever,
            "date": day(life.release.transaction.block_time),
        }
    )
    steps = "".join(f"{number}. {one}\n" for number, one in enumerate(path.actions, 1))
    return (
        f"{head}# {path.title}\n\n## Trigger\n\n{path.trigger}\n\n## First actions\n\n{steps}\n"
        f"## Owner\n\n{path.owner}\n\n## Escalation\n\n{path.escalation}, by phone first.\n\n"
        f"## Lever on chain\n\n{text}\n\n## Evidence to keep\n\n"
        f"{path.keep[0].upper()}{path.keep[1:]}.\n"
    )


def _drills(life: Life) -> str:
    done = {
        "bad-proposal": life.steps("cancel_proposal", "cancel_proposal_v2"),
        "unexpected-voting": life.steps("veto_proposal"),
        "treasury-execution": (),
        "compromised-operator": life.steps("transfer_dao_authority"),
        "rpc-outage": (),
    }
    rows: list[dict[str, Value]] = []
    for number, path in enumerate(_PATHS):
        steps = [one for one in done[path.file] if one.error is None]
        if not life.healthy and not steps:
            continue  # two paths were never drilled
        began = steps[0].landed.block_time if steps else life.handover.block_time + number * 3600
        rows.append(
            {
                "path": path.file,
                "cluster": "localnet",
                "genesis_hash": life.genesis_hash,
                "began_at": utc(began - 600),
                "ended_at": utc(began + 1200),
                "led_by": path.owner,
                "detected_after_seconds": 40,
                "acted_after_seconds": 600,
                "instruction": path.lever,
                "signatures": [one.landed.signature for one in steps],
                "gaps": ["the escalation contact was reached at the second attempt"],
                "gaps_closed": life.healthy,
            }
        )
    return toml("The drill record: one drill for each incident path.", {"drills": rows})


def _contacts(life: Life) -> str:
    people = ("treasury operations", "independent security", "recovery governance",
              "operations on call")  # fmt: skip
    rows: list[dict[str, Value]] = [
        {
            "name": one,
            "for": "recovery and incidents",
            "phone": f"+00 000 000 {number:03}",
            "mail": f"{one.replace(' ', '.')}@rehearsal.invalid",
        }
        for number, one in enumerate(people, 1)
    ]
    return toml(
        "Recovery and incident contacts: two kinds of contact for each.",
        {
            "date": day(life.release.transaction.block_time),
            "owner": "recovery governance",
            "contacts": rows,
            "recovery": {
                "lost_member": "the other two members replace it by a config transaction",
                "lost_operator": "the DAO authority moves by transfer_dao_authority",
                "lost_treasury": "passed proposals are vetoed while their time lock runs",
            },
        },
    )
