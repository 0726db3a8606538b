/** "Why this page": where each item came from, what the models say of it, and where the time went. */

import { el } from "./element.js";
import { countedWords, orderWords } from "./order.js";
import { milliseconds, percent, spoken } from "./words.js";

/**
 * @param {Array} parts of the page: `title`, `slate` (the last answer) and `items` (shown, over all its pages).
 * @param {Function} point shows an item's card.
 */
export function drawWhy(panel, parts, point, close) {
  panel.replaceChildren(
    el("div", { class: "panel-head" }, el("h2", {}, "Why this page"),
      el("button", { type: "button", class: "quiet", on: { click: close } }, "Close")),
    ...(parts.length ? parts.map((part) => explained(part, parts.length > 1, point)) : [el("p", {}, "Nothing has been shown yet.")]),
  );
}

/** One answer of the shop; several of them under their titles, the first one open. */
function explained({ title, slate, items }, several, point) {
  const said = [summary(slate, items), times(slate), identity(slate), why(items, point)];
  if (!several) return el("div", {}, said);
  return el("details", { class: "part", open: title === "For you" || title === "Results" }, el("summary", {}, title), said);
}

function summary(slate, items) {
  return el("div", { class: "why-summary" },
    el("p", {}, countedWords(slate, items)),
    orderWords(slate) && el("p", { class: "order" }, orderWords(slate)),
    slate.degraded.length > 0 && el("p", { class: "degraded" }, `Replaced by a fallback: ${slate.degraded.map(spoken).join(", ")}.`),
  );
}

function times({ stage_ms: stages }) {
  const { total = 0, ...parts } = stages;
  const longest = Math.max(total, ...Object.values(parts), 0.001);
  const bars = [...Object.entries(parts), ["total", total]].map(([stage, ms]) => {
    const fill = el("span", { class: "fill" });
    fill.style.setProperty("--share", (ms / longest).toFixed(4));
    return el("li", { class: stage }, el("span", { class: "stage" }, spoken(stage)), el("span", { class: "track" }, fill), el("span", { class: "ms" }, milliseconds(ms)));
  });
  return el("section", {}, el("h3", {}, "Time"), el("ul", { class: "times" }, bars),
    "recall" in parts && "ads" in parts && el("p", { class: "note" }, "Recall and ads run at the same time."));
}

function identity(slate) {
  const rows = [["Release", slate.release], ["Policy", slate.policy], ["Slate", slate.slate_id], ["Request", slate.request_id]];
  return el("details", { class: "identity" }, el("summary", {}, "Release and ids"),
    el("dl", {}, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, el("code", {}, value))])));
}

function why(items, point) {
  return el("section", {}, el("h3", {}, "Items"), el("ol", { class: "items" }, items.map((item) => reasons(item, point))));
}

function reasons(item, point) {
  const figures = [
    ["p_ctr", percent(item.p_ctr), "Predicted chance of a click, at the top"],
    ["p_cvr", percent(item.p_cvr), "Predicted chance of a purchase, given a click"],
    ["propensity", percent(item.propensity), "Chance that this policy shows it here"],
    ["score", item.score === null ? "–" : String(Number(item.score.toPrecision(3))), "What decides the organic order"],
  ];
  return el("li", {},
    el("button", { type: "button", class: "pointer", on: { click: () => point(item) } },
      el("span", { class: "number" }, item.position + 1), el("span", { class: "name" }, item.title)),
    el("p", { class: "reason" }, item.sponsored ? "Sponsored: won this place in the auction" : item.reason?.text ?? "Nothing can be said that is sure"),
    item.sources.length > 0 && el("ul", { class: "sources", "aria-label": "Sources" }, item.sources.map((source) => el("li", {}, spoken(source)))),
    el("dl", { class: "figures" }, figures.map(([name, value, meaning]) =>
      el("div", { title: meaning }, el("dt", {}, name), el("dd", {}, value)))),
  );
}
