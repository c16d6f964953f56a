"""What may change in sound facts about controllers without ending what a check says.

Everything else must end it: control → leaves of ``facts.controllers`` that its rule does not
rest on.
"""

from __future__ import annotations

_TOLD = r"\.said\.value\.(file|part|state|program)="
_OWNER = r"\.values\[owner\]\[0\]="
#: A commit's id, and its time by a second.
_CHANGE = r"\.changed\.value\.(commit|committer_time)="
_LINK = r"\.links\[\w+\]\[0\]"
_CONTROLLER = r"\.links\[\w+\]\[1\]"
_MOVE = r"\.value\.changes\[0\]"

CONTROLLERS: dict[str, tuple[str, ...]] = {
    "UA-02": (
        _TOLD, _OWNER, _CHANGE,
        # Voters may be stated as a number or by name; one of the two is enough.
        r"\.values\[voters\](\[0\])?!gone", r"\.values\[members\]!gone",
    ),
    "UA-05": (
        _TOLD, _OWNER, _CHANGE,
        # What a step says is for people; that there is one is what is owed.
        r"\.values\[steps\]\[\d\]",
        r"\.value\.(slot|block_time|inner_recorded)=",
        rf"{_MOVE}\.(signature|slot|block_time|inner|fee_payer|place|caller|program|buffer)=",
        # Either SetAuthority, from one key to another.
        rf"{_MOVE}\.(authority|new_authority)=",
    ),
    "UA-09": (
        # One authority less is one less to judge; none at all is UNKNOWN, which a case shows.
        r"^\.others\[\d\]!gone", r"^\.others\[\d\]\.keys\.value\[0\]!gone",
        r"^\.others\[\d\]\.(of|address|role|kind|threshold)=",
        rf"{_LINK}\.(program|authority|detail|vault_index|ms|realm|token)=",
        rf"{_LINK}\.state\.(create_key|transaction_index|stale_transaction_index|bump)=",
        rf"{_LINK}\.state\.(rent_collector|tail_nonzero|threshold|time_lock)=",
        rf"{_LINK}\.state\.members\[\d\]\.(key|mask)=",
        rf"{_CONTROLLER}\.(authority|detail|multisig|vault_index|state|ms|realm|token)=",
        # The program of the same controller is judged once, for the first authority.
        rf"^\.others\[[12]\]{_CONTROLLER}(!gone|\.(holder|program)=)",
        r"^\.registers\[0\]\.value\.(file|part|state)=",
        r"^\.registers\[0\]\.value\.rows\[0\]\[roles\]",
    ),
}  # fmt: skip
