"""What may change in a sound operation without ending the good status of a check of incidents.

Everything else must end it: control → what is its own, and leaves that its rule does not rest on.
"""

from __future__ import annotations

_TOLD = (
    r"\.file=", r"\.elements\[\w+\]\.(place|line|lines)=int", r"\.elements\[\w+\]\.place=",
    # How many lines, and by which of the known ways somebody is reached.
    r"\.reaches\[0\]=", r"\.elements\[owner\]\.reaches",
    # A second more or less.
    r"\.changed\.value=int",
    # The front matter names the levers; what the section adds is told, or warned of.
    r"\.elements\[lever\]", r"\.late=bool",
)  # fmt: skip
_POWER = (
    r"\.powers\[0\]\.(dao|name|kinds)", r"\.powers\[0\]\.needs\[authority\]\.value=",
    r"\.delays\.value\[execution\]=", r"\.delays\.value\[reveal\]",
)  # fmt: skip
_VETO = (*_POWER, r"\.performed")
_DRILL = (
    r"\.drills\[0\]\.file=", r"\.changed\.value=int", r"\.value\[\d\]\.(place|cluster|here)=",
    # The genesis hash decides where a transaction is looked up, and whose a recording is.
    r"\.value\[[0-3]\]\.genesis_hash=",
    r"\.value\[\d\]\.(started|detected|contained)_at=int", r"\.block_time=int",
    r"\.gaps\[0\](!gone|\.text=)", r"\.complete=", r"\.recording\.value\.(began|sealed)=int",
    # A program-derived key signs through a member of its multisig.
    r"\.calls\[0\]\.signer=",
    # Of the payment that was looked into nothing counts but that it was one.
    r"\.acted\[signature of execute_proposal\]\.value\.(signers|calls\[0\]\.)",
)  # fmt: skip

INCIDENT: dict[str, tuple[str, tuple[str, ...]]] = {
    # One lever that helps is enough; two are named.
    "IR-01": (r"^\.(books\[0\]|powers)", (*_TOLD, *_VETO, r"\.levers\[\d\]!gone")),
    "IR-02": (r"^\.(books\[1\]|powers)", (*_TOLD, *_VETO)),
    "IR-03": (r"^\.(books\[2\]|powers)", (*_TOLD, *_VETO, r"\.levers\[\d\]!gone")),
    "IR-04": (r"^\.(books\[3\]|powers)", (*_TOLD, *_POWER, r"\.delays")),
    "IR-05": (r"^\.books\[4\]", (*_TOLD, r"\.levers\[0\]\.when=")),
    "IR-06": (
        r"^\.contacts",
        # By which number decides nothing, as long as there are two kinds; one row is the owner's.
        (r"\.file=", r"\.changed\.value=int", r"\.purposes", r"\.value\[\d\]\.(value|role|kind)="),
    ),
    "IR-07": (r"^\.(drills|registered)", _DRILL),
}  # fmt: skip
