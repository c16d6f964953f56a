"""What the words around a value say of it: cluster, role, and how it is meant.

The nearest words count: those of the same line before those of a heading, and a heading before
the name of the file. Where a place names two clusters, it names none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from privatedao_audit.repository.claims.model import Fragment, Kind, Mapping, Row, State
from privatedao_audit.repository.claims.tokens import Token

__all__ = ["cluster_of", "clusters_in", "near_words", "role_of", "spaced", "state_of"]

#: Any of these in camelCase, in a sentence or in a URL. ``mainnet`` alone is Solana's main net.
_CLUSTER: Final = re.compile(
    r"(?<![a-z])(?:(main\s?-?net(?:[ -]beta)?)|(dev\s?-?net)|(test\s?-?net)"
    r"|(local\s?-?net|local validator|test validator|localhost|127\.0\.0\.1))(?![a-z])"
)
_NAMES: Final = ("mainnet-beta", "devnet", "testnet", "localnet")
_PARAMETER: Final = re.compile(r"[?&]cluster=([a-z-]{3,20})", re.I)
_ENDPOINT: Final = re.compile(r"https?://[^\s\"'`<>()]{0,200}|--url[ =]\S{1,100}|-u \S{1,60}")
_CLAUSE: Final = re.compile(r"[;|()]|\.\s|,\s(?=[a-z]+\s)|→|->")
_SPACES: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-/.]+")

#: Words of the label → role, the more specific first.
_ROLES: Final = tuple(
    (role, re.compile(pattern))
    for role, pattern in (
        ("owner", r"\bowner\b"),
        ("programdata", r"program ?data"),
        ("other-vault", r"\b(rebate|token|treasury|transaction) vault\b|\bvault transaction\b"),
        ("upgrade-authority", r"\bupgrade authority\b|\bupgradeauthority\b"),
        ("treasury-operator", r"treasury operator|operator authority"),
        ("dao-authority", r"\bdao authority\b"),
        ("buffer", r"\bbuffer\b"),
        ("vault", r"\bvault( authority)?\b"),
        (
            "known-program",
            r"\b(token|memo|system|loader|associated token|metadata)( 2022)? program\b",
        ),
        ("deployment-signature", r"\b(deploy|deployment|upgrade|execution) ?(tx|signature|trans)"),
        ("member", r"\b(signers?|members?|co ?signers?)\b"),
        ("multisig", r"\bmulti ?sig\b|\bsquads (account|address)\b"),
        ("authority", r"\bauthorit(?:y|ies)\b"),
        ("genesis", r"\bgenesis( hash)?\b"),
        ("token-account", r"\btoken ?account\b|\bata\b|\bassociated token\b"),
        ("mint", r"\bmint\b|\btoken address\b"),
        ("treasury", r"\btreasury\b"),
        ("proposal", r"\bproposal\b"),
        ("artifact", r"\b(binary|artifact|executable|elf|program dump|so) ?(sha ?256|hash)\b"),
        ("program", r"\bprogram\b"),
        ("dao", r"(?<!private )(?<!private)\bdao\b"),
        ("recipient", r"\brecipient\b|\breceiver\b|\bdestination\b"),
        ("wallet", r"\bwallet\b|\bpayer\b|\bpub ?key\b|\bpublic key\b"),
        ("transaction", r"\btx\b|\bsignature\b|\btransactions?\b"),
    )
)
_AUTHORITIES: Final = re.compile(r"\bauthorities$")
_CUSTODIAL: Final = re.compile(r"multi ?sig|squads|custody|upgrade authority")
_FORMER: Final = re.compile(
    r"\b(superseded|archived?|legacy|previous(?:ly)?|former(?:ly)?|deprecated|historical"
    r"|retired|obsolete|no longer|outdated|old)\b"
)
_PLANNED: Final = re.compile(
    r"\b(plan(?:ned|s)?|proposed|candidates?|future|will|should|must|requires?|required"
    r"|recommended|examples?|e\.g|placeholder|minimum|at least|intended|pending|todo|template"
    r"|expected?|not yet|would|could)\b"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*])")
_DATED: Final = re.compile(r"(?<!\d)20\d\d-[01]\d-[0-3]\d(?!\d)")
_ARCHIVES: Final = re.compile(r"(^|/)(archived?|history|legacy|old|deprecated)(/|$)", re.I)


#: An argument of a command: what it is, the option before it says, or nothing does.
_COMMAND: Final = re.compile(
    r"(?:^|[\s`$(])(?:solana|spl-token|anchor|curl|yarn|npm|npx|node|squads-multisig-cli)\s[^`]*$"
)
_OPTION: Final = re.compile(r"--([a-z0-9-]{0,40}(?:authority|owner|mint))[ =][\"'`]?$")
#: ``mainnet`` as a goal: what has to be done for it says nothing of where something is.
_GOAL: Final = re.compile(
    r"\b(?:production )?main\s?-?net(?:[ -]beta)?(?= (?:\w+ )?(?:readiness|ready|gate|blockers?"
    r"|path|plan|launch|checklist|requirements?|closure|criteria|acceptance|package|proof"
    r"|cryptographic|go live|candidate|migration|execution|external|operator|rollout))"
)


_PLAIN_NETWORK: Final = frozenset(
    {"cluster", "network", "chain", "environment", "solana", "target", "name", "current", "id"}
)


def spaced(text: str) -> str:
    """``programId`` and ``program_id`` as ``program id``, in lower case; of long texts the
    first 400 characters."""
    return _spaced(text[:400])


@lru_cache(maxsize=32_768)
def _spaced(text: str) -> str:
    return " ".join(_SPACES.sub(" ", text).casefold().split())


def clusters_in(text: str) -> set[str]:
    """The clusters that a text names; ``mainnet readiness`` and its like name none."""
    return set(_clusters(_spaced(text) if len(text) <= 400 else text.casefold()))


@lru_cache(maxsize=32_768)
def _clusters(told: str) -> frozenset[str]:
    found = _CLUSTER.finditer(_GOAL.sub("", told))
    return frozenset(_NAMES[(match.lastindex or 1) - 1] for match in found)


def _only(text: str) -> str | None:
    found = clusters_in(text)
    return found.pop() if len(found) == 1 else None


def cluster_of(
    fragment: Fragment, token: Token, mapped: Mapping, title: str, file: str
) -> tuple[str | None, str]:
    """The cluster that a value is claimed for, and which context says so."""
    text = fragment.text
    behind = re.split(r"[\s\"'`<>)\]]", text[token.end : token.end + 300], maxsplit=1)[0]
    tail = _PARAMETER.search(behind)
    if tail:
        return _only(tail[1]), "url"
    ends = " ".join(match[0] for match in _ENDPOINT.finditer(_window(text, token, 400)))
    if found := _only(ends):
        return found, "url"
    if found := _only(near_words(text, token)):
        return found, "line"
    here = _window(text, token, 300) if fragment.place != "data" else ""
    named = clusters_in(here)
    if named:
        return (named.pop(), "line") if len(named) == 1 else (None, "")
    source = "table" if fragment.place == "table" else "key"
    if found := _only(fragment.label):
        return found, source
    whole = fragment.place == "table"
    if found := _of_row(fragment.row, fragment.label, whole):
        return found, source
    if whole and len(_in_row(fragment.row)) > 1:
        return None, ""
    for words in reversed(fragment.trail):
        if found := _only(words):
            return found, "heading" if fragment.place != "data" else "key"
        if clusters_in(words):
            return None, ""
    for row in fragment.above:
        if found := _of_row(row, fragment.label, False):
            return found, source
    if found := _only(title):
        return found, "document"
    if mapped.cluster is not None and not _named_apart(fragment, mapped.cluster):
        return mapped.cluster, "profile"
    if found := _only(file):
        return found, "file name"
    return None, ""


def _in_row(row: Row) -> set[str]:
    return {name for _, value in row for name in clusters_in(value)}


def _named_apart(fragment: Fragment, cluster: str) -> bool:
    """Whether a neighbour states the same for the cluster by name, so that this is another's:
    ``programId`` beside ``currentTestnetProgramId``."""
    mine = spaced(fragment.label)
    return bool(mine) and any(
        cluster in clusters_in(label) and spaced(label).endswith(mine) and label != fragment.label
        for label, _ in fragment.row
    )


def _of_row(row: Row, mine: str, whole: bool) -> str | None:
    """The cluster that the neighbours name: a cell of its own, or a member that says so.

    ``rehearsalNetwork`` is the network of ``rehearsalAddress``, not of ``address``.
    """
    own = {*spaced(mine).split(), *_PLAIN_NETWORK}
    for label, value in row:
        words = spaced(label).split()
        if {"cluster", "network", "chain", "environment"} & set(words) and len(value) < 60:
            if set(words) <= own and (found := _only(value)):
                return found
        elif label == f"{mine}Url" or (whole and words[-1:] == ["url"]) or words == ["explorer"]:
            parameter = _PARAMETER.search(value)
            if parameter and (found := _only(parameter[1])):
                return found
    if whole:
        named = _in_row(row)
        return named.pop() if len(named) == 1 else None
    return None


def near_words(text: str, token: Token) -> str:
    """The words of the clause that leads up to a value, at most 80 characters."""
    before = text[max(0, token.start - 80) : token.start]
    before = before.rsplit("://", 1)[0] if "://" in before else before
    return _CLAUSE.split(before)[-1]


def _window(text: str, token: Token, width: int) -> str:
    return text[max(0, token.start - width) : token.end + width]


def _of_custody(fragment: Fragment, file: str) -> tuple[str, str]:
    """Whose threshold or lock it is: that of a multisig where the words around speak of one."""
    text = fragment.text[:600] if fragment.place != "data" else ""
    for words in (text, fragment.label, *reversed(fragment.trail), file):
        if _CUSTODIAL.search(spaced(words)):
            return "multisig", fragment.label or words
    return "other", fragment.label


def _sentence(text: str, token: Token) -> str:
    """The sentence that a value stands in, at most 200 characters to each side."""
    before = _SENTENCE.split(text[max(0, token.start - 200) : token.start])[-1]
    return before + _SENTENCE.split(text[token.start : token.end + 200])[0]


def role_of(fragment: Fragment, token: Token, file: str) -> tuple[str, str]:
    """The role of a value, and the words that say so."""
    if token.kind in (Kind.THRESHOLD, Kind.DELAY):
        return _of_custody(fragment, file)
    near = near_words(fragment.text, token) if fragment.place != "data" else ""
    before = fragment.text[max(0, token.start - 300) : token.start]
    if _COMMAND.search(before):
        option = _OPTION.search(before)
        if option is None:
            return "argument", near
        near = option[1]
    if fragment.place == "data" and _declares(fragment, file):
        return "program", fragment.label
    if (
        fragment.place == "data"
        and fragment.trail[-1:]
        and _AUTHORITIES.search(spaced(fragment.trail[-1]))
    ):
        return "authority", fragment.label
    keys = reversed(fragment.trail) if fragment.place == "data" else ()
    heads = () if fragment.place == "data" else tuple(reversed(fragment.trail))[:1]
    for words in (near, fragment.label, *keys, *heads):
        role = _head(spaced(words), token.kind)
        if role is not None:
            return role, words
    return "other", fragment.label or near


def _head(told: str, kind: Kind | None) -> str | None:
    """The role that the last of the words names: a mint authority is an authority, no mint."""
    best: tuple[int, str] | None = None
    for role, pattern in _ROLES:
        if not _fits(role, kind):
            continue
        ends = [match.end() for match in pattern.finditer(told)]
        if ends and (best is None or ends[-1] > best[0]):
            best = ends[-1], role
    return best[1] if best is not None else None


def _declares(fragment: Fragment, file: str) -> bool:
    """Whether a value is a program id as the tools of Anchor write it: in Anchor.toml under
    ``[programs.CLUSTER]``, or at the top of an interface file."""
    name = file.rpartition("/")[2].casefold()
    if name == "anchor.toml":
        return fragment.trail[:1] == ("programs",) and len(fragment.trail) == 2
    top = not fragment.trail and fragment.label == "address"
    return top and re.search(r"(^|[/_.-])idl([/_.-])", file) is not None


def _fits(role: str, kind: Kind | None) -> bool:
    signed = role in ("deployment-signature", "transaction")
    if kind is Kind.ADDRESS:
        return not signed and role != "artifact"
    if kind is Kind.SIGNATURE:
        return signed
    if kind is Kind.HASH:
        return role == "artifact"
    return role in ("multisig", "upgrade-authority", "treasury", "dao", "vault", "wallet", "member")


def state_of(fragment: Fragment, token: Token, mapped: Mapping, file: str) -> tuple[State, str]:
    """How a value is meant, and the words or the place that say so."""
    near = near_words(fragment.text, token)
    here = _sentence(fragment.text, token) if fragment.place != "data" else ""
    keys = fragment.trail if fragment.place == "data" else ()
    for words in (near, fragment.label, here, *reversed(keys)):
        if marker := _FORMER.search(spaced(words)):
            return State.FORMER, marker[1]
    for words in fragment.trail if fragment.place != "data" else ():
        if marker := _FORMER.search(spaced(words)):
            return State.FORMER, f"the heading: {marker[1]}"
    if mapped.archived:
        return State.FORMER, "the profile"
    if _ARCHIVES.search(file):
        return State.FORMER, "the folder"
    if status := next((v for k, v in fragment.row if spaced(k) in ("status", "state")), ""):
        if marker := _FORMER.search(spaced(status)):
            return State.FORMER, f"its status: {marker[1]}"
        if marker := _PLANNED.search(spaced(status)):
            return State.PLANNED, f"its status: {marker[1]}"
    for words in (near, fragment.label, here, *fragment.trail):
        if marker := _PLANNED.search(spaced(words)):
            return State.PLANNED, marker[1]
    if _DATED.search(file):
        return State.DATED, "the date in the file's name"
    return State.CURRENT, ""
