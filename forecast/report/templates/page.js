(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // The theme: what the reader chose, else what the system prefers.
  const button = document.querySelector("#theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      label();
    });
    dark.addEventListener("change", label);
    label();
  }

  // On paper nothing stays folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not(.screen)")];
    folded.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));

  // "?full" on the address prints the appendix too.
  if (new URLSearchParams(location.search).has("full")) root.classList.add("full");

  // A box that filters the items of a long table by any word.
  document.querySelectorAll("details[data-filter]").forEach((part) => {
    const rows = [...part.querySelectorAll("tbody > tr")];
    if (rows.length < 12) return;
    const box = document.createElement("input");
    box.type = "search";
    box.className = "filter";
    box.setAttribute("aria-label", "Show only items that hold these words");
    box.placeholder = "Filter items";
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = true;
      rows.forEach((row) => {
        if (!row.classList.contains("more")) {
          const next = row.nextElementSibling;
          const text = (row.textContent + (next && next.classList.contains("more") ? next.textContent : "")).toLowerCase();
          shown = words.every((word) => text.includes(word));
        }
        row.hidden = !shown;
      });
    });
    part.querySelector("summary").after(box);
  });

  // What a mark says where the pointer is.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const point = (event) => {
    const mark = event.target instanceof Element && event.target.closest("[data-tip]");
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - width - 8);
    const below = event.clientY + 18;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below + height > innerHeight ? event.clientY - height - 10 : below}px`;
  };
  addEventListener("pointermove", point);
  addEventListener("pointerdown", point);
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
})();
