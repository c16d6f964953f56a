"use strict";
// Filters, copies and folds. Without it the page reads and prints the same.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const cards = all("article.finding");
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
        for (const card of cards) if (!card.hidden) card.querySelector("details").open = button.dataset.fold === "open";
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
    const goal = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!goal) return;
    if (goal.hidden && form) {
      set("status", "");
      set("domain", "");
      apply();
    }
    if (goal.matches("article.finding")) goal.querySelector("details").open = true;
    for (let up = goal; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    goal.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  for (const code of all("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.setAttribute("aria-label", `Copy ${code.textContent.slice(0, 24)}`);
    button.addEventListener("click", async () => {
      const said = (word) => {
        button.textContent = word;
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

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])").filter((d) => !d.matches(".code, .request, .params, .bytes"));
    for (const d of closed) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
  });
})();
