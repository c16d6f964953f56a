"""``privatedao-audit sign``: say under one's key what one thinks of a bundle."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

import click

from privatedao_audit.cli import HELP


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
@click.option("--disagree", metavar="REASON", help="Sign that you do not agree with the verdict, "
              "and why.")  # fmt: skip
def sign_command(
    bundle: Path,
    role: str,
    key: Path | None,
    signer: str | None,
    detached: bool,
    attach: str | None,
    disagree: str | None,
) -> None:
    """Sign a bundle that verifies. The signature lies beside its manifest, inside the file.

    It covers every file of the bundle and changes none, so that several can sign, in any order.
    """
    from privatedao_audit.bundle.cosign import prepare
    from privatedao_audit.bundle.errors import BadBundle, CannotSign
    from privatedao_audit.bundle.signing import Key, Role, is_key
    from privatedao_audit.bundle.verify import read_file
    from privatedao_audit.run import files

    ways = [key is not None, detached, attach is not None]
    if sum(ways) != 1:
        raise click.UsageError("give exactly one of --key, --detached and --attach")
    if (signer is None) != (key is not None):
        raise click.UsageError("--signer goes with --detached and --attach, and not with --key")
    if signer is not None and not is_key(signer):
        raise click.UsageError("--signer: a public key in base58 is expected")
    try:
        pair = Key(key) if key is not None else None
        pending = prepare(
            read_file(bundle), pair.public if pair else signer or "", Role(role), disagree
        )
        if detached:
            click.echo(f"SHA-256 {hashlib.sha256(pending.message).hexdigest()}, "
                       f"{len(pending.message)} bytes", err=True)  # fmt: skip
            click.echo(pending.message, nl=False)
            return
        signature = pair.sign(pending.message) if pair else _signature(attach or "")
        whole = pending.attach(signature)
    except (BadBundle, CannotSign) as error:
        raise click.UsageError(str(error)) from None
    files.write(bundle, whole)
    words = pending.words
    opinion = "agrees with" if words.disagrees is None else "disagrees with"
    click.echo(f"signed         {words.signer} as {words.role} {opinion} {words.verdict}")
    click.echo(f"bundle digest  {pending.report.bundle_digest}")
    click.echo(f"evidence root  {pending.report.evidence_root}")


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
