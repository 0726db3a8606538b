/** One item on the page. */

import { addressOf, itemPlace } from "./address.js";
import { el, svg } from "./element.js";
import { watch } from "./events.js";
import { tile } from "./tiles.js";
import { count, money } from "./words.js";

/** @param {Object} item with its `slate`; @param {Function} open called when it is chosen. */
export function card(item, open) {
  const link = el("a", {
    href: addressOf(itemPlace(item.item_id)), class: "card", "data-item": item.item_id,
    on: { click: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return; // in a tab of its own
      event.preventDefault();
      open(item);
    } },
  },
    el("span", { class: "window" }, tile(item), item.sponsored && el("span", { class: "sponsored" }, "Sponsored")),
    el("span", { class: "facts" },
      el("span", { class: "brand" }, item.brand ?? item.category.at(-1) ?? ""),
      el("span", { class: "name" }, item.title),
      el("span", { class: "line" }, priceOf(item), rating(item)),
      stock(item),
      !item.sponsored && item.reason && el("span", { class: "reason" }, item.reason.text),
    ),
  );
  watch(link, item);
  return el("li", {}, link);
}

export function skeletons(number) {
  return Array.from({ length: number }, () =>
    el("li", { "aria-hidden": "true" }, el("span", { class: "card ghost" }, el("span", { class: "window" }), el("span", { class: "facts" }))));
}

export function priceOf(item) {
  if (item.price_micros === null) return el("span", { class: "price unknown" }, "Price on request");
  return el("span", { class: "price" }, money(item.price_micros, item.currency));
}

/** Stars as one picture with words for those who cannot see it. */
export function rating(item) {
  if (item.rating === null) return el("span", { class: "rating none" }, "No ratings yet");
  const words = `Rated ${item.rating.toFixed(1)} of 5 by ${count(item.rating_count ?? 0)}`;
  const star = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: "m10 1.8 2.5 5.3 5.8.7-4.3 4 1.1 5.7L10 14.7l-5.1 2.8 1.1-5.7-4.3-4 5.8-.7z" }));
  return el("span", { class: "rating", role: "img", "aria-label": words },
    star, el("span", {}, item.rating.toFixed(1)), el("span", { class: "votes" }, `(${count(item.rating_count ?? 0)})`));
}

export function stock(item) {
  return !item.in_stock && el("span", { class: "stock out" }, "Out of stock");
}
