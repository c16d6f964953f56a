from __future__ import annotations

from hashlib import sha256

import pytest

from privatedao_audit.rehearsal import wallet


def test_a_key_is_the_hash_of_its_public_sentence() -> None:
    sentence = b"privatedao-audit rehearsal key, public by design: deployer"
    assert wallet.keypair("deployer").secret() == sha256(sentence).digest()
    assert str(wallet.address("deployer")) == "7Ht1yUQreMBLzbRACCkJ6ikUod9tehXcayCRGrr19eXA"


def test_labels_give_different_keys() -> None:
    assert len({wallet.address(label) for label in ("deployer", "deployer ", "operator")}) == 3


def test_an_empty_label_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a label"):
        wallet.keypair("")
