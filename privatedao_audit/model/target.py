"""The target profile: what is audited, on which cluster, by which documents and limits."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from privatedao_audit import assets
from privatedao_audit.model import canonical
from privatedao_audit.model.clusters import GENESIS_HASHES

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class BadTarget(ValueError):
    """The profile can't be used; the message says where, what is wrong and what to do."""


def _key(text: str) -> str:
    number = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise ValueError("not base58")
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    if zeros + (number.bit_length() + 7) // 8 != 32:
        raise ValueError("not a 32-byte base58 key")
    return text


Key = Annotated[str, Field(min_length=32, max_length=44), AfterValidator(_key)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Cluster(_Strict):
    """The cluster, bound by its genesis hash: slots of two clusters can't be compared."""

    name: Literal["mainnet-beta", "devnet", "testnet", "localnet"]
    genesis_hash: Key

    @model_validator(mode="after")
    def _hash_is_that_of_the_cluster(self) -> Cluster:
        known = GENESIS_HASHES.get(self.name)
        if known is not None and known != self.genesis_hash:
            raise ValueError(f"the genesis hash of {self.name} is {known}")
        if known is None and self.genesis_hash in GENESIS_HASHES.values():
            raise ValueError("this is the genesis hash of a public cluster, not of a local one")
        return self


class Program(_Strict):
    """A program in scope; its upgrade authority is judged."""

    name: Name
    id: Key
    version: Text | None = None


class Dao(_Strict):
    """A DAO account of a program in scope, and its treasury as documented."""

    name: Text
    address: Key
    program: Name
    treasury: Key


class Mint(_Strict):
    """A token mint that the DAO depends on."""

    name: Text
    address: Key
    role: Literal["governance", "treasury", "archived"]


ControllerKind = Literal["squads-v4", "squads-v3", "spl-governance"]


class Multisig(_Strict):
    """A controller named by hand: a vault does not name its multisig by itself.

    Of kind ``spl-governance`` the address is that of the governance account, whose own address or
    native treasury holds the authority.
    """

    name: Name
    address: Key
    kind: ControllerKind = "squads-v4"
    vault_index: Annotated[int, Field(ge=0, le=255)] = 0


class ControllerProgram(_Strict):
    """A program whose accounts may be believed as controllers, beyond the canonical ids.

    It is believed by the hash of its executable, never by its name.
    """

    id: Key
    executable_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    kind: ControllerKind = "squads-v4"


Role = Literal[
    "deployer", "upgrade-authority", "multisig-member", "dao-authority", "treasury-operator",
    "keeper", "treasury", "reviewer", "demo", "verification",
]  # fmt: skip


class Wallet(_Strict):
    """A registered key with its roles."""

    name: Text
    address: Key
    roles: Annotated[tuple[Role, ...], Field(min_length=1, strict=False)]
    owner: Text | None = None


_RECORD_OF_A_COMMAND = frozenset(
    {
        "command", "commit", "tree_clean", "exit_code", "tools", "started_at", "finished_at",
        "log", "log_sha256",
    }
)  # fmt: skip

#: What a surface can say, by the part it plays. Fields name a place in the file: a JSON
#: pointer for json and toml (relative to each row where the surface has rows), a label for
#: markdown; the other formats know their own places.
PARTS: dict[str, frozenset[str]] = {
    "release-record": frozenset(
        {
            "cluster", "program_id", "programdata", "release_commit", "release_tag",
            "artifact_sha256", "deployment_signature", "operator", "built_at",
        }
    ),
    "custody-record": frozenset(
        {
            "cluster", "program_id", "upgrade_authority", "multisig", "threshold", "members",
            "time_lock_seconds", "time_lock_hours",
        }
    ),
    "source-declaration": frozenset({"program_id"}),
    "anchor-toml": frozenset({"program_id"}),
    "idl": frozenset({"program_id"}),
    "build-record": _RECORD_OF_A_COMMAND | {"artifact_sha256"},
    "test-record": _RECORD_OF_A_COMMAND | {"tests_run", "tests_failed"},
    "verification-record": _RECORD_OF_A_COMMAND,
    "build-log": frozenset(),
    "test-log": frozenset(),
    "verification-log": frozenset(),
    "independent-verification": frozenset(
        {"verifier", "date", "commit", "guide", "steps", "signatures", "cluster"}
    ),
    "hash-list": frozenset({"path", "sha256", "bytes", "aggregate", "algorithm"}),
    "retained-files": frozenset({"path", "sha256"}),
    "upgrade-policy": frozenset(
        {"owner", "date", "threshold", "voters", "members", "time_lock_seconds",
         "time_lock_hours"}
    ),
    "revocation-path": frozenset(
        {"owner", "date", "rehearsal_signature", "rehearsal_cluster", "steps"}
    ),
    "approval-record": frozenset({"transaction", "artifact_sha256", "approvals"}),
    "signer-register": frozenset({"key", "roles", "custody", "owner", "date"}),
    "demo-register": frozenset({"key", "label"}),
    "demo-transactions": frozenset({"signature", "key"}),
    "proof-of-control": frozenset({"key", "message", "signature"}),
}  # fmt: skip

#: Parts that say something about one program of the target, and must name it.
ABOUT_A_PROGRAM = frozenset(
    {
        "release-record", "custody-record", "source-declaration", "anchor-toml", "idl",
        "build-record", "test-record", "verification-record", "build-log", "test-log",
        "verification-log", "independent-verification", "hash-list", "retained-files",
        "upgrade-policy", "revocation-path", "approval-record",
    }
)  # fmt: skip

#: Parts that are lists: the surface names the array in ``rows``, and fields are places in a row.
LISTS = frozenset(
    {
        "hash-list", "retained-files", "approval-record", "signer-register", "demo-register",
        "demo-transactions", "proof-of-control",
    }
)  # fmt: skip

_PLACED = frozenset({"json", "toml", "markdown"})
Part = Literal[
    "release-record", "custody-record", "source-declaration", "anchor-toml", "idl",
    "build-record", "test-record", "verification-record", "build-log", "test-log",
    "verification-log", "independent-verification", "hash-list", "retained-files",
    "upgrade-policy", "revocation-path", "approval-record", "signer-register", "demo-register",
    "demo-transactions", "proof-of-control",
]  # fmt: skip


class Surface(_Strict):
    """A file of the checkout and the part it plays.

    Attributes:
        part: which kind of statement it makes.
        file: path in the checkout, with forward slashes.
        format: how it is parsed.
        state: ``current`` surfaces must agree; ``archived`` ones go to the ledger only.
        cluster: the cluster it speaks of; None: the target's.
        program: name of the program in scope that it speaks of; None for registers.
        rows: for lists: JSON pointer of the array; ``/*`` goes into each of several.
        fields: what it says and where, for json, toml and markdown.
        feature: for rust: the cargo feature whose declaration counts; None: the default one.
        entry: for anchor-toml: the key under ``[programs.CLUSTER]``.
    """

    part: Part
    file: Annotated[str, Field(min_length=1, max_length=1000)]
    format: Literal["json", "toml", "markdown", "rust", "anchor-toml", "anchor-idl", "log"]
    state: Literal["current", "archived"] = "current"
    cluster: Literal["mainnet-beta", "devnet", "testnet", "localnet"] | None = None
    program: Name | None = None
    rows: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    fields: dict[str, Annotated[str, Field(min_length=1, max_length=300)]] = Field(
        default_factory=dict
    )
    feature: Name | None = None
    entry: Text | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Surface:
        for name in self.fields:
            if name not in PARTS[self.part]:
                hint = _nearest(name, PARTS[self.part])
                raise ValueError(f"a {self.part} has no field {name!r}{hint}")
        if self.format in _PLACED and not self.fields:
            raise ValueError(f"a surface of format {self.format} needs [surfaces.fields]")
        if self.format not in _PLACED and self.fields:
            raise ValueError(f"a surface of format {self.format} knows its own fields")
        if self.part in ABOUT_A_PROGRAM and self.program is None:
            raise ValueError(f"a {self.part} must name the program that it is about")
        if (self.rows is not None) != (self.part in LISTS):
            must = "needs" if self.part in LISTS else "has no"
            raise ValueError(f"a {self.part} {must} rows")
        if self.part in LISTS and self.format not in ("json", "toml"):
            raise ValueError(f"a {self.part} is read from json or toml, not {self.format}")
        if (self.format == "log") != self.part.endswith("-log"):
            raise ValueError(f"a {self.part} is not of format {self.format}")
        if self.format == "anchor-toml" and self.entry is None:
            raise ValueError("a surface of format anchor-toml needs an entry")
        parts = self.file.split("/")
        if self.file.startswith("/") or ".." in parts or "\\" in self.file or "\0" in self.file:
            raise ValueError(f"{self.file!r} must be a path inside the checkout")
        return self


#: Limits and their defaults. ``tight`` says in which direction a value is stricter.
LIMITS: dict[str, tuple[int, Literal["higher", "lower"]]] = {
    "upgrade_delay_seconds": (86_400, "higher"),
    "multisig_threshold": (2, "higher"),
    "multisig_voters": (3, "higher"),
    "chain_fact_age_seconds": (86_400, "lower"),
    "signature_pages": (20, "higher"),
    "policy_age_seconds": (15_552_000, "lower"),
    "register_age_seconds": (15_552_000, "lower"),
    "proof_age_seconds": (15_552_000, "lower"),
}


class Limits(_Strict):
    """The numbers that checks compare with; seconds, counts. Looser ones are printed.

    Attributes:
        upgrade_delay_seconds: least delay between approval and effect of an upgrade.
        multisig_threshold: least number of approvals.
        multisig_voters: least number of members who can vote.
        chain_fact_age_seconds: how old a chain read may be at the time of the verdict.
        signature_pages: most pages of 1,000 signatures read per address.
        policy_age_seconds: how old a written policy may be.
        register_age_seconds: how old a register of signers may be.
        proof_age_seconds: how old a proof of control may be.
    """

    upgrade_delay_seconds: Annotated[int, Field(ge=0, le=7_776_000)] = 86_400
    multisig_threshold: Annotated[int, Field(ge=1, le=65_535)] = 2
    multisig_voters: Annotated[int, Field(ge=1, le=65_535)] = 3
    chain_fact_age_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    signature_pages: Annotated[int, Field(ge=1, le=10_000)] = 20
    policy_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000
    register_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000
    proof_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000

    def loosened(self) -> list[str]:
        """One sentence per limit that is looser than the kit's default."""
        told = []
        for name, (default, tight) in LIMITS.items():
            value = getattr(self, name)
            looser = value < default if tight == "higher" else value > default
            if looser:
                told.append(f"The limit {name} is {value}; the kit's default is {default}.")
        return told


class Target(_Strict):
    """One audit's subject. Built by :func:`load`; frozen."""

    schema_version: Literal[1] = Field(alias="schema")
    name: Name
    title: Text
    protocol: Name
    protocol_version: Text | None = None
    cluster: Cluster
    programs: Annotated[tuple[Program, ...], Field(min_length=1, strict=False)]
    daos: Annotated[tuple[Dao, ...], Field(min_length=1, strict=False)]
    mints: Annotated[tuple[Mint, ...], Field(strict=False)] = ()
    multisigs: Annotated[tuple[Multisig, ...], Field(strict=False)] = ()
    controller_programs: Annotated[tuple[ControllerProgram, ...], Field(strict=False)] = ()
    wallets: Annotated[tuple[Wallet, ...], Field(strict=False)] = ()
    surfaces: Annotated[tuple[Surface, ...], Field(strict=False)] = ()
    limits: Limits = Field(default_factory=Limits)
    recording: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _names_resolve(self) -> Target:
        names = [program.name for program in self.programs]
        for kind, rows in (
            ("program", names),
            ("program id", [program.id for program in self.programs]),
            ("multisig", [multisig.name for multisig in self.multisigs]),
            ("wallet", [wallet.address for wallet in self.wallets]),
            ("DAO", [dao.address for dao in self.daos]),
        ):
            twice = sorted({row for row in rows if rows.count(row) > 1})
            if twice:
                raise ValueError(f"a {kind} is listed twice: {twice[0]}")
        for user, program in [(f"DAO {d.name}", d.program) for d in self.daos] + [
            (f"surface {s.file}", s.program) for s in self.surfaces if s.program is not None
        ]:
            if program not in names:
                hint = _nearest(program, names)
                raise ValueError(f"the {user} names a program {program!r} that is not here{hint}")
        return self

    @property
    def sha256(self) -> str:
        """Digest of what the profile means: layout and comments of the file don't matter."""
        return canonical.digest(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """The resolved profile as JSON, without the place of its bundled recording."""
        return self.model_dump(mode="json", by_alias=True, exclude={"recording"})


def parse(text: str, where: str) -> Target:
    """Read and validate a profile.

    Args:
        where: names the file in messages.

    Raises:
        BadTarget: not TOML, an unknown key (with the nearest known one), or a bad value.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTarget(f"{where}: not TOML: {error}") from None
    except RecursionError:
        raise BadTarget(f"{where}: nested too deeply") from None
    except ValueError as error:
        # Among them Python's guard against integers of thousands of digits.
        raise BadTarget(f"{where}: a value is out of range: {str(error)[:80]}") from None
    try:
        return Target.model_validate(tree)
    except ValidationError as error:
        raise BadTarget(_explained(error, where)) from None


def load(name_or_path: str) -> Target:
    """The bundled profile of that name, or the profile in that file.

    Raises:
        BadTarget: there is neither; the message names the nearest profile. Or it is malformed.
    """
    if not isinstance(name_or_path, str) or not name_or_path:
        raise BadTarget("a target is the name of a profile or the path of a TOML file")
    path = path_of(name_or_path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadTarget(f"{name_or_path}: can't be read: {error.strerror}") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadTarget(f"{name_or_path}: not UTF-8 at byte {error.start}") from None
    return parse(text, name_or_path)


def names() -> list[str]:
    """The names of the bundled profiles."""
    return sorted(path.stem for path in assets.folder("targets").glob("*.toml"))


def path_of(name_or_path: str) -> Path:
    """Where a profile lies: a path when it looks like one, else a bundled name.

    Raises:
        BadTarget: there is no such profile.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        return Path(name_or_path)
    if name_or_path in names():
        return assets.folder("targets") / f"{name_or_path}.toml"
    listed = ", ".join(names())
    raise BadTarget(
        f"there is no profile {name_or_path!r}{_nearest(name_or_path, names())}; the bundled "
        f"profiles are {listed}, and a path must end in .toml"
    )


def bundled_recording(target: Target, name_or_path: str) -> Path | None:
    """The recording that ships with a profile, if it has one, beside or above its file."""
    if target.recording is None:
        return None
    return (path_of(name_or_path).parent / target.recording).resolve()


def _nearest(name: str, known: Any) -> str:
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {match[0]!r}?)" if match else ""


def _explained(error: ValidationError, where: str) -> str:
    rows = []
    for fault in error.errors()[:8]:
        place = ".".join(str(step) for step in fault["loc"]) or "the profile"
        if fault["type"] == "extra_forbidden":
            known = _fields_at(fault["loc"][:-1])
            rows.append(f"{place}: unknown key{_nearest(str(fault['loc'][-1]), known)}")
        elif fault["type"] == "missing":
            rows.append(f"{place}: is missing")
        else:
            rows.append(f"{place}: {fault['msg'].removeprefix('Value error, ')}")
    more = len(error.errors()) - len(rows)
    return f"{where}: " + "; ".join(rows) + (f"; and {more} more" if more > 0 else "")


def _fields_at(place: tuple[int | str, ...]) -> list[str]:
    """The known keys of the table at a place of the profile."""
    tables: dict[str, type[BaseModel]] = {
        "cluster": Cluster,
        "programs": Program,
        "daos": Dao,
        "mints": Mint,
        "multisigs": Multisig,
        "controller_programs": ControllerProgram,
        "wallets": Wallet,
        "surfaces": Surface,
        "limits": Limits,
    }
    table = tables.get(str(place[0])) if place else Target
    if table is None:
        return []
    return [field.alias or name for name, field in table.model_fields.items()]
