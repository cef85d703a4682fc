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

  // Charts come alive as they near the screen; where they do not, the picture that is there stays.
  const stored = document.querySelector("#charts");
  if (!stored || !window.vegaEmbed) return;
  const { tables, charts } = JSON.parse(stored.textContent);
  const options = {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "report" },
  };
  const draw = async (figure) => {
    const { uses, ...drawn } = charts[figure.dataset.chart][small.matches ? "narrow" : "wide"];
    const datasets = Object.fromEntries(Object.entries(uses).map(([name, key]) => [name, structuredClone(tables[key])]));
    const live = figure.querySelector(".live");
    try {
      await window.vegaEmbed(live, { ...structuredClone(drawn), datasets }, options);
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
  }), { rootMargin: "400px" });
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  figures.forEach((figure) => near.observe(figure));
  small.addEventListener("change", () => figures.forEach((figure) => {
    figure.classList.remove("is-live");
    near.unobserve(figure);
    near.observe(figure);
  }));
})();
