"""Cases of what ties source to binary: operator, interface, security contact, builds."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.world import ABSENT, GOVERNANCE, STRANGER, found
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.release.provenance import story
from privatedao_audit.domains.release.provenance.facts import (
    Acting,
    Deployment,
    Register,
    Registration,
)
from privatedao_audit.domains.release.provenance.interface import SECTIONS
from privatedao_audit.domains.release.provenance.story import (
    BY_VAULT,
    BY_WALLET,
    CONTACT,
    DEPLOY,
    DEPLOYED,
    DEPLOYER,
    EXTENDED,
    MEMBER,
    OPERATOR,
    OTHER,
    PROGRAMDATA,
    SECOND,
    UPGRADE,
    UPGRADED,
    WALLETS,
    WORLD,
    Story,
    approvals,
    block,
    changed,
    code,
    history,
    idl,
    idl_account,
    in_file,
    in_history,
    made,
    metadata_account,
    record,
)
from privatedao_audit.domains.release.provenance.story import build as built
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, STALE = Status.MISSING, Status.DIVERGED, Status.STALE

UNREAD: Read[Any] = Unknown("the node answered 503")
TORN: Read[Any] = Diverged("first and second give other bytes", on_chain("accounts"))
NO_FILE: Read[Any] = ProvenAbsent(in_checkout("absent"))

GOOD = Story()
MOVING = GOOD.of(world=replace(WORLD, moving=("the deployment slot changed",)))
CLOSED = GOOD.of(world=WORLD.reading(PROGRAMDATA, ABSENT))
UNREADABLE = GOOD.of(world=WORLD.reading(PROGRAMDATA, UNREAD))
SPLIT = GOOD.of(world=WORLD.reading(PROGRAMDATA, TORN))
_POINTER = found(GOVERNANCE, programs.LOADER_V3, b"\x02\0\0\0" + bytes(range(32)), executable=True)
ELSEWHERE = GOOD.of(world=WORLD.reading(GOVERNANCE, _POINTER))


def _by(acting: Acting, **change: Any) -> Story:
    """The release deployed in another way."""
    return GOOD.of(deployments={DEPLOY: made(acting, **change)})


def _read(read: Read[Deployment]) -> Story:
    return GOOD.of(deployments={DEPLOY: read})


def _said(change: dict[str, str | None] | None = None, **how: Any) -> Story:
    return GOOD.of(records=(record(change, **how),))


def _registered(*rows: Registration) -> Register:
    return Register("signers.toml", Found(rows, in_checkout("signers.toml")))


def _person(key: str, name: str, owner: str | None) -> Registration:
    return Registration(key, name, owner, ("multisig-member",))


_UPGRADED = GOOD.of(
    world=WORLD.program(slot=200),
    records=(record({"deployment_signature": UPGRADE}),),
    history=history(DEPLOYED, UPGRADED),
    deployments={UPGRADE: made(name=UPGRADE)},
)
_EXTENDED = GOOD.of(world=WORLD.program(slot=300), history=history(DEPLOYED, EXTENDED))
_REPLACED = GOOD.of(
    world=WORLD.program(slot=200),
    history=history(DEPLOYED, UPGRADED),
    deployments={DEPLOY: made(), UPGRADE: made(name=UPGRADE)},
)
_TAKEN = Acting(STRANGER, True)
NOTHING_DEPLOYED: Read[Deployment] = Found(
    Deployment(DEPLOY, 100, True, MEMBER, (), ()), on_chain("transaction")
)

_RC_12: tuple[tuple[str, Story, Status], ...] = (
    ("the operator's member executed with the vault", GOOD, PASS),
    ("the operator's wallet deployed and paid", _by(BY_WALLET, payer=DEPLOYER), PASS),
    ("another key of the operator paid", _by(BY_WALLET), PASS),
    ("the recorded upgrade is the present deployment", _UPGRADED, PASS),
    ("extended by a stranger since", _EXTENDED, PASS),
    ("the program and a throw-away key signed too", _by(BY_VAULT, others=(STRANGER, OTHER)), PASS),
    ("the record names the operator by a key", _said({"operator": DEPLOYER}), PASS),
    ("the record names the operator by a key's name", _said({"operator": "deployer"}), PASS),
    ("the record writes the name in other letters", _said({"operator": " ada  RELEASE "}), PASS),
    ("registered by the checkout alone",
     GOOD.of(wallets=(), registers=(_registered(*WALLETS),)), PASS),
    ("a later upgrade that failed", GOOD.of(
        history=history(DEPLOYED, replace(UPGRADED, succeeded=False))), PASS),
    ("a stranger paid", _by(BY_VAULT, payer=STRANGER), FAIL),
    ("a registered key of somebody else paid", _by(BY_VAULT, payer=SECOND), FAIL),
    ("a stranger's wallet is the authority", _by(_TAKEN), FAIL),
    ("the authority is registered to somebody else", _by(Acting(SECOND, True)), FAIL),
    ("a stranger executed", _by(replace(BY_VAULT, executor=STRANGER)), FAIL),
    ("a member who is not the operator executed", _by(replace(BY_VAULT, executor=SECOND)), FAIL),
    ("an approving member is not registered",
     _by(replace(BY_VAULT, approvers=approvals(MEMBER, STRANGER))), FAIL),
    ("a stranger paid, and the approvals are not known",
     _by(replace(BY_VAULT, approvers=UNREAD), payer=STRANGER), FAIL),
    ("the operator is nobody in the register", _said({"operator": "Eve"}), FAIL),
    ("the operator can be two people", GOOD.of(
        records=(record({"operator": "signer"}),),
        wallets=(_person(DEPLOYER, "signer", OPERATOR), _person(MEMBER, "signer", "Ben"))), FAIL),
    ("two registers give a key to two people", GOOD.of(
        registers=(_registered(_person(MEMBER, "member one", "Ben Second")),)), FAIL),
    ("two records name two operators", GOOD.of(
        records=(record(), record({"operator": "Ben Second"}, file="more.json"))), FAIL),
    ("the record speaks of another cluster", _said({"cluster": "devnet"}), FAIL),
    ("what is recorded is no signature", _said({"deployment_signature": "see the log"}), FAIL),
    ("upgraded since by a stranger", _REPLACED.of(deployments={
        DEPLOY: made(), UPGRADE: made(_TAKEN, name=UPGRADE)}), FAIL),
    ("upgraded since by the operator: nobody is named for it", _REPLACED, MISSING),
    ("no operator stated", _said({"operator": None}), MISSING),
    ("a blank operator", _said({"operator": "  "}), MISSING),
    ("an operator whom nobody sees, registered as such", GOOD.of(
        records=(record({"operator": "\u200b"}),),
        wallets=tuple(replace(one, owner="\u200b") for one in WALLETS)), MISSING),
    ("owners whom nobody sees", GOOD.of(
        wallets=tuple(replace(one, owner="\u200b -") for one in WALLETS)), FAIL),
    ("no operator mapped", _said(fields=("cluster", "deployment_signature")), MISSING),
    ("no deployment stated", _said({"deployment_signature": None}), MISSING),
    ("only an archived record", _said(state="archived"), MISSING),
    ("only a record of another cluster", GOOD.of(
        records=(record(file="more.json", cluster="devnet"),)), MISSING),
    ("the record is not in the checkout", _said(read=NO_FILE), MISSING),
    ("nobody is registered", GOOD.of(wallets=()), MISSING),
    ("the signer register is not in the checkout",
     GOOD.of(registers=(Register("signers.toml", NO_FILE),)), MISSING),
    ("no record is mapped", GOOD.of(records=()), UNKNOWN),
    ("the record can't be read", _said(read=UNREAD), UNKNOWN),
    ("a second record that can't be read",
     GOOD.of(records=(record(), record(file="more.json", read=UNREAD))), UNKNOWN),
    ("the signer register can't be read",
     GOOD.of(registers=(Register("signers.toml", UNREAD),)), UNKNOWN),
    ("the transaction can't be read", _read(UNREAD), UNKNOWN),
    ("the transaction is absent, which proves nothing",
     _read(ProvenAbsent(on_chain("transaction"))), UNKNOWN),
    ("the recorded transaction failed", _by(BY_VAULT, succeeded=False), UNKNOWN),
    ("the recorded transaction deploys nothing", _read(NOTHING_DEPLOYED), UNKNOWN),
    ("a program that is not known signed for the authority", _by(
        Acting(STRANGER, False, doubt="it is no multisig")), UNKNOWN),
    ("who executed is not known", _by(replace(BY_VAULT, executor=None)), UNKNOWN),
    ("the approvals can't be read", _by(replace(BY_VAULT, approvers=UNREAD)), UNKNOWN),
    ("nobody approved", _by(replace(BY_VAULT, approvers=approvals())), UNKNOWN),
    ("the history can't be read", GOOD.of(history=UNREAD), UNKNOWN),
    ("a history without the recorded deployment", GOOD.of(history=history(UPGRADED)), UNKNOWN),
    ("an empty history", GOOD.of(history=history(gap="the first deploy is missing")), UNKNOWN),
    ("ProgramData says a later slot than the history",
     GOOD.of(world=WORLD.program(slot=200)), UNKNOWN),
    ("an extend since, before which an upgrade may be hidden", _EXTENDED.of(
        history=history(DEPLOYED, EXTENDED, gap="2 listed transactions unread")), UNKNOWN),
    ("ProgramData unreadable",
     GOOD.of(world=WORLD.reading(PROGRAMDATA, UNREAD)), UNKNOWN),
    ("moving", MOVING, UNKNOWN),
    ("providers disagree on the transaction", _read(TORN), DIVERGED),
    ("providers disagree on the proposal", _by(replace(BY_VAULT, approvers=TORN)), DIVERGED),
    ("providers disagree on the history", GOOD.of(history=TORN), DIVERGED),
)  # fmt: skip


def _bomb() -> bytes:
    """A zlib stream of a gigabyte of zeros in some hundred kilobytes."""
    packer = zlib.compressobj(9)
    head = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the next block of zeros looks like any other.
    again = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + again * 1023 + packer.flush()


def _anchor(content: bytes, **how: Any) -> Story:
    return GOOD.of(idl=idl_account(content, **how))


def _metadata(content: bytes, **how: Any) -> Story:
    return GOOD.of(idl=ABSENT, metadata=metadata_account(content, **how))


def _reversed() -> bytes:
    """The same interface in another order, without comments."""
    sections = {name: story.IDL[name][::-1] for name in ("instructions", "types")}
    sections["instructions"] = [
        {k: v for k, v in row.items() if k != "docs"} for row in sections["instructions"]
    ]
    return idl({**sections, "metadata": {"name": "governance", "version": "2", "spec": "0.1.0"}})


_LAMPORTS = found(STRANGER, programs.SYSTEM)
_ACCOUNTS = [{"name": "dao"}, {"name": "who", "signer": True}]
_WIDER = {"kind": "struct", "fields": [{"name": "authority", "type": "pubkey"},
                                       {"name": "paused", "type": "bool"}]}  # fmt: skip
_MORE = [*story.IDL["instructions"],
         {"name": "drain", "discriminator": [6] * 8, "accounts": [], "args": []}]  # fmt: skip

_RC_13: tuple[tuple[str, Story, Status], ...] = (
    ("the IDL account holds the repository's", GOOD, PASS),
    ("the metadata account holds the repository's", _metadata(idl()), PASS),
    ("both accounts hold it", GOOD.of(metadata=metadata_account(idl())), PASS),
    ("another order, version and no comments", _anchor(_reversed()), PASS),
    ("an account longer than its content", _anchor(idl(), spare=4096), PASS),
    ("lamports of a stranger at the other address", GOOD.of(metadata=_LAMPORTS), PASS),
    ("the source declares another instruction, which is a note",
     GOOD.of(declared=("open", "close", "drain")), PASS),
    ("an instruction more on chain", _anchor(idl({"instructions": _MORE})), FAIL),
    ("an instruction less on chain",
     _anchor(idl({"instructions": story.IDL["instructions"][:1]})), FAIL),
    ("an instruction under another name", _anchor(changed("instructions", 0, name="opens")), FAIL),
    ("another discriminator", _anchor(changed("instructions", 1, discriminator=[8, 7, 6])), FAIL),
    ("an argument of another type", _anchor(
        changed("instructions", 0, args=[{"name": "amount", "type": "i64"}])), FAIL),
    ("an account that is not written", _anchor(changed("instructions", 0, accounts=_ACCOUNTS)),
     FAIL),
    ("the same account at another fixed address", _anchor(changed("instructions", 0, accounts=[
        {"name": "dao", "writable": True, "address": STRANGER}, {"name": "who", "signer": True}])),
     FAIL),
    ("the same account from other seeds", _anchor(changed("instructions", 0, accounts=[
        {"name": "dao", "writable": True, "pda": {"seeds": [{"kind": "const", "value": [1]}]}},
        {"name": "who", "signer": True}])), FAIL),
    ("the same instruction with a result", _anchor(changed("instructions", 0, returns="u64")),
     FAIL),
    ("a field more in an account", _anchor(changed("types", 0, type=_WIDER)), FAIL),
    ("another discriminator of an account", _anchor(changed("accounts", 0, discriminator=[3])),
     FAIL),
    ("no events", _anchor(idl({"events": []})), FAIL),
    ("another error code", _anchor(changed("errors", 0, code=6001)), FAIL),
    ("another error text", _anchor(changed("errors", 0, msg="Go ahead")), FAIL),
    ("it says that it is of another program", _anchor(idl({"address": STRANGER})), FAIL),
    ("it does not say of which program it is", _anchor(idl({"address": None})), FAIL),
    ("an empty interface", _anchor(idl({name: [] for name in SECTIONS})), FAIL),
    ("the metadata account differs, the other does not",
     GOOD.of(metadata=metadata_account(idl({"events": []}))), FAIL),
    ("one of two files differs", GOOD.of(
        files={"idl.json": in_file(idl()), "old.json": in_file(idl({"errors": []}))}), FAIL),
    ("neither account exists", GOOD.of(idl=ABSENT), MISSING),
    ("lamports of a stranger and no account", GOOD.of(idl=_LAMPORTS, metadata=_LAMPORTS), MISSING),
    ("the file is not in the checkout", GOOD.of(files={"idl.json": NO_FILE}), MISSING),
    ("the right bytes under another owner", _anchor(idl(), owner=STRANGER), UNKNOWN),
    ("a gigabyte behind a small stream", _anchor(b"", packed=_bomb()), UNKNOWN),
    ("a stream that is cut", _anchor(b"", packed=zlib.compress(idl())[:-6]), UNKNOWN),
    ("bytes that are no interface", _anchor(b"{}"), UNKNOWN),
    ("an account without content", _anchor(b"", packed=b""), UNKNOWN),
    ("the IDL account can't be read", GOOD.of(idl=UNREAD), UNKNOWN),
    ("the metadata account can't be read beside a good one", GOOD.of(metadata=UNREAD), UNKNOWN),
    ("metadata under another owner", _metadata(idl(), owner=STRANGER), UNKNOWN),
    ("metadata that is an address elsewhere", _metadata(b"https://x.invalid", source=1), UNKNOWN),
    ("metadata that says it is not canonical", _metadata(idl(), canonical=0), UNKNOWN),
    ("metadata of another program", _metadata(idl(), program=STRANGER), UNKNOWN),
    ("metadata of another seed", _metadata(idl(), seed="security"), UNKNOWN),
    ("metadata that is not JSON by its own word", _metadata(idl(), form=3), UNKNOWN),
    ("a buffer for metadata", _metadata(idl(), kind=1), UNKNOWN),
    ("no file is mapped", GOOD.of(files={}), UNKNOWN),
    ("the file can't be read", GOOD.of(files={"idl.json": UNREAD}), UNKNOWN),
    ("the file is no interface", GOOD.of(files={"idl.json": in_file(b"[]")}), UNKNOWN),
    ("providers disagree on the IDL account", GOOD.of(idl=TORN), DIVERGED),
)  # fmt: skip


def _carrying(contact: bytes) -> Story:
    return GOOD.of(world=WORLD.program(code=code(contact)))


def _fields(**change: str | None) -> Story:
    said = {**CONTACT, **change}
    return _carrying(block({name: value for name, value in said.items() if value is not None}))


def _elf(contact: bytes, sections: int = 0) -> Story:
    """The header of an ELF file whose table of sections is absent, or beyond the file's end."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, 263, 1)
    head += struct.pack("<QQQI", 0, 0, 2**40 if sections else 0, 0)
    head += struct.pack("<HHHHHH", 64, 56, 0, 64, sections, 0)
    return GOOD.of(world=WORLD.program(code=head + contact + b"end"))


_RC_14: tuple[tuple[str, Story, Status], ...] = (
    ("a block with all it needs", GOOD, PASS),
    ("optional fields too", _fields(encryption="https://dao.invalid/key", expiry="2999-12-31"),
     PASS),
    ("a block behind what is loaded",
     GOOD.of(world=WORLD.program(code=code(b"", beyond=block()))), FAIL),
    ("a second block behind what is loaded",
     GOOD.of(world=WORLD.program(code=code(block(), beyond=block()))), FAIL),
    ("an ELF file that loads nothing", _elf(block()), FAIL),
    ("a block in what is no ELF file",
     GOOD.of(world=WORLD.program(code=b"code " + block() + b"data")), FAIL),
    ("a key twice", _carrying(block(more="name\0Eve\0")), FAIL),
    ("a key that is not known", _carrying(block(more="motto\0x\0")), FAIL),
    ("a key without a value", _carrying(block(more="auditors\0")), FAIL),
    ("no policy", _fields(policy=None), FAIL),
    ("no contacts", _fields(contacts=None), FAIL),
    ("a blank contact", _fields(contacts=""), FAIL),
    ("a blank name", _fields(name=" "), FAIL),
    ("a contact of no kind", _fields(contacts="call us"), FAIL),
    ("an expiry that is no date", _fields(expiry="soon"), FAIL),
    ("two blocks", _carrying(block() + block()), FAIL),
    ("a block that does not end", _carrying(block()[:-10]), FAIL),
    ("program closed", CLOSED, FAIL),
    ("expired", _fields(expiry="2025-12-31"), STALE),
    ("no block", _carrying(b""), MISSING),
    ("a contact in plain text, without marks", _carrying(b"email:security@dao.invalid"), MISSING),
    ("an ELF file with a broken table", _elf(block(), sections=3), UNKNOWN),
    ("ProgramData unreadable", UNREADABLE, UNKNOWN),
    ("nothing but zeros where the code should be", GOOD.of(world=WORLD.reading(
        PROGRAMDATA, found(PROGRAMDATA, programs.LOADER_V3, b"\x03" + bytes(200)))), UNKNOWN),
    ("the right bytes under another owner", GOOD.of(world=WORLD.reading(
        PROGRAMDATA, found(PROGRAMDATA, programs.SYSTEM, code(block())))), UNKNOWN),
    ("pointer to a ProgramData that is not its own", ELSEWHERE, UNKNOWN),
    ("moving", MOVING, UNKNOWN),
    ("providers disagree on ProgramData", SPLIT, DIVERGED),
)  # fmt: skip

_OTHER_HASH = hashlib.sha256(b"other").hexdigest()

_RC_15: tuple[tuple[str, Story, Status], ...] = (
    ("the auditor's build is what runs", GOOD, PASS),
    ("only the zeros behind the code differ", GOOD.of(world=WORLD.program(
        code=code(block()), padding=4096)), PASS),
    ("two records that name one commit",
     GOOD.of(records=(record(), record(file="more.json"))), PASS),
    ("a dump of the account instead of a build", GOOD.of(
        world=WORLD.program(code=code(block()), padding=4096),
        build=built(length=len(code(block())), size=len(code(block())) + 4096)), UNKNOWN),
    ("a build padded otherwise than the account", GOOD.of(
        world=WORLD.program(code=code(block()), padding=4096),
        build=built(length=len(code(block())), size=len(code(block())) + 512)), PASS),
    ("another build", GOOD.of(build=built(_OTHER_HASH)), FAIL),
    ("one byte more runs", GOOD.of(world=WORLD.program(code=code(block()) + b"!")), FAIL),
    ("another build, and no record names a commit",
     GOOD.of(build=built(_OTHER_HASH), records=()), FAIL),
    ("the history has no such commit",
     GOOD.of(commit=ProvenAbsent(in_checkout("commit"))), FAIL),
    ("what the record names is a tag's own id", GOOD.of(commit=in_history("c" * 40)), FAIL),
    ("program closed", CLOSED, FAIL),
    ("whether the history has the commit is not known", GOOD.of(commit=UNREAD), UNKNOWN),
    ("the commit was not looked for", GOOD.of(commit=None), UNKNOWN),
    ("no build was given", GOOD.of(build=Unknown("no build was given (--artifact)")), UNKNOWN),
    ("the build could not be read",
     GOOD.of(build=Unknown("it is no regular file", in_checkout("build"))), UNKNOWN),
    ("the recorded answer is no hash", GOOD.of(build=built("see the log")), UNKNOWN),
    ("the recorded answer is empty", GOOD.of(build=in_file(b"{}", "build")), UNKNOWN),
    ("a build of no bytes", GOOD.of(build=built(length=0)), UNKNOWN),
    ("no record is mapped", GOOD.of(records=()), UNKNOWN),
    ("the record names no commit", _said({"release_commit": None}), UNKNOWN),
    ("two records name two commits", GOOD.of(
        records=(record(), record({"release_commit": "b" * 40}, file="more.json"))), UNKNOWN),
    ("the record names a branch", _said({"release_commit": "main"}), UNKNOWN),
    ("the record names a shortened commit", _said({"release_commit": "aaaaaaa"}), UNKNOWN),
    ("the record speaks of another cluster", _said({"cluster": "devnet"}), UNKNOWN),
    ("the record can't be read", _said(read=UNREAD), UNKNOWN),
    ("the record is not in the checkout", _said(read=NO_FILE), UNKNOWN),
    ("ProgramData unreadable", UNREADABLE, UNKNOWN),
    ("pointer to a ProgramData that is not its own", ELSEWHERE, UNKNOWN),
    ("moving", MOVING, UNKNOWN),
    ("providers disagree on ProgramData", SPLIT, DIVERGED),
)  # fmt: skip

_ALL = {"RC-12": _RC_12, "RC-13": _RC_13, "RC-14": _RC_14, "RC-15": _RC_15}
_NO_PROGRAM = replace(GOOD.facts(), programs=())
_NOT_READ = replace(
    GOOD.facts(), provenance=replace(GOOD.facts().provenance, programs={})
)

CASES: tuple[Case, ...] = (
    *(Case(control, name, one.facts(), status)
      for control, rows in _ALL.items() for name, one, status in rows),
    *(Case(control, "no program in scope", _NO_PROGRAM, UNKNOWN) for control in _ALL),
    *(Case(control, "the collector read nothing", _NOT_READ, UNKNOWN) for control in _ALL),
)  # fmt: skip
