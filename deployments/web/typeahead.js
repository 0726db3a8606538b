/** Suggestions under the search box: a combobox with a list, as WAI-ARIA describes it. */

import { el } from "./element.js";
import { plural } from "./words.js";

const PAUSE_MS = 70; // between two letters of a quick writer
const KINDS = { query: "", category: "Category", brand: "Brand", item: "Item" };

/**
 * @param {Object} parts `input`, `list` (listbox) and `status` (for those who cannot see it).
 * @param {Function} suggest (text, signal) -> suggestions. @param {Function} choose takes one.
 * @returns {Function} closes the list.
 */
export function typeahead({ input, list, status }, suggest, choose) {
  let found = [];
  let active = -1;
  let timer = 0;
  let asking = null;

  function close() {
    clearTimeout(timer);
    asking?.abort();
    found = [];
    draw();
  }

  function draw() {
    active = -1;
    list.replaceChildren(...found.map((suggestion, number) => option(suggestion, number, input.value, pick)));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    input.removeAttribute("aria-activedescendant");
    status.textContent = found.length ? plural(found.length, "suggestion", "suggestions") : "";
  }

  function move(step) {
    clearTimeout(timer); // who chooses has written: a late answer would take the list away
    asking?.abort();
    mark(((active + 1 + step + found.length + 1) % (found.length + 1)) - 1); // -1 is what was written
  }

  function mark(number) {
    active = number;
    [...list.children].forEach((node, number) => node.setAttribute("aria-selected", String(number === active)));
    list.children[active]?.scrollIntoView({ block: "nearest" });
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[active].id);
  }

  function pick(number) {
    const chosen = found[number];
    close();
    choose(chosen);
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const answer = await suggest(input.value, signal).catch(() => ({ suggestions: [] })); // a courtesy: never a complaint
    if (signal.aborted) return;
    found = answer.suggestions;
    draw();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    mark(-1); // who writes on has not chosen
    if (!input.value.trim()) close();
    else timer = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && !found.length && input.value.trim()) ask();
    else if (event.key === "ArrowDown" && found.length) move(1);
    else if (event.key === "ArrowUp" && found.length) move(-1);
    else if (event.key === "Enter" && active >= 0) pick(active);
    else if (event.key === "Escape" && found.length) close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  return close;
}

function option({ text, kind }, number, written, pick) {
  const begun = text.toLowerCase().startsWith(written.toLowerCase()) ? written.length : 0;
  return el("li", {
    role: "option", id: `suggestion-${number}`, "aria-selected": "false",
    on: { pointerdown: (event) => event.preventDefault(), click: () => pick(number) }, // the box keeps the keyboard
  },
    el("span", { class: "words" }, text.slice(0, begun), el(begun ? "b" : "span", {}, text.slice(begun))),
    KINDS[kind] && el("span", { class: "kind" }, KINDS[kind]));
}
