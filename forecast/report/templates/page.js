(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const small = matchMedia("(max-width: 46rem)");

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

  // Charts come alive as they near the screen; where they do not, the picture that is there stays.
  const stored = document.querySelector("#charts");
  const packed = document.querySelector("#vega");
  if (!stored || !packed || !window.DecompressionStream) return;
  const { tables, charts } = JSON.parse(stored.textContent);
  const options = {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "report" },
  };
  let unpacked;
  const vega = () => {
    unpacked ??= (async () => {
      const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      const script = document.createElement("script");
      script.textContent = await new Response(stream).text();
      document.head.append(script);
      return window.vegaEmbed;
    })();
    return unpacked;
  };
  const draw = async (figure) => {
    const { uses, ...drawn } = charts[figure.dataset.chart][small.matches ? "narrow" : "wide"];
    const datasets = Object.fromEntries(Object.entries(uses).map(([name, key]) => [name, structuredClone(tables[key])]));
    const live = figure.querySelector(".live");
    try {
      const embed = await vega();
      await embed(live, { ...structuredClone(drawn), datasets }, options);
      figure.classList.add("is-live");
    } catch (error) {
      live.replaceChildren();
      figure.classList.remove("is-live");
      console.error(error);
    }
  };
  const near = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    near.unobserve(entry.target);
    draw(entry.target);
  }), { rootMargin: "200px" });
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  figures.forEach((figure) => near.observe(figure));
  small.addEventListener("change", () => figures.forEach((figure) => {
    figure.classList.remove("is-live");
    near.unobserve(figure);
    near.observe(figure);
  }));
})();
