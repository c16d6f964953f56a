"""What an instruction would do, in words: for vault transactions, proposals and histories.

The words hold keys, numbers and names from our own tables only, never text by strangers. An
instruction that can't be read whole is said to be so: what a reader is not told about could be
the upgrade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts import governance, loader, squads, squads_v3, system, token
from privatedao_audit.chain.layouts.common import Roles, UnknownInstruction
from privatedao_audit.chain.layouts.squads import arguments

__all__ = ["PROGRAM_NAMES", "Action", "describe", "describe_message"]

#: Program id -> the name in the words. An id alone proves nothing off the public clusters.
PROGRAM_NAMES: Final = {
    programs.SYSTEM: "system",
    programs.LOADER_V3: "upgradeable loader",
    programs.TOKEN: "token",
    programs.TOKEN_2022: "token-2022",
    programs.ASSOCIATED_TOKEN: "associated token",
    programs.COMPUTE_BUDGET: "compute budget",
    programs.SQUADS_V4: "squads v4",
    programs.SQUADS_V3: "squads v3",
    programs.SPL_GOVERNANCE: "spl governance",
    programs.OTTER_VERIFY: "otter verify",
    programs.PROGRAM_METADATA: "program metadata",
}

_MISSING: Final = "(not resolved)"


@dataclass(frozen=True, slots=True)
class Action:
    """One instruction, described.

    ``program`` is its id, None when it comes from a lookup table that was not resolved.
    ``instruction`` is its name, ``text`` one sentence, ``accounts`` those with a role. Unless
    ``understood``, what it does is not known.
    """

    program: str | None
    program_name: str | None
    instruction: str | None
    text: str
    understood: bool
    accounts: Roles = ()


def _loader(found: loader.LoaderInstruction) -> tuple[str, Roles]:
    roles = tuple(
        (role, key)
        for role in ("program", "programdata", "buffer", "subject", "authority", "new_authority",
                     "payer", "recipient")
        if (key := getattr(found, role)) is not None
    )
    match found.name:
        case "Upgrade":
            text = f"upgrades program {found.program} from buffer {found.buffer}"
        case "DeployWithMaxDataLen":
            text = f"deploys program {found.program} from buffer {found.buffer}"
        case "SetAuthority" | "SetAuthorityChecked" if found.renounces:
            text = f"gives up the authority over {found.subject} for good"
        case "SetAuthority" | "SetAuthorityChecked":
            text = f"hands the authority over {found.subject} to {found.new_authority}"
        case "Close":
            what = f"program {found.program}" if found.program else f"account {found.subject}"
            text = f"closes {what}, its lamports to {found.recipient}"
        case "ExtendProgram" | "ExtendProgramChecked":
            text = f"extends program {found.program} by {found.size} bytes"
        case "Write":
            text = f"writes {found.size} bytes at {found.offset} into buffer {found.buffer}"
        case "InitializeBuffer":
            text = f"makes buffer {found.buffer}, written by {found.authority}"
        case _:
            text = f"moves program {found.program} to loader v4"
    return text, roles


def _system(found: system.SystemInstruction) -> str:
    at = found.account
    match found.name:
        case "Transfer" | "TransferWithSeed":
            return f"sends {found.lamports} lamports, {at('source')} to {at('destination')}"
        case "WithdrawNonceAccount":
            what = f"{found.lamports} lamports from nonce {at('nonce')}"
            return f"takes {what} to {at('destination')}"
        case "CreateAccount" | "CreateAccountWithSeed":
            return f"makes account {at('account')} with {found.lamports} lamports for {found.owner}"
        case "AdvanceNonceAccount":
            return f"advances nonce {at('nonce')} of {at('authority')}"
        case "InitializeNonceAccount" | "AuthorizeNonceAccount":
            return f"sets the authority of nonce {at('nonce')} to {found.new_authority}"
        case "Assign" | "AssignWithSeed":
            return f"gives account {at('account')} to program {found.owner}"
        case _:
            return f"{found.name} on {next((key for _, key in found.roles), _MISSING)}"


def _token(found: token.TokenInstruction) -> str:
    at, amount = found.account, found.amount
    match found.name:
        case "Transfer" | "TransferChecked":
            mint = f" of mint {at('mint')}" if at("mint") else ""
            return f"sends {amount} base units{mint}, {at('source')} to {at('destination')}"
        case "Approve" | "ApproveChecked":
            return f"lets {at('delegate')} move {amount} base units of {at('source')}"
        case "MintTo" | "MintToChecked":
            return f"mints {amount} base units of {at('mint')} to {at('destination')}"
        case "Burn" | "BurnChecked":
            return f"burns {amount} base units of {at('mint')} from {at('source')}"
        case "CloseAccount":
            return f"closes token account {at('source')}, its lamports to {at('destination')}"
        case "SetAuthority" if found.new_authority is None:
            return f"gives up the {found.power} authority of {at('subject')} for good"
        case "SetAuthority":
            return f"hands the {found.power} authority of {at('subject')} to {found.new_authority}"
        case _:
            return f"{found.name} on {at('source') or _MISSING}"


def _change(change: squads.ConfigAction | arguments.SetConfigAuthority) -> str:
    match change:
        case squads.AddMember(member):
            return f"add member {member.key} with mask {member.mask}"
        case squads.RemoveMember(key):
            return f"remove member {key}"
        case squads.ChangeThreshold(threshold):
            return f"threshold {threshold}"
        case squads.SetTimeLock(seconds):
            return f"time lock {seconds} s"
        case squads.AddSpendingLimit():
            unit = "lamports" if change.mint is None else f"base units of {change.mint}"
            places = ", ".join(change.destinations) or "anybody"
            who = ", ".join(change.members)
            return (
                f"spending limit of {change.amount} {unit} ({change.period}) from vault "
                f"{change.vault_index} for {who} to {places}"
            )
        case squads.RemoveSpendingLimit(address):
            return f"remove spending limit {address}"
        case squads.SetRentCollector(key):
            return f"rent collector {key}"
        case arguments.SetConfigAuthority(key):
            return f"config authority {key}"


def _squads(found: squads.SquadsInstruction) -> str:
    at, given = found.account, found.arguments
    where = at("multisig") or at("program_config")
    match given:
        case arguments.ConfigChange(change):
            return f"changes multisig {where} by its config authority: {_change(change)}"
        case arguments.CreateConfigTransaction(actions):
            what = "; ".join(_change(one) for one in actions) or "nothing"
            return f"proposes to multisig {where}: {what}"
        case arguments.CreateMultisig():
            return (
                f"makes multisig {where}, {given.threshold} of {len(given.members)}, "
                f"time lock {given.time_lock} s"
            )
        case arguments.UseSpendingLimit(amount):
            return f"spends {amount} from vault {at('vault')} to {at('destination')} by a limit"
        case _:
            if found.vote:
                return f"{found.actor} votes on {at('proposal')}: {found.vote}"
            return f"{found.name} on multisig {where}"


def _associated(program: str, keys: Sequence[str], data: bytes, whole: bool) -> Action:
    label = PROGRAM_NAMES[program]
    name = {b"": "Create", b"\0": "Create", b"\1": "CreateIdempotent"}.get(data)
    if name is None or len(keys) < 4:
        return _unknown(program, label, UnknownInstruction(label, name, "another form of it"))
    roles = tuple(zip(("payer", "account", "owner", "mint"), keys, strict=False))
    text = f"makes token account {keys[1]} of {keys[2]} for mint {keys[3]}"
    return Action(program, label, name, text, whole, roles)


def _unknown(program: str, label: str | None, found: UnknownInstruction) -> Action:
    called = found.name or "an instruction"
    text = f"{called} of program {program}, not understood: {found.reason}"
    return Action(program, label, found.name, text, False)


def describe(
    program: str | None,
    accounts: Sequence[str | None],
    data: bytes,
    *,
    governance_programs: Sequence[str] = (programs.SPL_GOVERNANCE,),
) -> Action:
    """The action of one instruction. Never raises.

    ``accounts`` that are None come from a lookup table that was not resolved; they are shown as
    such. ``governance_programs`` are the copies of SPL Governance that were recognised.
    """
    if program is None:
        text = "calls a program from a lookup table that was not resolved"
        return Action(None, None, None, text, False)
    label = PROGRAM_NAMES.get(program)
    if program in governance_programs:
        label = label or "spl governance"
    keys = [_MISSING if key is None else key for key in accounts]
    whole = None not in accounts
    if program == programs.ASSOCIATED_TOKEN:
        return _associated(program, keys, data, whole)
    if program == programs.LOADER_V3:
        raw = loader.decode_instruction(keys, data)
        if isinstance(raw, loader.UnknownLoaderInstruction):
            name = loader.INSTRUCTION_NAMES.get(-1 if raw.tag is None else raw.tag)
            return _unknown(program, label, UnknownInstruction("loader v3", name, raw.reason))
        text, roles = _loader(raw)
        return Action(program, label, raw.name, text, whole, roles)
    found = _decode(program, label, keys, data)
    if found is None:
        text = f"calls program {program} with {len(data)} bytes and {len(keys)} accounts"
        return Action(program, label, None, text, False)
    if isinstance(found, UnknownInstruction):
        return _unknown(program, label, found)
    match found:
        case system.SystemInstruction():
            text = _system(found)
        case token.TokenInstruction():
            text = _token(found)
        case squads.SquadsInstruction():
            text = _squads(found)
        case _:
            first = next((key for _, key in found.roles), _MISSING)
            text = f"{found.name} on {first}"
    # Where roles or arguments are not in our tables, what it does to whom is not known.
    known = bool(found.roles) and not getattr(found, "data", b"")
    return Action(program, label, found.name, text, whole and known, found.roles)


_Found = (
    system.SystemInstruction | token.TokenInstruction | squads.SquadsInstruction
    | squads_v3.SquadsV3Instruction | governance.GovernanceInstruction | UnknownInstruction
)


def _decode(program: str, label: str | None, keys: Sequence[str], data: bytes) -> _Found | None:
    match label:
        case "system":
            return system.decode_instruction(keys, data)
        case "token" | "token-2022":
            return token.decode_instruction(keys, data)
        case "squads v4":
            return squads.decode_instruction(keys, data, program=program)
        case "squads v3":
            return squads_v3.decode_instruction(keys, data)
        case "spl governance":
            return governance.decode_instruction(keys, data)
        case _:
            return None


def describe_message(
    message: squads.Message, loaded: Sequence[str] | None = None
) -> tuple[Action, ...]:
    """What a vault transaction would do, in order. ``loaded`` as in ``Message.resolve``.

    Without it an instruction that uses accounts from lookup tables is not understood. Raises
    ValueError when ``loaded`` has the wrong length.
    """
    return tuple(
        describe(one.program, one.accounts, one.data) for one in message.resolve(loaded)
    )
