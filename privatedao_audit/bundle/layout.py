"""What may lie in a bundle, under which names and in which order, and how large it may be.

The layout is closed: a file that no rule here names makes a bundle unsound, whether or not the
manifest lists it. The one-file verifier states the same rules a second time, in its own words.
"""

from __future__ import annotations

import re

SCHEMA_NAME = "privatedao-audit/bundle"
SCHEMA_VERSION = 1

MANIFEST = "manifest.json"
RECORDS = "records.ndjson"
FINDINGS = "findings.json"
FACTS = "facts.json"
TARGET = "target.json"
TARGET_FILE = "target.toml"
CATALOGUE = "catalogue.toml"
LOCK = "requirements.lock"
VERIFIER = "verify_bundle.py"
CLAIMS = "claims.csv"
REDACTIONS = "redactions.json"

#: Files without which nothing can be checked.
REQUIRED = frozenset({RECORDS, FINDINGS, FACTS, TARGET, CATALOGUE, VERIFIER})
_SINGLE = REQUIRED | {TARGET_FILE, LOCK, CLAIMS, REDACTIONS, "report.html", "report.pdf"}
_STEM = r"[0-9]{2}_[a-z_]{1,60}"
_FAMILIES = re.compile(
    rf"(?:blobs|withheld)/[0-9a-f]{{64}}|notebooks/{_STEM}\.ipynb|domains/{_STEM}\.(?:html|pdf)"
    r"|tables/[a-z]{1,20}-[1-9A-HJ-NP-Za-km-z]{32,44}\.parquet"
)
_KEY = r"[1-9A-HJ-NP-Za-km-z]{32,44}"
_SIGNATURE = re.compile(rf"signatures/(?:team|auditor)-{_KEY}\.(?:dsse|offchain)\.json")
_ANNOTATIONS = re.compile(rf"annotations/auditor-{_KEY}\.toml")

#: Bytes of the archive, of one file unpacked and of all files unpacked; number of files.
MAX_ARCHIVE = 256 * 2**20
MAX_FILE = 64 * 2**20
MAX_TOTAL = 512 * 2**20
MAX_FILES = 50_000
MAX_SIGNATURES = 32
#: All files together may unpack to this many bytes, and beyond that to so many times the archive:
#: accounts of a chain are full of zeros, a whole bundle is not.
FREE_BYTES = 64 * 2**20
MAX_RATIO = 200


def is_covered(name: str) -> bool:
    """Whether a file of this name may lie in a bundle and is listed by its manifest."""
    return name in _SINGLE or _FAMILIES.fullmatch(name) is not None


def withheld(sha256: str) -> str:
    """Where in a public form the redacted form of a body lies, by the hash of the original."""
    return f"withheld/{sha256}"


def is_withheld(name: str) -> bool:
    """Whether a file of this name is the redacted form of a body."""
    return name.startswith("withheld/")


def is_signature(name: str) -> bool:
    """Whether a file of this name is a signature, which lies beside the manifest."""
    return _SIGNATURE.fullmatch(name) is not None


def is_annotations(name: str) -> bool:
    """Whether a file of this name is an auditor's annotations, which that auditor signs."""
    return _ANNOTATIONS.fullmatch(name) is not None


def is_beside(name: str) -> bool:
    """Whether a file of this name lies beside the manifest, which does not list it."""
    return is_signature(name) or is_annotations(name)


def annotations_of(signature: str) -> str:
    """Where the annotations lie that a signature of this name would cover."""
    return f"annotations/{signature.removeprefix('signatures/').split('.')[0]}.toml"


def place(name: str) -> tuple[int, str]:
    """Sort key of a file: the manifest, then what it lists, then what is beside; each by name."""
    return (0 if name == MANIFEST else 2 if is_beside(name) else 1, name)


def too_much(archive: int, unpacked: int) -> str | None:
    """Why an archive of so many bytes may not unpack to so many; None when it may."""
    if unpacked > MAX_TOTAL:
        return f"its files unpack to {unpacked} bytes; at most {MAX_TOTAL} are read"
    if unpacked > FREE_BYTES + MAX_RATIO * archive:
        return f"{archive} bytes would unpack to {unpacked}, more than {MAX_RATIO} times as many"
    return None
