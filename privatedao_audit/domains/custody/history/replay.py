"""What a multisig was at each moment: its log replayed from creation, by the program's rules.

The proposal account alone can't show who voted under which rules: executing it overwrites the
time of approval, and it may be closed. So members, threshold and time lock are followed step by
step, and each vote is counted under those in force when it landed. A replay is believed only if
it ends at the account as it was read.

Rules: Squads-Protocol/v4, programs/squads_multisig_program/src/state/{multisig,proposal}.rs and
instructions/*.rs.
"""

from __future__ import annotations

from privatedao_audit.chain.addresses import squads_batch_transaction
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.squads import arguments as args
from privatedao_audit.domains.custody.history.decisions import Decision, Replay, Rules, Run, Vote
from privatedao_audit.domains.custody.history.facts import MultisigHistory, SquadsLog, Step
from privatedao_audit.model.reads import Found

#: Changes after which everything proposed before can't be voted on any more.
_STALING = (
    squads.AddMember, squads.RemoveMember, squads.ChangeThreshold, squads.SetTimeLock,
    args.SetConfigAuthority,
)  # fmt: skip


def replay(history: MultisigHistory, log: SquadsLog) -> Replay:
    """Follow the log of a multisig from its creation to the account as read."""
    player = _Player(history)
    for step in log.steps:
        player.play(step)
    end = player.end
    end.doubt = log.gap or end.doubt or _difference(history, end)
    return end


def _difference(history: MultisigHistory, end: Replay) -> str:
    """Why the replay does not lead to the accounts; empty when it does."""
    state = history.state
    if end.rules is None:
        return "the creation of the multisig is not in its history"
    pairs = {
        "members": (set(state.members), set(end.rules.members)),
        "threshold": (state.threshold, end.rules.threshold),
        "time lock": (state.time_lock, end.rules.time_lock),
        "config authority": (state.config_authority, end.rules.config_authority),
        "transaction index": (state.transaction_index, end.last_index),
        "stale index": (state.stale_transaction_index, end.stale_index),
    }
    wrong = [name for name, (account, replayed) in pairs.items() if account != replayed]
    if wrong:
        return f"its history does not lead to the account as it is: {', '.join(wrong)} differ"
    return _unlike(history, end)


def _unlike(history: MultisigHistory, end: Replay) -> str:
    """Why the replay does not lead to a proposal account; empty when it leads to all of them."""
    for slot in history.slots:
        decision = end.decisions.get(slot.index)
        if not isinstance(slot.proposal, Found) or decision is None:
            continue
        if decision.status != slot.proposal.value.status:
            return (
                f"its history leaves proposal {slot.index} {decision.status}, and the account says "
                f"{slot.proposal.value.status}"
            )
    return ""


class _Player:
    def __init__(self, history: MultisigHistory) -> None:
        last = min(history.state.transaction_index, 100_000)
        address, program = history.address, history.program
        self.end = Replay()
        self._slot = 0
        self._multisig, self._program = address, program
        self._transactions = squads.transaction_addresses(address, last, program=program)
        self._proposals = squads.proposal_addresses(address, last, program=program)
        self._buffers: dict[str, bytes] = {}

    def play(self, step: Step) -> None:
        one = step.instruction
        self._slot = step.slot
        if one.name == "multisig_create_v2":
            self._created(one.arguments)
        elif self.end.rules is None:
            self._doubt("it begins with something else than its creation")
        elif one.name.startswith("transaction_buffer"):
            self._buffer(one)
        elif one.name in ("vault_transaction_create", "vault_transaction_create_from_buffer",
                          "config_transaction_create", "batch_create"):  # fmt: skip
            self._put(step)
        elif isinstance(one.arguments, args.ConfigChange):
            self._ruled(one)
        elif one.name.startswith("proposal_"):
            self._voted(step)
        elif one.name in ("vault_transaction_execute", "config_transaction_execute"):
            self._executed(step)
        elif one.name == "batch_add_transaction":
            self._batch_added(step)
        elif one.name == "batch_execute_transaction":
            self._batch_executed(step)

    def _doubt(self, text: str) -> None:
        self.end.doubt = self.end.doubt or text

    def _created(self, given: object) -> None:
        if not isinstance(given, args.CreateMultisig) or self.end.rules is not None:
            self._doubt("it was created twice, or in a way that is not known")
            return
        self._under(Rules(given.members, given.threshold, given.time_lock, given.config_authority))

    def _under(self, rules: Rules) -> None:
        self.end.rules = rules
        self.end.timeline.append((self._slot, rules))

    def _buffer(self, one: squads.SquadsInstruction) -> None:
        """A long message is staged piece by piece before it is put to the vote."""
        key = str(one.account("transaction_buffer"))
        if isinstance(one.arguments, args.CreateBuffer):
            self._buffers[key] = one.arguments.content
        elif isinstance(one.arguments, args.ExtendBuffer):
            self._buffers[key] = self._buffers.get(key, b"") + one.arguments.content

    def _put(self, step: Step) -> None:
        end, one = self.end, step.instruction
        end.last_index += 1
        place = one.account("transaction") or one.account("batch")
        if self._transactions.get(str(place)) != end.last_index:
            self._doubt(f"transaction {end.last_index} was not made at its own address")
            return
        given = one.arguments
        decision = Decision(end.last_index, one.name.split("_")[0])
        if isinstance(given, args.CreateVaultTransaction):
            decision.message = given.message
        elif isinstance(given, args.CreateFromBuffer):
            decision.message = _message(self._buffers.get(str(one.account("transaction_buffer"))))
        elif isinstance(given, args.CreateConfigTransaction):
            decision.actions = given.actions
        end.decisions[decision.index] = decision

    def _ruled(self, one: squads.SquadsInstruction) -> None:
        assert isinstance(one.arguments, args.ConfigChange) and self.end.rules is not None
        authority = self.end.rules.config_authority
        if authority is None or one.account("config_authority") != authority:
            self._doubt("somebody without the config authority changed it")
        self._change(one.arguments.change)

    def _change(self, change: squads.ConfigAction | args.SetConfigAuthority) -> None:
        rules = self.end.rules
        assert rules is not None
        members, threshold = rules.members, rules.threshold
        lock, authority = rules.time_lock, rules.config_authority
        match change:
            case squads.AddMember(member):
                members = (*(m for m in members if m.key != member.key), member)
            case squads.RemoveMember(key):
                members = tuple(m for m in members if m.key != key)
            case squads.ChangeThreshold(value):
                threshold = value
            case squads.SetTimeLock(seconds):
                lock = seconds
            case args.SetConfigAuthority(key):
                authority = key
            case _:
                return
        # The program lowers a threshold that fewer members could never reach.
        threshold = min(threshold, max(1, len(members)))
        self._under(Rules(members, threshold, lock, authority))
        if isinstance(change, _STALING):
            self.end.stale_index = self.end.last_index

    def _decision(self, step: Step) -> Decision | None:
        index = self._proposals.get(str(step.instruction.account("proposal")))
        decision = None if index is None else self.end.decisions.get(index)
        if decision is None:
            self._doubt(f"{step.signature} is about a proposal of no known transaction")
        return decision

    def _voted(self, step: Step) -> None:
        one, rules = step.instruction, self.end.rules
        decision = self._decision(step)
        if decision is None or rules is None:
            return
        if one.name == "proposal_create":
            given = one.arguments
            draft = isinstance(given, args.CreateProposal) and given.draft
            if decision.status != "none":
                decision.faults.append("its proposal was made twice")
            decision.status = "draft" if draft else "active"
            return
        if one.name == "proposal_activate":
            decision.status = "active" if decision.status == "draft" else decision.status
            return
        actor = str(one.actor)
        wanted = "approved" if one.vote == "cancelled" else "active"
        stale = decision.index <= self.end.stale_index and wanted == "active"
        if not rules.may(actor, squads.VOTE) or decision.status != wanted or stale:
            decision.faults.append(_refusal(one.name, actor, decision.status, stale))
            return
        self._count(decision, step, actor, str(one.vote), rules)

    @staticmethod
    def _count(decision: Decision, step: Step, actor: str, vote: str, rules: Rules) -> None:
        if vote == "approved":
            decision.rejections = [key for key in decision.rejections if key != actor]
            if actor in (one.member for one in decision.approvals):
                decision.faults.append(f"{actor} approved twice")
                return
            decision.approvals.append(Vote(actor, step.slot, step.block_time, step.signature))
            decision.rules = rules
            if len(decision.approvals) >= rules.threshold:
                decision.status, decision.approved_at = "approved", step.block_time
        elif vote == "rejected":
            decision.approvals = [one for one in decision.approvals if one.member != actor]
            decision.rejections = [*(k for k in decision.rejections if k != actor), actor]
            if len(decision.rejections) > rules.voters - rules.threshold:
                decision.status = "rejected"
        else:
            kept = [k for k in decision.cancellations if any(m.key == k for m in rules.members)]
            decision.cancellations = [*(k for k in kept if k != actor), actor]
            if len(decision.cancellations) >= rules.threshold:
                decision.status = "cancelled"

    def _executed(self, step: Step) -> None:
        decision = self._decision(step)
        if decision is None:
            return
        if decision.status != "approved":
            decision.faults.append(f"it was executed when its proposal was {decision.status}")
        decision.runs.append(Run(step, self.end.rules, decision.message))
        decision.status = "executed"
        if decision.kind == "config":
            for action in decision.actions:
                self._change(action)

    def _batch_added(self, step: Step) -> None:
        """The next transaction of a batch, which the program takes while it is a draft only."""
        decision, given = self._decision(step), step.instruction.arguments
        if decision is None or not isinstance(given, args.AddToBatch):
            return
        if decision.kind != "batch" or not self._of_batch(step, decision, len(decision.messages)):
            return
        if decision.status != "draft":
            decision.faults.append(f"it was added to when its proposal was {decision.status}")
        decision.messages.append(given.message)

    def _batch_executed(self, step: Step) -> None:
        """A batch runs in several steps, in its order; the last one ends its proposal."""
        decision = self._decision(step)
        if decision is None or not self._of_batch(step, decision, len(decision.runs)):
            return
        if decision.status != "approved":
            decision.faults.append(f"it was executed when its proposal was {decision.status}")
        number = len(decision.runs)
        message = decision.messages[number] if number < len(decision.messages) else None
        decision.runs.append(Run(step, self.end.rules, message))
        if len(decision.runs) == len(decision.messages):
            decision.status = "executed"

    def _of_batch(self, step: Step, decision: Decision, before: int) -> bool:
        """Whether the step is about the transaction that comes after ``before`` others."""
        place = squads_batch_transaction(
            self._multisig, decision.index, before + 1, self._program
        ).address
        if step.instruction.account("transaction") == place:
            return True
        self._doubt(f"{step.signature} is about another part of the batch {decision.index}")
        return False


def _message(raw: bytes | None) -> squads.Message | None:
    if raw is None:
        return None
    try:
        return squads.decode_message(raw)
    except ValueError:
        return None


def _refusal(name: str, actor: str, status: str, stale: bool) -> str:
    why = "stale" if stale else status
    return f"{name} by {actor} does not count: the proposal was {why}, or the key had no vote"
