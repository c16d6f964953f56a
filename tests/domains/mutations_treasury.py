"""What may change in a sound treasury without ending the PASS of a check.

Everything else must end it: control → leaves of the facts that its rule does not rest on. The
addresses of the invented story stand in the paths by their names.
"""

from __future__ import annotations

from privatedao_audit.domains.monitoring import cases as monitoring
from privatedao_audit.domains.treasury import invented as story

#: Address → its name in the paths.
NAMES = {
    getattr(story, name): name
    for name in ("TREASURY", "TOKENS", "DAO", "PAYS_SOL", "PAYS_TOKENS", "WAITS", "MINT", "POLICY")
} | {monitoring.MULTISIG: "MULTISIG", monitoring.DATA: "DATA"}

_G, _H = r"^\.governance", r"^\.histories\[DAO\]"
_DAO, _ONE = rf"{_G}\.daos\[0\]", rf"{_G}\.daos\[0\]\.proposals\[\d\]"
_SAID = rf"{_ONE}\.proposal\.value"
_ENTRY = rf"{_H}\.histories\[\w+\]\.entries\[\d+\]"
_DEED = rf"{_H}\.deeds\[\d+\]"
_ACTION = rf"{_DEED}\.actions\[0\]"
_NOW = rf"{_H}\.histories\[\w+\]\.now\.value"

#: What only tells, locates, or belongs to controls of other domains.
_TELLS = (
    r"^\.(places|archive|rent_floor)",  # documents, and a floor that is far away
    rf"{_G}\.(unsupported|names)",
    rf"{_DAO}\.(program=|now|treasuries)",
    rf"{_DAO}\.dao\.value\.(address|program|name|governance_mint|voting_rule|proof|proof_note)=",
    rf"{_ONE}\.id=",
    rf"{_SAID}\.(address|id|dao|proposer|title|description|status|participants|unlocks_at)=",
    rf"{_SAID}\.actions\[0\]\.(kind|fault)=",
    rf"{_DAO}\.policies\[[\w-]+\]\.value\.(kind|subject|authority)=",
    rf"{_H}\.program=",
    rf"{_ENTRY}\.(slot|block_time|succeeded|watched)=",
    # Of an account that holds no tokens.
    rf"{_H}\.histories\[(?!TOKENS)\w+\]\.entries\[\d+\]\.(amount|holder|mint)=",
    rf"{_H}\.histories\[(?!TOKENS)\w+\]\.now\.value\.(amount|holder|mint)=",
    rf"{_H}\.histories\[(?!MULTISIG)\w+\]\.now\.value\.index=",
    rf"{_H}\.histories\[\w+\]\.kept_from=",  # nothing is cut
    rf"{_DEED}\.(slot|block_time|succeeded|fee_payer|unheard|failure)=",
    rf"{_ACTION}\.(discriminator|program|signature|slot|block_time|fault)=",
    rf"{_ACTION}\.accounts\[(dao|proposal)\]",
    rf"{_DEED}\.transfers\[0\]\.(place|authority)=",
)
#: Rules of voting that the payments do not rest on.
_VOTING = (
    rf"{_DAO}\.dao\.value\.(delays|quorum)",
    rf"{_DAO}\.policies",
    rf"{_ONE}\.policies",
    rf"{_SAID}\.windows",
)
#: Histories of everything but the treasury's accounts.
_OTHERS = rf"{_H}\.histories\[(DAO|PAYS_SOL|PAYS_TOKENS|WAITS)\]"
#: Deeds 10 and 11 are the executions, 7 to 9 the decisions, 1 the making of the policy.
_NO_PAYMENT = rf"{_H}\.deeds\[[0-9]\]"
_NO_DECISION = rf"{_H}\.deeds\[([02-6]|10|11)\]"

TREASURY: dict[str, tuple[str, ...]] = {
    "TR-05": (
        *_TELLS, *_VOTING, _OTHERS, _NO_PAYMENT, rf"{_H}\.listed",
        # A deposit and a gift; a balance now is for TR-06.
        rf"{_H}\.histories\[(TREASURY|TOKENS)\]\.(entries\[0\]|cut|now|address|role|disputed)",
        rf"{_ENTRY}\.(mint)=",
        # What is gone is more than the transfer says only where it is more.
        rf"{_H}\.histories\[TREASURY\]\.entries\[1\]\.lamports\[\d\]=int",
        rf"{_H}\.histories\[TOKENS\]\.entries\[1\]\.(lamports|amount\[\d\]=int)",
        rf"{_H}\.histories\[TOKENS\]\.entries\[1\]\.holder\[0\]=",
        # The third proposal was not executed.
        rf"{_DAO}\.proposals\[2\]\.(address|proposal\.value\.actions)",
        rf"{_DEED}\.transfers\[0\]\.destination=",  # of tokens; whose account it is counts
    ),
    "TR-06": (
        *_TELLS, *_VOTING, _OTHERS, _NO_PAYMENT,
        rf"{_DAO}\.(dao!unknown|dao\.value\.proposal_count)",
        rf"{_SAID}\.executed=",
        rf"{_DAO}\.proposals\[2\]",
        rf"{_H}\.histories\[(TREASURY|TOKENS)\]\.entries\[0\]\.signature=",
        rf"{_H}\.histories\[TOKENS\]\.entries\[\d\]\.lamports\[\d\]=",  # its rent is for MA-12
        rf"{_H}\.histories\[TOKENS\]\.entries\[0\]\.holder\[0\]=",  # it held nothing then
        rf"{_H}\.histories\[TOKENS\]\.now\.value\.lamports=",
        rf"{_DEED}\.transfers\[0\]\.destination=",
    ),
    "TR-07": (
        *_TELLS, *_VOTING, _OTHERS, rf"{_H}\.deeds", rf"{_H}\.listed",
        rf"{_G}\.protocol=", rf"{_H}\.(dao|treasury)=",  # no rule of the protocol has a part in it
        rf"{_SAID}\.executed=",
        rf"{_DAO}\.proposals\[[01]\]\.(address|payout|proposal\.value\.actions)",
        rf"{_DAO}\.proposals\[2\]\.(address|proposal\.value\.actions\[0\]!gone)",
        # Covered by far either way, and who receives it changes nothing.
        rf"{_DAO}\.proposals\[2\]\.proposal\.value\.actions\[0\]\.(amount|recipient)=",
        rf"{_H}\.histories\[TREASURY\]\.(entries|cut|address|disputed|now\.value\.(lamports|opaque))",
        rf"{_H}\.histories\[TOKENS\]",  # nothing is claimed of the tokens
    ),
    "TR-08": (
        *_TELLS, rf"{_H}\.(treasury=|listed)", rf"{_H}\.histories\[(DAO|TREASURY|TOKENS)\]",
        rf"{_DAO}\.dao\.value\.(delays\[\w+\]|quorum)=int",
        # A policy that is not there asks for nothing, and all decisions honoured the other.
        rf"{_DAO}\.policies\[[\w-]+\](!gone|\.value\.(address|since)=)",
        rf"{_ONE}\.policies",
        rf"{_SAID}\.(executed|actions|windows\[1\]\.(opens_at|closes_at)=int)",
        rf"{_SAID}\.windows\[0\]\.(opens_at=|closes_at=int)",
        rf"{_ONE}\.payout",
        rf"{_NO_DECISION}(?!\.gap)",
        rf"{_H}\.deeds\[1\](?!\.gap)",
        rf"{_ACTION}\.(place|accounts|dao)",
        rf"{_H}\.deeds\[\d+\]\.signature=",
        rf"{_H}\.histories\[\w+\]\.(entries\[[12]\]|entries\[0\]\.(signature|lamports\[1\]))",
        rf"{_H}\.histories\[\w+\]\.(cut|now|role|address|disputed)",
    ),
}  # fmt: skip

MONITORING: dict[str, tuple[str, ...]] = {
    "MA-12": (
        *_TELLS, *_VOTING,
        r"^\.(watch|rules)\.",  # expectations and rules are for the other controls
        rf"{_G}\.protocol=",
        rf"{_ONE}\.(payout|proposal!unknown|proposal\.value\.(executed|actions|outcome))",
        rf"{_H}\.histories\[\w+\]\.(address|role)=",
        rf"{_ENTRY}\.signature=",
        # What moves no balance leaves no mark in it; the rest of this entry is chained.
        rf"{_H}\.histories\[(DAO|PAYS_SOL|PAYS_TOKENS|WAITS)\]\.entries\[[1-9]\d*\]!gone",
        rf"{_H}\.histories\[TOKENS\]\.entries\[0\]\.holder\[0\]=",  # it held nothing then
        rf"{_NOW}\.opaque=",
        rf"{_DEED}",  # cases show strays and multisig transactions that are missing
        # One subject less is one part less.
        r"^\.(multisigs\[MULTISIG\](!gone|\.value=)|program_data\[0\]!gone)",
    ),
}  # fmt: skip
