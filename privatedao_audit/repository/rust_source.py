"""Program ids that a Rust source file declares, and under which cargo features.

A small tokenizer, not a compiler: it knows comments, strings, attributes and nesting, which is
what decides whether a ``declare_id!`` is code, and of which build. Macros are not expanded and
modules in other files are not followed. Grammar: the Rust Reference, chapters "Tokens" and
"Conditional compilation".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from privatedao_audit.repository.errors import BadDocument

MAX_TOKENS: Final = 2_000_000
_MAX_DEPTH: Final = 256
#: Every quantifier is bounded or possessive, so that hostile text can't make it backtrack.
_TOKEN = re.compile(
    r"""(?P<space>\s++)
    | (?P<line>//[^\n]*+)
    | (?P<block>/\*)
    | (?P<raw>(?:b|c)?r(?P<hashes>\#{0,255}+)")
    | (?P<string>(?:b|c)?"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)")
    | (?P<char>b?'(?:\\(?:u\{[0-9a-fA-F_]{1,12}\}|x[0-9a-fA-F]{2}|.)|[^'\\\n])')
    | (?P<life>'(?:r\#)?[^\W\d]\w*+)
    | (?P<word>(?:r\#)?\w++)
    | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_CLOSER = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is word, string, mark or other; a string's text is its content, undecoded."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class DeclaredId:
    """One declaration of a program id.

    Attributes:
        id: base58 text of 32 bytes.
        cfg_feature: the feature, where the whole condition is ``feature = "…"``; else None.
        cfg_text: the whole condition as written, without spaces; None when unconditional.
        line: line number, from 1.
        form: ``declare_id!`` or ``pubkey!`` (a constant or static named ID).
        module: the modules or macro bodies it lies in, joined by ``::``; empty at the top.
    """

    id: str
    cfg_feature: str | None
    cfg_text: str | None
    line: int
    form: str
    module: str


def tokens(source: str, role: str) -> list[Token]:
    """Tokens without comments and space.

    Raises:
        BadDocument: a comment or string does not end, or there are too many tokens.
    """
    found: list[Token] = []
    at, line = 0, 1
    while at < len(source):
        match = _TOKEN.match(source, at)
        assert match is not None  # the last alternative takes any character
        kind, end, text = match.lastgroup or "mark", match.end(), match[0]
        if match["raw"] is not None:
            close = '"' + match["hashes"]
            stop = source.find(close, end)
            if stop < 0:
                raise BadDocument(f"{role}, line {line}: the raw string does not end")
            found.append(Token("string", source[end:stop], line))
            end = stop + len(close)
        elif match["string"] is not None:
            found.append(Token("string", match["text"], line))
        elif kind == "block":
            end = _comment_end(source, end, line, role)
        elif kind == "mark" and text == '"':
            raise BadDocument(f"{role}, line {line}: the string does not end")
        elif kind in ("word", "mark"):
            found.append(Token(kind, text, line))
        elif kind in ("char", "life"):
            found.append(Token("other", text, line))
        if len(found) > MAX_TOKENS:
            raise BadDocument(f"{role}: more than {MAX_TOKENS} tokens")
        line += source.count("\n", at, end)
        at = end
    return found


def _comment_end(source: str, at: int, line: int, role: str) -> int:
    depth = 1
    for edge in _BLOCK_EDGE.finditer(source, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise BadDocument(f"{role}, line {line}: the comment does not end")


@dataclass(slots=True)
class _Scope:
    """An open bracket: its closer, what it is part of, and its conditions."""

    close: str
    name: str
    conditions: list[str]
    pending: list[str] = field(default_factory=list)
    label: str | None = None
    constant: bool = False


def declarations(source: str, role: str) -> Iterator[DeclaredId]:
    """Every declared program id, in order; see :class:`DeclaredId`.

    Args:
        role: names the file in errors.

    Raises:
        BadDocument: brackets or strings that do not end, or a declaration outside macro bodies
            whose id is not a literal.
    """
    stream = tokens(source, role)
    scopes = [_Scope("", "", [])]
    at = 0
    while at < len(stream):
        token, scope = stream[at], scopes[-1]
        if token.kind == "mark" and token.text == "#":
            at = _attribute(stream, at, scope, role)
            continue
        form = _form(stream, at, scope)
        if form is not None:
            end = _closing(stream, at + 2, role)
            row = _declared(stream[at + 3 : end], form, token.line, scopes, role)
            if row is not None:
                yield row
            at = end + 1
            if form == "declare_id!":
                scope.pending.clear()
            continue
        if token.kind == "mark":
            _bracket(token, scopes, role)
        elif token.kind == "word":
            _word(stream, at, scope)
        at += 1
    if len(scopes) > 1:
        raise BadDocument(f"{role}: a bracket is never closed")


def _bracket(token: Token, scopes: list[_Scope], role: str) -> None:
    scope = scopes[-1]
    if token.text in _CLOSER:
        if len(scopes) > _MAX_DEPTH:
            raise BadDocument(f"{role}, line {token.line}: nested too deeply")
        name = scope.label or (token.text if token.text == "{" else "")
        scopes.append(_Scope(_CLOSER[token.text], name, list(scope.pending)))
        scope.label = None
    elif token.text in _CLOSER.values():
        if token.text != scope.close or len(scopes) == 1:
            raise BadDocument(f"{role}, line {token.line}: {token.text!r} closes nothing")
        scopes.pop()
        # A closed brace ends an item, and with it the reach of the attributes before it.
        if token.text == "}":
            _end_item(scopes[-1])
    elif token.text in (";", ","):
        _end_item(scope)


def _end_item(scope: _Scope) -> None:
    scope.pending.clear()
    scope.label, scope.constant = None, False


def _word(stream: list[Token], at: int, scope: _Scope) -> None:
    word = stream[at].text
    following = [t.text for t in stream[at + 1 : at + 3]]
    if word == "mod" and following:
        scope.label = following[0]
    elif following[:1] == ["!"] and (following[-1] in _CLOSER or word == "macro_rules"):
        scope.label = f"{word}!"
    elif word in ("const", "static") and "ID" in following[:1]:
        scope.constant = True


def _form(stream: list[Token], at: int, scope: _Scope) -> str | None:
    """Whether a declaration starts here: a macro's name, ``!`` and an opening bracket."""
    texts = [t.text for t in stream[at + 1 : at + 3]]
    if stream[at].kind != "word" or len(texts) < 2 or texts[0] != "!" or texts[1] not in _CLOSER:
        return None
    if any(t.kind != "mark" for t in stream[at + 1 : at + 3]):
        return None
    if stream[at].text == "declare_id":
        return "declare_id!"
    return "pubkey!" if stream[at].text == "pubkey" and scope.constant else None


def _closing(stream: list[Token], at: int, role: str) -> int:
    """Index of the bracket that closes the one at ``at``."""
    expected: list[str] = []
    for index in range(at, len(stream)):
        token = stream[index]
        if token.kind != "mark":
            continue
        if token.text in _CLOSER:
            expected.append(_CLOSER[token.text])
        elif token.text in _CLOSER.values():
            if expected.pop() != token.text:
                break
            if not expected:
                return index
    raise BadDocument(f"{role}, line {stream[at].line}: a bracket is never closed")


def _attribute(stream: list[Token], at: int, scope: _Scope, role: str) -> int:
    """Take ``#[…]`` or ``#![…]``; the index after it."""
    inner = at + 1 < len(stream) and stream[at + 1].text == "!"
    start = at + 2 if inner else at + 1
    if start >= len(stream) or stream[start].text != "[" or stream[start].kind != "mark":
        return at + 1
    end = _closing(stream, start, role)
    inside = stream[start + 1 : end]
    if inside and inside[0].text in ("cfg", "cfg_attr"):
        whole = inside[0].text == "cfg" and len(inside) > 2 and inside[1].text == "("
        text = _written(inside[2:-1] if whole else inside)
        (scope.conditions if inner else scope.pending).append(text)
    return end + 1


def _written(stream: list[Token]) -> str:
    return "".join(f'"{t.text}"' if t.kind == "string" else t.text for t in stream)


def _declared(
    inside: list[Token], form: str, line: int, scopes: list[_Scope], role: str
) -> DeclaredId | None:
    names = [scope.name for scope in scopes[1:] if scope.name]
    in_macro = any(name.endswith("!") for name in names)
    literal = inside[:-1] if inside and inside[-1].text == "," else inside
    if len(literal) != 1 or literal[0].kind != "string":
        if in_macro:
            return None
        raise BadDocument(f"{role}, line {line}: the id given to {form} is not a literal")
    conditions = [text for scope in scopes for text in scope.conditions] + scopes[-1].pending
    if in_macro:
        # Which arm of a macro is compiled can't be told from here, so no feature claims it.
        conditions.append("inside_a_macro")
    text = None
    if conditions:
        text = conditions[0] if len(conditions) == 1 else f"all({','.join(conditions)})"
    alone = re.fullmatch(r'feature="([^"]*)"', text or "")
    row = DeclaredId(literal[0].text, None, text, line, form, "::".join(name for name in names))
    return replace(row, cfg_feature=alone[1]) if alone else row


def holds(condition: str | None, features: frozenset[str], role: str = "the source") -> bool | None:
    """Whether a condition of :attr:`DeclaredId.cfg_text` holds for a program built on chain.

    Args:
        features: the cargo features of the build.

    Returns:
        None when it turns on something that the features don't tell.

    Raises:
        BadDocument: it is not a predicate.
    """
    if condition is None:
        return True
    stream = tokens(condition, role)
    value, end = _predicate(stream, 0, features, role, 0)
    if end != len(stream):
        raise BadDocument(f"{role}: the condition {condition[:100]!a} is malformed")
    return value


def _predicate(
    stream: list[Token], at: int, features: frozenset[str], role: str, depth: int
) -> tuple[bool | None, int]:
    texts = [t.text for t in stream[at : at + 3]]
    if not texts or stream[at].kind != "word" or depth > 32:
        raise BadDocument(f"{role}: a condition is malformed")
    if texts[1:2] == ["="] and len(texts) == 3:
        known = texts[0] == "feature" and stream[at + 2].kind == "string"
        return (texts[2] in features if known else None), at + 3
    if texts[1:2] != ["("]:
        # Of the bare words only this one is certain: a deployed program is not a test build.
        return (False if texts[0] == "test" else None), at + 1
    parts: list[bool | None] = []
    index = at + 2
    while index < len(stream) and stream[index].text != ")":
        value, index = _predicate(stream, index, features, role, depth + 1)
        parts.append(value)
        if index < len(stream) and stream[index].text == ",":
            index += 1
    if index >= len(stream):
        raise BadDocument(f"{role}: a condition is malformed")
    return _combined(texts[0], parts), index + 1


def _combined(word: str, parts: list[bool | None]) -> bool | None:
    if word == "not" and len(parts) == 1:
        return None if parts[0] is None else not parts[0]
    if word not in ("all", "any"):
        return None
    decisive = word == "any"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive
