"""From a bundle to its public form.

The records stay byte for byte, and with them the evidence root. What the target declares as
personal is replaced by tokens in every other file; an answer of the checkout that holds such a
text is replaced by a redacted form under ``withheld/``, named by the hash of the original. At the
end every file is searched for every text once more, in every spelling, before anything is given
out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from privatedao_audit import __version__
from privatedao_audit.bundle import container, layout, manifest
from privatedao_audit.bundle.errors import BadBundle, CannotBundle
from privatedao_audit.bundle.public import blobs, declared, views
from privatedao_audit.bundle.public.salts import Salts
from privatedao_audit.bundle.public.stated import SCHEMA_NAME, SCHEMA_VERSION
from privatedao_audit.bundle.public.visible import FIXED, visible_of
from privatedao_audit.bundle.public.words import Finder, Place, Word, same
from privatedao_audit.bundle.verify import verify
from privatedao_audit.model import canonical
from privatedao_audit.model.target import Target

_NO_PDF = "a PDF carries the private findings, and none is made anew: print the page instead"
Pages = Callable[[Mapping[str, bytes], Mapping[str, Any]], Iterable[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class Public:
    """A public form that its own verification accepted.

    Attributes:
        raw: the archive.
        bundle_digest: of the public form, 64 hexadecimal digits; another than the private one's.
        evidence_root: of the records, the same as the private one's.
        words: what is withheld, with salts: for the owner alone.
        visible: names that stand, for a reason, in files which stay as they are.
        documents: path or question of each answer that is withheld, and its form.
        left_out: files of the private bundle that the public form does not have.
    """

    raw: bytes
    bundle_digest: str
    evidence_root: str
    words: tuple[Word, ...]
    visible: tuple[tuple[Word, str], ...]
    documents: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]


def publish(raw: bytes, salts: Salts, *, pages: Pages = views.pages) -> Public:
    """Make the public form of a bundle. The same bundle and salts give the same bytes.

    Args:
        raw: a bundle; signatures on it cover other bytes and are left out.
        pages: renders the pages anew.

    Raises:
        CannotBundle: it does not verify, is public already or of another version of the kit, a
            personal file can't be read, or a contact stands where nothing can be withheld.
    """
    files, digest, root = _opened(raw)
    asked = list(_checkout(files))
    target = Target.model_validate_json(files[layout.TARGET])
    people = declared.personal(target, asked, lambda digest: files.get(f"blobs/{digest}"))
    words = declared.words(people, salts.of)
    if len({word.token for word in words}) != len(words):
        raise CannotBundle("two texts got one token: use other salts")
    visible = visible_of(files, words, {read["body_sha256"] for read in asked})
    hidden = [word for word in words if word not in visible]
    finder = Finder(hidden)

    made = {name: data for name, data in files.items() if not name.endswith(".pdf")}
    withheld = _withheld(made, people, words, finder, asked)
    for body, one in withheld.items():
        del made[f"blobs/{body}"]
        made[layout.withheld(body)] = one.data
    digests = {short: word.token for word in words for short in word.digests}
    ways = {word.token for word in words if word.contact}
    made.update(views.told(made, Finder(hidden, digests=digests), ways))
    left_out = sorted(set(files) - set(made) - {f"blobs/{one}" for one in withheld})
    made[layout.REDACTIONS] = _redactions(words, visible, withheld, left_out)
    fields = sum(len(word.places) for word in words)
    form = {"made_from": digest, "fields": fields, "documents": len(withheld)}
    rendered = dict(pages(made, form))
    if set(rendered) != {name for name in made if name.endswith(".html")}:
        raise CannotBundle("the bundle has a page that this version does not render")
    made.update(rendered)
    _search(made, hidden, digests)
    whole, own = _sealed(made, digest, root)
    names = {read["body_sha256"]: _name(read) for read in asked}
    return Public(
        whole, own, root, tuple(words), tuple(visible.items()),
        tuple(sorted((names[body], one.form) for body, one in withheld.items())),
        tuple(left_out),
    )  # fmt: skip


def _opened(raw: bytes) -> tuple[dict[str, bytes], str, str]:
    """The files of a private bundle without signatures, its digest and its evidence root."""
    report = verify(raw)
    if not report.ok:
        raise CannotBundle(f"the bundle is refused: {report.problems[0][1]}")
    files = {
        name: one.data
        for name, one in container.read(raw).items()
        if name != layout.MANIFEST and not layout.is_beside(name)
    }
    if layout.REDACTIONS in files:
        raise CannotBundle("the bundle is a public form already")
    found = json.loads(files[layout.FINDINGS])
    if found["method"]["kit_version"] != __version__:
        raise CannotBundle(
            f"the bundle is of version {found['method']['kit_version']}, and this is {__version__}:"
            " make its public form with that version"
        )
    return files, report.bundle_digest, report.evidence_root


def _sealed(made: Mapping[str, bytes], made_from: str, root: str) -> tuple[bytes, str]:
    """The archive of a public form, and its digest, once its own verification accepted it."""
    found = json.loads(made[layout.FINDINGS])
    listed = manifest.make(
        made,
        kit_version=__version__,
        target=found["target"]["name"],
        evidence_root=root,
        public_form_of=made_from,
    )
    try:
        whole = container.write(
            container.entry(name, data) for name, data in {layout.MANIFEST: listed, **made}.items()
        )
    except BadBundle as error:
        raise CannotBundle(f"the public form is too large for a bundle: {error}") from None
    own = verify(whole)
    if not own.ok:
        raise CannotBundle(f"the public form does not hold together: {own.problems[0][1]}")
    return whole, own.bundle_digest


def _checkout(files: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    """Every answer of the checkout with a body: its question, and the body's SHA-256."""
    records = [json.loads(line) for line in files[layout.RECORDS].split(b"\n") if line]
    bodies = {one["id"]: one["body_sha256"] for one in records if one["record"] == "exchange"}
    for read in records:
        if read["record"] == "read" and read["kind"] in declared.CHECKOUT:
            for name in read["exchanges"]:
                if bodies[name] is not None:
                    members = {key: read[key] for key in ("kind", "method", "params")}
                    found = read["outcome"] == "found" and read["chosen"] == name
                    yield {**members, "body_sha256": bodies[name], "found": found}


def _withheld(
    files: Mapping[str, bytes],
    people: list[declared.Personal],
    words: list[Word],
    finder: Finder,
    asked: list[dict[str, Any]],
) -> dict[str, blobs.Redacted]:
    """SHA-256 of every body that is withheld → what stands for it."""
    by_text = {same(word.text): word for word in words}
    found = {one.sha256: blobs.contacts(one, by_text, finder) for one in people}
    paths = frozenset(table.file for one in people for table in one.tables)
    for read in asked:
        digest = read["body_sha256"]
        if digest in found:
            continue
        data, one = files[f"blobs/{digest}"], None
        if (read["kind"], read["method"]) == blobs.BULK:
            one = blobs.answer(data, finder, paths)
        else:
            one = blobs.text(data, finder)
        if one is not None:
            found[digest] = one
    return found


def _redactions(
    words: list[Word],
    visible: Mapping[Word, str],
    withheld: Mapping[str, blobs.Redacted],
    left_out: list[str],
) -> bytes:
    def fields(places: Iterable[Place]) -> list[dict[str, Any]]:
        return [place.as_json() for place in places]

    return canonical.dump_file(
        {
            "schema": {"name": SCHEMA_NAME, "version": SCHEMA_VERSION},
            "texts": [
                {"token": word.token, "sha256": word.sha256, "fields": fields(word.places)}
                for word in sorted(words, key=lambda word: word.token)
            ],
            "visible": [
                {"token": word.token, "where": where}
                for word, where in sorted(visible.items(), key=lambda one: one[0].token)
            ],
            "documents": [
                {
                    "sha256": digest,
                    "form": one.form,
                    "redacted_sha256": canonical.sha256(one.data),
                    "tokens": sorted(one.tokens),
                }
                for digest, one in sorted(withheld.items())
            ],
            "left_out": [{"path": name, "reason": _NO_PDF} for name in left_out],
        }
    )


def _search(
    files: Mapping[str, bytes], hidden: list[Word], digests: Collection[str]
) -> None:
    """Make sure that no file holds a word that is withheld, or a digest that gives one away.

    Raises:
        CannotBundle: one does; the message names the field and the file, never the text.
    """
    finder = Finder(hidden)
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        left = set() if name.startswith("tables/") else finder.of(text)
        # Answers were searched for base64 one by one; in those of the chain chance would find it.
        if not name.startswith(("blobs/", "tables/")) and name not in FIXED:
            left |= finder.packed(text)
            if any(one in text for one in digests):
                raise CannotBundle(f"{name} would still hold the digest of a contact")
        for word in left:
            raise CannotBundle(f"{name} would still hold the {word.places[0]}, so it is not made")


def _name(read: Mapping[str, Any]) -> str:
    params = read["params"]
    path = params.get("path") if isinstance(params, dict) else None
    return str(path or f"{read['kind']} {read['method']}")
