/** The page of one item: what it is, and the buttons that matter. */

import { priceOf, rating } from "./cards.js";
import { addressOf, categoryPlace } from "./address.js";
import { el } from "./element.js";
import { happened } from "./events.js";
import { tile } from "./tiles.js";
import { spoken } from "./words.js";

/** @param {Object} doing what the buttons do: addToCart, buy, go. */
export function drawItem(place, item, doing) {
  place.replaceChildren(
    el("div", { class: "window large" }, tile(item), item.sponsored && el("span", { class: "sponsored" }, "Sponsored")),
    el("div", { class: "about" },
      path(item, doing.go),
      el("h1", {}, item.title),
      el("p", { class: "line" }, priceOf(item), rating(item)),
      el("p", { class: item.in_stock ? "stock" : "stock out" }, item.in_stock ? "In stock" : "Out of stock"),
      item.description && el("p", { class: "description" }, item.description),
      buttons(item, doing),
      attributes(item),
      item.reason && el("p", { class: "reason" }, item.sponsored ? "Sponsored" : `You saw this because: ${item.reason.text}`),
    ),
  );
}

function path(item, go) {
  const link = (name, level) => {
    const place = categoryPlace(item.category.slice(0, level + 1));
    return el("a", { href: addressOf(place), on: { click: (event) => {
      event.preventDefault();
      go(place);
    } } }, name);
  };
  return el("nav", { class: "path", "aria-label": "Category" }, el("ol", {}, item.category.map((name, level) => el("li", {}, link(name, level)))));
}

function attributes(item) {
  const said = Object.entries(item.attributes).map(([name, values]) => [spoken(name), values.join(", ")]);
  const rows = [["Brand", item.brand], ...said];
  return el("dl", { class: "attributes" }, rows.filter(([, value]) => value).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function buttons(item, doing) {
  const favourite = el("button", { type: "button", class: "quiet", "aria-pressed": "false", on: { click: () => {
    if (favourite.getAttribute("aria-pressed") === "true") return;
    favourite.setAttribute("aria-pressed", "true");
    favourite.textContent = "♥ Liked";
    happened("favourite", item);
  } } }, "♡ Like");
  return el("div", { class: "buttons" },
    el("button", { type: "button", class: "primary", disabled: !item.in_stock, on: { click: () => doing.addToCart(item) } }, "Add to cart"),
    el("button", { type: "button", disabled: !item.in_stock, on: { click: () => doing.buy(item) } }, "Buy now"),
    favourite,
  );
}
