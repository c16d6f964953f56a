"""``privatedao-audit sign``: say under one's key what one thinks of a bundle."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP

if TYPE_CHECKING:
    from privatedao_audit.bundle.cosign import Pending


@click.command("sign", context_settings=HELP)
@click.argument("bundle", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option("--role", type=click.Choice(["team", "auditor"]), required=True,
              help="As what you sign. One key signs in one role.")  # fmt: skip
@click.option("--key", type=click.Path(path_type=Path), metavar="KEYPAIR.json",
              help="A key pair as solana-keygen writes it; never shown.")  # fmt: skip
@click.option("--signer", metavar="KEY", help="The public key, where the signature is made "
              "elsewhere: with --detached or --attach.")  # fmt: skip
@click.option("--detached", is_flag=True, help="Print the bytes to sign on standard output and "
              "their SHA-256 on standard error, and change nothing.")  # fmt: skip
@click.option("--attach", metavar="SIGNATURE", help="Add a signature over the bytes that "
              "--detached prints: Ed25519, in base58 or base64.")  # fmt: skip
@click.option("--offchain", is_flag=True, help="With --detached and --attach: one line for "
              "`solana sign-offchain-message`, which hardware wallets show and sign.")  # fmt: skip
@click.option("--annotations", type=click.Path(path_type=Path), metavar="FILE.toml",
              help="An auditor's name, scope, notes and lowered statuses; signed with the "
              "bundle and put into it.")  # fmt: skip
@click.option("--disagree", metavar="REASON", help="Sign that you do not agree with the verdict, "
              "and why.")  # fmt: skip
def sign_command(
    bundle: Path,
    role: str,
    key: Path | None,
    signer: str | None,
    detached: bool,
    attach: str | None,
    offchain: bool,
    annotations: Path | None,
    disagree: str | None,
) -> None:
    """Sign a bundle that verifies. The signature lies beside its manifest, inside the file.

    It covers every file of the bundle and changes none, so that several can sign, in any order.
    """
    from privatedao_audit.bundle.cosign import prepare
    from privatedao_audit.bundle.errors import BadBundle, CannotSign
    from privatedao_audit.bundle.signing import Key, Means, Role, is_key
    from privatedao_audit.bundle.verify import read_file
    from privatedao_audit.run import files

    ways = [key is not None, detached, attach is not None]
    if sum(ways) != 1:
        raise click.UsageError("give exactly one of --key, --detached and --attach")
    if (signer is None) != (key is not None):
        raise click.UsageError("--signer goes with --detached and --attach, and not with --key")
    if signer is not None and not is_key(signer):
        raise click.UsageError("--signer: a public key in base58 is expected")
    if offchain and key is not None:
        raise click.UsageError("--offchain goes with --detached and --attach")
    try:
        pair = Key(key) if key is not None else None
        pending = prepare(
            read_file(bundle),
            pair.public if pair else signer or "",
            Role(role),
            disagree,
            annotations=None if annotations is None else annotations_file(annotations),
            means=Means.OFFCHAIN if offchain else Means.DSSE,
        )
        if detached:
            _print(pending, offchain)
            return
        signature = pair.sign(pending.message) if pair else _signature(attach or "")
        whole = pending.attach(signature)
    except (BadBundle, CannotSign) as error:
        raise click.UsageError(str(error)) from None
    files.write(bundle, whole)
    words = pending.words
    opinion = "agrees with" if words.disagrees is None else "disagrees with"
    click.echo(f"signed         {words.signer} as {words.role} {opinion} {words.verdict}")
    if words.annotations is not None and words.leaves is not None:
        names = [one.control for one in words.annotations.lowered]
        click.echo(f"annotations    lower {', '.join(names) or 'nothing'}, leave {words.leaves}")
    click.echo(f"bundle digest  {pending.report.bundle_digest}")
    click.echo(f"evidence root  {pending.report.evidence_root}")


def annotations_file(path: Path) -> bytes:
    """The content of an annotations file, bounded."""
    from privatedao_audit.model.annotations import MAX_BYTES

    try:
        if not path.is_file():
            raise click.UsageError(f"{path}: there is no such file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{path}: can't be read: {error.strerror}") from None


def _print(pending: Pending, offchain: bool) -> None:
    """What to sign on standard output, and how on standard error."""
    if offchain:
        text = pending.message.decode("ascii")
        click.echo("Sign this line where the key is (a hardware wallet: --keypair usb://ledger):",
                   err=True)  # fmt: skip
        click.echo(f"\n  solana sign-offchain-message --keypair KEYPAIR '{text}'\n", err=True)
        click.echo("then give the answer to --attach, with the same options.", err=True)
    else:
        click.echo(f"SHA-256 {hashlib.sha256(pending.message).hexdigest()}, "
                   f"{len(pending.message)} bytes", err=True)  # fmt: skip
    click.echo(pending.message, nl=False)


def _signature(text: str) -> bytes:
    from solders.signature import Signature

    from privatedao_audit.bundle.errors import CannotSign

    text = text.strip()
    try:
        if text.endswith("=="):
            return base64.b64decode(text, validate=True)
        return bytes(Signature.from_string(text))
    except (ValueError, binascii.Error):
        raise CannotSign("--attach: 64 bytes in base58 or base64 are expected") from None
