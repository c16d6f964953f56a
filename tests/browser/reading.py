"""One document in one browser context, and a watch over everything it does unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Route

from tests.browser import chromium

#: Before any script of the document: what the policy refuses, and what gets into the clipboard.
_PRELUDE = """
window.__refused = [];
addEventListener("securitypolicyviolation", (event) => {
  window.__refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
window.__clipboard = [];
Object.defineProperty(navigator, "clipboard", { value: {
  writeText: async (text) => {
    if (window.__noClipboard) throw new Error("denied");
    window.__clipboard.push(text);
  },
} });
"""
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
_AXE = """async (rules) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: rules }, resultTypes: ["violations"],
  });
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(" ")}: ` +
    node.failureSummary.split("\\n").slice(1).join(" ").trim().slice(0, 160)));
}"""


class Reading:
    """A document that somebody reads: `page` is Playwright's, the rest is looked at here.

    Args:
        fragment: with its ``#``, or nothing.
        width: of the window, in CSS pixels.
        scheme: ``light`` or ``dark``, as the reader prefers.
        script: whether the browser runs scripts.
    """

    def __init__(
        self,
        browser: Browser,
        path: Path,
        fragment: str = "",
        *,
        width: int = 1280,
        scheme: str = "light",
        script: bool = True,
    ) -> None:
        self.url = path.as_uri()
        self._script = script
        self._events: list[str] = []
        self._context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            locale="en-GB",
        )
        self._context.add_init_script(_PRELUDE)
        self._context.route("**/*", self._route)
        self._context.on("page", self._more)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._events.append(f"error: {error}"))
        self.page.on("dialog", self._spoken)
        self.page.on("download", lambda item: self._events.append(f"download: {item.url[:80]}"))
        self.page.goto(self.url + fragment)

    def _route(self, route: Route) -> None:
        if route.request.url.partition("#")[0] == self.url:
            route.continue_()
            return
        self._events.append(f"request: {route.request.url[:120]}")
        route.abort()

    def _more(self, page: Page) -> None:
        if page is not getattr(self, "page", page):
            self._events.append(f"window: {page.url[:80]}")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self._events.append(f"console {message.type}: {message.text[:200]}")

    def _spoken(self, dialog: Dialog) -> None:
        self._events.append(f"dialog: {dialog.message[:80]}")
        dialog.dismiss()

    def unasked(self) -> list[str]:
        """Everything the document did that nobody asked for."""
        refused = self.page.evaluate("window.__refused || []") if self._script else []
        return self._events + [f"policy: {one}" for one in refused]

    def forgive(self) -> None:
        """Let what was done so far be: for pages that are bad on purpose."""
        self._events.clear()
        if self._script:
            self.js("window.__refused = []")

    def close(self) -> None:
        self._context.close()

    # What a reader sees

    def js(self, expression: str, argument: Any = None) -> Any:
        """The value of an expression or function in the page."""
        return self.page.evaluate(expression, argument)

    def shown(self, selector: str) -> list[str]:
        """Ids of the elements that a selector finds and a reader sees."""
        ids: list[str] = self.js(
            "(s) => [...document.querySelectorAll(s)].filter((e) => e.checkVisibility({"
            "contentVisibilityAuto: true, visibilityProperty: true})).map((e) => e.id)",
            selector,
        )
        return ids

    def in_view(self, selector: str) -> bool:
        """Whether the first such element's top lies within the window."""
        return bool(
            self.js(
                "(s) => { const r = document.querySelector(s).getBoundingClientRect();"
                "return r.top >= -1 && r.top < innerHeight && r.height > 0; }",
                selector,
            )
        )

    def open_all(self) -> None:
        """Unfold everything that folds."""
        self.js("() => { for (const d of document.querySelectorAll('details')) d.open = true; }")

    def violations(self) -> list[str]:
        """What axe-core finds against WCAG 2.1 A and AA and its own best practices."""
        self.js(chromium.AXE.read_text(encoding="utf-8") + "\n;undefined")
        found: list[str] = self.js(_AXE, _RULES)
        return found

    def widest(self) -> dict[str, Any]:
        """How far the document reaches beyond the window, in pixels, and what reaches furthest."""
        found: dict[str, Any] = self.js(
            """() => {
              const root = document.documentElement;
              const over = [...document.body.querySelectorAll("*")]
                .map((e) => [e.getBoundingClientRect().right, e])
                .filter(([right]) => right > root.clientWidth + 1)
                .filter(([, e]) => !inBox(e));
              function inBox(e) {
                for (let up = e.parentElement; up && up !== document.body; up = up.parentElement)
                  if (getComputedStyle(up).overflowX !== "visible") return true;
                return false;
              }
              const named = ([right, e]) =>
                `${e.tagName}.${e.className} in #${e.closest("[id]")?.id}: ${Math.round(right)}`;
              return { beyond: root.scrollWidth - root.clientWidth,
                       what: over.slice(0, 5).map(named) };
            }"""
        )
        return found
