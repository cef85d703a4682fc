(() => {
  "use strict";

  // What is sent waits in a line: one message at a time, so that answers come in order.
  const line = [];
  let busy = false;
  let token = sessionStorage.getItem("desk") || "";
  let turn = -1;
  let settled = true;
  let timer = 0;
  let gesture = 0;
  const start = Math.random().toString(36).slice(2);
  const fault = document.querySelector("#fault");

  let later = null;
  let filtering = null;

  const ask = async (path, message, signal) => {
    const answer = await fetch(path, {method: "POST", headers: {"content-type": "application/json"},
      body: JSON.stringify({...message, token, turn}), signal});
    return answer.json();
  };

  const say = (text) => { fault.textContent = text; fault.hidden = !text; };

  const open = () => ask("/open", {as_of: new URLSearchParams(location.search).get("as_of")});

  const run = async () => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    try {
      while (line.length) {
        const {path, message, force} = line.shift();
        let answer = path === "/open" ? await open() : await ask(path, message);
        if (answer.gone) {
          say("The desk was started again, or let this page go for newer ones; this is a new one.");
          answer = await open();
        }
        const shown = opened();
        take(answer, force);
        if (message.do === "choose" || message.do === "tab") follow(shown, message);
        else if (message.do === "revert" && document.activeElement === document.body)
          document.querySelector("#middle").focus({preventScroll: true});
      }
    } catch (error) {
      line.length = 0;
      lost();
    } finally {
      busy = false;
    }
    wait();
  };

  const lost = () => say("The desk does not answer; is it still running?");

  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(settle, settled ? 2000 : 250);
  };

  // What takes longer is asked for when the hand rests, and given up as soon as it moves again.
  const settle = async () => {
    if (busy) return;
    later = new AbortController();
    try {
      const answer = await ask("/later", {}, later.signal);
      if (answer.gone) { send("/open", {}, true); return; }
      take(answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      lost();
    } finally {
      later = null;
    }
    wait();
  };

  const send = (path, message, force) => {
    const last = line.at(-1);
    const moved = (one) => one.soft || one.part === "slider";
    if (moved(message) && last && moved(last.message) && last.message.id === message.id && last.message.part === message.part)
      line.pop();
    line.push({path, message, force});
    later?.abort();
    run();
  };

  const act = (message, force) => send("/do", message, force);

  const take = (answer, force) => {
    if (answer.fault) { say(answer.fault); return; }
    if (!answer.token && answer.turn < turn) { turn = -1; return; }  // it was overtaken; the next answer holds everything
    if (answer.token) { token = answer.token; sessionStorage.setItem("desk", token); }
    if (fault.textContent.startsWith("The desk does not")) say("");
    turn = answer.turn;
    settled = answer.settled;
    for (const [id, html] of Object.entries(answer.parts)) {
      const part = document.getElementById(id);
      const made = part.cloneNode(false);
      made.innerHTML = html;
      children(part, made, force);
    }
    filter();
  };

  // The page becomes what the desk says it is, and what the hand is on stays as it is.
  const same = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

  const children = (old, made, force) => {
    const known = new Map();
    for (const child of old.children) if (child.id) known.set(child.id, child);
    let at = old.firstChild;
    for (const next of [...made.childNodes]) {
      let here = next.id && known.get(next.id);
      if (here && here !== at) old.insertBefore(here, at);
      else if (!here && at && same(at, next)) here = at;
      if (here) {
        at = here.nextSibling;
        morph(here, next, force);
      } else {
        old.insertBefore(next, at);
      }
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };

  const morph = (old, made, force) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== made.nodeValue) old.nodeValue = made.nodeValue;
      return;
    }
    if (old.nodeName !== made.nodeName) { old.replaceWith(made); return; }
    if (old.dataset.own !== undefined) return;
    const held = old === document.activeElement && !force;
    if (held && old.type === "range") return;
    for (const {name} of [...old.attributes])
      if (!made.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    for (const {name, value} of [...made.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    if (old.nodeName === "svg") { old.innerHTML = made.innerHTML; return; }
    if (old.nodeName === "TEXTAREA") {
      if (!held && old.value !== made.value) old.value = made.value;
      return;
    }
    children(old, made, force);
    if (old.nodeName === "SELECT" && !held) old.value = made.value;
    if (old.nodeName !== "INPUT") return;
    if (old.type === "checkbox" || old.type === "radio") old.checked = made.checked;
    else if (!held && old.value !== made.value) old.value = made.value;
  };

  const opened = () => document.querySelector(".drawer")?.dataset.about || "";

  // Eye and keys go where the hand has asked: into the drawer, or back to the row from which it was opened.
  const follow = (before, {walk}) => {
    const now = opened();
    const row = document.querySelector(`.title [data-do="choose"][data-id="${before}"]`);
    if (before && !now && row?.checkVisibility()) { row.focus(); return; }
    document.querySelector("#left").scrollIntoView();
    const arrow = walk && document.querySelector(`[data-walk="${walk}"]:not(:disabled)`);
    if (now && now !== before) (arrow || document.querySelector(".drawer h2")).focus({preventScroll: true});
    else if (document.activeElement === document.body) document.querySelector(".tabs [aria-pressed=true]").focus();
  };

  // The box goes when an item is opened; its words stay, also when the page is loaded again.
  const filter = () => {
    const box = document.querySelector("#filter");
    if (!box) return;
    if (box !== filtering) box.value = sessionStorage.getItem("filter") || "";
    filtering = box;
    sessionStorage.setItem("filter", box.value);
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...document.querySelectorAll("[data-row]")];
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    document.querySelector("#count").textContent = words.length ? `${shown} of ${rows.length}` : `${rows.length} items`;
  };

  const entered = (input, soft) => {
    const {input: id, part} = input.dataset;
    let text = input.value;
    if (input.type === "range") text = input.dataset.stops.split("|")[input.value];
    if (input.type === "checkbox") text = input.checked ? "on" : "off";
    if (input.type === "range") input.setAttribute("aria-valuetext", text);
    act({do: "enter", id, part, text, soft, gesture: `${start}${gesture}`});
  };

  addEventListener("focusin", () => { gesture += 1; });

  addEventListener("input", ({target}) => {
    const data = target.dataset;
    if (target.id === "filter") filter();
    else if (data.input && target.type === "text") entered(target, true);
    else if (data.input && target.type === "range") entered(target, false);
    else if (data.asOf) act({do: "as-of", text: data.asOf.split("|")[target.value], soft: true, id: "as-of",
      gesture: `${start}${gesture}`});
    else if (data.why) act({do: "why", id: data.why, text: target.value, soft: true});
    else if (data.fill) act({do: "fill", id: data.fill, text: target.value, soft: true});
  });

  addEventListener("change", ({target}) => {
    const data = target.dataset;
    if (data.input && target.type !== "range") entered(target, false);
    else if (data.day !== undefined) act({do: "as-of", text: target.value});
    else if (data.beside) act({do: "beside", id: data.beside});
    else if (data.load !== undefined) { act({do: "load", id: target.value}, true); target.value = ""; }
  });

  addEventListener("click", ({target}) => {
    const button = target.closest("button[data-do], button[data-enter]");
    if (!button) return;
    const {do: what, id = "", text, seen, enter, part} = button.dataset;
    if (enter) { act({do: "enter", id: enter, part, text}, true); return; }
    const message = {do: what, id};
    if (text !== undefined) message.text = text;
    if (seen !== undefined) message.seen = {yes: true, no: false}[seen] ?? null;
    if (button.dataset.walk) message.walk = button.dataset.walk;
    act(message, true);
  });

  addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.dataset.seat !== undefined) act({do: "seat", name: form.analyst.value, blind: form.blind.checked});
  });

  addEventListener("keydown", (event) => {
    const typing = event.target.matches("textarea, input[type=text], input[type=search]");
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey && !typing) {
      event.preventDefault();
      act({do: "undo"}, true);
    }
    if (event.key === "Escape") document.querySelector("[data-escape]")?.click();
    if (event.key === "Enter" && event.target.matches("input[data-input][type=text]")) entered(event.target, false);
  });

  const top = document.querySelector("#top");
  new ResizeObserver(() => document.documentElement.style.setProperty("--top", `${top.offsetHeight}px`)).observe(top);

  send("/open", {}, true);
})();
