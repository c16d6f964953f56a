"""What may change in sound endpoints without ending the PASS of a check: control → leaves.

Rounds are changed apart: of 32 rounds one may always be bad.
"""

from __future__ import annotations

_S, _R = r"^\.series\.value", r"^\.registers\[0\]\.said\.value"

#: What only tells or locates, and what a series of the kit's own making is not asked again.
_TELLS = (
    r"^\.cluster=",
    r"^\.exists\.reason",
    r"^\.own_failover",  # a self-check of the run, which no control counts
    r"^\.rules",
    r"\.file=",
    r"\.changed\.value=int",  # a second more or less
    rf"{_S}\.(schema|target|began_ms|ended_ms)=",
    rf"{_S}\.plan\.interval_ms=",
    rf"{_S}\.served\[\d\]\.reason=",
)
_PRACTICE = (r"^\.(drills|scripts|outputs)\[\d\]",)
_SUBJECTS = (r"^\.subjects\[\d\]",)
_COMPARED = (rf"{_S}\.compared\[\d\]",)
_PLANNED = (rf"{_S}\.plan\.probes=",)
#: The kit's own series is of the target's cluster.
_GENESIS = (r"^\.genesis=",)
#: Served pairs stand first, second, first, second, …; the first pair is the genesis hash.
_NEEDS = (rf"{_S}\.served\[[2-9]\]",)
_NEED_TEXT = (rf"{_S}\.served\[[2-9]\]\.value=",)
_WORDS = (rf"{_R}\[\d\]\.(operator|access|owner)=",)

RPC: dict[str, tuple[str, ...]] = {
    "RP-01": (
        *_TELLS, *_PRACTICE, *_SUBJECTS, *_COMPARED, *_PLANNED, *_GENESIS, *_NEED_TEXT, *_WORDS,
        # The other endpoint, which is the fallback's control.
        rf"{_S}\.plan\.endpoints\[1\]", rf"{_S}\.served\[[13579]\]", rf"{_R}\[1\]",
        # That something is served, and not by what name the answer calls it.
        rf"{_S}\.served\[[02468]\]\.outcome=",
    ),
    "RP-02": (
        *_TELLS, *_PRACTICE, *_SUBJECTS, *_COMPARED, *_PLANNED, *_GENESIS, *_NEED_TEXT, *_WORDS,
        rf"{_S}\.plan\.endpoints\[0\]", rf"{_S}\.served\[[02468]\]",
        rf"{_S}\.served\[[13579]\]\.outcome=",
        # Another operator, another host: still apart.
        rf"{_R}\[0\]\.(host|date)=",
    ),
    "RP-03": (
        *_TELLS, *_PRACTICE, *_SUBJECTS, *_COMPARED, *_PLANNED, *_GENESIS, *_NEEDS, *_WORDS,
    ),
    "RP-04": (
        *_TELLS, *_PRACTICE, *_PLANNED, *_GENESIS, *_NEEDS, *_WORDS,
        r"^\.subjects\[\d\](!gone|\.what=)",  # one account less to compare
        rf"{_S}\.compared\[\d\]\.(what|reason|slot|digest)=",
    ),
    "RP-05": (
        *_TELLS, *_PRACTICE, *_SUBJECTS, *_COMPARED, *_PLANNED, *_GENESIS, *_NEEDS, *_WORDS,
    ),
    "RP-07": (
        *_TELLS, *_PRACTICE, *_SUBJECTS, *_COMPARED, *_PLANNED, *_GENESIS, *_NEEDS,
        rf"{_R}\[\d\]\.(operator|owner)=",
    ),
    "RP-08": (
        *_TELLS, *_SUBJECTS, *_GENESIS, r"^\.(series|scripts|outputs)",
        rf"{_R}\[\d\]\.(host|operator|access|owner|date)=", r"^\.registers\[0\]\.changed",
        r"^\.drills\[0\]\.said\.value\.(client|owner|log)=",  # who and where, in words
    ),
    "RP-09": (
        *_TELLS, *_PRACTICE, *_SUBJECTS, *_COMPARED, *_PLANNED, *_GENESIS, *_NEED_TEXT, *_WORDS,
        # One endpoint less to be judged; RP-02 wants two.
        rf"{_R}\[\d\](!gone|\.role=)",
    ),
    "RP-10": (
        *_TELLS, *_SUBJECTS, r"^\.(series|registers|drills)",
        r"^\.scripts\[0\]\.script\.value\.(methods\[\w+\]=|fails\[0\]=|opaque=)",
        # Another host, another blockhash, a slot more: as good, or as bad, as before.
        r"^\.outputs\[\d\]\.said\.value\.\w+\.(host|blockhash|slot)=",
        r"^\.outputs\[\d\]\.said\.value\.accounts=int",
        r"^\.outputs\[1\]\.said\.value\.\w+\.genesis=",
    ),
}  # fmt: skip
