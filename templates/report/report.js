"use strict";
// Filters, copies and folds. Without it the page reads and prints the same.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const cards = all(".finding");
  const groups = all(".group, .unevaluated");
  const form = document.querySelector("form.filter");

  const apply = () => {
    const status = form.elements.status.value;
    const domain = form.elements.domain ? form.elements.domain.value : "";
    let shown = 0;
    for (const card of cards) {
      const fits = (!status || card.dataset.status === status) && (!domain || card.dataset.domain === domain);
      card.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    // A table without a row, or a heading without a table, says nothing.
    for (const group of groups) group.hidden = !all(".finding", group).some((card) => !card.hidden);
    form.querySelector("output").textContent = `${shown} of ${cards.length} shown`;
  };
  const set = (name, value) => {
    const field = form.elements[name];
    if (!field) return;
    field.value = value || "";
    if (field.selectedIndex < 0) field.value = "";
  };

  if (form && cards.length) {
    form.hidden = false;
    form.addEventListener("change", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of all("button[data-fold]", form)) {
      button.addEventListener("click", () => {
        for (const card of cards) {
          const fold = card.querySelector("details");
          if (fold && !card.hidden) fold.open = button.dataset.fold === "open";
        }
      });
    }
    for (const link of all("a[data-filter-status], a[data-filter-domain]")) {
      link.addEventListener("click", () => {
        set("status", link.dataset.filterStatus);
        set("domain", link.dataset.filterDomain);
        apply();
      });
    }
  }

  const reveal = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      return; // not a name that this page could have
    }
    const goal = document.getElementById(name);
    if (!goal) return;
    if (goal.hidden && form) {
      set("status", "");
      set("domain", "");
      apply();
    }
    if (goal.matches("article.finding")) goal.querySelector("details").open = true;
    if (goal.matches(".finding, .entry, .exchange")) goal.tabIndex = -1;
    for (let up = goal; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    goal.scrollIntoView();
    goal.focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  const status = document.querySelector(".said");
  for (const code of all("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    const label = code.textContent.slice(0, 24);
    button.setAttribute("aria-label", `Copy ${label}`);
    button.addEventListener("click", async () => {
      const said = (word) => {
        button.textContent = word;
        if (status) status.textContent = `${label}: ${word}`;
        setTimeout(() => { button.textContent = "copy"; }, 1500);
      };
      try {
        await navigator.clipboard.writeText(code.textContent);
        said("copied");
      } catch {
        getSelection().selectAllChildren(code);
        said("selected");
      }
    });
    code.after(button);
  }

  // A box that scrolls must be reachable by keyboard; one that does not is no stop on the way.
  const boxes = () => {
    // What is folded is measured when it unfolds. All are measured before one is changed: else each
    // change lays out the page once more.
    const shown = all(".scroll, pre").filter((box) => !box.closest("details:not([open])"));
    const measured = shown.map((box) =>
      [box, box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight]);
    for (const [box, scrolls] of measured) {
      if (scrolls === box.hasAttribute("tabindex")) continue;
      if (scrolls) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        const what = box.tagName === "PRE" ? "Text" : box.closest("figure") ? "Figure" : "Table";
        box.setAttribute("aria-label", `${what} that scrolls`);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  };
  // Once for all that unfold together: thousands do where everything is opened.
  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; boxes(); });
  };
  boxes();
  addEventListener("resize", soon);
  document.addEventListener("toggle", soon, true);

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])").filter((d) => !d.matches(".code, .request, .params, .bytes"));
    for (const d of closed) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
  });
})();
