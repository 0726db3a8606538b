/**
 * "Why this page", for those who sell: what was looked for, what each item has for it, what a paid place costs and why it
 * was won. Figures come second, behind buttons that open by key and touch.
 */

import { el } from "./element.js";
import { countedWords, orderWords } from "./order.js";
import { readings, unreadWords } from "./understood.js";
import { milliseconds, money, percent, spoken } from "./words.js";

/** What each source looks at, as people say it. */
const FOUND_BY = {
  lexical: "the words written", text: "what the words mean", fallback: "a quick stand-in for the search",
  sequence: "what people choose after visits like this", covisit: "what people choose together", smoothed: "what people choose with things like these",
  smoothed_words: "what people choose with things described alike",
  two_hop: "what people choose together, by way of a third item", tfidf: "a description alike", attributes: "properties alike",
  popular: "what many people choose", fresh: "being new", ads: "its advertiser's offer", unchosen: "the range of the shop",
};
const PER_MILLE = 1000;

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
  const said = [summary(slate, items), why(items, point), figuresOf(slate)];
  if (!several) return el("div", {}, said);
  return el("details", { class: "part", open: title === "For you" || title === "Results" }, el("summary", {}, title), said);
}

function summary(slate, items) {
  const query = items.find((item) => item.slate?.query)?.slate.query;
  const currency = items.find((item) => item.currency)?.currency ?? null;
  const unread = unreadWords(slate);
  return el("div", { class: "why-summary" },
    query && el("p", {}, `Looked for “${query}”.`),
    ...readings(slate.understood, currency).map(([text, words]) => el("p", {}, `“${words}” was taken for: ${text}.`)),
    unread && el("p", {}, unread),
    el("p", {}, countedWords(slate, items)),
    orderWords(slate) && el("p", { class: "order" }, orderWords(slate)),
    slate.degraded.length > 0 && el("p", { class: "degraded" }, `Replaced by a fallback: ${slate.degraded.map(spoken).join(", ")}.`),
  );
}

function why(items, point) {
  return el("section", {}, el("h3", {}, "Items"), el("ol", { class: "items" }, items.map((item) => reasons(item, items, point))));
}

function reasons(item, items, point) {
  return el("li", {},
    el("button", { type: "button", class: "pointer", on: { click: () => point(item) } },
      el("span", { class: "number" }, item.position + 1), el("span", { class: "name" }, item.title)),
    el("p", { class: "reason" }, item.sponsored ? "Sponsored: won this place in the auction" : item.reason?.text ?? "Nothing can be said that is sure"),
    el("ul", { class: "told" }, [foundBy(item), compared(item, items), ...(item.sponsored ? paid(item) : [])].map((words) => words && el("li", {}, words))),
    numbers(item),
  );
}

function foundBy({ sources, sponsored }) {
  if (!sources.length) return sponsored ? "Not among what the search proposed: the advertiser offered it." : "";
  return `Found by ${new Intl.ListFormat("en").format(sources.map((source) => FOUND_BY[source] ?? spoken(source)))}.`;
}

/** With what stands on the same page: the likelier one of two would have been the better choice for a click. */
function compared(item, items) {
  const others = items.filter((other) => other !== item);
  if (!others.length) return "";
  const behind = others.filter((other) => other.p_ctr < item.p_ctr).length;
  const clicks = `At the top about ${Number((100 * item.p_ctr).toPrecision(2))} of 100 people would click it`;
  if (behind === others.length) return `${clicks}: more than any other here.`;
  return behind ? `${clicks}: more than ${behind} of the ${others.length} others here.` : `${clicks}: fewer than the others here.`;
}

function paid(item) {
  const price = priceOf(item);
  const won = "It won because its bid for a click, times its chance of one, is worth no less than that of any ad that fits here and got no place.";
  if (price === null) return [won];
  const worth = money(price * item.p_ctr * PER_MILLE, item.currency);
  return [
    `Its advertiser pays ${money(price, item.currency)} if it is clicked here, and nothing for being shown.`, won,
    `It does not pay its bid but what the place needed: as much as the next ad, or the shop's least price, was worth, ${worth} for 1000 people who see it.`,
  ];
}

/** Micros for a click, from the claim of its token (`v1.CLAIM.SIGNATURE`), which anybody may read; null where it has none. */
function priceOf({ ad_token: token }) {
  try {
    const claim = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(claim)).price_cpc_micros ?? null;
  } catch {
    return null;
  }
}

function numbers(item) {
  const figures = [
    ["p_ctr", percent(item.p_ctr), "predicted chance of a click, at the top"],
    ["p_cvr", percent(item.p_cvr), "predicted chance of a purchase, once it is clicked"],
    ["propensity", percent(item.propensity), "chance that this policy shows it just here"],
    ["score", item.score === null ? "–" : String(Number(item.score.toPrecision(3))), "what decides the order of what is not paid for"],
  ];
  return el("details", { class: "numbers" }, el("summary", {}, "Numbers", el("span", { class: "unseen" }, ` of ${item.title}`)),
    el("dl", { class: "figures" }, figures.map(([name, value, meaning]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value), el("dd", { class: "meaning" }, meaning)))));
}

/** Of the answer as a whole: where the time went, and under which names it is kept. */
function figuresOf(slate) {
  const rows = [["Release", slate.release], ["Policy", slate.policy], ["Slate", slate.slate_id], ["Request", slate.request_id]];
  return el("details", { class: "identity" }, el("summary", {}, "Time, release and ids"), times(slate),
    el("dl", {}, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, el("code", {}, value))])));
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
