"""The words of a condition, one after the other; both languages share their selectors."""

from __future__ import annotations

import math
import re

from privatedao_audit.repository.alert_rules.model import (
    MAX_CONDITION,
    Matcher,
    NotExecutable,
    Selector,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"\\\n]*"|'[^'\\\n]*')
      |(?P<range>\[\s*[0-9][0-9a-z]*\s*\])
      |(?P<op>>=|<=|==|!=|=~|!~|[><=])
      |(?P<number>[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?(?![A-Za-z0-9_.]))
      |(?P<duration>[0-9]+[a-z][0-9a-z]*)
      |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
      |(?P<mark>[{}(),]))""",
    re.VERBOSE,
)

Token = tuple[str, str]
_CALLED = {"op": "a comparison", "range": "a window", "string": "a text in quotes"}


class Tokens:
    """The tokens of a text with a place in it."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CONDITION:
            raise NotExecutable(f"it has {len(text)} characters; {MAX_CONDITION} are read")
        self._all: list[Token] = []
        at = 0
        stripped = text.rstrip()
        while at < len(stripped):
            match = _TOKEN.match(stripped, at)
            if match is None or match.lastgroup is None:
                raise NotExecutable(f"it can't be read from {stripped[at : at + 30].strip()!a} on")
            self._all.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._at = 0

    def peek(self) -> Token:
        """The next token; ``("end", "")`` behind the last."""
        return self._all[self._at] if self._at < len(self._all) else ("end", "")

    def take(self, kind: str | None = None, text: str | None = None) -> str:
        """The text of the next token, which must be of a kind, or be a text.

        Raises:
            NotExecutable: it is another.
        """
        found = self.peek()
        if (kind is not None and found[0] != kind) or (text is not None and found[1] != text):
            wanted = repr(text) if text is not None else _CALLED.get(str(kind), f"a {kind}")
            got = "it ends" if found[0] == "end" else f"there is {found[1][:40]!a}"
            raise NotExecutable(f"where {wanted} is due, {got}")
        self._at += 1
        return found[1]

    def said(self, *words: str) -> bool:
        """Whether the next tokens are these words; they are taken then."""
        upcoming = [text for _kind, text in self._all[self._at : self._at + len(words)]]
        if upcoming != list(words):
            return False
        self._at += len(words)
        return True

    def end(self) -> None:
        """Nothing may follow.

        Raises:
            NotExecutable: something does.
        """
        if self.peek()[0] != "end":
            raise NotExecutable(f"{self.peek()[1][:40]!a} follows, which is not understood")

    def number(self) -> str:
        """A finite number, as written."""
        text = self.take("number")
        if not math.isfinite(float(text)):
            raise NotExecutable(f"{text[:20]!a} is no finite number")
        return text

    def selector(self) -> Selector:
        """``metric{label="value", …}``."""
        metric = self.take("name")
        matchers: list[Matcher] = []
        if self.said("{"):
            while not self.said("}"):
                label = self.take("name")
                op = self.take("op")
                if op not in ("=", "!=", "=~", "!~"):
                    raise NotExecutable(f"{op!a} does not compare a label")
                matchers.append(Matcher(label, op, self.take("string")[1:-1]))  # type: ignore[arg-type]
                if not self.said(",") and self.peek()[1] != "}":
                    self.take("mark", "}")
        return Selector(metric, tuple(matchers))

    def labels(self) -> tuple[str, ...]:
        """``(a, b)``; empty for ``()``."""
        self.take("mark", "(")
        found: list[str] = []
        while not self.said(")"):
            found.append(self.take("name"))
            if not self.said(",") and self.peek()[1] != ")":
                self.take("mark", ")")
        return tuple(found)


def selector(text: str) -> Selector:
    """The selector that a text is.

    Raises:
        NotExecutable: it is none, or more than one.
    """
    tokens = Tokens(text)
    found = tokens.selector()
    tokens.end()
    return found
