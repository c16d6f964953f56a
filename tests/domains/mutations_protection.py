"""What may change around a protected treasury without ending the good status of a check.

Of the fields that a control reads beside governance and history everything else must end it. Of
governance and history, what must end it stands in ``NOTICED``.
"""

from __future__ import annotations

_CHANGED = r"\.changed\.value=int"  # a second more or less
_FILE = r"^\.\w+\[0\]\.file="

#: Control → (where its own facts begin, what of them may change).
PROTECTION: dict[str, tuple[str, tuple[str, ...]]] = {
    "TR-01": (
        r"^\.(places|recipients)",
        (
            _FILE, _CHANGED,
            r"\.places\.cluster=",  # the note names none
            # What is derived beside the DAO in scope only explains a wrong address.
            r"\.places\.derived\[[12]\]",
            r"\.places\.statements\[0\]\[0\]=", r"\.value\.(file|part|state|program)=",
            # A note need not name them; naming others fails.
            r"\.values\[(dao|program_id)\](\[0\])?!gone",
            r"\.fields\[(name|owner|kind)\]=",
        ),
    ),
    "TR-02": (
        r"^\.(tokens|mint_registers)",
        (
            _FILE, _CHANGED,
            r"\.fields\[(name|kind)\]", r"\.fields\[owner\]=", r"\.fields\[mint_authority\]!gone",
            r"\.mint\.value\.(program|supply|decimals)=", r"\.why\[0\]",
            r"\.held\[0\]\.(address|associated)=",
            r"\.account\.value\.(program|amount|native_reserve|delegated_amount)=",
        ),
    ),
    "TR-03": (
        r"^\.contacts",
        # Who it is and by which number decides nothing, as long as there are two kinds.
        (_FILE, _CHANGED, r"\.value\[\d\]\.(who|value|role|kind)="),
    ),
    "TR-04": (
        r"^\.archive",
        (
            r"\.archives\[0\]\.file=", r"\.genesis\[0\]!gone", r"\.(number|fault)=",
            r"\.executes\[0\]",  # read where the history lacks the execution
            r"\.chain\[[\w-]+\]\.value\[block time\]!gone",
        ),
    ),
    "TR-09": (
        r"^\.named",
        (
            r"\.paper\.file=", _CHANGED, r"\.length=int", r"\.digest=",  # no other file's
            r"\.claims\.value\[0\]\.(line|what|value|why)=",
        ),
    ),
}  # fmt: skip

_PROPOSALS = (
    ".governance.daos[0].dao!unknown", ".governance.daos[0].dao.value.proposal_count=int",
    ".governance.daos[0].proposals[0]!gone", ".governance.daos[0].proposals[2].proposal!unknown",
)  # fmt: skip
#: Control → changes of governance and history that must end its PASS.
NOTICED: dict[str, tuple[str, ...]] = {
    "TR-01": (
        *_PROPOSALS, ".governance.daos[0].treasuries[0]!gone",
        ".governance.daos[0].treasuries[0].account!unknown",
        ".governance.daos[0].treasuries[0].account.value.owner=str",
        ".governance.daos[0].treasuries[0].account.value.data_length=int",
        ".governance.daos[0].treasuries[0].account.value.fault=str",
        ".governance.daos[0].treasuries[0].treasury.address=str",
        ".governance.daos[0].treasuries[0].treasury.program=str",
        ".governance.daos[0].proposals[2].proposal.value.actions[0].recipient=str",
        ".histories[DAO]!gone",
        ".histories[DAO].deeds[11].transfers[0].receiver=str",
    ),
    "TR-02": _PROPOSALS,
    "TR-04": (
        *_PROPOSALS, ".governance.daos[0].proposals[2].proposal.value.executed=bool",
        ".governance.protocol=str", ".histories[DAO]!gone",
        ".histories[DAO].deeds[10]!gone", ".histories[DAO].deeds[10].signature=str",
        ".histories[DAO].deeds[10].actions[0].took_effect=bool",
    ),
}  # fmt: skip
