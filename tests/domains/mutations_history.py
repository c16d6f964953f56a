"""What may change in a sound history without ending the PASS of a check.

Everything else must end it: control → leaves of ``facts.history`` that its rule does not rest on.
"""

from __future__ import annotations

_STATE = r"\.multisigs\[0\]\.state\.(bump|create_key|rent_collector|tail_nonzero)="
_SLOTS = r"\.multisigs\[0\]\.slots"
_STEP = r"\.multisigs\[0\]\.log\.value\.steps\[\d+\]"
_ARGUMENTS = rf"{_STEP}\.instruction\.arguments"
_EVENT = r"\.programs\[0\]\.loader\.value\.events\[\d\]"
_BUFFERS = r"\.programs\[0\]\.buffers"
_NAMES = r"\.programs\[0\]\.(name|programdata)="
_SIGNERS = r"^\.signers"
_VAULTS = r"\.multisigs\[0\]\.vaults"

#: Steps by their number: 1 and 4 are upgrades, 3 sets the time lock.
_OF_NO_VOTE = (
    rf"{_STEP}\.(slot|place|signature)=",
    rf"{_STEP}\.instruction\.(trailing|remaining)",
    rf"{_ARGUMENTS}\.(memo|ephemeral_signers|draft|transaction_index|rent_collector|vault_index)",
    rf"{_ARGUMENTS}\.actions\[\d\]\.(amount|create_key|destinations|members|mint|period)",
    rf"{_ARGUMENTS}\.actions\[\d\]\.(spending_limit|vault_index)",
    rf"{_ARGUMENTS}\.message",  # of transactions that are no upgrades; cases show the others
    r"\.log\.value\.(refused|whole_from)=",  # the second counts where a log is cut
)
_ROLES = (rf"{_STEP}\.instruction\.roles", rf"{_STEP}\.instruction\.(name|arguments)=str")

HISTORY: dict[str, tuple[str, ...]] = {
    "UA-03": (
        _STATE, _SLOTS, _NAMES, _SIGNERS, _VAULTS, r"\.limits", *_OF_NO_VOTE, *_ROLES,
        rf"{_STEP}(!gone|\.block_time=)",
        rf"{_ARGUMENTS}\.(actions\[0\]!gone|time_lock=)",
        rf"{_BUFFERS}\[\w+\]\.value\[0\]\.(begun|last_write|writes|sha256)=",
        _EVENT,
    ),
    "UA-07": (
        _STATE, _SIGNERS, r"\.programs", *_OF_NO_VOTE, *_ROLES,
        rf"{_STEP}(!gone|\.block_time=)",
        rf"{_ARGUMENTS}\.(actions\[0\]!gone|time_lock=)",
        # The collector has compared index and multisig with the address that was asked for.
        rf"{_SLOTS}\[\d\]\.proposal\.value\.(approved|bump|multisig|since|tail_nonzero|trans)",
        rf"{_SLOTS}\[\d\]\.transaction\.value\.",
        rf"{_VAULTS}\[0\]\.(seen\.value|buffers\[\w+\](!gone|\.value))",
    ),
    "UA-08": (
        r"\.multisigs", _SIGNERS, _BUFFERS, r"\.programs\[0\]\.(name|id)=",
        rf"{_EVENT}\.(block_time|buffer|caller|fee_payer|inner|place|program|signature)=",
        # An extend and a failed attempt, and what upgrades leave as it was.
        rf"{_EVENT}\.(new_authority|authority|action|succeeded|programdata|slot)=",
        rf"{_EVENT}!gone",
    ),
    "UA-10": (
        r"\.multisigs", r"\.programs",
        r"\.nonces\[\w+\]\.value\.(lamports_per_signature|nonce|version)=",
        r"\.signers\[\d\]\.(role=|scan!unknown|seen\.value=)",
        r"\.uses\[0\](!gone|\.(action|signature|slot|succeeded)=)",
    ),
}  # fmt: skip

#: Leaves that must be noticed although a broad pattern above would allow them.
NOTICED: dict[str, tuple[str, ...]] = {
    "UA-03": (
        # 3, 2 and 3 events: the hand-over to the vault, and both upgrades.
        r"events\[1\](!gone|\.(action|new_authority|succeeded)=)",
        r"events\[[25]\]\.(authority|buffer|caller|signature)=",
        r"steps\[0\]!gone",
        r"\.log!unknown",
        r"\.loader!unknown",
    ),
    "UA-07": (
        r"slots\[\d\](!gone|\.(proposal|transaction)!unknown|\.index=)",
        r"\.limits\[\w+\]!gone",
        r"\.vaults\[0\](!gone|\.(address|gap|index)=|\.seen!unknown)",
        r"steps\[0\]!gone",
    ),
    "UA-08": (
        r"events\[[015]\](!gone|\.(action|succeeded|programdata)=)",
        r"events\[1\]\.(authority|new_authority)=",
        r"events\[[25]\]\.authority=",
        r"events\[5\]\.slot=",
        r"\.loader(!unknown|\.value\.(complete|gap)=)",
    ),
    "UA-10": (
        r"\.signers\[\d\](!gone|\.(key|gap)=|\.seen!unknown)",
        r"\.nonces\[\w+\](!gone|!unknown|\.value\.authority=)",
        r"\.uses\[0\]\.(nonce|privileged)=",
    ),
}
