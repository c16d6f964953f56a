"""What may change in sound facts about signers without ending the PASS of a check.

Everything else must end it: control → leaves that its rule does not rest on.
"""

from __future__ import annotations

from privatedao_audit.domains.custody.signers.invented import MULTISIG

_TELLS = (
    # Words that people read: how a thing is called, not what it is.
    r"\.signers\.roles\[\d\]\.(name|dao|role)=",
    r"\.signers\.(registers|demos|proofs)\[0\]\.file=",
    r"\.programs\[0\]\.(name|id)=",
    r"\.programs\[0\]\.links\[\d\]\.(program|detail|multisig|vault_index|controller|ms|realm|token)=",
    r"\.authority\.(executables|genesis_hash)",
    r"\.(owner|lamports|executable|length|slot|upgrade_authority|sha256|capacity|address)=",
    r"\.cluster=",
)
_UNUSED = {
    "observed": r"\.signers\.observed",
    "proofs": r"\.signers\.(proof|target|genesis_hash)",
    "demos": r"\.signers\.demos",
    "registers": r"\.signers\.registers",
    "changed": r"\.signers\.registers\[0\]\.changed",
    "roles": r"\.signers\.roles",
    "vaults": r"\.signers\.vaults",
    "chain": r"^\.(programs|authority)",
}
#: How the code and the DAO's vault are held, as far as two sets of keys don't meet.
_POWER = (
    r"\.links\[\d\]\.state",
    r"\.content\.",
    # Accounts other than the multisig's are not looked at: the links hold what follows from them.
    rf"^\.authority\.accounts\[(?!{MULTISIG.address})",
)


def _not(*names: str) -> tuple[str, ...]:
    return tuple(_UNUSED[name] for name in names)


SIGNERS: dict[str, tuple[str, ...]] = {
    "SD-01": (
        *_TELLS, *_POWER, *_not("observed", "proofs", "demos", "changed"),
        # Another upgrade authority that is nobody's operator, another role's holder that is not
        # in DEPLOY, another registered person: still two sets apart.
        r"\.links\[\d\]\.authority=", r"\.links\[1\](!gone|\.)",
        r"\.roles\[1\]!gone", r"\.roles\[\d\]\.key\.value=",
        r"\.registers\[0\]\.entries\.value\[\d\]",
        # The vault of the code explains no role here; which multisig is told by its state.
        r"\.vaults\[0\]", r"\.vaults\[1\]\.index=",
    ),
    "SD-03": (
        *_TELLS, *_not("proofs", "demos", "roles", "chain"),
        r"\.registers\[0\]\.changed\.value=int",
        r"\.entries\.value\[\d\]\.(custody|owner)=str",  # another custodian is one as well
        r"\.entries\.value\[\d\]\.roles\[0\]=str",
        # Rows of people who never signed.
        r"\.entries\.value\[[2456]\]",
        r"\.observed\.seen\[\d\](!gone|\.(role|subject|first|last|instructions))",
        r"\.observed\.walks\[\d\](!gone|\.(address|kind|transactions)=)",
        r"\.vaults\[\d\]\.(multisig|index)=",
    ),
    "SD-04": (
        *_TELLS, *_POWER, *_not("observed", "proofs", "changed"),
        r"\.links\[\d\]\.authority=", r"\.links\[1\](!gone|\.)",
        r"\.roles\[1\]!gone", r"\.roles\[\d\]\.key\.value=",
        r"\.registers\[0\]\.entries\.value\[[012456]\](!gone|\.)",
        r"\.registers\[0\]\.entries\.value\[3\]",
        r"\.entries\.value\[5\]\.(key|custody|owner|date)=",
        r"\.demos\[0\]\.(keys\.value\[0\]=|transactions=)",
        r"\.vaults\[0\]", r"\.vaults\[1\]\.index=",
    ),
    "SD-05": (
        *_TELLS, *_not("observed", "demos", "roles", "vaults", "chain"),
        r"\.changed\.value=int",
        r"\.entries\.value\[\d\]\.(roles|custody|owner|date)",
        # One person less need not answer.
        r"\.entries\.value\[\d\]!gone",
        r"\.proof_files\[proofs\.toml\]\.value=",
        # An hour between block and challenge is allowed.
        r"\.block\.value\.time=int",
    ),
}  # fmt: skip
