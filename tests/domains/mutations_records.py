"""What may change in sound records of a release without ending the PASS of a check.

Everything else must end it: control → leaves that its rule does not rest on.
"""

from __future__ import annotations

from privatedao_audit.domains.authority.world import GOVERNANCE

_ELSEWHERE = (
    r"^\.provenance",
    r"^\.programs\[0\]\.(id|programdata|name|history)",
    r"\.said\.value\.(file|part|state|program)=",
    # A document need not say its cluster; saying another one fails.
    r"values\[cluster\](\[0\])?!gone",
    r"\.known\.value\.(tree|parents|author_time|subject)",
)
_AUTHORITY = (r"^\.authority",)
_DEPLOYED = (r"\.recorded\[", r"values\[deployment_signature\]")
_BUILT_AT = (r"values\[built_at\]",)
_FREEZE = r"\.freezes\[0\]"
#: How the checkout stands to the commit is for RC-01 alone.
_CHECKOUT = (
    rf"{_FREEZE}\.(refs|shallow|head|descends|sources|crates|released|checked_out|dirty|stray)",
    rf"{_FREEZE}\.(packages|gap)",
    rf"{_FREEZE}\.known\.value\.commit=",
)


def _records(*names: str) -> tuple[str, ...]:
    """Parts of the records that a control does not look at."""
    return tuple(rf"\.records\.(programs\[0\]\.)?{name}\b" for name in names)


def _of_one_command(number: int) -> tuple[str, ...]:
    """What a check of one command does not rest on; the others are not its own."""
    return (
        *_ELSEWHERE, *_DEPLOYED, *_BUILT_AT, *_CHECKOUT,
        *_records("verifications", "lists", "published", "team"),
        rf"\.commands\[[^{number}]\]",
        # Texts that are shown; that they are there is asked for.
        r"values\[(tools|log)\]\[0\]=",
        r"\.log\.value\.(digest\.length|log\.(lines|suites\[0\]\.(line|filtered)))=",
        # A second more or less between begin and end, or after the commit.
        rf"{_FREEZE}\.known\.value\.committer_time=int",
    )  # fmt: skip


RECORDS: dict[str, tuple[str, ...]] = {
    "RC-01": (
        *_ELSEWHERE, *_AUTHORITY, *_DEPLOYED, *_BUILT_AT,
        *_records("commands", "verifications", "lists", "published", "team"),
        # Told; trees, ancestry and disk are what is compared.
        rf"{_FREEZE}\.(head|sources|packages)",
        rf"{_FREEZE}\.refs\.value\[0\]=",
        rf"{_FREEZE}\.known\.value\.committer_time=",
        # Folders tell nothing beyond the files below them.
        rf"{_FREEZE}\.(released|checked_out)\.value\[programs/governance(/src)?\]",
    ),
    "RC-03": (
        *_of_one_command(0),
        r"^\.authority\.(accounts|genesis_hash)",
        rf"^\.authority\.executables\[(?!{GOVERNANCE})",
        r"^\.authority\.executables\[\w+\]\.value\.(length|capacity|slot|upgrade_authority)=",
        r"\.commands\[0\]\.log\.value\.log\.cut=",  # its end is there, and no counts are taken
    ),
    "RC-04": (
        *_of_one_command(1), *_AUTHORITY,
        # Counts that the log shows anyhow.
        r"values\[tests_(run|failed)\](\[0\])?!gone",
        r"\.commands\[1\]\.log\.value\.log\.finished=",
    ),
    "RC-05": (
        *_of_one_command(2), *_AUTHORITY,
        r"\.commands\[2\]\.log\.value\.log\.(cut|finished|commits\[0\]!gone)",
        r"values\[command\]\[0\]=",  # any command may verify
    ),
    "RC-06": (
        *_ELSEWHERE, *_AUTHORITY, *_DEPLOYED, *_BUILT_AT, *_CHECKOUT,
        *_records("commands", "lists", "published", "team"),
        rf"{_FREEZE}\.known\.value\.committer_time=int",
        r"values\[(verifier|guide)\]\[0\]=|values\[steps\]\[\d\]",
        r"values\[commit\](\[0\])?!gone",  # it need not name one; another one fails
        r"\.guide\.value\.(sha256|length)=",
        r"\.transactions\[\w+\]\.value\.(signature|block_time|inner_recorded|signers\[0\])=",
    ),
    "RC-07": (
        *_ELSEWHERE, *_AUTHORITY, *_DEPLOYED, *_BUILT_AT,
        *_records("freezes", "verifications", "published", "team"),
        r"\.commands\[\d\](!gone|\.kind=)",
        r"\.commands\[\d\]\.said\.value\.values\[(?!log_sha256)",
        r"\.commands\[\d\]\.log\.value\.(digest\.length|log\.)",
        r"\.lists\[0\](!gone|\.read\.value\.algorithm)",
        # What lies in the working tree of a file that the release commit has.
        r"\.lists\[0\]\.now\[lib\.rs\]",
    ),
    "RC-10": (
        *_ELSEWHERE, *_AUTHORITY, *_DEPLOYED, *_BUILT_AT, *_CHECKOUT, *_records("lists", "team"),
        rf"{_FREEZE}\.known\.value\.committer_time=",
        r"\.(commands|verifications)\[\d\](!gone|\.(kind|log|guide|transactions))",
        r"\.(commands|verifications)\[\d\]\.said\.value\.values\[(?!commit|cluster)",
        r"values\[commit\](\[0\])?!gone",
        r"\.published\[0\](!gone|\.signer=)",
    ),
    "RC-11": (
        *_ELSEWHERE, *_AUTHORITY, *_CHECKOUT,
        *_records("verifications", "lists", "published", "team"),
        r"\.commands\[[12]\]",
        r"\.commands\[0\](!gone|\.kind=|\.log)",
        r"\.commands\[0\]\.said\.value\.values\[(?!finished_at)",
        rf"{_FREEZE}\.known\.value\.committer_time=int",
        r"\.recorded\[\w+\]\.value\.(signature|slot|block_time)=",
        r"\.recorded\[\w+\]\.value\.events\[0\]\.(?!action|programdata)\w+=",
    ),
}  # fmt: skip
